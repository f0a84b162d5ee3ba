#include "machine/cloud/simulated_cloud_test.h"

#include "base/error.h"

namespace berth::machine {

namespace {

using namespace std::chrono_literals;

CloudPatience hasty() {
  CloudPatience patience;
  patience.first = 1ms;
  patience.longest = 5ms;
  patience.launch = 10s;
  patience.stop = 10s;
  patience.clean_up = 20s;
  patience.rest = {.first = 1ms, .longest = 5ms, .attempts = 4, .answer = 10s};
  return patience;
}

}  // namespace

SimulatedCloud::SimulatedCloud()
    : server_(std::make_unique<http::Server>(net::Listener::tcp("127.0.0.1", 0),
                                             [this](const Context& c, http::Exchange& e) { serve(c, e); })) {}

SimulatedCloud::~SimulatedCloud() = default;

void SimulatedCloud::fail(std::size_t number, CloudFault fault) {
  const auto state = state_.lock();
  state->calls.clear();
  state->faults = {{number, fault}};
}

std::vector<std::string> SimulatedCloud::calls() { return state_.lock()->calls; }
std::vector<std::string> SimulatedCloud::refusals() { return state_.lock()->refusals; }

SimulatedCloud::Reply SimulatedCloud::refuse(const Call& call, const std::string& why) {
  const std::string text =
      call.method + " " + call.raw_target + ": " + why + (call.body.empty() ? "" : "\n" + call.body);
  state_.lock()->refusals.push_back(text);
  return {400, why, {}};
}

void SimulatedCloud::serve(const Context& context, http::Exchange& exchange) {
  Call call{.method = exchange.request().method,
            .target = {},
            .headers = exchange.request().headers,
            .body = exchange.read_all(context),
            .raw_target = exchange.request().target};
  const auto target = http::parse_target(call.raw_target);
  if (!target) return exchange.respond(context, 400, refuse(call, "no target").body);
  call.target = *target;

  const std::lock_guard one(one_at_a_time_);
  if (on_call) on_call();
  std::optional<CloudFault> fault;
  {
    const auto state = state_.lock();
    const auto found = state->faults.find(state->calls.size());
    if (found != state->faults.end()) fault = found->second;
    state->calls.push_back(call.method + " " + call.target.path);
  }
  if (fault == CloudFault::kThrottled) return exchange.respond(context, 429, "", {{"Retry-After", "0"}});
  if (fault == CloudFault::kBusy) return exchange.respond(context, 503, "busy");
  if (fault == CloudFault::kNonsense) return exchange.respond(context, 200, "<html>It works!</html>");
  Reply reply = answer(call);
  if (fault == CloudFault::kDoneButFailed) return exchange.respond(context, 500, "internal error");
  if (fault == CloudFault::kDoneButBrokenOff) {
    exchange.hijack(context, {.status = 200}).reset();
    return;
  }
  exchange.respond(context, reply.status, reply.body, std::move(reply.headers));
}

std::unique_ptr<CloudDriver> SimulatedMachine::driver() {
  Site site;
  site.name = "web";
  site.folder = folder_.path() / "machines" / "web";
  make_folder(site.folder);
  site.environment = Environment::of_process();
  cloud_.prepare(site.environment);
  site.save = [this](std::string kept) {
    record = std::move(kept);
    records.push_back(record);
    if (records.size() == die_at_save) throw Died();
  };
  return std::make_unique<CloudDriver>(cloud_.maker(), site, record, hasty());
}

std::string make_with(SimulatedCloud& cloud, const std::function<void(DriverOptions&)>& change, std::string* ip) {
  const Context context = Context().with_timeout(60s);
  DriverOptions options = cloud.options();
  change(options);
  SimulatedMachine machine(cloud);
  try {
    const auto driver = machine.driver();
    driver->configure(options);
    driver->pre_create_check(context);
    driver->create(context);
    if (ip != nullptr) *ip = driver->ip({});
  } catch (const Error& e) {
    return e.message();
  }
  return "";
}

std::string refusal_of(SimulatedCloud& cloud, const std::string& flag, const std::string& value) {
  return make_with(cloud, [&](DriverOptions& options) { options.set(flag, {value}); });
}

void SimulatedMachine::create() {
  const Context context = Context().with_timeout(60s);
  const auto made = driver();
  made->configure(cloud_.options());
  record = made->record();
  made->pre_create_check(context);
  made->create(context);
}

}  // namespace berth::machine
