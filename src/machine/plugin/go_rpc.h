// Calls to a server of Go's net/rpc, over HTTP's CONNECT and gob.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "base/context.h"
#include "base/error.h"
#include "base/guarded.h"
#include "gob/decoder.h"
#include "gob/encoder.h"
#include "net/stream.h"

namespace berth::machine {

// One connection. Any thread may call, several at once: answers come in any order.
class GoRpc {
 public:
  // The argument `struct{}` of Go.
  static constexpr gob::TypeId kNothing = gob::kFirstUserType + 2;
  // The first id for types of arguments.
  static constexpr gob::TypeId kFirstType = gob::kFirstUserType + 3;

  // An error that the called method returned, in its words.
  class Refusal : public Error {
   public:
    explicit Refusal(const std::string& words) : Error(Kind::kInternal, words) {}
  };

  // Greets the server. `types` and `registered` are those of the arguments (gob/encoder.h). Throws kInvalid when the
  // other side is no such server, kUnavailable, kCancelled, kTimeout.
  GoRpc(const Context& context, std::unique_ptr<net::Stream> stream, gob::Types types = {},
        std::map<std::string, gob::TypeId, std::less<>> registered = {});
  // Lets the connection go; calls under way throw kUnavailable.
  ~GoRpc();
  GoRpc(const GoRpc&) = delete;
  GoRpc& operator=(const GoRpc&) = delete;

  // Calls "Service.Method" and waits for its answer. Throws Refusal, kUnavailable when the connection ended before the
  // answer, kInvalid when what came is no answer, kCancelled, kTimeout (the call goes on then, and its answer is
  // dropped).
  gob::Value call(const Context& context, const std::string& method, gob::TypeId type = kNothing,
                  const gob::Value& argument = gob::Value(gob::Value::Struct{}));

 private:
  struct Answer {
    std::string error;
    gob::Value value;
  };
  struct Calls {
    std::map<std::uint64_t, std::optional<Answer>> waited_for;
    std::uint64_t next = 0;
    std::optional<Error> broken;  // why no answer will come any more
  };

  void greet(const Context& context);
  void receive();
  void send(std::uint64_t sequence, const std::string& method, gob::TypeId type, const gob::Value& argument);

  std::unique_ptr<net::Stream> stream_;
  std::mutex sending_;  // held while a request is written: requests must not mix
  gob::Encoder encoder_;
  Guarded<Calls> calls_;
  CancelSource stop_;
  std::jthread receiver_;
};

}  // namespace berth::machine
