#include "machine/ssh_session.h"

#include "base/error.h"
#include "base/lines.h"
#include "base/log.h"
#include "base/strings.h"

namespace berth::machine {

namespace {

using namespace std::chrono_literals;

constexpr int kSshFailed = 255;  // ssh's exit code for what went wrong on its way
// How long a host that boots may refuse a key that its user data will bring.
constexpr auto kKeyPatience = 60s;
constexpr auto kFirstPause = 100ms;
constexpr auto kLongestPause = 1s;

}  // namespace

std::string text_of(const net::SshHost& host) { return (host.user.empty() ? "" : host.user + "@") + host.host; }

net::SshHost ssh_host_of(const SshTarget& target, const Path& folder, bool known_to_user,
                         const Environment& environment) {
  net::SshHost host;
  host.host = target.host;
  host.port = target.port;
  host.user = target.user;
  host.key = target.key;
  host.known_hosts.push_back(folder / "known_hosts");
  if (known_to_user) host.known_hosts.push_back(Path(environment.home()) / ".ssh" / "known_hosts");
  return host;
}

Error ssh_error(const net::SshHost& host, std::string_view words) {
  const std::string who = "'" + text_of(host) + "'";
  const std::string said = ": " + std::string(trim(words));
  const auto says = [&](std::string_view text) { return words.find(text) != std::string_view::npos; };
  if (says("REMOTE HOST IDENTIFICATION HAS CHANGED") || says("Host key verification failed")) {
    const std::string file = host.known_hosts.empty() ? "your known_hosts" : host.known_hosts.front().string();
    return {Kind::kForbidden, "the host at " + who +
                                  " shows another key than the known one: if it was made anew, remove " +
                                  "its line from '" + file + "'" + said};
  }
  if (says("Permission denied") || says("Too many authentication failures")) {
    const std::string key = host.key.empty() ? "your keys" : "key '" + host.key.string() + "'";
    return {Kind::kUnauthorized, "the host refuses " + key + " for " + who + said};
  }
  return {Kind::kUnavailable, "no ssh to " + who + said};
}

SshSession::SshSession(net::SshHost host) : host_(std::move(host)), control_folder_(net::ssh_control_folder()) {}

SshSession::~SshSession() {
  try {
    reconnect();
  } catch (const Error& e) {
    log(LogLevel::kDebug, "ending the connection to '" + text_of(host_) + "': " + e.message());
  }
}

void SshSession::reconnect() {
  if (!connected_) return;
  connected_ = false;
  berth::run(Context().with_timeout(5s), net::ssh_exit_argv(host_, control_folder_));
}

Output SshSession::run_command(const Context& context, const std::string& command, std::string_view input,
                               const std::function<void(std::string_view line)>& line) {
  std::vector<std::string> argv = net::ssh_argv(host_, control_folder_, net::SshMode::kQuiet);
  argv.push_back(command);
  SpawnOptions options;
  options.new_session = true;  // a Ctrl-C in the terminal reaches us alone
  LineSplitter lines(line);
  if (line) options.heard = [&](std::string_view bytes) { lines.take(bytes); };
  Output output = berth::run(context, argv, input, options);
  if (output.status.code == kSshFailed) throw ssh_error(host_, output.err);
  connected_ = true;
  return output;
}

Output SshSession::run(const Context& context, const std::string& script, std::string_view input,
                       const std::function<void(std::string_view line)>& line) {
  return run_command(context, "exec /bin/sh -c " + net::shell_quote(script), input, line);
}

Output SshSession::run_as_root(const Context& context, const std::string& script, std::string_view input,
                               const std::function<void(std::string_view line)>& line) {
  const std::string quoted = net::shell_quote(script);
  return run_command(
      context,
      "if [ \"$(id -u)\" = 0 ]; then exec /bin/sh -c " + quoted + "; else exec sudo -n /bin/sh -c " + quoted + "; fi",
      input, line);
}

void SshSession::await(const Context& context, bool patient) {
  const auto start = Context::Clock::now();
  Context::Clock::duration pause = kFirstPause;
  std::string reason = "it did not answer";
  for (;;) {
    try {
      run(context, "true");
      return;
    } catch (const Error& e) {
      if (e.kind() == Kind::kTimeout) throw Error(Kind::kTimeout, "waiting for ssh: " + reason);
      const bool refused = e.kind() == Kind::kUnauthorized;
      if (refused && (!patient || Context::Clock::now() - start > kKeyPatience)) throw;
      if (!refused && e.kind() != Kind::kUnavailable) throw;
      reason = e.message();
    }
    try {
      context.sleep_for(pause);
    } catch (const Error& e) {
      if (e.kind() == Kind::kTimeout) throw Error(Kind::kTimeout, "waiting for ssh: " + reason);
      throw;
    }
    pause = std::min<Context::Clock::duration>(pause * 2, kLongestPause);
  }
}

}  // namespace berth::machine
