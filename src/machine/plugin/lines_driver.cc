#include "machine/plugin/lines_driver.h"

#include "base/error.h"
#include "base/json.h"

namespace berth::machine {

namespace {

using namespace std::chrono_literals;

constexpr auto kQuickPatience = 30s;
constexpr int kStates = static_cast<int>(State::kTimeout) + 1;

std::optional<State> state_of(std::string_view text) {
  for (int i = 0; i < kStates; ++i) {
    if (machine::text_of(static_cast<State>(i)) == text) return static_cast<State>(i);
  }
  return std::nullopt;
}

}  // namespace

std::vector<DriverFlag> LinesDriver::flags(const Context& context, const Path& program,
                                           const Environment& environment) {
  Site site;
  site.environment = environment;
  return LinesSession(site, program, "{}").describe(context).flags;
}

LinesDriver::LinesDriver(const Site& site, const Path& program, std::string_view record)
    : site_(site), session_(std::make_unique<LinesSession>(site, program, std::string(record))) {}

void LinesDriver::configure(const DriverOptions& options) {
  session_->call(Context().with_timeout(kQuickPatience), "configure", &options);
}

void LinesDriver::pre_create_check(const Context& context) { session_->call(context, "check"); }
void LinesDriver::create(const Context& context) { session_->call(context, "create"); }
void LinesDriver::remove(const Context& context) { session_->call(context, "remove"); }

void LinesDriver::change(const Context& context, const char* call) {
  const std::string before = record();
  session_->call(context, call);
  if (record() != before) site_.save(record());
}

void LinesDriver::start(const Context& context) { change(context, "start"); }
void LinesDriver::stop(const Context& context) { change(context, "stop"); }
void LinesDriver::kill(const Context& context) { change(context, "kill"); }
void LinesDriver::restart(const Context& context) { change(context, "restart"); }

State LinesDriver::state(const Context& context) {
  const std::string text = berth::text_of(session_->call(context, "state"), "state");
  const auto state = state_of(text);
  if (!state) throw Error(Kind::kInvalid, "the driver of machine '" + site_.name + "' says state '" + text + "'");
  return *state;
}

std::string LinesDriver::ip(const Context& context) {
  const std::string ip = berth::text_of(session_->call(context, "address"), "ip");
  if (ip.empty()) throw Error(Kind::kUnavailable, "Host is not running");
  return ip;
}

std::string LinesDriver::url(const Context& context) {
  const json::object address = session_->call(context, "address");
  const std::string url = berth::text_of(address, "url");
  if (!url.empty()) return url;
  const std::string ip = berth::text_of(address, "ip");
  if (ip.empty()) throw Error(Kind::kUnavailable, "Host is not running");
  return "tcp://" + ip + ":2376";
}

bool LinesDriver::brings_engine() const {
  return session_->describe(Context().with_timeout(kQuickPatience)).brings_engine;
}

std::optional<SshTarget> LinesDriver::ssh(const Context& context) {
  const json::value address = session_->call(context, "address");
  const json::value* ssh = find(address, "ssh");
  if (ssh == nullptr || !ssh->is_object()) return std::nullopt;
  SshTarget target{
      .host = berth::text_of(*ssh, "host"), .user = berth::text_of(*ssh, "user"), .key = berth::text_of(*ssh, "key")};
  if (target.host.empty()) throw Error(Kind::kUnavailable, "Host is not running");
  if (const std::int64_t port = integer_of(*ssh, "port"); port > 0 && port < 65536)
    target.port = static_cast<int>(port);
  return target;
}

}  // namespace berth::machine
