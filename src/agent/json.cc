#include "agent/json.h"

#include <cstdint>

namespace berth::agent {

namespace {

constexpr int kDeepest = 64;

class Parser {
 public:
  explicit Parser(std::string_view text) : rest_(text) {}

  bool all(Json& value) {
    const bool whole = parse(value, 0);
    skip_blanks();
    return whole && rest_.empty();
  }

 private:
  bool parse(Json& value, int depth) {
    skip_blanks();
    if (rest_.empty() || depth > kDeepest) return false;
    switch (rest_.front()) {
      case '{':
        return object(value, depth);
      case '[':
        return array(value, depth);
      case '"':
        value.type = Json::Type::kText;
        return text(value.text);
      default:
        return word(value);
    }
  }

  bool object(Json& value, int depth) {
    value.type = Json::Type::kObject;
    rest_.remove_prefix(1);
    if (takes('}')) return true;
    do {
      skip_blanks();
      auto& [name, member] = value.members.emplace_back();
      if (!text(name) || !takes(':') || !parse(member, depth + 1)) return false;
    } while (takes(','));
    return takes('}');
  }

  bool array(Json& value, int depth) {
    value.type = Json::Type::kArray;
    rest_.remove_prefix(1);
    if (takes(']')) return true;
    do {
      if (!parse(value.items.emplace_back(), depth + 1)) return false;
    } while (takes(','));
    return takes(']');
  }

  // true, false, null or a number.
  bool word(Json& value) {
    const std::size_t end = rest_.find_first_of(",]} \t\r\n");
    const std::string_view found = rest_.substr(0, end);
    rest_.remove_prefix(found.size());
    if (found == "null") return true;
    const bool boolean = found == "true" || found == "false";
    if (!boolean && (found.empty() || found.find_first_not_of("0123456789+-.eE") != std::string_view::npos))
      return false;
    value.type = boolean ? Json::Type::kBoolean : Json::Type::kNumber;
    value.text = found;
    return true;
  }

  bool text(std::string& into) {
    if (rest_.empty() || rest_.front() != '"') return false;
    rest_.remove_prefix(1);
    while (!rest_.empty()) {
      const char c = rest_.front();
      rest_.remove_prefix(1);
      if (c == '"') return true;
      if (c != '\\') {
        into += c;
      } else if (!escape(into)) {
        return false;
      }
    }
    return false;
  }

  bool escape(std::string& into) {
    if (rest_.empty()) return false;
    const char c = rest_.front();
    rest_.remove_prefix(1);
    constexpr std::string_view kNames = "\"\\/bfnrt";
    constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
    if (const std::size_t at = kNames.find(c); at != std::string_view::npos) {
      into += kMeanings[at];
      return true;
    }
    std::uint32_t code = 0;
    if (c != 'u' || rest_.size() < 4) return false;
    for (const char digit : rest_.substr(0, 4)) {
      const std::size_t value = std::string_view("0123456789abcdef").find(static_cast<char>(digit | 0x20));
      if (value == std::string_view::npos) return false;
      code = code << 4U | static_cast<std::uint32_t>(value);
    }
    rest_.remove_prefix(4);
    // Halves of a pair are not joined: no name or label that matters has one.
    if (code < 0x80) {
      into += static_cast<char>(code);
    } else if (code < 0x800) {
      into += static_cast<char>(0xC0U | code >> 6U);
      into += static_cast<char>(0x80U | (code & 0x3FU));
    } else {
      into += static_cast<char>(0xE0U | code >> 12U);
      into += static_cast<char>(0x80U | (code >> 6U & 0x3FU));
      into += static_cast<char>(0x80U | (code & 0x3FU));
    }
    return true;
  }

  void skip_blanks() {
    const std::size_t begin = rest_.find_first_not_of(" \t\r\n");
    rest_.remove_prefix(begin == std::string_view::npos ? rest_.size() : begin);
  }

  bool takes(char c) {
    skip_blanks();
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }

  std::string_view rest_;
};

}  // namespace

const Json* Json::find(std::string_view name) const {
  for (const auto& [key, member] : members) {
    if (key == name) return &member;
  }
  return nullptr;
}

std::string_view Json::text_of(std::string_view name) const {
  const Json* member = find(name);
  return member == nullptr ? std::string_view() : std::string_view(member->text);
}

bool parse_json(std::string_view text, Json& value) { return Parser(text).all(value); }

}  // namespace berth::agent
