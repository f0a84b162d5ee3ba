// State of one HTTP/2 connection that carries calls of gRPC.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "grpc/connection.h"
#include "grpc/status.h"

struct nghttp2_session;

namespace berth::grpc {

// What has come of a call, and what is to go.
struct Http2Stream {
  Metadata fields;                   // of the head, and of a client's the trailers too
  std::deque<std::string> messages;  // whole ones that nobody took yet
  std::size_t waiting = 0;           // their bytes
  std::size_t held = 0;              // bytes for which the other side has not been given new room yet
  std::string partial;               // of the message that is coming
  bool fields_complete = false;
  bool end_received = false;  // nothing more comes
  bool closed = false;        // in both directions
  bool dropped = false;       // of no interest any more
  std::uint32_t reset = 0;    // HTTP/2 error code, where it was broken off
  std::string problem;        // what came is no gRPC

  std::string outgoing;
  std::size_t sent = 0;  // of outgoing
  bool ended = false;    // nothing is added to it
  Metadata trailers;     // then these follow

  // Value of the first field of this name.
  std::optional<std::string> field(std::string_view name) const;
};

// Not safe for several threads: whoever has it keeps a lock. Does no I/O: what came is put in, and what is to be sent
// taken out.
class Http2 {
 public:
  enum class Side { kClient, kServer };

  explicit Http2(Side side);
  ~Http2();
  Http2(const Http2&) = delete;
  Http2& operator=(const Http2&) = delete;

  // Bytes of the other side's. Throws kInternal when they are no HTTP/2.
  void put(std::string_view bytes);
  // Bytes to send, some at a time; empty when there are none now.
  std::string take();
  // Calls that have come to a server since this was asked last.
  std::vector<std::int32_t> take_accepted() { return std::exchange(accepted_, {}); }

  // A client's new call. Throws kUnavailable when no more can be made.
  std::int32_t start(const Metadata& fields);
  // A server's answer begins; its messages are in `outgoing`, its end in `trailers`.
  void answer(std::int32_t id);
  // Something was added to the call's outgoing bytes, or their end was set.
  void resume(std::int32_t id);
  // The next message of a call, where there is one.
  std::optional<std::string> take_message(std::int32_t id);
  // The call is of no interest any more.
  void drop(std::int32_t id);

  Http2Stream& stream(std::int32_t id) { return streams_.at(id); }

 private:
  struct Callbacks;
  friend struct Callbacks;

  Http2Stream* find(std::int32_t id);
  void take_data(std::int32_t id, std::string_view bytes);

  std::unique_ptr<nghttp2_session, void (*)(nghttp2_session*)> session_;
  const Side side_;
  std::map<std::int32_t, Http2Stream> streams_;
  std::vector<std::int32_t> accepted_;
};

}  // namespace berth::grpc
