// What makes hosts: one interface for every kind of host, and the list of drivers we have.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/context.h"
#include "base/environment.h"
#include "base/files.h"
#include "machine/host.h"

namespace berth::machine {

// Source: docker-machine libmachine/state.
enum class State { kNone, kRunning, kPaused, kSaved, kStopped, kStopping, kStarting, kError, kTimeout };
// "Running", ...; empty for kNone.
std::string_view text_of(State state);

// An option of `create` that a driver adds.
struct DriverFlag {
  enum class Type { kBool, kText, kInteger, kTexts };
  std::string name;  // with the driver's name in front: "local-subnet"
  Type type = Type::kText;
  std::string help;
  std::string default_text;
  std::string environment;                      // variable that gives the default; empty for none
  std::vector<std::string> default_texts = {};  // of kTexts
};

// What was given for them, or their defaults. A name that is no flag of the driver's gives nothing.
class DriverOptions {
 public:
  void set(std::string name, std::vector<std::string> values) { values_[std::move(name)] = std::move(values); }
  bool given(std::string_view name) const { return values_.contains(name); }
  std::string text(std::string_view name) const;
  bool on(std::string_view name) const { return text(name) == "true"; }
  std::vector<std::string> texts(std::string_view name) const;

 private:
  std::map<std::string, std::vector<std::string>, std::less<>> values_;
};

// Reports a step to the user: one line without its end. Called from any thread, not after the driver is gone.
using Say = std::function<void(std::string_view line)>;

// What a driver is told about its machine, and what it may ask of those who keep it.
struct Site {
  std::string name;
  Path folder;  // the machine's own, in the store
  EngineOptions engine;
  SwarmOptions swarm;
  Environment environment;
  // Keeps the driver's record (JSON). A driver saves what it is about to make before it makes it, so that remove()
  // finds it whatever happens in between.
  std::function<void(std::string record)> save;
  // Makes server.pem and server-key.pem in `folder` for an engine that is reached by these names and addresses, and by
  // those the user asked for; ca.pem lies there too.
  std::function<void(const std::vector<std::string>& names)> certify;
  Say say;
};

// How Berth gets a shell on a host.
struct SshTarget {
  std::string host;
  int port = 22;
  std::string user;
  Path key;  // private key in the machine's folder, or the user's own; empty: what ssh finds by itself
  bool operator==(const SshTarget&) const = default;
};

// One machine. One thread at a time; the caller holds the machine's lock for all that changes it. All may throw what
// their context says (kCancelled, kTimeout) and kInternal with the words of a program or service that failed.
class Driver {
 public:
  virtual ~Driver() = default;

  // Takes the options of `create`. Throws kInvalid naming the flag.
  virtual void configure(const DriverOptions& options) = 0;
  // Whether create() has a chance, without changing anything. Throws kForbidden, kNotFound, kConflict,
  // kUnsupported, saying what to do.
  virtual void pre_create_check(const Context& context) = 0;
  // Makes the host and waits until it runs. What was made when this throws is remove()'s to find.
  virtual void create(const Context& context) = 0;
  // Leaves nothing behind; takes every half-made and half-removed host, and one that was never made.
  virtual void remove(const Context& context) = 0;
  virtual void start(const Context& context) = 0;
  virtual void stop(const Context& context) = 0;  // lets the containers end in peace
  virtual void kill(const Context& context) = 0;
  virtual void restart(const Context& context) = 0;

  virtual State state(const Context& context) = 0;
  // Address and engine of the host. Throw kUnavailable when it does not run.
  virtual std::string ip(const Context& context) = 0;
  virtual std::string url(const Context& context) = 0;
  // Whether create() and start() leave a running engine behind; else it is installed over ssh().
  virtual bool brings_engine() const = 0;
  // Nothing for hosts that have no ssh (`local`, `none`). Throws kUnavailable while the host has no address.
  virtual std::optional<SshTarget> ssh(const Context& context) = 0;

  // The driver's record as it is now (JSON).
  virtual std::string record() const = 0;
};

// Names of the drivers we have; a plugin is found by its name alone.
std::vector<std::string> driver_names();
// Flags of a driver of ours. Throws kNotFound in docker-machine's words for a driver we do not have.
std::vector<DriverFlag> driver_flags(std::string_view driver);
// Flags of any driver. A plugin on $PATH is started and asked; throws what that brings (machine/plugin).
std::vector<DriverFlag> driver_flags(const Context& context, std::string_view driver, const Environment& environment);
// `record` as Driver::record() gave it, "{}" for a new machine. Throws kNotFound as above, kInvalid for a record that
// is not the driver's.
std::unique_ptr<Driver> make_driver(std::string_view driver, const Site& site, std::string_view record);

}  // namespace berth::machine
