#include "agent/http_turns.h"

#include <algorithm>

namespace berth::agent {

namespace {

constexpr std::size_t kLongestMethod = 16;

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }

char lower(char c) { return is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c; }

bool contains_ignoring_case(std::string_view text, std::string_view wanted) {
  return std::search(text.begin(), text.end(), wanted.begin(), wanted.end(),
                     [](char a, char b) { return lower(a) == b; }) != text.end();
}

}  // namespace

bool is_request_line(std::string_view bytes) {
  const std::size_t space = bytes.find(' ');
  if (space == 0 || space > kLongestMethod ||
      !std::all_of(bytes.begin(), bytes.begin() + static_cast<long>(space), is_upper)) {
    return false;
  }
  const std::string_view line = bytes.substr(0, bytes.find('\n'));
  return line.find(" HTTP/1.") != std::string_view::npos;
}

void HttpTurns::from_client(std::string_view bytes) {
  if (is_first_) http_ = is_request_line(bytes);
  is_first_ = false;
  if (server_spoke_last_) in_answer_ = delimited_ = false;
  server_spoke_last_ = false;
}

void HttpTurns::from_server(std::string_view bytes) {
  server_spoke_last_ = true;
  if (in_answer_ || !http_) return;
  in_answer_ = true;
  const std::string_view head = bytes.substr(0, bytes.find("\r\n\r\n"));
  if (head.starts_with("HTTP/1.1 1")) http_ = false;  // 101 switches protocols; 100 has more to come
  const bool closes = contains_ignoring_case(head, "\r\nconnection: close");
  delimited_ = !closes && (contains_ignoring_case(head, "\r\ncontent-length:") ||
                           contains_ignoring_case(head, "\r\ntransfer-encoding: chunked"));
}

bool HttpTurns::begins_request(std::string_view bytes) const {
  return http_ && server_spoke_last_ && is_request_line(bytes);
}

}  // namespace berth::agent
