#include "scenario/registry.h"

#include <signal.h>

#include "base/error.h"
#include "net/listener.h"
#include "scenario/cli.h"

namespace berth::scenario {

namespace {

// htpasswd's bcrypt of "secret".
constexpr std::string_view kUsers = "ada:$2b$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a\n";

}  // namespace

std::optional<std::string> missing_registry() {
  if (find_program("docker-registry", Environment::of_process())) return std::nullopt;
  return "there is no docker-registry here: apt-get install docker-registry";
}

Registry::Registry(const RegistryOptions& options) {
  // Somebody else might take the port in between; the test fails then.
  const std::string port = std::to_string(net::Listener::tcp("127.0.0.1", 0).port());
  address_ = "127.0.0.1:" + port;
  const auto file = [&](const char* name, std::string_view text) {
    write_file(folder_.path() / name, text);
    return "'" + (folder_.path() / name).string() + "'";
  };
  std::string config = "version: 0.1\nlog: {level: error}\nstorage: {filesystem: {rootdirectory: '" +
                       (folder_.path() / "data").string() + "'}}\nhttp: {addr: '" + address_ + "'";
  if (!options.cert.empty()) {
    config += ", tls: {certificate: " + file("cert.pem", options.cert) + ", key: " + file("key.pem", options.key) + "}";
  }
  config += "}\n";
  if (options.login) config += "auth: {htpasswd: {realm: test, path: " + file("users", kUsers) + "}}\n";
  file("config.yml", config);

  std::vector<std::string> enter;
  if (!options.network.empty()) enter = {"nsenter", "--net=" + options.network};
  const auto there = [&](std::vector<std::string> argv) {
    argv.insert(argv.begin(), enter.begin(), enter.end());
    return argv;
  };
  child_ = spawn(there({"docker-registry", "serve", (folder_.path() / "config.yml").string()}),
                 {.out = Stdio::kNull, .err = Stdio::kNull});
  wait_until([&] { return berth::run(soon(), there({"bash", "-c", "</dev/tcp/127.0.0.1/" + port})).status.ok(); });
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
