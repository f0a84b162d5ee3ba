#include "converge/diagnosis.h"

#include <algorithm>

#include "base/strings.h"
#include "base/units.h"
#include "compose/berth_options.h"
#include "converge/dependency_order.h"
#include "converge/labels.h"
#include "converge/stops.h"
#include "converge/subnets.h"

namespace berth::converge {

namespace {

using Container = engine::ContainerSummary;

bool is_fine(const Container& container) {
  return container.state == "running" && container.status.find("(unhealthy)") == std::string::npos &&
         container.status.find("(health: starting)") == std::string::npos;
}

bool is_healthy(const Container& container) { return container.status.find("(healthy)") != std::string::npos; }

bool has_ended_well(const Container& container) {
  return container.state == "exited" && container.status.starts_with("Exited (0)");
}

std::vector<const Container*> containers_of(const State& state, std::string_view service) {
  std::vector<const Container*> containers;
  for (const Container& container : state.containers) {
    if (service_of(container) == service && (!is_one_off(container) || is_ingress(container))) {
      containers.push_back(&container);
    }
  }
  std::sort(containers.begin(), containers.end(),
            [](const auto* a, const auto* b) { return name_of(*a) < name_of(*b); });
  return containers;
}

std::string meaning_of(std::int64_t exit_code) {
  switch (exit_code) {
    case 126:
      return ": its command can't be executed";
    case 127:
      return ": its command was not found";
    case 134:
      return ": it aborted";
    case 137:
      return ": it was killed (SIGKILL)";
    case 139:
      return ": it accessed memory that it has not (SIGSEGV)";
    case 143:
      return ": it was told to end (SIGTERM)";
    default:
      return "";
  }
}

std::string short_text(std::string_view text) {
  constexpr std::size_t kLongest = 400;
  const std::string trimmed(trim(text));
  return trimmed.size() > kLongest ? trimmed.substr(0, kLongest) + "..." : trimmed;
}

class Doctor {
 public:
  Doctor(const compose::Project& project, const Evidence& evidence) : project_(project), evidence_(evidence) {}

  std::vector<Finding> examine() {
    networks();
    volumes();
    for (const compose::Service* service : dependency_order(project_)) {
      if (service->replicas() > 0) examine(*service);
    }
    return std::move(findings_);
  }

 private:
  Finding& add(std::string kind, std::string message, std::string advice = {}) {
    Finding& finding = findings_.emplace_back();
    finding.kind = std::move(kind);
    finding.message = std::move(message);
    finding.advice = std::move(advice);
    return finding;
  }

  Finding& add(const compose::Service& service, const Container* container, std::string kind, std::string message,
               std::string advice = {}) {
    Finding& finding = add(std::move(kind), std::move(message), std::move(advice));
    finding.service = service.name;
    if (container == nullptr) return finding;
    finding.container = name_of(*container);
    if (const auto lines = evidence_.last_lines.find(container->id); lines != evidence_.last_lines.end()) {
      finding.lines = lines->second;
    }
    return finding;
  }

  void networks() {
    for (const auto& [key, network] : project_.networks) {
      const engine::Network* there = evidence_.state.find_network(network.name);
      const std::string name = "network '" + network.name + "'";
      if (there == nullptr && network.external) {
        add("network", name + " is external and not on the engine",
            "make it with 'docker network create " + network.name + "', or remove external");
      } else if (there != nullptr && !network.external && label_of(there->labels, label::kProject) != project_.name) {
        const std::string_view owner = label_of(there->labels, label::kProject);
        add("network",
            name + " is there, but " +
                (owner.empty() ? "compose did not make it" : "belongs to project '" + std::string(owner) + "'"),
            "set external: true to use it, or give it another name");
      } else if (there == nullptr) {
        subnets(network);
      }
    }
  }

  void subnets(const compose::Network& network) {
    for (const compose::IpamPool& pool : network.ipam_config) {
      for (const engine::Network& other : evidence_.engine_networks) {
        for (const auto& taken : other.ipam.config) {
          if (!subnets_overlap(pool.subnet, taken.subnet)) continue;
          add("network",
              "network '" + network.name + "' can't be made, as its subnet " + pool.subnet + " overlaps with " +
                  taken.subnet + " of network '" + other.name + "'",
              "choose another subnet");
        }
      }
    }
  }

  void volumes() {
    for (const auto& [key, volume] : project_.volumes) {
      const engine::Volume* there = evidence_.state.find_volume(volume.name);
      const std::string name = "volume '" + volume.name + "'";
      if (there == nullptr && volume.external) {
        add("volume", name + " is external and not on the engine",
            "make it with 'docker volume create " + volume.name + "', or remove external");
      } else if (there != nullptr && !volume.external) {
        const std::string_view owner = label_of(there->labels, label::kProject);
        if (owner.empty() || owner == project_.name) continue;
        add("volume", name + " belongs to project '" + std::string(owner) + "'",
            "set external: true to share it, or give it another name");
      }
    }
  }

  void examine(const compose::Service& service) {
    const std::vector<const Container*> containers = containers_of(evidence_.state, service.name);
    for (const Container* container : containers) {
      if (!is_fine(*container)) examine(service, *container);
    }
    const auto replicas =
        std::count_if(containers.begin(), containers.end(), [](const auto* c) { return !is_ingress(*c); });
    if (replicas == 0) return missing(service);
    if (replicas < service.replicas()) {
      add(service, nullptr, "not-created",
          "service '" + service.name + "' has " + std::to_string(replicas) + " of " +
              std::to_string(service.replicas()) + " containers",
          "run 'up'");
    }
  }

  void missing(const compose::Service& service) {
    const std::string image = project_.image_of(service);
    if (evidence_.state.find_image(image) == nullptr) {
      const bool builds = service.build.has_value();
      add(service, nullptr, "image-missing",
          "image '" + image + "' of service '" + service.name + "' is not on the engine",
          builds ? "build it: 'build " + service.name + "'" : "pull it: 'pull " + service.name + "'");
    } else if (!ports(service, nullptr)) {
      add(service, nullptr, "not-created", "service '" + service.name + "' has no container", "run 'up'");
    }
  }

  void examine(const compose::Service& service, const Container& container) {
    const auto found = evidence_.details.find(container.id);
    if (found == evidence_.details.end()) return;
    const engine::ContainerInspect& detail = found->second;
    const std::string who = "container '" + name_of(container) + "'";
    const std::string& state = container.state;
    if (state == "created") {
      not_started(service, container, detail);
    } else if (state == "exited") {
      ended(service, container, detail);
    } else if (state == "restarting") {
      add(service, &container, "restarting",
          who + " ends again and again: with " + std::to_string(detail.state.exit_code) +
              meaning_of(detail.state.exit_code) + "; it was restarted " + std::to_string(detail.restart_count) +
              " times");
    } else if (state == "paused") {
      add(service, &container, "paused", who + " is paused", "go on with 'unpause " + service.name + "'");
    } else if (state == "running") {
      health(service, container, detail);
    } else {
      add(service, &container, "dead", who + " is " + state,
          "remove it with 'rm -sf " + service.name + "', then run 'up'");
    }
  }

  void health(const compose::Service& service, const Container& container, const engine::ContainerInspect& detail) {
    if (!detail.state.health) return;
    const engine::Health& health = *detail.state.health;
    std::string last;
    if (!health.log.empty()) {
      last = "its last probe ended with " + std::to_string(health.log.back().exit_code);
      const std::string output = short_text(health.log.back().output);
      if (!output.empty()) last += ": " + output;
    }
    const std::string who = "container '" + name_of(container) + "'";
    if (health.status == "unhealthy") {
      add(service, &container, "unhealthy", who + " is unhealthy" + (last.empty() ? "" : "; " + last));
    } else if (health.status == "starting") {
      add(service, &container, "starting", who + " is not healthy yet" + (last.empty() ? "" : "; " + last))
          .lines.clear();
    }
  }

  void ended(const compose::Service& service, const Container& container, const engine::ContainerInspect& detail) {
    if (has_ended_well(container) && !detail.state.oom_killed) return;
    const std::string who = "container '" + name_of(container) + "'";
    if (detail.state.oom_killed) {
      const std::int64_t limit = count(detail.host_config.resources.memory);
      add(service, &container, "out-of-memory",
          who + " was killed as it used more memory than it may" +
              (limit > 0 ? " (" + human_size(Bytes(limit)) + ")" : ""),
          "raise mem_limit, or deploy.resources.limits.memory");
      return;
    }
    std::string message =
        who + " exited with " + std::to_string(detail.state.exit_code) + meaning_of(detail.state.exit_code);
    if (!detail.state.error.empty()) message += " (" + short_text(detail.state.error) + ")";
    add(service, &container, "exited", std::move(message));
  }

  void not_started(const compose::Service& service, const Container& container,
                   const engine::ContainerInspect& detail) {
    if (compose::is_scheduled(service)) return;
    if (!is_ingress(container) && waits(service, container)) return;
    if (is_unprepared(service, container)) return;
    if (ports(service, &container)) return;
    const std::string who = "container '" + name_of(container) + "'";
    if (!detail.state.error.empty()) {
      add(service, &container, "not-started", who + " could not be started: " + short_text(detail.state.error));
    } else {
      add(service, &container, "not-started", who + " was created and never started", "run 'up' or 'start'");
    }
  }

  // Whether something that it depends on is not as it has to be.
  bool waits(const compose::Service& service, const Container& container) {
    std::vector<std::string> reasons;
    for (const auto& [name, dependency] : service.depends_on) {
      if (!dependency.required || !project_.services.contains(name)) continue;
      const auto containers = containers_of(evidence_.state, name);
      const auto all = [&](const auto& holds) {
        return !containers.empty() &&
               std::all_of(containers.begin(), containers.end(), [&](const auto* c) { return holds(*c); });
      };
      switch (dependency.condition) {
        case compose::Condition::kStarted:
          if (!all([](const Container& c) { return c.state != "created"; }))
            reasons.push_back("'" + name + "' to be started");
          break;
        case compose::Condition::kHealthy:
          if (!all(is_healthy)) reasons.push_back("'" + name + "' to be healthy");
          break;
        case compose::Condition::kCompletedSuccessfully:
          if (!all(has_ended_well)) reasons.push_back("'" + name + "' to complete successfully");
          break;
      }
    }
    if (reasons.empty()) return false;
    add(service, &container, "waiting",
        "container '" + name_of(container) + "' waits for service " + join(reasons, " and for "));
    return true;
  }

  // Whether a hook that has to run before its start failed.
  bool is_unprepared(const compose::Service& service, const Container& container) {
    for (const Container& hook : evidence_.state.containers) {
      const auto found = evidence_.details.find(hook.id);
      if (!is_hook(hook) || service_of(hook) != service.name || found == evidence_.details.end()) continue;
      const std::int64_t code = found->second.state.exit_code;
      if (hook.state != "exited" || code == 0) continue;
      add(service, &hook, "hook-failed",
          "container '" + name_of(container) + "' was not started, as its pre_start hook in container '" +
              name_of(hook) + "' ended with " + std::to_string(code) + meaning_of(code),
          "run 'up' when that is mended");
      return true;
    }
    return false;
  }

  // Whether somebody else has a port that it publishes.
  bool ports(const compose::Service& service, const Container* container) {
    bool any = false;
    for (const compose::Port& port : service.ports) {
      const auto range = port_range(port.published);
      if (!range || range->first != range->second || range->first == 0) continue;
      const std::string protocol = port.protocol.empty() ? "tcp" : port.protocol;
      const std::string holder = holder_of(service, static_cast<std::uint16_t>(range->first), protocol);
      if (holder.empty()) continue;
      any = true;
      const std::string who =
          container == nullptr ? "service '" + service.name + "'" : "container '" + name_of(*container) + "'";
      add(service, container, "port-in-use",
          who + " can't have port " + port.published + "/" + protocol + ", as " + holder + " has it",
          "stop that, or publish another port");
    }
    return any;
  }

  std::string holder_of(const compose::Service& service, std::uint16_t port, const std::string& protocol) const {
    for (const Container& other : evidence_.others) {
      const bool ours = label_of(other.labels, label::kProject) == project_.name && service_of(other) == service.name;
      for (const engine::Port& taken : other.ports) {
        if (taken.public_port != port || taken.type != protocol) continue;
        if (ours) return {};
        const std::string_view project = label_of(other.labels, label::kProject);
        return "container '" + name_of(other) + "'" +
               (project.empty() || project == project_.name ? "" : " of project '" + std::string(project) + "'");
      }
    }
    return evidence_.listener ? evidence_.listener(port, protocol) : std::string();
  }

  const compose::Project& project_;
  const Evidence& evidence_;
  std::vector<Finding> findings_;
};

}  // namespace

std::vector<Finding> diagnose(const compose::Project& project, const Evidence& evidence) {
  return Doctor(project, evidence).examine();
}

std::vector<engine::ContainerId> in_doubt(const compose::Project& project, const State& state) {
  std::vector<engine::ContainerId> ids;
  for (const Container& container : state.containers) {
    const bool counts = !is_one_off(container) || is_ingress(container) || is_hook(container);
    if (counts && !is_fine(container) && project.services.contains(service_of(container))) ids.push_back(container.id);
  }
  return ids;
}

}  // namespace berth::converge
