#include "converge/teardown.h"

#include <algorithm>
#include <set>

#include "converge/by_service.h"
#include "converge/dependency_order.h"
#include "converge/keeper.h"
#include "converge/labels.h"
#include "converge/orphans.h"
#include "converge/providers.h"
#include "converge/reconcile.h"
#include "engine/reference.h"

namespace berth::converge {

StopOrder::StopOrder(const compose::Project& project, Stops& stops) : dependents_(project), stops_(stops) {
  // What is there may be stopped whatever its file says about services that are not.
  compose::Project lenient = project;
  for (auto& [name, service] : lenient.services) {
    std::erase_if(service.depends_on, [&](const auto& d) { return !lenient.services.contains(d.first); });
  }
  for (const compose::Service* service : dependency_order(lenient)) services_.push_back(service->name);
  std::reverse(services_.begin(), services_.end());
}

OperationNumber StopOrder::stop(const engine::ContainerSummary& container) {
  const std::string service(service_of(container));
  const OperationNumber number = stops_.stop(container, stops_of_dependents(service));
  if (number != OperationNumber::kNone) done_[service].push_back(number);
  return number;
}

Numbers StopOrder::stops_of_dependents(std::string_view service) const {
  Numbers numbers;
  std::set<std::string, std::less<>> seen;
  std::vector<std::string> next = dependents_.of(service);
  while (!next.empty()) {
    const std::string name = std::move(next.back());
    next.pop_back();
    if (!seen.insert(name).second) continue;
    if (const auto found = done_.find(name); found != done_.end()) {
      numbers.insert(numbers.end(), found->second.begin(), found->second.end());
    } else {
      next.insert(next.end(), dependents_.of(name).begin(), dependents_.of(name).end());
    }
  }
  return numbers;
}

namespace {

class DownPlanner {
 public:
  DownPlanner(const compose::Project& project, const State& state, const DownOptions& options)
      : project_(project), state_(state), options_(options), stops_(project, builder_, options.timeout) {}

  Plan plan() {
    remove_containers();
    remove_networks();
    remove_volumes();
    remove_images();
    return builder_.finish();
  }

 private:
  void remove_containers() {
    if (const engine::ContainerSummary* keeper = find_keeper(state_); keeper != nullptr && options_.services.empty()) {
      remove(*keeper, false);
    }
    StopOrder order(project_, stops_);
    const ContainersByService containers(state_);
    const auto chosen = with_dependents(project_, options_.services);
    for (const std::string& service : order.services()) {
      if (!options_.services.empty() && !chosen.contains(service)) continue;
      for (const engine::ContainerSummary* container : containers.of(service)) {
        // A one-off container that still runs is somebody's terminal.
        const bool is_anyones = is_one_off(*container) && !is_ingress(*container) && !is_hook(*container);
        if (is_anyones && !options_.remove_orphans) continue;
        order.stop(*container);
        remove(*container, options_.volumes);
      }
      remove_provided(project_.services.find(service)->second);
    }
    if (!options_.remove_orphans) return;
    for (const engine::ContainerSummary* orphan : orphans_of(project_, state_)) remove(*orphan, false);
  }

  void remove(const engine::ContainerSummary& container, bool volumes) {
    const OperationNumber number = stops_.remove(container, volumes);
    if (removed_.insert(container.id).second) {
      removals_.push_back(number);
      removals_of_[std::string(service_of(container))].push_back(number);
      builder_.change({.kind = Change::Kind::kRemove,
                       .service = std::string(service_of(container)),
                       .container = name_of(container),
                       .reasons = {}});
    }
  }

  // What its dependents use goes after them.
  void remove_provided(const compose::Service& service) {
    if (!service.provider) return;
    Numbers after;
    for (const std::string& name : with_dependents(project_, {service.name})) {
      const Numbers& removals = removals_of_[name];
      after.insert(after.end(), removals.begin(), removals.end());
    }
    removals_of_[service.name].push_back(builder_.add(run_of(project_, service, RunProvider::Command::kDown), after,
                                                      {.service = service.name, .reason = {}, .replaces = false}));
  }

  // Whether a container that stays is on the network is only known when the engine says so.
  void remove_networks() {
    for (const engine::Network& network : state_.networks) {
      if (label_of(network.labels, label::kProject) != project_.name) continue;
      const auto known = project_.networks.find(label_of(network.labels, label::kNetwork));
      const bool ours =
          known != project_.networks.end() && !known->second.external && known->second.name == network.name;
      if (!ours) continue;
      Numbers after;
      for (const engine::ContainerSummary& container : state_.containers) {
        const bool attached = container.networks.contains(network.name);
        if (attached && removed_.contains(container.id)) after.push_back(stops_.remove(container));
      }
      builder_.add(RemoveNetwork{.name = network.name, .id = network.id, .keep_if_used = true}, after);
    }
  }

  void remove_volumes() {
    if (!options_.volumes) return;
    for (const auto& [key, volume] : project_.volumes) {
      if (volume.external || state_.find_volume(volume.name) == nullptr) continue;
      Numbers after;
      for (const engine::ContainerSummary& container : state_.containers) {
        const bool mounted = std::any_of(container.mounts.begin(), container.mounts.end(),
                                         [&](const auto& mount) { return mount.name == volume.name; });
        if (mounted && removed_.contains(container.id)) after.push_back(stops_.remove(container));
      }
      builder_.add(RemoveVolume{.name = volume.name, .keep_if_used = true}, after);
    }
  }

  void remove_images() {
    if (options_.images == DownOptions::Images::kNone) return;
    std::set<std::string> names;
    for (const auto& [name, service] : project_.services) {
      if (service.provider || (!service.image.empty() && options_.images == DownOptions::Images::kLocal)) continue;
      const std::string image = project_.image_of(service);
      if (state_.find_image(image) != nullptr) names.insert(familiar(image));
    }
    for (const engine::ImageSummary& image : state_.built_images) {
      const bool known = project_.services.contains(label_of(image.labels, label::kService));
      if (image.repo_tags.empty() || !(known || options_.remove_orphans)) continue;
      names.insert(familiar(image.repo_tags.front()));
    }
    for (const std::string& name : names) {
      builder_.add(RemoveImage{.image = name, .keep_if_used = true}, removals_);
    }
  }

  static std::string familiar(const std::string& image) {
    return engine::Reference::parse(image).with_default_tag().familiar();
  }

  const compose::Project& project_;
  const State& state_;
  const DownOptions& options_;
  PlanBuilder builder_;
  Stops stops_;
  std::set<engine::ContainerId> removed_;
  Numbers removals_;
  std::map<std::string, Numbers, std::less<>> removals_of_;  // by service
};

}  // namespace

Plan plan_down(const compose::Project& project, const State& state, const DownOptions& options) {
  return DownPlanner(project, state, options).plan();
}

}  // namespace berth::converge
