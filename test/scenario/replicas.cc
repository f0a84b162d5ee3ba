#include "scenario/replicas.h"

#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/strings.h"
#include "http/client.h"
#include "net/dial.h"

namespace berth::scenario {

using namespace std::chrono_literals;

Answer ask(const std::string& host, std::uint16_t port, const std::string& method, const std::string& target,
           const std::string& body) {
  http::Client client([&](const Context& context) { return net::dial_tcp(context, host, port); });
  http::Request request{.method = method, .target = target};
  request.headers.add("Content-Type", "application/json");
  try {
    const Context limited = Context().with_timeout(5s);
    http::Response response = client.send(limited, std::move(request), body);
    return {response.status(), response.read_all(limited)};
  } catch (const Error&) {
    return {};
  }
}

Replica::Replica(std::string discovery, std::uint16_t port, Path log, std::vector<std::string> flags)
    : discovery_(std::move(discovery)), port_(port), log_(std::move(log)), flags_(std::move(flags)) {
  start();
}

void Replica::start() {
  const std::string address = "127.0.0.1:" + std::to_string(port_);
  const Fd log(::open(log_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  SpawnOptions to_file;
  to_file.out_fd = to_file.err_fd = log.get();
  std::vector<std::string> words = {BERTH_PROGRAM,      "swarm",         "manage",      "--no-tls", "-H",
                                    "tcp://" + address, "--replication", "--advertise", address};
  words.insert(words.end(), flags_.begin(), flags_.end());
  words.push_back(discovery_);
  process_.emplace(spawn(words, to_file));
}

std::string Replica::role() const {
  const Answer answer = ask("GET", "/info");
  if (answer.status != 200) return "";
  return std::string(parse_json(answer.body).at("DriverStatus").at(0).at(1).as_string());
}

std::size_t Replica::healthy() const {
  const Answer answer = ask("GET", "/info");
  std::size_t count = 0;
  for (std::size_t at = 0; (at = answer.body.find("\"Healthy\"", at)) != std::string::npos; ++at) ++count;
  return count;
}

std::map<std::string, int> names_on(const std::vector<std::string>& addresses) {
  std::map<std::string, int> count;
  for (const std::string& address : addresses) {
    const auto [host, port] = cut(address, ':');
    const Answer answer =
        ask(std::string(host), static_cast<std::uint16_t>(*parse_integer(*port)), "GET", "/containers/json?all=1");
    if (answer.status != 200) continue;
    const json::value list = parse_json(answer.body);
    for (const json::value& container : list.as_array()) {
      ++count[std::string(container.at("Names").at(0).as_string()).substr(1)];
    }
  }
  return count;
}

std::string fleet_base() {
  const auto place = static_cast<unsigned>(::getpid());
  return "127." + std::to_string(128 + place / 250 % 100) + "." + std::to_string(place % 250) + ".1";
}

}  // namespace berth::scenario
