// Compose files of this computer and from elsewhere.
#pragma once

#include <map>
#include <string>

#include "base/context.h"
#include "base/environment.h"
#include "compose/file_reader.h"
#include "engine/credentials.h"

namespace berth::remote {

// Fetches "oci://..." from registries and git addresses by the system's git into the user's cache, each once. One
// thread at a time.
class Reader : public compose::DiskReader {
 public:
  // Fetching waits on the context. Credentials are docker's.
  Reader(Context context, Environment environment)
      : context_(std::move(context)), environment_(std::move(environment)) {}

  bool is_remote(const std::string& name) const override;
  std::string fetch(const std::string& address) const override;

 private:
  std::string fetch_artifact(const std::string& address) const;

  Context context_;
  Environment environment_;
  mutable std::map<std::string, std::string> fetched_;
};

}  // namespace berth::remote
