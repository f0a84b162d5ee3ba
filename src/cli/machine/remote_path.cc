#include "cli/machine/remote_path.h"

#include "base/error.h"
#include "base/strings.h"

namespace berth::cli {

namespace {

std::string bracketed(const std::string& host) { return host.find(':') == std::string::npos ? host : "[" + host + "]"; }

std::string user_of(const End& end) { return end.place.user.empty() ? end.host->user : end.place.user; }

// "user@host:path" as scp, rsync and sshfs have it.
std::string address(const End& end) {
  if (!end.host) return end.place.path;
  const std::string user = user_of(end);
  return (user.empty() ? "" : user + "@") + bracketed(end.host->host) + ":" + end.place.path;
}

void append(std::vector<std::string>& argv, const std::vector<std::string>& more) {
  argv.insert(argv.end(), more.begin(), more.end());
}

std::vector<std::string> options_of(const net::SshHost& host, const Path& control_folder) {
  return net::ssh_options(host, control_folder, net::SshMode::kInteractive);
}

std::vector<std::string> rsync_argv(const End& from, const End& to, const CopyOptions& options,
                                    const Path& control_folder) {
  if (from.host && to.host) {
    throw Error(Kind::kUnsupported, "--delta works between here and one machine: rsync can't copy from one to another");
  }
  const net::SshHost& host = from.host ? *from.host : *to.host;
  std::vector<std::string> shell = {"ssh"};
  append(shell, options_of(host, control_folder));
  if (host.port != 0) append(shell, {"-p", std::to_string(host.port)});
  std::vector<std::string> argv = {"rsync"};
  if (!options.quiet) argv.emplace_back("--progress");
  if (options.recursive) argv.emplace_back("-r");
  append(argv, {"-e", net::shell_join(shell), "--", address(from), address(to)});
  return argv;
}

// With a port in each address scp can serve two machines; its options are one machine's only where there is one.
std::string scp_address(const End& end) {
  if (!end.host) return end.place.path;
  const std::string user = user_of(end);
  std::string url = "scp://" + (user.empty() ? "" : user + "@") + bracketed(end.host->host);
  if (end.host->port != 0) url += ":" + std::to_string(end.host->port);
  // scp:// takes a path relative to the home folder; an absolute one begins with a second slash.
  return url + "/" + end.place.path;
}

}  // namespace

Place parse_place(std::string_view text) {
  const std::size_t colon = text.find(':');
  const std::size_t slash = text.find('/');
  if (colon == std::string_view::npos || (slash != std::string_view::npos && slash < colon)) {
    return {.path = std::string(text)};
  }
  Place place;
  std::string_view where = text.substr(0, colon);
  if (const std::size_t at = where.find('@'); at != std::string_view::npos) {
    place.user = where.substr(0, at);
    where = where.substr(at + 1);
  }
  place.machine = where;
  place.path = text.substr(colon + 1);
  return place;
}

std::vector<std::string> copy_argv(const End& from, const End& to, const CopyOptions& options,
                                   const Path& control_folder) {
  if (!from.host && !to.host) {
    throw Error(Kind::kInvalid, "neither place is on a machine: write it as MACHINE:PATH");
  }
  if (options.delta) return rsync_argv(from, to, options, control_folder);
  std::vector<std::string> argv = {"scp"};
  if (from.host && to.host) {
    argv.emplace_back("-3");
    append(argv, options_of(*from.host, control_folder));
    // The same options serve both ends; each machine's key is offered to both, its host key is looked up in either
    // file.
    net::SshHost second = *to.host;
    if (!second.key.empty() && second.key != from.host->key) append(argv, {"-i", second.key});
  } else {
    append(argv, options_of(from.host ? *from.host : *to.host, control_folder));
  }
  if (options.quiet) argv.emplace_back("-q");
  if (options.recursive) argv.emplace_back("-r");
  append(argv, {"--", scp_address(from), scp_address(to)});
  return argv;
}

std::vector<std::string> mount_argv(const End& from, const std::string& to, const Path& control_folder) {
  std::vector<std::string> argv = {"sshfs"};
  for (const std::string& option : options_of(*from.host, control_folder)) {
    // sshfs has no -i: its ssh takes the same as an option.
    argv.push_back(option == "-i"                                    ? "-o"
                   : argv.back() == "-o" && option == from.host->key ? "IdentityFile=" + option
                                                                     : option);
  }
  if (from.host->port != 0) append(argv, {"-p", std::to_string(from.host->port)});
  append(argv, {address(from), to});
  return argv;
}

}  // namespace berth::cli
