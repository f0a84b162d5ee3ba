#include "machine/local_resolver.h"

#include "base/strings.h"

namespace berth::machine {

namespace {

bool is_loopback(std::string_view server) { return server.starts_with("127.") || server == "::1"; }

// The server that a line of resolv.conf names, or nothing.
std::optional<std::string> server_of(std::string_view line) {
  constexpr std::string_view kWord = "nameserver";
  line = trim(line);
  if (!line.starts_with(kWord) || line.size() == kWord.size()) return std::nullopt;
  const char next = line[kWord.size()];
  if (next != ' ' && next != '\t') return std::nullopt;
  return std::string(trim(line.substr(kWord.size())));
}

bool has_usable_server(std::string_view text) {
  for (const std::string& line : split(text, '\n')) {
    if (const auto server = server_of(line); server && !is_loopback(*server)) return true;
  }
  return false;
}

// The lines (search, options) that hold for any server, and the servers but those on loopback.
std::string without_loopback(std::string_view text, bool keep_servers) {
  std::string result;
  for (const std::string& line : split(trim(text), '\n')) {
    const auto server = server_of(line);
    if (server && (!keep_servers || is_loopback(*server))) continue;
    if (!line.starts_with('#') && !trim(line).empty()) result += line + "\n";
  }
  return result;
}

}  // namespace

ResolverChoice choose_resolver(const std::vector<std::string>& given, std::string_view host,
                               const std::optional<std::string>& upstream) {
  if (!given.empty()) {
    std::string text = without_loopback(host, false);
    for (const std::string& server : given) text += "nameserver " + server + "\n";
    return {ResolverChoice::Kind::kOwn, text};
  }
  bool on_loopback = false;
  for (const std::string& line : split(host, '\n')) {
    if (const auto server = server_of(line)) on_loopback |= is_loopback(*server);
  }
  if (!on_loopback && has_usable_server(host)) return {ResolverChoice::Kind::kHost, {}};
  if (has_usable_server(host)) return {ResolverChoice::Kind::kOwn, without_loopback(host, true)};
  if (upstream && has_usable_server(*upstream)) return {ResolverChoice::Kind::kOwn, without_loopback(*upstream, true)};
  return {ResolverChoice::Kind::kNoServer, {}};
}

}  // namespace berth::machine
