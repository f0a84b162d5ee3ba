// What differs between clouds: one interface, implemented once for each provider's API.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/fwd.hpp>

#include "base/clock.h"
#include "machine/base_driver.h"
#include "machine/cloud/rest.h"
#include "machine/driver.h"

namespace berth::machine {

// The machine's virtual host, as its provider tells of it now.
struct Instance {
  State state = State::kNone;
  std::string address;  // where ssh and the engine are reached; empty while it has none
  std::string reason;   // of State::kError, in the provider's words
};

enum class Power { kOn, kShutDown, kOff, kReboot };

// The key that ssh uses.
struct KeyChoice {
  Path existing;                 // the user's own private key; empty: a new one is made for the machine
  bool is_known = false;         // the provider has it already: it is not uploaded, and not removed
  std::string type = "ed25519";  // of a new one: ed25519 or rsa
};

// What a provider is told, and what it may ask of the driver around it. Outlives the provider.
struct CloudSite {
  std::string name;  // the machine's
  // Names everything made for this machine, at every provider: 16 hexadecimal digits, kept before anything is made.
  // Empty in records of docker-machine, which are known by the provider's ids alone.
  std::string id;
  BaseDriverRecord base;
  KeyChoice key;
  Environment environment;
  RestPatience patience;
  const Clock* clock = &system_clock();
  std::function<void()> save;  // keeps what the provider knows by now
  Say say;

  // "berth-ID", or the machine's name for records of docker-machine.
  std::string tag() const { return id.empty() ? name : "berth-" + id; }
};

// The virtual host of one machine, and all that it needs at its provider. One thread at a time. Calls throw what
// Rest::call() throws, or kInternal with the provider's words. Everything that is made bears site.tag(), and what
// comes back of a call is kept (site.save) before the next one, so that destroy() finds everything whenever the
// process died.
class Provider {
 public:
  virtual ~Provider() = default;

  // As Driver::configure.
  virtual void configure(const DriverOptions& options) = 0;
  // Credentials, region, image and size: whether they exist, without changing anything.
  virtual void check(const Context& context) = 0;
  // Makes what the instance needs: key, network, firewall. Does nothing twice. `public_key` is a line of
  // authorized_keys; empty when site.key.is_known.
  virtual void prepare(const Context& context, const std::string& public_key) = 0;
  // Asks for the instance. When this throws after the provider heard it, the instance may exist.
  virtual void launch(const Context& context) = 0;
  // Nothing when there is no instance.
  virtual std::optional<Instance> look(const Context& context) = 0;
  // Asks for it; look() tells when it has come about.
  virtual void power(const Context& context, Power power) = 0;
  // Removes the instance and what prepare() made, found by their ids or, where those are unknown, by the tag. What is
  // not there is no error.
  virtual void destroy(const Context& context) = 0;
  // Adds its members to the driver's record.
  virtual void write(boost::json::object& record) const = 0;
};

// Makes a provider of a record (an empty object for a new machine).
using ProviderMaker = std::unique_ptr<Provider> (*)(CloudSite& site, const boost::json::value& record);

}  // namespace berth::machine
