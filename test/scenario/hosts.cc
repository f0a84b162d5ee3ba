#include "scenario/hosts.h"

#include <unistd.h>

#include "base/error.h"
#include "base/strings.h"
#include "machine/host_store.h"
#include "machine/machines.h"
#include "scenario/cli.h"

namespace berth::scenario {

namespace {

constexpr const char* kTool = BERTH_SOURCE_DIR "/tools/testhost";

}  // namespace

std::optional<std::string> hosts_missing() {
  if (::geteuid() != 0) return "needs root, for hosts in namespaces";
  if (!find_program("debootstrap", Environment::of_process())) return "needs debootstrap: tools/dependencies test";
  return std::nullopt;
}

HostLab::HostLab() : lab_("test" + std::to_string(::getpid())), environment_(Environment::of_process()) {
  environment_.set("TESTHOST_LAB", lab_);
  environment_.set("MACHINE_STORAGE_PATH", storage());
  environment_.set("HOME", temporary_.path());
  environment_.unset("SSH_AUTH_SOCK");
  environment_.unset("SHELL");
  // The tree is made where the person who runs tests keeps it.
  environment_.set(
      "XDG_CACHE_HOME",
      Environment::of_process().get_or("XDG_CACHE_HOME", (Path(Environment::of_process().home()) / ".cache").string()));
  run_checked(soon(), {"ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key()});
}

HostLab::~HostLab() {
  SpawnOptions options;
  options.environment = environment_;
  run(soon(), {kTool, "remove", "--all"}, {}, options);
}

std::string HostLab::testhost(const std::vector<std::string>& words) const {
  std::vector<std::string> argv = {kTool};
  argv.insert(argv.end(), words.begin(), words.end());
  SpawnOptions options;
  options.environment = environment_;
  // The first run on a computer makes the Debian tree.
  const Output output = run(Context().with_timeout(std::chrono::minutes(10)), argv, {}, options);
  if (!output.status.ok()) throw Error(Kind::kInternal, join(argv, " ") + ": " + output.err);
  return output.out;
}

void HostLab::add(const std::vector<std::string>& names, const std::vector<std::string>& options) {
  std::vector<std::string> words = {"create", "--key", key().string() + ".pub"};
  words.insert(words.end(), options.begin(), options.end());
  words.insert(words.end(), names.begin(), names.end());
  testhost(words);
}

std::string HostLab::address(const std::string& name) const {
  for (const std::string& line : split(testhost({"list"}), '\n')) {
    const auto words = split(line, ' ');
    if (words.size() > 1 && words[0] == name) return words[1];
  }
  throw Error(Kind::kNotFound, "no host '" + name + "'");
}

std::string HostLab::on(const std::string& name, const std::string& line) const {
  return testhost({"exec", name, "/bin/sh", "-c", line});
}

Output HostLab::machine(const std::vector<std::string>& words) const {
  std::vector<std::string> argv = {BERTH_PROGRAM, "machine"};
  argv.insert(argv.end(), words.begin(), words.end());
  SpawnOptions options;
  options.environment = environment_;
  return run(Context().with_timeout(std::chrono::minutes(5)), argv, {}, options);
}

Child HostLab::start_machine(const std::vector<std::string>& words, const Path& output, Stdio in) const {
  write_file(output, "");
  std::vector<std::string> argv = {"/bin/sh",     "-c",     "out=$1; shift; exec \"$@\" >\"$out\" 2>&1", "sh", output,
                                   BERTH_PROGRAM, "machine"};
  argv.insert(argv.end(), words.begin(), words.end());
  SpawnOptions options;
  options.environment = environment_;
  options.in = in;
  return spawn(argv, options);
}

std::vector<std::string> HostLab::create_words(const std::string& name, const std::vector<std::string>& more) const {
  std::vector<std::string> words = {"create",      "-d",
                                    "generic",     "--generic-ip-address",
                                    address(name), "--generic-ssh-user",
                                    "debian",      "--generic-ssh-key",
                                    key()};
  words.insert(words.end(), more.begin(), more.end());
  words.push_back(name);
  return words;
}

std::string HostLab::docker(const std::string& name, const std::vector<std::string>& words) const {
  std::vector<std::string> argv = {
      "/bin/sh", "-c",          "eval \"$(\"$1\" machine env --shell sh \"$2\")\"; shift 2; exec docker \"$@\"",
      "sh",      BERTH_PROGRAM, name};
  argv.insert(argv.end(), words.begin(), words.end());
  SpawnOptions options;
  options.environment = environment_;
  const Output output = run(soon(), argv, {}, options);
  if (!output.status.ok()) throw Error(Kind::kInternal, "docker " + join(words, " ") + ": " + output.err);
  return output.out;
}

}  // namespace berth::scenario
