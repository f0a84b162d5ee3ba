// What every call of Client goes through.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/guarded.h"
#include "engine/client.h"
#include "engine/json.h"
#include "engine/messages.h"
#include "http/client.h"
#include "http/url.h"

namespace berth::engine {

// What to ask the engine for. `operation` begins the message of every error: "starting container 'x'".
struct Call {
  std::string operation;
  std::string method = "GET";
  std::string path;  // without the version: "/containers/json"
  http::Query query = {};
  http::Headers headers = {};
  http::Body body = {};
};

// Status of a start or stop that had nothing to do.
inline constexpr int kNotModified = 304;

// A path segment, or several: a reference's slashes stay.
std::string path_of(std::string_view name);

// A JSON body, with its header.
void set_json(Call& call, std::string body);

class Client::Calls {
 public:
  Calls(Endpoint endpoint, ClientOptions options);

  // The answer's head has come and is a success, or 304. Throws the engine's error otherwise.
  http::Response send(const Context& context, Call call);
  // For calls whose answer says no more than that it is done; the status.
  int run(const Context& context, Call call);
  // A whole answer.
  std::string text(const Context& context, Call call);
  template <typename T>
  T get(const Context& context, Call call) {
    const std::string operation = call.operation;
    const std::string body = text(context, std::move(call));
    return within(operation, [&] { return decode<T>(body); });
  }
  std::unique_ptr<Messages> messages(const Context& context, Call call);
  // Takes the connection over, with the answer's head.
  http::Upgraded upgrade(const Context& context, Call call);
  // The same, as a container's streams; `tty` where the answer doesn't say how it is framed.
  AttachStream hijack(const Context& context, Call call, bool tty);

  PingInfo ping(const Context& context);
  ApiVersion api_version(const Context& context);

  const Endpoint endpoint;
  http::Client http;

 private:
  PingInfo first_ping(const Context& context);
  http::Request request_of(const Context& context, const Call& call);

  const ClientOptions options_;
  Guarded<std::optional<ApiVersion>> version_;
};

// How the answer's body is framed: by its type where the engine says it (API 1.42), else by what the container is.
bool is_raw_output(const http::Headers& headers, bool tty);

}  // namespace berth::engine
