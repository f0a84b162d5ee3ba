// A driver plugin of docker-machine while it runs: the program, its connection and its heartbeat.
#pragma once

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/channel.h"
#include "base/environment.h"
#include "base/files.h"
#include "machine/driver.h"
#include "machine/plugin/go_rpc.h"
#include "machine/plugin/plugin_process.h"

namespace berth::machine {

// Source: docker-machine libmachine/drivers/{plugin,rpc}; docs/machine-drivers.md says what is kept of it. One thread.
//
// What goes wrong on the plugin's side is an Error that names it: kUnavailable when it ends, hangs or says nothing,
// kInvalid when it speaks something else, kUnsupported for another version of the protocol; an error of the driver
// itself is kInternal in its own words.
class GoPlugin {
 public:
  // Starts the program and greets it. `say` gets what it writes on standard output, on another thread; what it writes
  // on standard error goes to the debug log.
  GoPlugin(const Context& context, const Path& program, const std::string& driver, const Environment& environment,
           const Say& say);
  // Asks it to end, and sees that it does.
  ~GoPlugin();
  GoPlugin(const GoPlugin&) = delete;
  GoPlugin& operator=(const GoPlugin&) = delete;

  // Each throws as said above, kCancelled, kTimeout.
  void act(const Context& context, const std::string& method);  // Create, Start, ...
  std::string text(const Context& context, const std::string& method);
  std::int64_t integer(const Context& context, const std::string& method);
  std::vector<DriverFlag> flags(const Context& context);
  // The driver's JSON.
  std::string config(const Context& context) { return text(context, "GetConfigRaw"); }
  void set_config(const Context& context, const std::string& record);
  // A list of names and values, each a bool, integer, text or list of texts.
  void set_flags(const Context& context, std::vector<std::pair<std::string, gob::Value>> flags);

 private:
  gob::Value call(const Context& context, const std::string& method, gob::TypeId type = GoRpc::kNothing,
                  const gob::Value& argument = gob::Value(gob::Value::Struct{}));
  std::string address(const Context& context);
  void connect(const Context& context);
  void agree_on_version(const Context& context);
  void keep_alive(const Context& context);

  const std::string name_;  // of the program, for errors
  std::string service_ = "RPCServerDriver";
  Channel<std::string> first_line_{1};
  std::unique_ptr<PluginProcess> process_;
  std::unique_ptr<GoRpc> rpc_;
  CancelSource stop_;
  CancelSource hangs_;  // cancelled when heartbeats go unanswered
  std::jthread heart_;
};

}  // namespace berth::machine
