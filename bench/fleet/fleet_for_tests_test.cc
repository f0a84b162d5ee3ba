#include "fleet_for_tests.h"

#include <array>

#include <unistd.h>

#include "base/error.h"
#include "base/strings.h"

namespace berth::fleet::testing {

TestFleet::TestFleet(std::size_t nodes, std::size_t containers) {
  static unsigned made = 0;
  const unsigned place = static_cast<unsigned>(::getpid()) * 7 + made++;
  FleetOptions options;
  options.nodes = nodes;
  options.containers = containers;
  options.base = "127." + std::to_string(64 + place / 250 % 64) + "." + std::to_string(place % 250) + ".1";
  fleet_ = std::make_unique<Fleet>(options);
}

std::string TestFleet::host(std::size_t node) const {
  return std::string(cut(fleet_->addresses().at(node - 1), ':').first);
}

Answer TestFleet::call(const std::string& method, const std::string& target, const std::string& body,
                       std::size_t node) {
  const Context context = soon();
  http::Client client(
      [host = host(node), port = port()](const Context& dialing) { return net::dial_tcp(dialing, host, port); });
  http::Request request{.method = method, .target = target};
  if (!body.empty()) request.headers.set("Content-Type", "application/json");
  http::Response response = client.send(context, std::move(request), body);
  return {response.status(), response.headers(), response.read_all(context)};
}

std::string TestFleet::create(const std::string& name, const std::string& body) {
  const Answer answer = post("/containers/create?name=" + name, body);
  if (answer.status != 201) throw Error(Kind::kInternal, answer.body);
  return berth::text_of(answer.value(), "Id");
}

std::unique_ptr<net::Stream> TestFleet::connect(std::size_t node) const {
  return net::dial_tcp(soon(), host(node), port());
}

std::string TestFleet::say(std::string_view bytes, bool half_close) const {
  const auto stream = connect();
  stream->write_all(soon(), bytes);
  if (half_close) stream->shutdown_write(soon());
  return read_to_end(soon(), *stream);
}

std::string read_to_end(const Context& context, net::Stream& stream) {
  std::string all;
  std::array<char, 4096> buffer;
  while (const std::size_t got = stream.read_some(context, buffer)) all.append(buffer.data(), got);
  return all;
}

std::string read_until(const Context& context, net::Stream& stream, std::string_view wanted) {
  std::string all;
  std::array<char, 4096> buffer;
  while (all.find(wanted) == std::string::npos) {
    const std::size_t got = stream.read_some(context, buffer);
    if (got == 0) throw Error(Kind::kUnavailable, "the stream ended after: " + all);
    all.append(buffer.data(), got);
  }
  return all;
}

}  // namespace berth::fleet::testing
