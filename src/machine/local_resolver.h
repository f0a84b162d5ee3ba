// Name servers that work inside a local machine.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace berth::machine {

// What a machine does for name resolution.
struct ResolverChoice {
  enum class Kind {
    kHost,     // the host's /etc/resolv.conf works as it is, and follows its changes
    kOwn,      // a resolv.conf of its own: `text`
    kNoServer  // only a server on the host's loopback, which a machine cannot reach
  };
  Kind kind = Kind::kHost;
  std::string text;
};

// `given` are the servers the user named (they win); `host` is the text of /etc/resolv.conf; `upstream` the text that
// systemd-resolved or NetworkManager keeps with the servers behind a stub on loopback, if there is one.
ResolverChoice choose_resolver(const std::vector<std::string>& given, std::string_view host,
                               const std::optional<std::string>& upstream);

}  // namespace berth::machine
