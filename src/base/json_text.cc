#include "base/json_text.h"

namespace berth {

namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// Where the string that begins at `at` ends: behind its closing quote.
std::size_t end_of_string(std::string_view text, std::size_t at) {
  for (++at; at < text.size() && text[at] != '"'; ++at) {
    if (text[at] == '\\') ++at;
  }
  return at < text.size() ? at + 1 : text.size();
}

// Where the value that begins at `at` ends.
std::size_t end_of_value(std::string_view text, std::size_t at) {
  int depth = 0;
  while (at < text.size()) {
    const char c = text[at];
    if (c == '"') {
      at = end_of_string(text, at);
      if (depth == 0) return at;
      continue;
    }
    if (depth == 0 && (c == ',' || c == '}' || c == ']' || is_blank(c))) return at;
    if (c == '{' || c == '[') ++depth;
    ++at;
    if ((c == '}' || c == ']') && --depth == 0) return at;
  }
  return at;
}

void append_string(std::string_view text, bool escape_html, std::string& out) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (escape_html && (c == '<' || c == '>' || c == '&')) {
      out += c == '<' ? "\\u003c" : c == '>' ? "\\u003e" : "\\u0026";
    } else if (escape_html && (text.substr(i, 3) == "\u2028" || text.substr(i, 3) == "\u2029")) {
      out += text.substr(i, 3) == "\u2028" ? "\\u2028" : "\\u2029";
      i += 2;
    } else {
      out += c;
    }
  }
}

}  // namespace

std::string lay_out_json(std::string_view text, int indent, bool escape_html) {
  std::string out;
  int depth = 0;
  const auto line = [&] {
    if (indent > 0) out.append("\n").append(static_cast<std::size_t>(indent * depth), ' ');
  };
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (c == '"') {
      const std::size_t end = end_of_string(text, at);
      append_string(text.substr(at, end - at), escape_html, out);
      at = end;
      continue;
    }
    ++at;
    if (is_blank(c)) continue;
    if (c == '}' || c == ']') {
      --depth;
      if (out.back() != '{' && out.back() != '[') line();
    }
    out += c;
    if (c == ':' && indent > 0) out += ' ';
    if (c == ',') line();
    if (c == '{' || c == '[') {
      ++depth;
      while (at < text.size() && is_blank(text[at])) ++at;
      if (at < text.size() && text[at] != '}' && text[at] != ']') line();
    }
  }
  return out;
}

std::optional<std::string_view> json_member_text(std::string_view text, std::string_view name) {
  const std::string wanted = "\"" + std::string(name) + "\"";
  std::size_t at = text.find('{');
  if (at == std::string_view::npos) return std::nullopt;
  const auto skip = [&](std::string_view passed) {
    while (at < text.size() && (is_blank(text[at]) || passed.find(text[at]) != std::string_view::npos)) ++at;
  };
  for (++at;;) {
    skip(",");
    if (at >= text.size() || text[at] != '"') return std::nullopt;
    const std::size_t key = at;
    at = end_of_string(text, at);
    const bool found = text.substr(key, at - key) == wanted;
    skip(":");
    const std::size_t value = at;
    at = end_of_value(text, at);
    if (found) return text.substr(value, at - value);
  }
}

}  // namespace berth
