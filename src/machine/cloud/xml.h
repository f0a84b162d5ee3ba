// XML as providers answer it (EC2, vSphere): a tree of elements, read with expat. No DTDs, no entities of its own.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace berth::machine {

// A value. Names are local ones: prefixes of namespaces are dropped; those of attributes stay.
struct XmlElement {
  std::string name;
  std::string text;  // of its own, without that of its children; blanks at both ends are dropped
  std::vector<std::pair<std::string, std::string>> attributes;
  std::vector<XmlElement> children;

  // The first child of that name; nullptr when there is none.
  const XmlElement* find(std::string_view child) const;
  // The element at the end of a path of names ("instanceState/name"); nullptr where there is none.
  const XmlElement* at(std::string_view path) const;
  // The text at the end of a path; empty where there is none.
  std::string text_at(std::string_view path) const;
  // The children of that name at the end of a path: all("instancesSet", "item").
  std::vector<const XmlElement*> all(std::string_view path, std::string_view child) const;
  std::string attribute(std::string_view attribute_name) const;
  // Of `xsi:type="vim25:VirtualDisk"`, whatever its prefixes, "VirtualDisk"; empty where there is none.
  std::string schema_type() const;
};

// Throws kInvalid with line and column for what is not well-formed, declares entities, or is nested deeper than 200.
XmlElement parse_xml(std::string_view text);
// `text` as it stands within an element.
std::string escape_xml(std::string_view text);

}  // namespace berth::machine
