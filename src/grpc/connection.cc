#include "grpc/connection.h"

#include <array>
#include <list>
#include <thread>

#include "base/error.h"
#include "base/guarded.h"
#include "grpc/http2.h"
#include "grpc/status.h"
#include "http/url.h"

namespace berth::grpc {

namespace {

// Bytes of a call that wait to be sent, beyond which its sender waits.
constexpr std::size_t kMostOutgoing = std::size_t{256} << 10;

void append_message(std::string& bytes, std::string_view message) {
  bytes += '\0';
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(message.size() >> shift & 0xff);
  bytes += message;
}

Metadata status_fields(Code code, std::string_view message) {
  Metadata fields = {{"grpc-status", std::to_string(static_cast<int>(code))}};
  if (!message.empty()) fields.emplace_back("grpc-message", http::percent_encode(message));
  return fields;
}

// Of a client's call that is over: throws what it ended with.
void check_end(const Http2Stream& stream) {
  const auto status = stream.field("grpc-status");
  if (!status) {
    const auto http = stream.field(":status");
    if (http && *http != "200") throw Error(Kind::kInternal, "a call was answered with HTTP status " + *http);
    throw Error(Kind::kUnavailable, "a call was broken off (HTTP/2 error " + std::to_string(stream.reset) + ")");
  }
  if (*status == "0") return;
  const std::string told = stream.field("grpc-message").value_or("");
  const int code = std::atoi(status->c_str());
  throw Error(kind_of(static_cast<Code>(code)),
              told.empty() ? "a call ended with gRPC status " + *status : http::percent_decode(told).value_or(told));
}

}  // namespace

// Waited for by senders, receivers and the thread that writes; told of every change.
struct Call::Shared {
  struct State {
    std::unique_ptr<Http2> http2;
    bool to_write = true;  // the settings, first of all
    std::string over;      // why the connection has ended; empty while it has not
  };

  explicit Shared(Http2::Side which) : side(which), guarded(State{.http2 = std::make_unique<Http2>(which)}) {}

  // For what the http2 has to say after a change of ours.
  void wrote(Guarded<State>::Lock& state) {
    state->to_write = true;
    guarded.notify();
  }

  const Http2::Side side;
  Guarded<State> guarded;
};

Call::~Call() {
  auto state = shared_.guarded.lock();
  state->http2->drop(id_);
  shared_.wrote(state);
}

std::string Call::method() const {
  const auto state = shared_.guarded.lock();
  return state->http2->stream(id_).field(":path").value_or("");
}

std::vector<std::string> Call::values(std::string_view name) const {
  const auto state = shared_.guarded.lock();
  std::vector<std::string> found;
  for (const auto& [key, value] : state->http2->stream(id_).fields) {
    if (key == name) found.push_back(value);
  }
  return found;
}

void Call::send(const Context& context, std::string_view message) {
  auto state = shared_.guarded.lock();
  Http2Stream& stream = state->http2->stream(id_);
  state.wait(context, [&] {
    return stream.outgoing.size() - stream.sent < kMostOutgoing || stream.closed || !state->over.empty();
  });
  if (!state->over.empty()) throw Error(Kind::kUnavailable, state->over);
  if (stream.closed) throw Error(Kind::kUnavailable, "the other side has ended the call");
  append_message(stream.outgoing, message);
  state->http2->resume(id_);
  shared_.wrote(state);
}

void Call::end_sending() {
  auto state = shared_.guarded.lock();
  state->http2->stream(id_).ended = true;
  state->http2->resume(id_);
  shared_.wrote(state);
}

std::optional<std::string> Call::receive(const Context& context) {
  auto state = shared_.guarded.lock();
  Http2& http2 = *state->http2;
  Http2Stream& stream = http2.stream(id_);
  state.wait(context, [&] {
    return !stream.messages.empty() || stream.end_received || stream.closed || !stream.problem.empty() ||
           !state->over.empty();
  });
  if (auto message = http2.take_message(id_)) {
    shared_.wrote(state);
    return message;
  }
  if (!stream.problem.empty()) throw Error(Kind::kInternal, stream.problem);
  if (stream.end_received || stream.closed) {
    if (shared_.side == Http2::Side::kClient) check_end(stream);
    if (!stream.end_received) throw Error(Kind::kUnavailable, "the other side has broken off the call");
    return std::nullopt;
  }
  throw Error(Kind::kUnavailable, state->over);
}

// One thread reads, one writes, and one answers each call.
class Connection::Threads {
 public:
  Threads(Call::Shared& shared, std::unique_ptr<net::Stream> stream, Handler handler)
      : shared_(shared), stream_(std::move(stream)), handler_(std::move(handler)) {
    reader_ = std::jthread([this] { until_over([this] { read(); }); });
    writer_ = std::jthread([this] { until_over([this] { write(); }); });
  }

  ~Threads() {
    stop_.cancel();
    reader_.join();
    writer_.join();
    answers_.clear();
  }

 private:
  struct Answer {
    std::unique_ptr<Guarded<bool>> done = std::make_unique<Guarded<bool>>(false);
    std::jthread thread;
  };

  template <typename Loop>
  void until_over(Loop loop) {
    std::string why = "'" + stream_->peer() + "' has ended the connection";
    try {
      loop();
    } catch (const Error& e) {
      why = e.message();
    }
    const auto state = shared_.guarded.lock();
    if (state->over.empty()) state->over = std::move(why);
    shared_.guarded.notify();
  }

  void read() {
    std::array<char, std::size_t{32} << 10> buffer;
    while (const std::size_t size = stream_->read_some(stop_.context(), buffer)) {
      std::vector<std::int32_t> accepted;
      {
        auto state = shared_.guarded.lock();
        state->http2->put({buffer.data(), size});
        accepted = state->http2->take_accepted();
        shared_.wrote(state);
      }
      for (const std::int32_t id : accepted) start_answer(id);
    }
  }

  void write() {
    for (;;) {
      std::string bytes;
      {
        auto state = shared_.guarded.lock();
        state.wait(stop_.context(), [&] { return state->to_write || !state->over.empty(); });
        if (!state->over.empty()) return;
        bytes = state->http2->take();
        if (bytes.empty()) state->to_write = false;
        shared_.guarded.notify();  // there is room again
      }
      if (!bytes.empty()) stream_->write_all(stop_.context(), bytes);
    }
  }

  void start_answer(std::int32_t id) {
    std::erase_if(answers_, [](const Answer& answer) { return *answer.done->lock(); });
    Answer& answer = answers_.emplace_back();
    answer.thread = std::jthread([this, id, done = answer.done.get()] {
      this->answer(id);
      *done->lock() = true;
    });
  }

  void answer(std::int32_t id) {
    Call call(shared_, id);
    Code code = Code::kOk;
    std::string message;
    try {
      {
        auto state = shared_.guarded.lock();
        state->http2->answer(id);
        shared_.wrote(state);
      }
      handler_(stop_.context(), call);
    } catch (const Error& e) {
      code = code_of(e.kind());
      message = e.message();
    }
    {
      const auto state = shared_.guarded.lock();
      state->http2->stream(id).trailers = status_fields(code, message);
    }
    call.end_sending();
  }

  Call::Shared& shared_;
  const std::unique_ptr<net::Stream> stream_;
  const Handler handler_;
  CancelSource stop_;
  std::list<Answer> answers_;  // of the reader alone
  std::jthread reader_;
  std::jthread writer_;
};

Connection::Connection(std::unique_ptr<net::Stream> stream)
    : shared_(std::make_unique<Call::Shared>(Http2::Side::kClient)),
      threads_(std::make_unique<Threads>(*shared_, std::move(stream), nullptr)) {}

Connection::Connection(std::unique_ptr<net::Stream> stream, Handler handler)
    : shared_(std::make_unique<Call::Shared>(Http2::Side::kServer)),
      threads_(std::make_unique<Threads>(*shared_, std::move(stream), std::move(handler))) {}

Connection::~Connection() = default;

std::unique_ptr<Call> Connection::call(std::string_view method, const Metadata& metadata) {
  Metadata fields = {{":method", "POST"},           {":scheme", "http"}, {":path", std::string(method)},
                     {":authority", "localhost"},   {"te", "trailers"},  {"content-type", "application/grpc"},
                     {"user-agent", "grpc-berth/1"}};
  fields.insert(fields.end(), metadata.begin(), metadata.end());
  auto state = shared_->guarded.lock();
  if (!state->over.empty()) throw Error(Kind::kUnavailable, state->over);
  const std::int32_t id = state->http2->start(fields);
  shared_->wrote(state);
  return std::unique_ptr<Call>(new Call(*shared_, id));
}

std::string Connection::call(const Context& context, std::string_view method, std::string_view message) {
  const std::unique_ptr<Call> made = call(method);
  made->send(context, message);
  made->end_sending();
  auto answer = made->receive(context);
  if (!answer) throw Error(Kind::kInternal, "'" + std::string(method) + "' ended without an answer");
  while (made->receive(context)) continue;  // the status comes last
  return std::move(*answer);
}

}  // namespace berth::grpc
