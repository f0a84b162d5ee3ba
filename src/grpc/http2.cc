#include "grpc/http2.h"

#include <nghttp2/nghttp2.h>

#include "base/error.h"

namespace berth::grpc {

namespace {

// Each message: a byte that says whether it is compressed, and its length in network order.
constexpr std::size_t kPrefix = 5;
constexpr std::size_t kLargestMessage = std::size_t{64} << 20;
// Bytes of messages that wait to be taken, beyond which a call gets no new room.
constexpr std::size_t kMostWaiting = std::size_t{1} << 20;
// Bytes that one take() gives, more or less.
constexpr std::size_t kPiece = std::size_t{64} << 10;

void check(long result, std::string_view doing) {
  if (result < 0) {
    throw Error(Kind::kInternal, std::string(doing) + ": " + ::nghttp2_strerror(static_cast<int>(result)));
  }
}

// Refers to the fields.
std::vector<nghttp2_nv> header_block(const Metadata& fields) {
  const auto bytes = [](const std::string& text) {
    return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));
  };
  std::vector<nghttp2_nv> block;
  for (const auto& [name, value] : fields) {
    block.push_back({bytes(name), bytes(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE});
  }
  return block;
}

std::size_t length_of(std::string_view prefix) {
  std::size_t length = 0;
  for (std::size_t i = 1; i < kPrefix; ++i) length = length << 8 | static_cast<unsigned char>(prefix[i]);
  return length;
}

}  // namespace

std::optional<std::string> Http2Stream::field(std::string_view name) const {
  for (const auto& [key, value] : fields) {
    if (key == name) return value;
  }
  return std::nullopt;
}

// What nghttp2 calls. Nothing may be thrown through it.
struct Http2::Callbacks {
  static int on_header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name, std::size_t name_size,
                       const std::uint8_t* value, std::size_t value_size, std::uint8_t, void* user) {
    if (Http2Stream* stream = of(user).find(frame->hd.stream_id)) {
      stream->fields.emplace_back(std::string(reinterpret_cast<const char*>(name), name_size),
                                  std::string(reinterpret_cast<const char*>(value), value_size));
    }
    return 0;
  }

  static int on_begin_headers(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    Http2& self = of(user);
    if (self.side_ == Side::kServer && frame->headers.cat == NGHTTP2_HCAT_REQUEST) {
      self.streams_.try_emplace(frame->hd.stream_id);
    }
    return 0;
  }

  static int on_frame_recv(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    Http2& self = of(user);
    Http2Stream* stream = self.find(frame->hd.stream_id);
    if (stream == nullptr) return 0;
    if (frame->hd.type == NGHTTP2_HEADERS && !stream->fields_complete) {
      stream->fields_complete = true;
      if (self.side_ == Side::kServer) self.accepted_.push_back(frame->hd.stream_id);
    }
    const bool may_end = frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA;
    if (may_end && (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) stream->end_received = true;
    return 0;
  }

  static int on_data(nghttp2_session*, std::uint8_t, std::int32_t id, const std::uint8_t* data, std::size_t size,
                     void* user) {
    of(user).take_data(id, {reinterpret_cast<const char*>(data), size});
    return 0;
  }

  static int on_close(nghttp2_session*, std::int32_t id, std::uint32_t code, void* user) {
    Http2& self = of(user);
    if (Http2Stream* stream = self.find(id)) {
      stream->closed = true;
      stream->reset = code;
      if (stream->dropped) self.streams_.erase(id);
    }
    return 0;
  }

  static ssize_t read_outgoing(nghttp2_session* session, std::int32_t id, std::uint8_t* buffer, std::size_t room,
                               std::uint32_t* flags, nghttp2_data_source*, void* user) {
    Http2& self = of(user);
    Http2Stream* stream = self.find(id);
    if (stream == nullptr) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    const std::size_t size = stream->outgoing.copy(reinterpret_cast<char*>(buffer), room, stream->sent);
    stream->sent += size;
    const bool all = stream->sent == stream->outgoing.size();
    if (all || stream->sent > kPiece) stream->outgoing.erase(0, std::exchange(stream->sent, 0));
    if (!all) return static_cast<ssize_t>(size);
    if (!stream->ended && size == 0) return NGHTTP2_ERR_DEFERRED;
    if (!stream->ended) return static_cast<ssize_t>(size);
    *flags |= NGHTTP2_DATA_FLAG_EOF;
    if (self.side_ == Side::kServer) {
      *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
      const auto block = header_block(stream->trailers);
      if (::nghttp2_submit_trailer(session, id, block.data(), block.size()) != 0) {
        return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
      }
    }
    return static_cast<ssize_t>(size);
  }

  static Http2& of(void* user) { return *static_cast<Http2*>(user); }
};

Http2::Http2(Side side) : session_(nullptr, ::nghttp2_session_del), side_(side) {
  nghttp2_session_callbacks* made = nullptr;
  check(::nghttp2_session_callbacks_new(&made), "HTTP/2");
  const std::unique_ptr<nghttp2_session_callbacks, void (*)(nghttp2_session_callbacks*)> callbacks(
      made, ::nghttp2_session_callbacks_del);
  ::nghttp2_session_callbacks_set_on_begin_headers_callback(made, Callbacks::on_begin_headers);
  ::nghttp2_session_callbacks_set_on_header_callback(made, Callbacks::on_header);
  ::nghttp2_session_callbacks_set_on_frame_recv_callback(made, Callbacks::on_frame_recv);
  ::nghttp2_session_callbacks_set_on_data_chunk_recv_callback(made, Callbacks::on_data);
  ::nghttp2_session_callbacks_set_on_stream_close_callback(made, Callbacks::on_close);
  nghttp2_option* given = nullptr;
  check(::nghttp2_option_new(&given), "HTTP/2");
  const std::unique_ptr<nghttp2_option, void (*)(nghttp2_option*)> options(given, ::nghttp2_option_del);
  ::nghttp2_option_set_no_auto_window_update(given, 1);
  nghttp2_session* session = nullptr;
  check(side == Side::kClient ? ::nghttp2_session_client_new2(&session, made, this, given)
                              : ::nghttp2_session_server_new2(&session, made, this, given),
        "HTTP/2");
  session_.reset(session);
  check(::nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, nullptr, 0), "HTTP/2");
}

Http2::~Http2() = default;

void Http2::put(std::string_view bytes) {
  check(::nghttp2_session_mem_recv(session_.get(), reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()),
        "reading HTTP/2");
}

std::string Http2::take() {
  std::string bytes;
  while (bytes.size() < kPiece) {
    const std::uint8_t* piece = nullptr;
    const ssize_t size = ::nghttp2_session_mem_send(session_.get(), &piece);
    check(size, "writing HTTP/2");
    if (size == 0) break;
    bytes.append(reinterpret_cast<const char*>(piece), static_cast<std::size_t>(size));
  }
  return bytes;
}

std::int32_t Http2::start(const Metadata& fields) {
  const auto block = header_block(fields);
  const nghttp2_data_provider provider{.source = {}, .read_callback = Callbacks::read_outgoing};
  const std::int32_t id =
      ::nghttp2_submit_request(session_.get(), nullptr, block.data(), block.size(), &provider, nullptr);
  if (id < 0) throw Error(Kind::kUnavailable, std::string("HTTP/2: ") + ::nghttp2_strerror(id));
  streams_.try_emplace(id);
  return id;
}

void Http2::answer(std::int32_t id) {
  const Metadata head = {{":status", "200"}, {"content-type", "application/grpc"}};
  const auto block = header_block(head);
  const nghttp2_data_provider provider{.source = {}, .read_callback = Callbacks::read_outgoing};
  check(::nghttp2_submit_response(session_.get(), id, block.data(), block.size(), &provider), "answering a call");
}

void Http2::resume(std::int32_t id) {
  // That it was not waiting is no error, nor that it has gone meanwhile.
  ::nghttp2_session_resume_data(session_.get(), id);
}

std::optional<std::string> Http2::take_message(std::int32_t id) {
  Http2Stream& from = stream(id);
  if (from.messages.empty()) return std::nullopt;
  std::string message = std::move(from.messages.front());
  from.messages.pop_front();
  from.waiting -= message.size();
  if (from.held > 0 && from.waiting < kMostWaiting) {
    ::nghttp2_session_consume_stream(session_.get(), id, std::exchange(from.held, 0));
  }
  return message;
}

void Http2::drop(std::int32_t id) {
  Http2Stream* stream = find(id);
  if (stream == nullptr) return;
  if (stream->closed) {
    streams_.erase(id);
    return;
  }
  stream->dropped = true;  // it closes when its last bytes are out
  const bool over = stream->ended && (stream->end_received || side_ == Side::kServer);
  if (!over) ::nghttp2_submit_rst_stream(session_.get(), NGHTTP2_FLAG_NONE, id, NGHTTP2_CANCEL);
}

Http2Stream* Http2::find(std::int32_t id) {
  const auto found = streams_.find(id);
  return found == streams_.end() ? nullptr : &found->second;
}

void Http2::take_data(std::int32_t id, std::string_view bytes) {
  ::nghttp2_session_consume_connection(session_.get(), bytes.size());
  Http2Stream* stream = find(id);
  if (stream == nullptr) return;
  stream->partial += bytes;
  while (stream->partial.size() >= kPrefix && stream->problem.empty()) {
    const std::size_t length = length_of(stream->partial);
    if (stream->partial[0] != 0) stream->problem = "a compressed message came, which was not agreed on";
    if (length > kLargestMessage) stream->problem = "a message of " + std::to_string(length) + " bytes came";
    if (stream->partial.size() < kPrefix + length) break;
    stream->waiting += length;
    stream->messages.push_back(stream->partial.substr(kPrefix, length));
    stream->partial.erase(0, kPrefix + length);
  }
  // What is not whole yet needs more room to become so.
  if (stream->waiting < kMostWaiting) {
    ::nghttp2_session_consume_stream(session_.get(), id, bytes.size());
  } else {
    stream->held += bytes.size();
  }
}

}  // namespace berth::grpc
