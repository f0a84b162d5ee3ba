#include "swarm/settings.h"

#include <chrono>
#include <memory>
#include <utility>

#include "base/error.h"
#include "base/json.h"
#include "base/log.h"

namespace berth::swarm {

namespace {

constexpr std::string_view kPrefix = "nodes/";
constexpr std::chrono::seconds kPause{1};

std::string key_of(const std::string& engine_id) { return std::string(kPrefix) + engine_id; }

}  // namespace

std::string format_settings(const NodeSettings& settings) {
  json::object labels;
  for (const auto& [name, value] : settings.labels) labels[name] = value;
  return format_json(
      json::object{{"Availability", json::string(placement::name_of(settings.availability))}, {"Labels", labels}});
}

NodeSettings parse_settings(std::string_view text) {
  const json::value value = parse_json(text);
  NodeSettings settings;
  settings.availability = placement::parse_availability(text_of(value, "Availability"));
  for (auto& [name, label] : pairs_of(value, "Labels")) settings.labels.emplace(std::move(name), std::move(label));
  return settings;
}

void SettingsKeeper::set(const Context& context, const std::string& engine_id, const NodeSettings& settings,
                         store::Revision revision) {
  const std::string key = key_of(engine_id);
  store::Transaction change;
  change.conditions.push_back({key, revision});
  change.changes.push_back(store::put(key, format_settings(settings)));
  if (!store_.commit(context, change)) {
    throw Error(Kind::kConflict, "the node was changed meanwhile by somebody else: look at it again");
  }
  load(context);
}

void SettingsKeeper::remove(const Context& context, const std::string& engine_id) {
  store_.remove(context, key_of(engine_id));
  load(context);
}

store::Revision SettingsKeeper::revision(const Context& context, const std::string& engine_id) {
  const auto entry = store_.get(context, key_of(engine_id));
  return entry ? entry->modified : 0;
}

std::map<std::string, store::Revision> SettingsKeeper::revisions(const Context& context) {
  std::map<std::string, store::Revision> revisions;
  for (const store::Entry& entry : store_.list(context, std::string(kPrefix)).entries) {
    revisions.emplace(entry.key.substr(kPrefix.size()), entry.modified);
  }
  return revisions;
}

store::Revision SettingsKeeper::load(const Context& context) {
  const store::Listing listing = store_.list(context, std::string(kPrefix));
  std::map<std::string, NodeSettings> settings;
  for (const store::Entry& entry : listing.entries) {
    try {
      settings.emplace(entry.key.substr(kPrefix.size()), parse_settings(entry.value));
    } catch (const Error& e) {
      log(LogLevel::kWarning, e.within("settings in the store, '" + entry.key + "'").message());
    }
  }
  pool_.set_settings(std::move(settings));
  return listing.revision;
}

void SettingsKeeper::follow(const Context& context) {
  for (;;) {
    try {
      const auto watch = store_.watch(std::string(kPrefix), load(context));
      while (!watch->next(context).compacted) load(context);
    } catch (const Error& e) {
      if (e.kind() == Kind::kCancelled) throw;
      log(LogLevel::kWarning, e.within("settings of nodes").message());
      context.sleep_for(kPause);
    }
  }
}

}  // namespace berth::swarm
