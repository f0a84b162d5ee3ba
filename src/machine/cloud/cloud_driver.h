// The driver of all clouds: what is the same at every provider. A virtual host is asked for, waited for, and removed
// with all that was made for it, whatever went wrong in between.
#pragma once

#include <chrono>
#include <memory>

#include "machine/cloud/provider.h"
#include "machine/driver.h"

namespace berth::machine {

// How long a driver waits for its provider. Tests wait less.
struct CloudPatience {
  std::chrono::milliseconds first{1'000};  // between the first looks; doubles
  std::chrono::milliseconds longest{5'000};
  std::chrono::milliseconds launch{600'000};  // until a host runs and has an address
  std::chrono::milliseconds stop{120'000};
  std::chrono::milliseconds clean_up{300'000};
  RestPatience rest;
};

class CloudDriver final : public Driver {
 public:
  CloudDriver(ProviderMaker make, const Site& site, std::string_view record, const CloudPatience& patience = {});

  void configure(const DriverOptions& options) override;
  void pre_create_check(const Context& context) override;
  // Removes everything at the provider again when it throws; what could not be removed is said, and remove() finds it.
  void create(const Context& context) override;
  void remove(const Context& context) override;
  void start(const Context& context) override;
  void stop(const Context& context) override;
  void kill(const Context& context) override;
  void restart(const Context& context) override;
  // Throws kNotFound when the provider has no such host (any more).
  State state(const Context& context) override;
  std::string ip(const Context& context) override;
  std::string url(const Context& context) override;
  bool brings_engine() const override { return false; }
  std::optional<SshTarget> ssh(const Context& context) override;
  std::string record() const override;

 private:
  void save() const;
  std::string make_key(const Context& context);
  Instance await(const Context& context, State wanted, std::chrono::milliseconds patience);
  Instance look(const Context& context);
  void keep_address(const Instance& instance);

  Site site_;
  CloudPatience patience_;
  CloudSite cloud_;
  bool made_ = false;  // create() has begun: there may be something to remove
  std::unique_ptr<Provider> provider_;
};

}  // namespace berth::machine
