#include "machine/cloud/xml.h"

#include <memory>

#include <expat.h>

#include "base/error.h"
#include "base/strings.h"

namespace berth::machine {

namespace {

constexpr std::size_t kDepthLimit = 200;

struct Reading {
  XML_Parser parser = nullptr;
  XmlElement top;  // holds the document's element
  std::vector<XmlElement*> open;
  const char* refusal = nullptr;

  void refuse(const char* why) {
    refusal = why;
    XML_StopParser(parser, XML_FALSE);
  }
};

std::string local_name(std::string_view name) {
  const std::size_t colon = name.rfind(':');
  return std::string(colon == std::string_view::npos ? name : name.substr(colon + 1));
}

void on_start(void* data, const char* name, const char** attributes) {
  auto& reading = *static_cast<Reading*>(data);
  if (reading.open.size() > kDepthLimit) return reading.refuse("it is nested too deeply");
  XmlElement& element = reading.open.back()->children.emplace_back();
  element.name = local_name(name);
  for (; *attributes != nullptr; attributes += 2) {
    element.attributes.emplace_back(attributes[0], attributes[1]);
  }
  reading.open.push_back(&element);
}

void on_end(void* data, const char*) {
  auto& reading = *static_cast<Reading*>(data);
  XmlElement& element = *reading.open.back();
  element.text = std::string(trim(element.text));
  reading.open.pop_back();
}

void on_text(void* data, const char* text, int size) {
  static_cast<Reading*>(data)->open.back()->text.append(text, static_cast<std::size_t>(size));
}

void on_doctype(void* data, const char*, const char*, const char*, int) {
  static_cast<Reading*>(data)->refuse("it has a document type");
}

}  // namespace

const XmlElement* XmlElement::find(std::string_view child) const {
  for (const XmlElement& one : children) {
    if (one.name == child) return &one;
  }
  return nullptr;
}

const XmlElement* XmlElement::at(std::string_view path) const {
  const XmlElement* element = this;
  for (const std::string& name : split(path, '/')) {
    element = element->find(name);
    if (element == nullptr) return nullptr;
  }
  return element;
}

std::string XmlElement::text_at(std::string_view path) const {
  const XmlElement* element = at(path);
  return element != nullptr ? element->text : std::string();
}

std::vector<const XmlElement*> XmlElement::all(std::string_view path, std::string_view child) const {
  std::vector<const XmlElement*> found;
  const XmlElement* element = at(path);
  if (element == nullptr) return found;
  for (const XmlElement& one : element->children) {
    if (one.name == child) found.push_back(&one);
  }
  return found;
}

std::string XmlElement::schema_type() const {
  for (const auto& [key, value] : attributes) {
    if (key.ends_with(":type")) return local_name(value);
  }
  return {};
}

std::string XmlElement::attribute(std::string_view attribute_name) const {
  for (const auto& [key, value] : attributes) {
    if (key == attribute_name) return value;
  }
  return {};
}

XmlElement parse_xml(std::string_view text) {
  const std::unique_ptr<XML_ParserStruct, void (*)(XML_Parser)> parser(XML_ParserCreate(nullptr), XML_ParserFree);
  Reading reading;
  reading.parser = parser.get();
  reading.open.push_back(&reading.top);
  XML_SetUserData(parser.get(), &reading);
  XML_SetElementHandler(parser.get(), on_start, on_end);
  XML_SetCharacterDataHandler(parser.get(), on_text);
  XML_SetStartDoctypeDeclHandler(parser.get(), on_doctype);
  if (XML_Parse(parser.get(), text.data(), static_cast<int>(text.size()), XML_TRUE) != XML_STATUS_OK) {
    const char* why = reading.refusal != nullptr ? reading.refusal : XML_ErrorString(XML_GetErrorCode(parser.get()));
    throw Error(Kind::kInvalid, "line " + std::to_string(XML_GetCurrentLineNumber(parser.get())) + ", column " +
                                    std::to_string(XML_GetCurrentColumnNumber(parser.get()) + 1) + ": " + why);
  }
  return std::move(reading.top.children.at(0));
}

std::string escape_xml(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

}  // namespace berth::machine
