#include "compose/bind_values.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <string>
#include <utility>

#include "base/strings.h"
#include "base/units.h"
#include "compose/shell_words.h"

namespace berth::compose {

using yaml::Mapping;
using yaml::Node;
using yaml::NodePath;

Node ValueBinder::bind(const Node& value, Form form, const NodePath& path) {
  if (value.is_null()) return value;
  switch (form) {
    case Form::kText:
      return text(value, path);
    case Form::kBoolean:
      return boolean(value, path);
    case Form::kInteger:
      return integer(value, path, true, true);
    case Form::kUnsigned:
      return integer(value, path, false, false);
    case Form::kFloat:
    case Form::kCpus:
      return floating(value, path);
    case Form::kBytes:
      return bytes(value, path);
    case Form::kDuration:
      return duration(value, path);
    case Form::kFileMode:
      return file_mode(value, path);
    case Form::kDeviceCount:
      return device_count(value, path);
    case Form::kTexts:
    case Form::kTextOrTexts:
    case Form::kTextOrNumbers:
      return texts(value, path, form);
    case Form::kCommand:
      return command(value, path);
    case Form::kHealthTest:
      return health_test(value, path);
    case Form::kTextMap:
    case Form::kLabels:
    case Form::kEnvironment:
    case Form::kOptions:
    case Form::kSsh:
      return text_map(value, path, form);
    case Form::kOptionLists:
      return option_lists(value, path);
    case Form::kHosts:
      return hosts(value, path);
    default:
      return value;
  }
}

bool ValueBinder::is_zero(const Node& bound) {
  switch (bound.kind()) {
    case yaml::NodeKind::kNull:
      return true;
    case yaml::NodeKind::kBoolean:
      return bound.as_boolean() == false;
    case yaml::NodeKind::kInteger:
      return bound.as_integer() == 0;
    case yaml::NodeKind::kFloat:
      return bound.as_number() == 0.0;
    case yaml::NodeKind::kString:
      return bound.text().empty();
    default:
      return bound.empty();
  }
}

Node ValueBinder::fault(const Node& value, const NodePath& path, std::string message) {
  findings_.faults.push_back({value.position(), path.str(), std::move(message)});
  return Node();
}

Node ValueBinder::wrong(const Node& value, const NodePath& path, std::string_view wanted) {
  return fault(value, path, "must be " + std::string(wanted) + ", not " + std::string(describe(value.kind())));
}

Node ValueBinder::text(const Node& value, const NodePath& path) {
  if (value.is_string()) return value;
  if (value.is_integer()) return Node::string(value.to_display(), value.position());
  return wrong(value, path, "a string");
}

Node ValueBinder::boolean(const Node& value, const NodePath& path) {
  if (value.is_boolean()) return value;
  if (!value.is_string()) return wrong(value, path, "a boolean");
  const std::string word = to_lower(value.text());
  const bool is_true = word == "true" || word == "y" || word == "yes" || word == "on";
  const bool is_false = word == "false" || word == "n" || word == "no" || word == "off";
  if (!is_true && !is_false) return fault(value, path, "invalid boolean: " + value.text());
  if (word != "true" && word != "false") {
    findings_.warn_once(value.position(), "\"" + value.text() +
                                              "\" for boolean is not supported by YAML 1.2, please use `" +
                                              (is_true ? "true" : "false") + "`");
  }
  return Node::boolean(is_true, value.position());
}

Node ValueBinder::integer(const Node& value, const NodePath& path, bool from_text, bool negative) {
  std::optional<std::int64_t> number = value.as_integer();
  if (value.is_float()) number = static_cast<std::int64_t>(std::clamp(value.as_number().value_or(0), -9.2e18, 9.2e18));
  if (value.is_string() && from_text) number = parse_integer(value.text());
  if (!number) return wrong(value, path, "an integer");
  if (!negative && *number < 0) return fault(value, path, "must not be negative");
  return Node::integer(*number, value.position());
}

// With the digits that 32 bits can hold, as the reference keeps it.
Node ValueBinder::floating(const Node& value, const NodePath& path) {
  std::optional<double> number = value.as_number();
  if (value.is_string()) number = parse_number(value.text());
  if (!number) return wrong(value, path, "a number");
  char digits[64];
  const auto end = std::to_chars(digits, digits + sizeof digits, static_cast<float>(*number)).ptr;
  const double shortest = parse_number(std::string_view(digits, end)).value_or(*number);
  return Node::floating(shortest, value.position());
}

Node ValueBinder::bytes(const Node& value, const NodePath& path) {
  if (value.is_integer()) return Node::string(value.to_display(), value.position());
  if (value.is_float()) return Node::string("0", value.position());
  if (!value.is_string()) return wrong(value, path, "a size");
  // `config` prints all sizes as texts: -1 has to be one too, though docker compose does not read it so.
  if (const auto plain = parse_integer(value.text())) return Node::string(std::to_string(*plain), value.position());
  const auto size = parse_bytes(value.text());
  if (!size) return fault(value, path, "invalid size: '" + value.text() + "', write it as 512m or 2gb");
  return Node::string(std::to_string(count(*size)), value.position());
}

Node ValueBinder::duration(const Node& value, const NodePath& path) {
  const auto duration = parse_duration(value.to_display());
  if (!duration) return fault(value, path, "invalid duration: '" + value.to_display() + "', write it as 1m30s");
  return Node::string(format_duration(*duration), value.position());
}

Node ValueBinder::file_mode(const Node& value, const NodePath& path) {
  std::optional<std::int64_t> mode = value.as_integer();
  if (value.is_string()) {
    std::int64_t digits = 0;
    const std::string& text = value.text();
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), digits, 8);
    if (failure == std::errc() && end == text.data() + text.size()) mode = digits;
  }
  if (!mode) return fault(value, path, "must be a file mode such as 0440");
  char digits[32];
  const auto end = std::to_chars(digits, digits + sizeof digits, *mode, 8).ptr;
  return Node::string("0" + std::string(digits, end), value.position());
}

Node ValueBinder::device_count(const Node& value, const NodePath& path) {
  if (value.is_integer()) return value;
  if (value.is_string() && equal_ignoring_case(value.text(), "all")) return Node::integer(-1, value.position());
  const auto number = value.is_string() ? parse_integer(value.text()) : std::nullopt;
  if (!number) return fault(value, path, "must be 'all' or a number");
  return Node::integer(*number, value.position());
}

Node ValueBinder::texts(const Node& value, const NodePath& path, Form form) {
  if (value.is_string() && form != Form::kTexts) return Node::sequence({value}, value.position());
  if (!value.is_sequence()) return wrong(value, path, "a list");
  const auto is_text = [](const Node& item) { return item.is_string(); };
  if (std::all_of(value.items().begin(), value.items().end(), is_text)) return value;
  Node::Sequence list;
  for (std::size_t i = 0; i < value.size(); ++i) {
    const Node& item = value.items()[i];
    if (form == Form::kTextOrNumbers || (form == Form::kTexts && item.is_null())) {
      list.push_back(Node::string(item.to_display(), item.position()));
    } else if (item.is_string() || (item.is_integer() && form == Form::kTexts)) {
      list.push_back(text(item, NodePath(path, i)));
    } else {
      wrong(item, NodePath(path, i), "a string");
    }
  }
  return Node::sequence(std::move(list), value.position());
}

Node ValueBinder::command(const Node& value, const NodePath& path) {
  if (!value.is_string()) return texts(value, path, Form::kTexts);
  const auto line = split_shell_words(value.text());
  if (!line) return fault(value, path, "invalid command line string");
  if (line->stopped_at) {
    findings_.warn_once(value.position(), path.str() + ": no shell runs this, so it ends before '" + *line->stopped_at +
                                              "'; write [sh, -c, '...'] to have the rest run");
  }
  Node::Sequence words;
  for (const std::string& word : line->words) words.push_back(Node::string(word, value.position()));
  return Node::sequence(std::move(words), value.position());
}

Node ValueBinder::health_test(const Node& value, const NodePath& path) {
  if (!value.is_string()) return texts(value, path, Form::kTexts);
  return Node::sequence({Node::string("CMD-SHELL", value.position()), value}, value.position());
}

Node ValueBinder::text_map(const Node& value, const NodePath& path, Form form) {
  Mapping entries;
  if (value.is_mapping()) {
    entries.reserve(value.size());
    for (const auto& [key, key_position, item] : value.entries()) {
      const bool stays_unset = item.is_null() && form == Form::kEnvironment;
      Node bound = item.is_string() || stays_unset ? item : Node::string(item.to_display(), item.position());
      entries.insert(key, std::move(bound), key_position);
    }
  } else if (value.is_sequence() && form != Form::kOptions) {
    for (std::size_t i = 0; i < value.size(); ++i) {
      const Node& item = value.items()[i];
      const std::string line = item.to_display();
      const auto [key, rest] = cut(line, '=');
      if (form == Form::kEnvironment && !key.empty() && (key.back() == ' ' || key.back() == '\t')) {
        fault(item, NodePath(path, i),
              "environment variable '" + std::string(key) + "' is declared with a trailing space");
      }
      Node bound;
      if (rest || form != Form::kEnvironment) bound = Node::string(std::string(rest.value_or("")), item.position());
      entries.insert_or_assign(key, std::move(bound), item.position());
    }
  } else {
    return wrong(value, path, "a mapping");
  }
  entries.sort_by_key();
  return Node::mapping(std::move(entries), value.position());
}

Node ValueBinder::option_lists(const Node& value, const NodePath& path) {
  if (!value.is_mapping()) return wrong(value, path, "a mapping");
  Mapping entries;
  for (const auto& [key, key_position, item] : value.entries()) {
    Node::Sequence list;
    if (!item.is_sequence()) list.push_back(Node::string(item.to_display(), item.position()));
    for (const Node& one : item.items()) list.push_back(Node::string(one.to_display(), one.position()));
    entries.insert(key, Node::sequence(std::move(list), item.position()), key_position);
  }
  entries.sort_by_key();
  return Node::mapping(std::move(entries), value.position());
}

Node ValueBinder::hosts(const Node& value, const NodePath& path) {
  Node::Sequence list;
  const auto add = [&](std::string_view name, std::string_view address, const Node& item) {
    if (name.empty() || name.find_first_of(":=") != std::string_view::npos) {
      fault(item, path, "bad host name '" + std::string(name) + "'");
    }
    // [::1] is ::1.
    if (address.size() > 2 && address.front() == '[' && address.back() == ']') {
      address = address.substr(1, address.size() - 2);
    }
    list.push_back(Node::string(std::string(name) + "=" + std::string(address), item.position()));
  };
  for (const auto& [name, key_position, item] : value.entries()) {
    if (!item.is_sequence()) add(name, item.to_display(), item);
    for (const Node& one : item.items()) add(name, one.to_display(), one);
  }
  for (const Node& item : value.items()) {
    const std::string line = item.to_display();
    const char separator = line.find('=') != std::string::npos ? '=' : ':';
    const auto [name, addresses] = cut(line, separator);
    if (!addresses) {
      fault(item, path, "invalid additional host, missing IP: " + line);
      continue;
    }
    for (const std::string& address : split(*addresses, ',')) add(name, address, item);
  }
  if (value.is_scalar()) return wrong(value, path, "a mapping or a list");
  std::stable_sort(list.begin(), list.end(), [](const Node& a, const Node& b) { return a.text() < b.text(); });
  return Node::sequence(std::move(list), value.position());
}

}  // namespace berth::compose
