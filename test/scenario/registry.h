// A real registry, Debian's docker-registry, on this computer's loopback or a machine's.
#pragma once

#include <optional>
#include <string>

#include "base/files.h"
#include "base/process.h"

namespace berth::scenario {

// Why none can be had, which `make test` should have seen to; else nothing.
std::optional<std::string> missing_registry();

struct RegistryOptions {
  std::string cert, key;  // of 127.0.0.1: it speaks TLS
  std::string network;    // see Lab::network_of(): the loopback is that one's, and engines there need no TLS
  bool login = false;     // only for user "ada" with password "secret"
};

class Registry {
 public:
  // Returns when it answers. Its content goes with it.
  explicit Registry(const RegistryOptions& options = {});
  ~Registry();
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;

  // "127.0.0.1:PORT"
  const std::string& address() const { return address_; }

 private:
  TemporaryFolder folder_;
  std::string address_;
  std::optional<Child> child_;
};

}  // namespace berth::scenario
