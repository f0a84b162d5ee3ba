// Go templates for --format, as far as people use them there. Source: Go's text/template and docker/cli's templates.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/fwd.hpp>

namespace berth::cli {

namespace template_ast {
struct Node;
}

// What `.Name "argument"` calls where the object `self` has no member Name.
using TemplateMethod =
    std::function<boost::json::value(const boost::json::value& self, const std::vector<boost::json::value>& arguments)>;

struct TemplateOptions {
  // An object's unknown member is refused; else it is "<no value>".
  bool strict = true;
  std::map<std::string, TemplateMethod, std::less<>> methods;
  // Functions give their text back as it is: for a table's header.
  bool plain_functions = false;
};

// {{.Field}}, {{.Method "x"}}, {{$x := .A}}, {{if}} {{else if}} {{else}} {{end}}, {{range $i, $x := .A}}, {{with}},
// {{break}}, {{continue}}, pipelines, parentheses, {{- -}}, {{/* */}}; functions and or not eq ne lt le gt ge len index
// slice print printf println json prettyjson join split lower upper title pad truncate. Anything else is refused.
class Template {
 public:
  // Throws kInvalid, saying what is wrong and where.
  explicit Template(std::string_view text);
  ~Template();
  Template(Template&&) noexcept;
  Template& operator=(Template&&) noexcept;

  // Throws kInvalid where the data doesn't fit: an unknown field, no list to range over.
  std::string render(const boost::json::value& data, const TemplateOptions& options = {}) const;

 private:
  std::vector<template_ast::Node> nodes_;
};

// Rows through `format` as docker's --format has it: "table TEMPLATE" is columns (cells divided by \t) below `headers`
// (an object, by field), "json" one object a line, else the template once a row and a line end. In the text, \t and \n
// stand for a tab and a line end. Throws kInvalid.
std::string format_rows(std::string_view format, const std::vector<boost::json::value>& rows,
                        const boost::json::value& headers, const TemplateOptions& options = {});

}  // namespace berth::cli
