// The conversation with a driver's program in JSON lines.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/json/fwd.hpp>

#include "base/channel.h"
#include "base/files.h"
#include "machine/driver.h"
#include "machine/plugin/plugin_process.h"

namespace berth::machine {

// One thread. Errors name the program: kUnavailable when it ends or does not answer in time, kInvalid when what it says
// is not of the protocol, kUnsupported for another version; the driver's own are of the kind it names, in its words.
class LinesSession {
 public:
  // What the program says of itself.
  struct Description {
    std::vector<DriverFlag> flags;
    bool brings_engine = false;
  };

  // Starts nothing yet. `site` says what goes with each call, and takes what the driver asks for.
  LinesSession(Site site, Path program, std::string record);
  ~LinesSession();

  const Description& describe(const Context& context);
  // The answer, an object. `options` go with `configure`. A record in the answer is the driver's new one.
  boost::json::object call(const Context& context, const std::string& name, const DriverOptions* options = nullptr);
  const std::string& record() const { return record_; }

 private:
  void start(const Context& context);
  boost::json::object converse(const Context& context, const boost::json::object& request);
  // Does what a line asks for that is no answer yet; the answer where it is one.
  std::optional<boost::json::object> take(const Context& context, const std::string& line);
  void keep(const boost::json::value& record);
  [[noreturn]] void refuse(const std::string& why) const;

  const Site site_;
  const Path program_;
  std::string record_;
  Channel<std::string> lines_{1000};
  std::unique_ptr<PluginProcess> process_;
  std::optional<Description> description_;
};

}  // namespace berth::machine
