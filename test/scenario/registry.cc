#include "scenario/registry.h"

#include <signal.h>

#include "base/error.h"
#include "net/dial.h"
#include "net/listener.h"
#include "scenario/cli.h"

namespace berth::scenario {

std::optional<std::string> missing_registry() {
  if (find_program("docker-registry", Environment::of_process())) return std::nullopt;
  return "there is no docker-registry here: apt-get install docker-registry";
}

Registry::Registry(const std::string& cert, const std::string& key) {
  // Somebody else might take the port in between; the test fails then.
  const std::uint16_t port = net::Listener::tcp("127.0.0.1", 0).port();
  address_ = "127.0.0.1:" + std::to_string(port);
  std::string tls;
  if (!cert.empty()) {
    write_file(folder_.path() / "cert.pem", cert);
    write_file(folder_.path() / "key.pem", key);
    tls = ", tls: {certificate: '" + (folder_.path() / "cert.pem").string() + "', key: '" +
          (folder_.path() / "key.pem").string() + "'}";
  }
  write_file(folder_.path() / "config.yml",
             "version: 0.1\nlog: {level: error}\nstorage: {filesystem: {rootdirectory: '" +
                 (folder_.path() / "data").string() + "'}}\nhttp: {addr: '" + address_ + "'" + tls + "}\n");
  child_ = spawn({"docker-registry", "serve", (folder_.path() / "config.yml").string()},
                 {.out = Stdio::kNull, .err = Stdio::kNull});
  wait_until([&] {
    try {
      net::dial_tcp(soon(), "127.0.0.1", port);
      return true;
    } catch (const Error&) {
      return false;
    }
  });
}

Registry::~Registry() {
  child_->kill(SIGTERM);
  try {
    child_->wait(soon());
  } catch (const Error&) {
    return;  // killed with the Child
  }
}

}  // namespace berth::scenario
