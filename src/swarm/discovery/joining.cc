#include "swarm/discovery/joining.h"

#include <algorithm>

#include "base/units.h"
#include "swarm/discovery/address.h"
#include "swarm/discovery/told.h"

namespace berth::swarm {

namespace {

constexpr std::chrono::milliseconds kPatience{10'000};  // with one heartbeat
constexpr std::chrono::milliseconds kPauseAfterFault{2'000};

}  // namespace

std::string joinable_address(std::string_view text) {
  std::string address = checked_address(text);
  if (!address.starts_with("unix://")) return address;
  throw Error(Kind::kInvalid, "'" + address + "' cannot join: other hosts cannot reach it, use HOST:PORT");
}

void keep_beating(const Context& context, const Heartbeat& heartbeat, const std::function<void(const Context&)>& beat,
                  const Discovery::OnTrouble& trouble) {
  if (heartbeat.every <= heartbeat.every.zero() || heartbeat.ttl <= heartbeat.every) {
    throw Error(Kind::kInvalid, "the time to live of " + format_duration(heartbeat.ttl) +
                                    " must be longer than the heartbeat of " + format_duration(heartbeat.every));
  }
  const Discovery::OnChange nothing;
  Told told(nothing, trouble);
  while (!context.cancelled()) {
    try {
      auto pause = heartbeat.every;
      try {
        beat(context.with_timeout(kPatience));
        told.well();
      } catch (const Error& e) {
        context.check();
        told.trouble(e);
        pause = std::min(pause, kPauseAfterFault);
      }
      context.sleep_for(pause);
    } catch (const Error&) {
      return;  // the context has ended
    }
  }
}

}  // namespace berth::swarm
