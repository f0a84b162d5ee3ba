#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "base/log.h"
#include "swarm/discovery/address.h"
#include "swarm/discovery/joining.h"
#include "swarm/discovery/sources.h"
#include "swarm/discovery/told.h"

namespace berth::swarm {

namespace {

constexpr std::chrono::milliseconds kPatience{10'000};  // with one listing
constexpr std::chrono::milliseconds kPauseAfterFault{500};
constexpr std::chrono::milliseconds kQuiet{20};  // after which a burst of changes is over
constexpr std::chrono::milliseconds kLongestBurst{200};

EngineAddresses addresses_of(const std::map<std::string, std::string>& values) {
  EngineAddresses addresses;
  for (const auto& [key, value] : values) {
    try {
      addresses.push_back({.address = checked_address(value)});
    } catch (const Error& e) {
      log(LogLevel::kWarning, "the key '" + key + "' of the nodes' list is left out: " + e.message());
    }
  }
  return sorted(std::move(addresses));
}

}  // namespace

StoreDiscovery::StoreDiscovery(std::unique_ptr<store::Store> store, std::string_view path)
    : store_(std::move(store)), prefix_(std::string(path) + "/") {}

EngineAddresses StoreDiscovery::list(const Context& context) {
  std::map<std::string, std::string> values;
  for (store::Entry& entry : store_->list(context, prefix_).entries) {
    values.emplace(std::move(entry.key), std::move(entry.value));
  }
  return addresses_of(values);
}

void StoreDiscovery::watch(const Context& context, const OnChange& changed, const OnTrouble& trouble) {
  Told told(changed, trouble);
  while (!context.cancelled()) {
    try {
      try {
        follow(context, told);
      } catch (const Error& e) {
        context.check();
        told.trouble(e);
        context.sleep_for(kPauseAfterFault);
      }
    } catch (const Error&) {
      return;  // the context has ended
    }
  }
}

void StoreDiscovery::follow(const Context& context, Told& told) {
  store::Listing listing = store_->list(context.with_timeout(kPatience), prefix_);
  Values values;
  for (store::Entry& entry : listing.entries) values.emplace(std::move(entry.key), std::move(entry.value));
  told.set(addresses_of(values));
  const auto watch = store_->watch(prefix_, listing.revision);
  while (apply(watch->next(context), values) && collect(context, *watch, values)) told.set(addresses_of(values));
}

bool StoreDiscovery::apply(const store::Changes& changes, Values& values) const {
  for (const store::Event& event : changes.events) {
    if (event.entry) {
      values[event.key] = event.entry->value;
    } else {
      values.erase(event.key);
    }
  }
  return !changes.compacted;
}

bool StoreDiscovery::collect(const Context& context, store::Watch& watch, Values& values) const {
  const auto end = Context::Clock::now() + kLongestBurst;
  try {
    while (Context::Clock::now() < end) {
      if (!apply(watch.next(context.with_timeout(kQuiet)), values)) return false;
    }
  } catch (const Error& e) {
    context.check();
    if (e.kind() != Kind::kTimeout) throw;
  }
  return true;
}

void StoreDiscovery::join(const Context& context, const std::string& address, const Heartbeat& heartbeat,
                          const OnTrouble& trouble) {
  const std::string checked = joinable_address(address);
  const std::string key = prefix_ + checked;
  auto lease = store::LeaseId::kNone;
  const auto beat = [&](const Context& patient) {
    if (lease == store::LeaseId::kNone || !store_->renew(patient, lease)) {
      lease = store_->grant(patient, heartbeat.ttl).id;
    }
    const auto entry = store_->get(patient, key);
    if (!entry || entry->lease != lease) store_->set(patient, key, checked, lease);
  };
  keep_beating(context, heartbeat, beat, trouble);
}

void StoreDiscovery::leave(const Context& context, const std::string& address) {
  store_->remove(context, prefix_ + checked_address(address));
}

}  // namespace berth::swarm
