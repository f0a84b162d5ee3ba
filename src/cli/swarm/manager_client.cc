#include "cli/swarm/manager_client.h"

#include <chrono>
#include <utility>

#include "base/error.h"
#include "base/json.h"
#include "base/strings.h"
#include "engine/dial.h"
#include "engine/endpoint.h"

namespace berth::cli {

namespace {

// One that is cut off would be waited for until the operating system gives up, for two minutes.
constexpr std::chrono::seconds kConnectLimit{10};

net::Dialer limited(net::Dialer dialer, std::string address) {
  return
      [dialer = net::limited(std::move(dialer), kConnectLimit), address = std::move(address)](const Context& context) {
        try {
          return dialer(context);
        } catch (const Error& e) {
          context.check();
          if (e.kind() != Kind::kTimeout) throw;
          throw Error(Kind::kUnavailable, "the manager at '" + address + "' has not answered for " +
                                              std::to_string(kConnectLimit.count()) +
                                              " seconds: check that it runs and that the address is right");
        }
      };
}

Error not_a_manager() {
  return {Kind::kUnsupported, "what answers is no `berth swarm manage`: point -H or DOCKER_HOST at the manager"};
}

// An engine answers 404 to what is Berth's own, and 503, in the words of swarm mode, to /nodes.
void check_answer(const Invocation& invocation, http::Response& response) {
  if (response.ok()) return;
  const std::string body = response.read_all(invocation.interrupted);
  std::string message;
  try {
    message = text_of(parse_json(body), "message");
  } catch (const Error&) {
    message = body;
  }
  const bool unknown = response.status() == 404 && message.find("page not found") != std::string::npos;
  const bool swarm_mode = response.status() == 503 && message.find("not a swarm manager") != std::string::npos;
  if (unknown || swarm_mode) throw not_a_manager();
  throw Error(kind_of_http_status(response.status()), message);
}

}  // namespace

std::vector<Flag> manager_flags() {
  return {
      text_flag("host", 'H', "The manager to talk to (default $DOCKER_HOST, or the docker context)"),
      text_flag("context", 'c', "The docker context that is the manager"),
      flag("tls", 0, "Use TLS; implied by --tlsverify"),
      flag("tlsverify", 0, "Use TLS and verify the manager"),
      text_flag("tlscacert", 0, "Trust certificates signed only by this CA").completing("file"),
      text_flag("tlscert", 0, "Path to TLS certificate file").completing("file"),
      text_flag("tlskey", 0, "Path to TLS key file").completing("file"),
  };
}

http::Client manager_client(const Invocation& invocation) {
  const Arguments& given = invocation.arguments;
  engine::EndpointArguments arguments;
  arguments.host = given.text("host");
  arguments.context = given.text("context");
  if (given.given("tls")) arguments.tls = given.on("tls");
  if (given.given("tlsverify")) arguments.tls_verify = given.on("tlsverify");
  arguments.tls_ca_cert = given.text("tlscacert");
  arguments.tls_cert = given.text("tlscert");
  arguments.tls_key = given.text("tlskey");
  const engine::Endpoint endpoint = engine::find_endpoint(arguments, invocation.environment);
  return http::Client(limited(engine::dialer_of(endpoint), endpoint.host),
                      {.host = engine::http_host_of(endpoint), .server = "the manager"});
}

http::Response ask_manager(const Invocation& invocation, http::Client& client, const std::string& method,
                           const std::string& path, std::string body) {
  http::Request request{.method = method, .target = path};
  if (!body.empty()) request.headers.set("Content-Type", "application/json");
  http::Response response = client.send(invocation.interrupted, std::move(request), std::move(body));
  check_answer(invocation, response);
  return response;
}

json::value ask_manager_json(const Invocation& invocation, http::Client& client, const std::string& method,
                             const std::string& path, std::string body) {
  const std::string text =
      ask_manager(invocation, client, method, path, std::move(body)).read_all(invocation.interrupted);
  return text.empty() ? json::value() : parse_json(text);
}

std::string filters_json(const std::vector<std::string>& filters) {
  if (filters.empty()) return {};
  json::object by_name;
  for (const std::string& filter : filters) {
    const auto [name, value] = cut(filter, '=');
    if (!value) throw Error(Kind::kInvalid, "--filter '" + filter + "' is not NAME=VALUE");
    json::value& values = by_name[name];
    if (!values.is_array()) values = json::array();
    values.get_array().push_back(json::string(*value));
  }
  return format_json(by_name);
}

}  // namespace berth::cli
