// A real registry, Debian's docker-registry, on this computer's loopback.
#pragma once

#include <optional>
#include <string>

#include "base/files.h"
#include "base/process.h"

namespace berth::scenario {

// What tests say when they are skipped; nothing where a registry can be had.
std::optional<std::string> missing_registry();

class Registry {
 public:
  // With a certificate (of 127.0.0.1) it speaks TLS. Returns when it answers. Its content goes with it.
  explicit Registry(const std::string& cert = {}, const std::string& key = {});
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
