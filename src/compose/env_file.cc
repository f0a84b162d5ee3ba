#include "compose/env_file.h"

#include <algorithm>
#include <utility>

#include "base/strings.h"

namespace berth::compose {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\v' || c == '\f' || c == '\r'; }
bool is_octal(char c) { return c >= '0' && c <= '7'; }

bool may_be_in_key(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         static_cast<unsigned char>(c) >= 0x80 || std::string_view("_.-[]").find(c) != std::string_view::npos;
}

void append_utf8(std::string& out, unsigned code) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else {
    out += static_cast<char>(0xC0U | (code >> 6));
    out += static_cast<char>(0x80U | (code & 0x3FU));
  }
}

char escaped_letter(char c) {
  switch (c) {
    case 'a':
      return '\a';
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case 'v':
      return '\v';
    default:
      return '\0';
  }
}

// `\0123`: the character of an octal number, which has three digits after the zero. Fewer only lose the zero. Returns
// the place behind it.
std::size_t expand_octal(std::string_view text, std::size_t zero, std::string& out) {
  const std::string_view digits = text.substr(zero + 1, 3);
  unsigned code = 0;
  for (const char c : digits) code = code * 8 + static_cast<unsigned>(c - '0');
  if (digits.size() == 3 && std::all_of(digits.begin(), digits.end(), is_octal) && code <= 0xFF) {
    append_utf8(out, code);
    return zero + 4;
  }
  out += '\\';
  return zero + 1;
}

// Escapes of a value in double quotes. An escaped dollar sign becomes the template's own escape.
std::string expand_escapes(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      out += text[i];
      continue;
    }
    const char next = text[i + 1];
    if (const char letter = escaped_letter(next)) {
      out += letter;
      ++i;
    } else if (next == '$') {
      out += "$$";
      ++i;
    } else if (next == '"' || next == '\\') {
      out += next;
      ++i;
    } else if (next == '0') {
      i = expand_octal(text, i + 1, out) - 1;
    } else {
      out += '\\';
    }
  }
  return out;
}

// Reads the .env dialect. A fault ends its line; the next is read as if nothing had happened.
class DotEnvReader {
 public:
  DotEnvReader(std::string_view text, std::string_view file_name, const Lookup& lookup, Variables& variables,
               yaml::Findings& findings)
      : text_(text), file_(file_name), lookup_(lookup), variables_(variables), findings_(findings) {}

  void read() {
    while (skip_to_statement()) {
      const yaml::Position position = here();
      if (!read_statement(position)) skip_line();
    }
  }

 private:
  bool at_end() const { return at_ >= text_.size(); }

  yaml::Position here() const { return {file_, line_, static_cast<std::uint32_t>(at_ - line_start_ + 1)}; }

  void advance_to(std::size_t target) {
    for (; at_ < target; ++at_) {
      if (text_[at_] != '\n') continue;
      ++line_;
      line_start_ = at_ + 1;
    }
  }

  std::size_t line_end() const { return std::min(text_.find('\n', at_), text_.size()); }
  void skip_line() { advance_to(line_end()); }

  void skip_blanks() {
    while (!at_end() && is_blank(text_[at_])) ++at_;
  }

  // Past blanks, line ends and comments. False at the text's end.
  bool skip_to_statement() {
    while (!at_end()) {
      const char c = text_[at_];
      if (c == '#') {
        skip_line();
      } else if (c == '\n' || is_blank(c)) {
        advance_to(at_ + 1);
      } else {
        return true;
      }
    }
    return false;
  }

  bool fault(yaml::Position position, std::string message) {
    findings_.faults.push_back({position, "", std::move(message)});
    return false;
  }

  // `KEY=value`, `KEY: value`, `export KEY=value` or `KEY`. False after a fault.
  bool read_statement(yaml::Position position) {
    if (text_.substr(at_).starts_with("export") && at_ + 6 < text_.size() && is_blank(text_[at_ + 6])) {
      at_ += 6;
      skip_blanks();
    }
    const std::size_t key_begin = at_;
    const std::size_t end = line_end();
    while (at_ < end && text_[at_] != '=' && text_[at_] != ':') {
      if (!is_blank(text_[at_]) && !may_be_in_key(text_[at_])) {
        return fault(here(), "unexpected character '" + std::string(1, text_[at_]) + "' in variable name '" +
                                 std::string(trim(text_.substr(key_begin, end - key_begin))) + "'");
      }
      ++at_;
    }
    const std::string key(trim(text_.substr(key_begin, at_ - key_begin)));
    if (std::any_of(key.begin(), key.end(), is_blank))
      return fault(position, "key '" + key + "' cannot contain a space");
    if (key.empty()) return fault(position, "a variable name is missing");
    if (at_ == end) {
      if (auto inherited = lookup_(key)) variables_.insert_or_assign(key, std::move(*inherited));
      return true;
    }
    ++at_;
    skip_blanks();
    const char quote = at_end() ? '\0' : text_[at_];
    if (quote == '"' || quote == '\'') return read_quoted(key, quote, position);
    read_unquoted(key, position);
    return true;
  }

  // Up to a comment or the line's end.
  void read_unquoted(const std::string& key, yaml::Position position) {
    std::string_view value = text_.substr(at_, line_end() - at_);
    value = value.substr(0, value.find(" #"));
    while (!value.empty() && is_blank(value.back())) value.remove_suffix(1);
    set(key, value, position);
    skip_line();
  }

  // Up to the closing quote, maybe lines below. A backslash takes the quote's meaning away.
  bool read_quoted(const std::string& key, char quote, yaml::Position position) {
    std::string value;
    std::size_t i = at_ + 1;
    for (; i < text_.size() && text_[i] != quote; ++i) {
      if (text_[i] == '\\' && i + 1 < text_.size()) {
        ++i;
        if (text_[i] != quote) value += '\\';
      }
      value += text_[i];
    }
    if (i >= text_.size()) {
      return fault(here(), "unterminated quoted value " + std::string(trim(text_.substr(at_, line_end() - at_))));
    }
    if (quote == '"') {
      set(key, expand_escapes(value), position);
    } else {
      variables_.insert_or_assign(key, std::move(value));
    }
    advance_to(i + 1);
    return true;
  }

  void set(const std::string& key, std::string_view value, yaml::Position position) {
    const Lookup lookup = [this](std::string_view name) -> std::optional<std::string> {
      if (auto outer = lookup_(name)) return outer;
      const auto found = variables_.find(name);
      return found == variables_.end() ? std::nullopt : std::optional(found->second);
    };
    variables_.insert_or_assign(key, substitute(value, lookup, findings_, position));
  }

  std::string_view text_;
  const yaml::FileName file_;
  const Lookup& lookup_;
  Variables& variables_;
  yaml::Findings& findings_;
  std::size_t at_ = 0;
  std::size_t line_start_ = 0;
  std::uint32_t line_ = 1;
};

void read_raw_line(std::string_view line, yaml::Position position, const Lookup& lookup, Variables& variables,
                   yaml::Findings& findings) {
  while (!line.empty() && is_blank(line.front())) line.remove_prefix(1);
  if (line.empty() || line.front() == '#') return;
  const auto [key, value] = cut(line, '=');
  if (key.empty()) {
    findings.faults.push_back({position, "", "no variable name on line '" + std::string(line) + "'"});
  } else if (std::any_of(key.begin(), key.end(), is_blank)) {
    findings.faults.push_back({position, "", "variable '" + std::string(key) + "' contains whitespaces"});
  } else if (value) {
    variables.insert_or_assign(std::string(key), std::string(*value));
  } else if (auto inherited = lookup(key)) {
    variables.insert_or_assign(std::string(key), std::move(*inherited));
  }
}

}  // namespace

std::optional<EnvFileFormat> env_file_format(std::string_view name) {
  if (name.empty() || name == ".env") return EnvFileFormat::kDotEnv;
  if (name == "raw") return EnvFileFormat::kRaw;
  return std::nullopt;
}

void read_env_file(std::string_view text, std::string_view file_name, const Lookup& lookup, Variables& variables,
                   yaml::Findings& findings, EnvFileFormat format) {
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  if (format == EnvFileFormat::kDotEnv) return DotEnvReader(text, file_name, lookup, variables, findings).read();
  const yaml::FileName file(file_name);
  for (std::uint32_t number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    read_raw_line(line, {file, number, 1}, lookup, variables, findings);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

}  // namespace berth::compose
