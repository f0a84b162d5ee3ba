#include "http/wire.h"

#include <algorithm>

#include "base/error.h"

namespace berth::http {

namespace {

bool is_token(std::string_view text) {
  constexpr std::string_view kSpecial = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           kSpecial.find(c) != std::string_view::npos;
  });
}

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

bool is_value(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) { return is_control(c) && c != '\t'; });
}

bool is_target(std::string_view text) {
  return !text.empty() && std::none_of(text.begin(), text.end(), [](char c) { return is_control(c) || c == ' '; });
}

void append(std::string& head, const Headers& headers) {
  for (const auto& [name, value] : headers) {
    if (!is_token(name)) throw Error(Kind::kInvalid, "'" + name + "' cannot be an HTTP header's name");
    if (!is_value(value))
      throw Error(Kind::kInvalid, "the HTTP header '" + name + "' has a line feed or other control character");
    head.append(name).append(": ").append(value).append("\r\n");
  }
  head += "\r\n";
}

}  // namespace

std::string format_head(const Request& request) {
  if (!is_token(request.method)) throw Error(Kind::kInvalid, "'" + request.method + "' cannot be an HTTP method");
  if (!is_target(request.target)) {
    throw Error(Kind::kInvalid, "'" + request.target + "' cannot be an HTTP target: percent-encode it");
  }
  std::string head;
  head.reserve(512);
  head.append(request.method).append(" ").append(request.target).append(" HTTP/1.1\r\n");
  append(head, request.headers);
  return head;
}

std::string format_head(const ResponseHead& head) {
  if (head.status < 100 || head.status > 999 || !is_value(head.reason)) {
    throw Error(Kind::kInvalid, "'" + std::to_string(head.status) + " " + head.reason + "' cannot be an HTTP status");
  }
  std::string text;
  text.reserve(512);
  text.append("HTTP/1.1 ").append(std::to_string(head.status)).append(" ");
  text.append(head.reason.empty() ? reason_of(head.status) : std::string_view(head.reason)).append("\r\n");
  append(text, head.headers);
  return text;
}

}  // namespace berth::http
