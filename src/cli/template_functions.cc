#include <algorithm>
#include <cctype>
#include <cstdio>
#include <map>

#include "base/error.h"
#include "base/strings.h"
#include "cli/template_ast.h"

namespace berth::cli::template_ast {

namespace {

using Values = std::vector<json::value>;

[[noreturn]] void refuse(const std::string& message) { throw Error(Kind::kInvalid, "template: " + message); }

const json::value& argument(const Values& values, std::size_t index, const char* function) {
  if (index >= values.size()) refuse(std::string("'") + function + "' needs more arguments");
  return values[index];
}

// Functions on text take numbers and the like too, printed.
std::string text_argument(const Values& values, std::size_t index, const char* function) {
  return print_value(argument(values, index, function));
}

std::size_t count_argument(const Values& values, std::size_t index, const char* function) {
  const json::value& value = argument(values, index, function);
  if (!value.is_int64() || value.get_int64() < 0) refuse(std::string("'") + function + "' needs a whole number");
  return static_cast<std::size_t>(value.get_int64());
}

json::value text_value(std::string_view text) { return json::value(json::string(text)); }

bool is_number(const json::value& value) { return value.is_number(); }

// Less, equal or greater as -1, 0, 1. Throws for values that have no order.
int compare(const json::value& a, const json::value& b) {
  if (is_number(a) && is_number(b)) {
    const double x = a.to_number<double>();
    const double y = b.to_number<double>();
    return x < y ? -1 : x > y ? 1 : 0;
  }
  if (a.is_string() && b.is_string()) return std::clamp(a.get_string().compare(b.get_string()), -1, 1);
  refuse("cannot compare '" + print_value(a) + "' with '" + print_value(b) + "'");
}

bool equal(const json::value& a, const json::value& b) {
  if (is_number(a) && is_number(b)) return compare(a, b) == 0;
  if (a.is_string() && b.is_string()) return a.get_string() == b.get_string();
  if (a.is_bool() && b.is_bool()) return a.get_bool() == b.get_bool();
  if (a.is_null() || b.is_null()) return a.is_null() && b.is_null();
  refuse("cannot compare '" + print_value(a) + "' with '" + print_value(b) + "'");
}

json::value index_of(const Values& values) {
  json::value at = argument(values, 0, "index");
  for (std::size_t i = 1; i < values.size(); ++i) {
    if (const auto* object = at.if_object()) {
      const auto* member = object->if_contains(print_value(values[i]));
      at = member == nullptr ? json::value() : json::value(*member);
    } else if (const auto* array = at.if_array()) {
      const std::size_t index = count_argument(values, i, "index");
      if (index >= array->size()) refuse("index " + std::to_string(index) + " is out of range");
      at = json::value((*array)[index]);
    } else {
      refuse("'index' needs a list or a map, not '" + print_value(at) + "'");
    }
  }
  return at;
}

json::value slice_of(const Values& values) {
  const json::value& whole = argument(values, 0, "slice");
  const auto* array = whole.if_array();
  if (array == nullptr && !whole.is_string()) refuse("'slice' needs a list or a text");
  const std::size_t size = array != nullptr ? array->size() : whole.get_string().size();
  const std::size_t from = values.size() > 1 ? count_argument(values, 1, "slice") : 0;
  const std::size_t to = values.size() > 2 ? count_argument(values, 2, "slice") : size;
  if (from > to || to > size) refuse("'slice' is out of range");
  if (array == nullptr) return text_value(std::string_view(whole.get_string()).substr(from, to - from));
  json::array part;
  for (std::size_t i = from; i < to; ++i) part.push_back((*array)[i]);
  return part;
}

json::value length_of(const Values& values) {
  const json::value& value = argument(values, 0, "len");
  if (value.is_null()) return 0;
  if (value.is_string()) return static_cast<std::int64_t>(value.get_string().size());
  if (value.is_array()) return static_cast<std::int64_t>(value.get_array().size());
  if (value.is_object()) return static_cast<std::int64_t>(value.get_object().size());
  refuse("'len' needs a text, a list or a map");
}

std::string go_quoted(std::string_view text) { return format_json(text_value(text)); }

// One % directive of printf: %s %v %d %q %t %x %f with flags and width as C has them.
std::string formatted(const std::string& directive, const json::value& value) {
  const char verb = directive.back();
  std::string head = directive.substr(0, directive.size() - 1);
  char buffer[512];
  const auto with_text = [&](const std::string& text) {
    const int size = std::snprintf(buffer, sizeof buffer, (head + "s").c_str(), text.c_str());
    return size < static_cast<int>(sizeof buffer) ? std::string(buffer) : text;
  };
  if (verb == 'q') return with_text(go_quoted(print_value(value)));
  if ((verb == 'd' || verb == 'x' || verb == 'X' || verb == 'o') && value.is_int64()) {
    std::snprintf(buffer, sizeof buffer, (head + "ll" + verb).c_str(), static_cast<long long>(value.get_int64()));
    return buffer;
  }
  if ((verb == 'f' || verb == 'e' || verb == 'g') && is_number(value)) {
    std::snprintf(buffer, sizeof buffer, directive.c_str(), value.to_number<double>());
    return buffer;
  }
  if (verb == 's' || verb == 'v' || (verb == 't' && value.is_bool())) return with_text(print_value(value));
  if (verb == 'x' && value.is_string()) return to_hex(std::string_view(value.get_string()));
  refuse("'printf' cannot show '" + print_value(value) + "' with '" + directive + "'");
}

json::value print_formatted(const Values& values) {
  const std::string format = text_argument(values, 0, "printf");
  std::string result;
  std::size_t next = 1;
  for (std::size_t i = 0; i < format.size(); ++i) {
    if (format[i] != '%') {
      result += format[i];
      continue;
    }
    const std::size_t end = format.find_first_not_of("+-# 0123456789.", i + 1);
    if (end == std::string::npos) refuse("'printf' has an unfinished '%'");
    if (format[end] == '%') {
      result += '%';
    } else {
      result += formatted(format.substr(i, end - i + 1), argument(values, next++, "printf"));
    }
    i = end;
  }
  if (next < values.size()) refuse("'printf' has more arguments than its text uses");
  return text_value(result);
}

// Go's Print: blanks between arguments when neither is a text.
std::string print_all(const Values& values) {
  std::string result;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i > 0 && !values[i].is_string() && !values[i - 1].is_string()) result += ' ';
    result += print_value(values[i]);
  }
  return result;
}

std::string print_line(const Values& values) {
  std::string result;
  for (std::size_t i = 0; i < values.size(); ++i) result += (i > 0 ? " " : "") + print_value(values[i]);
  return result + "\n";
}

std::string mapped(std::string text, int (*map)(int)) {
  for (char& c : text) c = static_cast<char>(map(static_cast<unsigned char>(c)));
  return text;
}

std::string title(std::string text) {
  bool start = true;
  for (char& c : text) {
    if (start) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    start = c == ' ' || c == '\t' || c == '\n';
  }
  return text;
}

json::value joined(const Values& values) {
  const auto* list = argument(values, 0, "join").if_array();
  if (list == nullptr) refuse("'join' needs a list");
  std::string result;
  for (std::size_t i = 0; i < list->size(); ++i) {
    if (i > 0) result += text_argument(values, 1, "join");
    result += print_value((*list)[i]);
  }
  return text_value(result);
}

json::value parts(const Values& values) {
  std::string rest = text_argument(values, 0, "split");
  const std::string separator = text_argument(values, 1, "split");
  if (separator.empty()) refuse("'split' needs a separator");
  json::array result;
  for (std::size_t at; (at = rest.find(separator)) != std::string::npos; rest.erase(0, at + separator.size())) {
    result.push_back(text_value(rest.substr(0, at)));
  }
  result.push_back(text_value(rest));
  return result;
}

json::value padded(const Values& values) {
  const std::string text = text_argument(values, 0, "pad");
  if (text.empty()) return text_value(text);
  return text_value(std::string(count_argument(values, 1, "pad"), ' ') + text +
                    std::string(count_argument(values, 2, "pad"), ' '));
}

json::value one_of_many_equal(const Values& values) {
  for (std::size_t i = 1; i < std::max<std::size_t>(values.size(), 2); ++i) {
    if (equal(argument(values, 0, "eq"), argument(values, i, "eq"))) return true;
  }
  return false;
}

json::value deciding(const Values& values, bool until, const char* function) {
  argument(values, 0, function);
  const auto found = std::find_if(values.begin(), values.end(), [&](const auto& v) { return truth(v) == until; });
  return found == values.end() ? values.back() : *found;
}

using Function = json::value (*)(const Values&);

const std::map<std::string, Function, std::less<>>& functions() {
  static const std::map<std::string, Function, std::less<>> table = {
      {"and", [](const Values& v) { return deciding(v, false, "and"); }},
      {"or", [](const Values& v) { return deciding(v, true, "or"); }},
      {"not", [](const Values& v) { return json::value(!truth(argument(v, 0, "not"))); }},
      {"eq", one_of_many_equal},
      {"ne", [](const Values& v) { return json::value(!equal(argument(v, 0, "ne"), argument(v, 1, "ne"))); }},
      {"lt", [](const Values& v) { return json::value(compare(argument(v, 0, "lt"), argument(v, 1, "lt")) < 0); }},
      {"le", [](const Values& v) { return json::value(compare(argument(v, 0, "le"), argument(v, 1, "le")) <= 0); }},
      {"gt", [](const Values& v) { return json::value(compare(argument(v, 0, "gt"), argument(v, 1, "gt")) > 0); }},
      {"ge", [](const Values& v) { return json::value(compare(argument(v, 0, "ge"), argument(v, 1, "ge")) >= 0); }},
      {"len", length_of},
      {"index", index_of},
      {"slice", slice_of},
      {"print", [](const Values& v) { return text_value(print_all(v)); }},
      {"printf", print_formatted},
      {"println", [](const Values& v) { return text_value(print_line(v)); }},
      {"json",
       [](const Values& v) {
         const json::value& value = argument(v, 0, "json");
         // docker's own objects come through Go's Marshal, which escapes < > &; other values don't.
         return text_value(format_json(value, 0, value.is_object()));
       }},
      {"prettyjson", [](const Values& v) { return text_value(format_json(argument(v, 0, "prettyjson"), 4)); }},
      {"join", joined},
      {"split", parts},
      {"lower", [](const Values& v) { return text_value(mapped(text_argument(v, 0, "lower"), std::tolower)); }},
      {"upper", [](const Values& v) { return text_value(mapped(text_argument(v, 0, "upper"), std::toupper)); }},
      {"title", [](const Values& v) { return text_value(title(text_argument(v, 0, "title"))); }},
      {"pad", padded},
      {"truncate",
       [](const Values& v) {
         return text_value(text_argument(v, 0, "truncate").substr(0, count_argument(v, 1, "truncate")));
       }},
  };
  return table;
}

}  // namespace

bool is_function(std::string_view name) { return functions().contains(name); }

json::value call_function(const std::string& name, const std::vector<json::value>& arguments) {
  const auto found = functions().find(name);
  if (found == functions().end()) refuse("function '" + name + "' is not known");
  return found->second(arguments);
}

std::string print_value(const json::value& value) {
  if (value.is_null()) return "<no value>";
  if (value.is_string()) return std::string(std::string_view(value.get_string()));
  if (value.is_double()) return format_number(value.get_double());
  std::string result;
  if (const auto* array = value.if_array()) {
    for (const json::value& item : *array) result += (result.empty() ? "" : " ") + print_value(item);
    return "[" + result + "]";
  }
  if (const auto* object = value.if_object()) {
    std::map<std::string, const json::value*> sorted;
    for (const auto& member : *object) sorted.emplace(std::string(member.key()), &member.value());
    for (const auto& [key, item] : sorted) {
      result += (result.empty() ? "" : " ") + key + ":" + (item->is_null() ? "<nil>" : print_value(*item));
    }
    return "map[" + result + "]";
  }
  return format_json(value);
}

bool truth(const json::value& value) {
  if (value.is_bool()) return value.get_bool();
  if (value.is_number()) return value.to_number<double>() != 0;
  if (value.is_string()) return !value.get_string().empty();
  if (value.is_array()) return !value.get_array().empty();
  return value.is_object() && !value.get_object().empty();
}

}  // namespace berth::cli::template_ast
