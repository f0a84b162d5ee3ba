#include "machine/plugin/go_rpc.h"

#include "base/strings.h"

namespace berth::machine {

namespace {

using gob::Value;

constexpr gob::TypeId kRequest = gob::kFirstUserType + 1;
constexpr std::size_t kLongestGreeting = 4096;
constexpr auto kPatience = std::chrono::seconds(10);

gob::Types with_ours(gob::Types types) {
  types[kRequest] = {.shape = gob::Type::Shape::kStruct,
                     .name = "Request",
                     .fields = {{"ServiceMethod", gob::kString}, {"Seq", gob::kUint}}};
  types[GoRpc::kNothing] = {.shape = gob::Type::Shape::kStruct};
  return types;
}

}  // namespace

GoRpc::GoRpc(const Context& context, std::unique_ptr<net::Stream> stream, gob::Types types,
             std::map<std::string, gob::TypeId, std::less<>> registered)
    : stream_(std::move(stream)), encoder_(with_ours(std::move(types)), std::move(registered)) {
  greet(context);
  receiver_ = std::jthread([this] { receive(); });
}

GoRpc::~GoRpc() { stop_.cancel(); }

// The server ends its lines as Go's rpc.DialHTTP expects; the gob stream begins after the empty line.
void GoRpc::greet(const Context& context) {
  stream_->write_all(context, "CONNECT /_goRPC_ HTTP/1.0\n\n");
  std::string answer;
  while (!answer.ends_with("\n\n") && !answer.ends_with("\r\n\r\n")) {
    char byte;
    if (answer.size() > kLongestGreeting || stream_->read_some(context, {&byte, 1}) == 0) {
      throw Error(Kind::kInvalid, stream_->peer() + " is no server of Go's net/rpc");
    }
    answer += byte;
  }
  const std::string line(trim(cut(answer, '\n').first));
  if (!line.ends_with(" 200 Connected to Go RPC")) {
    throw Error(Kind::kInvalid, stream_->peer() + " is no server of Go's net/rpc: it answers '" + line + "'");
  }
}

gob::Value GoRpc::call(const Context& context, const std::string& method, gob::TypeId type, const Value& argument) {
  std::uint64_t sequence;
  {
    const auto calls = calls_.lock();
    if (calls->broken) throw *calls->broken;
    sequence = calls->next++;
    calls->waited_for.emplace(sequence, std::nullopt);
  }
  try {
    send(sequence, method, type, argument);
    auto calls = calls_.lock();
    calls.wait(context, [&] { return calls->broken || calls->waited_for[sequence]; });
    const auto found = calls->waited_for.extract(sequence);
    if (!found.mapped()) throw *calls->broken;
    if (!found.mapped()->error.empty()) throw Refusal(found.mapped()->error);
    return std::move(found.mapped()->value);
  } catch (const Error&) {
    calls_.lock()->waited_for.erase(sequence);
    throw;
  }
}

// Requests are small and are written whole, whatever becomes of the call: half of one would be the end of all.
void GoRpc::send(std::uint64_t sequence, const std::string& method, gob::TypeId type, const Value& argument) {
  const std::scoped_lock lock(sending_);
  const Value request(Value::Struct{{"ServiceMethod", Value(method)}, {"Seq", Value(sequence)}});
  std::string bytes = encoder_.encode(kRequest, request);
  bytes += encoder_.encode(type, argument);
  stream_->write_all(Context().with_timeout(kPatience), bytes);
}

void GoRpc::receive() {
  Error why(Kind::kUnavailable, "the connection ended");
  try {
    gob::Decoder decoder([&](std::span<char> buffer) { return stream_->read_some(stop_.context(), buffer); });
    while (const auto header = decoder.next()) {
      if (header->field("ServiceMethod").text().empty()) throw Error(Kind::kInvalid, "an answer to no call");
      const auto* sequence = header->field("Seq").as<std::uint64_t>();
      auto body = decoder.next();
      if (!body) break;
      const auto calls = calls_.lock();
      const auto call = calls->waited_for.find(sequence != nullptr ? *sequence : 0);
      // Nobody waits any more for the answer to a call that was given up.
      if (call != calls->waited_for.end()) call->second = Answer{header->field("Error").text(), std::move(*body)};
      calls_.notify();
    }
  } catch (const Error& e) {
    why = e.kind() == Kind::kCancelled ? why : e;
  }
  calls_.lock()->broken = why;
  calls_.notify();
}

}  // namespace berth::machine
