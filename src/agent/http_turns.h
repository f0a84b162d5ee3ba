// Whose turn it is on a connection, when it speaks HTTP/1: between an answer and the next request a connection can be
// given to another server without its client noticing.
#pragma once

#include <string_view>

namespace berth::agent {

// Fed with what passes by. Anything but plain HTTP/1 (TLS, an upgraded connection, ...) is never between requests.
class HttpTurns {
 public:
  void from_client(std::string_view bytes);
  void from_server(std::string_view bytes);

  // The server spoke last, and these bytes of the client begin a new request.
  bool begins_request(std::string_view bytes) const;
  // The server spoke last, and its answer said where it ends.
  bool may_be_between() const { return http_ && server_spoke_last_ && delimited_; }

 private:
  bool http_ = false;
  bool is_first_ = true;
  bool server_spoke_last_ = false;
  bool in_answer_ = false;
  bool delimited_ = false;
};

// Whether the bytes begin with a request line: "GET /path HTTP/1.1".
bool is_request_line(std::string_view bytes);

}  // namespace berth::agent
