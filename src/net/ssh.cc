#include "net/ssh.h"

#include <algorithm>

#include <sys/stat.h>
#include <unistd.h>

#include "base/environment.h"
#include "base/error.h"
#include "base/strings.h"

namespace berth::net {

namespace {

void add(std::vector<std::string>& argv, std::string option) {
  argv.emplace_back("-o");
  argv.push_back(std::move(option));
}

void add_address(std::vector<std::string>& argv, const SshHost& host) {
  if (!host.user.empty()) argv.insert(argv.end(), {"-l", host.user});
  if (host.port != 0) argv.insert(argv.end(), {"-p", std::to_string(host.port)});
  argv.insert(argv.end(), {"--", host.host});
}

// ssh splits the list at blanks; a path with one is quoted.
std::string known_hosts_option(const std::vector<Path>& files) {
  std::string option = "UserKnownHostsFile=";
  for (const Path& file : files) {
    if (!option.ends_with('=')) option += " ";
    option += "\"" + file.string() + "\"";
  }
  return option;
}

}  // namespace

std::vector<std::string> ssh_options(const SshHost& host, const Path& control_folder, SshMode mode) {
  std::vector<std::string> argv;
  add(argv, "ConnectTimeout=30");
  add(argv, "ControlMaster=auto");
  add(argv, "ControlPath=" + (control_folder / "%C").string());
  add(argv, "ControlPersist=60");
  if (mode == SshMode::kQuiet) add(argv, "BatchMode=yes");
  if (!host.known_hosts.empty()) {
    add(argv, "StrictHostKeyChecking=accept-new");
    add(argv, known_hosts_option(host.known_hosts));
    add(argv, "LogLevel=ERROR");  // no line about a host that was added
  }
  if (!host.key.empty()) {
    add(argv, "IdentitiesOnly=yes");
    argv.insert(argv.end(), {"-i", host.key});
  }
  if (mode == SshMode::kQuiet) add(argv, "ServerAliveInterval=15");  // a host that went away is noticed within 45 s
  return argv;
}

std::vector<std::string> ssh_argv(const SshHost& host, const Path& control_folder, SshMode mode) {
  std::vector<std::string> argv = ssh_options(host, control_folder, mode);
  argv.insert(argv.begin(), "ssh");
  if (mode != SshMode::kInteractive) argv.emplace_back("-T");
  add_address(argv, host);
  return argv;
}

std::vector<std::string> ssh_exit_argv(const SshHost& host, const Path& control_folder) {
  std::vector<std::string> argv = {"ssh", "-o", "ControlPath=" + (control_folder / "%C").string(), "-O", "exit"};
  add_address(argv, host);
  return argv;
}

Path ssh_control_folder() {
  const std::string runtime = Environment::of_process().get_or("XDG_RUNTIME_DIR", "");
  const Path folder =
      runtime.empty() ? Path("/tmp/berth-ssh-" + std::to_string(::getuid())) : Path(runtime) / "berth-ssh";
  make_folder(folder, 0700);
  struct stat status{};
  if (::lstat(folder.c_str(), &status) != 0 || !S_ISDIR(status.st_mode) || status.st_uid != ::getuid() ||
      (status.st_mode & 077) != 0) {
    throw Error(Kind::kForbidden,
                "'" + folder.string() + "' must be a folder of yours that no one else can open (mode 0700); remove it");
  }
  return folder;
}

std::string shell_quote(std::string_view word) {
  const bool plain = !word.empty() && std::ranges::all_of(word, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("/:._-=,@+").find(c) != std::string_view::npos;
  });
  return plain ? std::string(word) : "'" + replace_all(word, "'", "'\\''") + "'";
}

std::string shell_join(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + shell_quote(word);
  return text;
}

}  // namespace berth::net
