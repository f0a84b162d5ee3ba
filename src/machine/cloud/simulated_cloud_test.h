// Providers' APIs for tests: servers on loopback that hold to the documented protocol strictly, and fail when told to.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/guarded.h"
#include "http/server.h"
#include "http/url.h"
#include "machine/cloud/cloud_driver.h"

namespace berth::machine {

// What goes wrong with one call.
enum class CloudFault {
  kThrottled,         // 429, not done
  kBusy,              // 503, not done
  kDoneButFailed,     // 500, though it was done
  kDoneButBrokenOff,  // the connection ends without an answer, though it was done
  kNonsense,          // 200 with what is no answer of this API, not done
};

// One account at a provider. A subclass answers calls; whatever its API's documentation does not have, it refuses
// (refuse()), and a test fails on that.
class SimulatedCloud {
 public:
  struct Call {
    std::string method;
    http::Target target;
    http::Headers headers;
    std::string body;
    std::string raw_target;
  };
  struct Reply {
    int status = 200;
    std::string body;
    http::Headers headers = {};
  };

  SimulatedCloud();
  virtual ~SimulatedCloud();
  // Before a subclass goes: no more calls come.
  void stop() { server_->stop(); }

  std::string url() const { return "http://127.0.0.1:" + std::to_string(server_->port()); }

  // What exists: "droplet 3", "key 1". Empty when nothing is left.
  virtual std::vector<std::string> left() = 0;
  // The options a user gives for this server.
  virtual DriverOptions options() = 0;
  virtual ProviderMaker maker() const = 0;
  // Adds what the driver finds in the environment: credentials, say.
  virtual void prepare(Environment&) {}

  // The call of that number, from 0 and counted from now, fails so.
  void fail(std::size_t number, CloudFault fault);
  // "POST /v2/droplets", in order, since fail() or the beginning.
  std::vector<std::string> calls();
  // What was said that the API does not have.
  std::vector<std::string> refusals();
  // Called before each call is answered.
  std::function<void()> on_call;

 protected:
  // One call at a time.
  virtual Reply answer(const Call& call) = 0;
  Reply refuse(const Call& call, const std::string& why);

 private:
  struct State {
    std::map<std::size_t, CloudFault> faults;
    std::vector<std::string> calls;
    std::vector<std::string> refusals;
  };
  void serve(const Context& context, http::Exchange& exchange);

  Guarded<State> state_;
  std::mutex one_at_a_time_;
  std::unique_ptr<http::Server> server_;
};

std::unique_ptr<SimulatedCloud> simulate_digitalocean();
std::unique_ptr<SimulatedCloud> simulate_hetzner();
std::unique_ptr<SimulatedCloud> simulate_ec2();
std::unique_ptr<SimulatedCloud> simulate_openstack();
std::unique_ptr<SimulatedCloud> simulate_google();
std::unique_ptr<SimulatedCloud> simulate_azure();
std::unique_ptr<SimulatedCloud> simulate_azure_with_group();
std::unique_ptr<SimulatedCloud> simulate_vsphere();

// Makes a machine with the cloud's options, changed so, and forgets it. Returns the driver's message when it cannot:
// then nothing may be left. `ip`, when not null, becomes its address.
std::string make_with(SimulatedCloud& cloud, const std::function<void(DriverOptions&)>& change,
                      std::string* ip = nullptr);
// As make_with, with one option of another value.
std::string refusal_of(SimulatedCloud& cloud, const std::string& flag, const std::string& value);

// A machine of a simulated cloud as Machines would keep it.
class SimulatedMachine {
 public:
  explicit SimulatedMachine(SimulatedCloud& cloud) : cloud_(cloud) {}

  // A driver of the record kept last.
  std::unique_ptr<CloudDriver> driver();
  // configure(), check and create(), as `berth machine create` does.
  void create();

  std::string record = "{}";
  std::vector<std::string> records;  // each that was kept
  std::size_t die_at_save = 0;       // throws Died there, counted from 1; 0: never
  struct Died {};

 private:
  SimulatedCloud& cloud_;
  TemporaryFolder folder_;
};

}  // namespace berth::machine
