#include "base/json.h"

#include <limits>

#include "base/error.h"
#include "base/strings.h"

namespace berth {

namespace {

class Writer {
 public:
  Writer(int indent, bool escape_html) : indent_(indent), escape_html_(escape_html) {}

  void write(const json::value& value) {
    switch (value.kind()) {
      case json::kind::null:
        text_ += "null";
        break;
      case json::kind::bool_:
        text_ += value.get_bool() ? "true" : "false";
        break;
      case json::kind::int64:
        text_ += std::to_string(value.get_int64());
        break;
      case json::kind::uint64:
        text_ += std::to_string(value.get_uint64());
        break;
      case json::kind::double_:
        text_ += format_number(value.get_double());
        break;
      case json::kind::string:
        write_string(value.get_string());
        break;
      case json::kind::array:
        write_array(value.get_array());
        break;
      case json::kind::object:
        write_object(value.get_object());
        break;
    }
  }

  std::string take() { return std::move(text_); }

 private:
  void write_array(const json::array& array) {
    open('[', array.empty());
    bool first = true;
    for (const json::value& item : array) {
      next(first);
      write(item);
    }
    close(']', array.empty());
  }

  void write_object(const json::object& object) {
    open('{', object.empty());
    bool first = true;
    for (const auto& [name, value] : object) {
      next(first);
      write_string(name);
      text_ += indent_ > 0 ? ": " : ":";
      write(value);
    }
    close('}', object.empty());
  }

  void open(char bracket, bool empty) {
    text_ += bracket;
    if (!empty) ++depth_;
  }

  void next(bool& first) {
    if (!first) text_ += ',';
    first = false;
    new_line();
  }

  void close(char bracket, bool empty) {
    if (!empty) {
      --depth_;
      new_line();
    }
    text_ += bracket;
  }

  void new_line() {
    if (indent_ == 0) return;
    text_ += '\n';
    text_.append(static_cast<std::size_t>(indent_ * depth_), ' ');
  }

  void write_string(std::string_view string) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    text_ += '"';
    for (const char c : string) {
      const auto byte = static_cast<unsigned char>(c);
      if (c == '"' || c == '\\') {
        text_ += '\\';
        text_ += c;
      } else if (c == '\n') {
        text_ += "\\n";
      } else if (c == '\r') {
        text_ += "\\r";
      } else if (c == '\t') {
        text_ += "\\t";
      } else if (byte < 0x20 || byte == 0x7f || (escape_html_ && (c == '<' || c == '>' || c == '&'))) {
        text_ += "\\u00";
        text_ += kDigits[byte >> 4];
        text_ += kDigits[byte & 15];
      } else {
        text_ += c;
      }
    }
    text_ += '"';
  }

  const int indent_;
  const bool escape_html_;
  int depth_ = 0;
  std::string text_;
};

}  // namespace

json::value parse_json(std::string_view text) {
  json::parse_options options;
  options.max_depth = 512;
  json::stream_parser parser({}, options);
  json::error_code failure;
  const std::size_t read = parser.write(text.data(), text.size(), failure);
  if (!failure) parser.finish(failure);
  if (!failure) return parser.release();
  throw Error(Kind::kInvalid, "not JSON at byte " + std::to_string(read) + ": " + failure.message());
}

std::string format_json(const json::value& value, int indent, bool escape_html) {
  Writer writer(indent, escape_html);
  writer.write(value);
  return writer.take();
}

const json::value* find(const json::value& value, std::string_view name) {
  const json::object* object = value.if_object();
  return object != nullptr ? object->if_contains(name) : nullptr;
}

const json::object* find_object(const json::value& value, std::string_view name) {
  const json::value* member = find(value, name);
  return member != nullptr ? member->if_object() : nullptr;
}

const json::array* find_array(const json::value& value, std::string_view name) {
  const json::value* member = find(value, name);
  return member != nullptr ? member->if_array() : nullptr;
}

std::optional<std::string> optional_text_of(const json::value& value, std::string_view name) {
  const json::value* member = find(value, name);
  if (member == nullptr || !member->is_string()) return std::nullopt;
  return std::string(member->get_string());
}

std::string text_of(const json::value& value, std::string_view name) {
  return optional_text_of(value, name).value_or(std::string());
}

std::int64_t integer_of(const json::value& value, std::string_view name) {
  const json::value* member = find(value, name);
  if (member == nullptr) return 0;
  if (member->is_int64()) return member->get_int64();
  if (member->is_uint64()) return std::numeric_limits<std::int64_t>::max();
  return member->is_double() ? static_cast<std::int64_t>(member->get_double()) : 0;
}

bool flag_of(const json::value& value, std::string_view name) {
  const json::value* member = find(value, name);
  return member != nullptr && member->is_bool() && member->get_bool();
}

std::vector<std::string> texts_of(const json::value& value, std::string_view name) {
  std::vector<std::string> texts;
  if (const json::array* array = find_array(value, name)) {
    for (const json::value& item : *array) {
      if (item.is_string()) texts.emplace_back(item.get_string());
    }
  }
  return texts;
}

json::array array_of(const std::vector<std::string>& texts) { return json::array(texts.begin(), texts.end()); }

std::vector<std::pair<std::string, std::string>> pairs_of(const json::value& value, std::string_view name) {
  std::vector<std::pair<std::string, std::string>> pairs;
  if (const json::object* object = find_object(value, name)) {
    for (const auto& [key, member] : *object) {
      if (member.is_string()) pairs.emplace_back(std::string(key), std::string(member.get_string()));
    }
  }
  return pairs;
}

}  // namespace berth
