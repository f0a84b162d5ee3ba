#include "compose/berth_options.h"

#include <algorithm>
#include <array>
#include <string>

#include "base/cron.h"
#include "base/units.h"

namespace berth::compose {

namespace {

constexpr std::string_view kKey = "x-berth";

const yaml::Node* options_of(const Service& service, std::string_view name) {
  const yaml::Node* all = service.tree.find(kKey);
  return all == nullptr ? nullptr : all->find(name);
}

bool publishes_tcp(const Service& service) {
  return std::any_of(service.ports.begin(), service.ports.end(),
                     [](const Port& port) { return port.protocol.empty() || port.protocol == "tcp"; });
}

std::string text_of(const yaml::Node& value) { return value.is_string() ? value.text() : std::string(); }

// Of a duration that has some.
std::optional<std::chrono::seconds> seconds_of(const yaml::Node& value) {
  const auto duration = parse_duration(text_of(value));
  if (!duration || *duration < std::chrono::seconds(1)) return std::nullopt;
  return std::chrono::duration_cast<std::chrono::seconds>(*duration);
}

class Check {
 public:
  Check(const Service& service, yaml::Findings& findings) : service_(service), findings_(findings) {}

  void all(const yaml::Node& options, yaml::Position position) {
    if (!options.is_mapping()) return fault(position, "", "must be a mapping");
    for (const auto& [key, key_position, value] : options.entries()) {
      if (key == "ingress") {
        ingress(value, key_position);
      } else if (key == "restart_unhealthy") {
        restart_unhealthy(value, key_position);
      } else if (key == "schedule") {
        schedule(value, key_position);
      } else if (key == "once") {
        if (text_of(value) != "release") fault(key_position, ".once", "must be release");
      } else {
        fault(key_position, "." + key, "is not known: x-berth has ingress, once, restart_unhealthy and schedule");
      }
    }
    if (options.find("schedule") != nullptr && options.find("once") != nullptr) {
      fault(position, "", "a job has a schedule or runs once per release, not both");
    }
  }

  void ports() {
    if (!is_behind_ingress(service_)) return;
    for (std::size_t i = 0; i < service_.ports.size(); ++i) {
      const Port& port = service_.ports[i];
      if (port.protocol.empty() || port.protocol == "tcp") continue;
      findings_.faults.push_back({port.position, "services." + service_.name + ".ports[" + std::to_string(i) + "]",
                                  "a " + port.protocol +
                                      " port can't be handed from one container to the next: set `x-berth: {ingress: "
                                      "false}` and deploy.update_config.order: stop-first"});
    }
    if (service_.network_mode.empty()) return;
    fault(service_.position_of("network_mode"), "", "an ingress needs a network of the project, not network_mode");
  }

 private:
  void restart_unhealthy(const yaml::Node& value, yaml::Position position) {
    if (value.is_boolean()) {
      if (value.as_boolean() == true) need_healthcheck(position);
      return;
    }
    if (!value.is_mapping()) return fault(position, ".restart_unhealthy", "must be true, false or a mapping");
    for (const auto& [key, key_position, option] : value.entries()) {
      if (key != "delay" && key != "max_delay") {
        fault(key_position, ".restart_unhealthy." + key, "is not known: restart_unhealthy has delay and max_delay");
      } else if (!seconds_of(option)) {
        fault(key_position, ".restart_unhealthy." + key, "must be a duration of a second or more, such as 10s");
      }
    }
    need_healthcheck(position);
  }

  void need_healthcheck(yaml::Position position) {
    // One of the image's own is as good, and not known here.
    if (service_.healthcheck && service_.healthcheck->disable) {
      fault(position, ".restart_unhealthy", "needs a healthcheck, which the service disables");
    }
  }

  void schedule(const yaml::Node& value, yaml::Position position) {
    std::string cron = text_of(value);
    if (value.is_mapping()) {
      for (const auto& [key, key_position, option] : value.entries()) {
        const std::string text = text_of(option);
        if (key == "cron") {
          cron = text;
        } else if (key != "overlap") {
          fault(key_position, ".schedule." + key, "is not known: schedule has cron and overlap");
        } else if (std::find(kOverlaps.begin(), kOverlaps.end(), text) == kOverlaps.end()) {
          fault(key_position, ".schedule.overlap", "must be skip, wait or replace");
        }
      }
    }
    std::string why;
    if (!Cron::parse(cron, &why)) fault(position, ".schedule", "'" + cron + "' " + why);
    if (!service_.restart.empty() && service_.restart != "no") {
      fault(service_.position_of("restart"), ".schedule",
            "a job that is scheduled can't have restart: " + service_.restart);
    }
    for (const char* hooks : {"pre_start", "post_start", "pre_stop"}) {
      if (service_.tree.find(hooks) == nullptr) continue;
      fault(service_.position_of(hooks), ".schedule",
            "containers that a schedule starts run no hooks: make " + std::string(hooks) + " a part of the command");
    }
    if (service_.replicas() > 1) fault(position, ".schedule", "a job that is scheduled has one container, not more");
  }

  static constexpr std::array<std::string_view, 3> kOverlaps = {"skip", "wait", "replace"};

  void ingress(const yaml::Node& value, yaml::Position position) {
    if (value.is_boolean()) return;
    if (!value.is_mapping()) return fault(position, ".ingress", "must be true, false or a mapping");
    for (const auto& [key, key_position, option] : value.entries()) {
      if (key != "proxy_protocol") {
        fault(key_position, ".ingress." + key, "is not known: ingress has proxy_protocol");
      } else if (!option.is_boolean()) {
        fault(key_position, ".ingress." + key, "must be true or false");
      }
    }
  }

  void fault(yaml::Position position, const std::string& path, std::string message) {
    findings_.faults.push_back(
        {position, "services." + service_.name + "." + std::string(kKey) + path, std::move(message)});
  }

  const Service& service_;
  yaml::Findings& findings_;
};

}  // namespace

namespace {

std::optional<RestartUnhealthy> restart_unhealthy_of(const yaml::Node& value) {
  if (!value.is_mapping() && value.as_boolean() != true) return std::nullopt;
  RestartUnhealthy policy;
  if (const yaml::Node* delay = value.find("delay")) policy.delay = seconds_of(*delay).value_or(policy.delay);
  if (const yaml::Node* most = value.find("max_delay")) policy.max_delay = seconds_of(*most).value_or(policy.max_delay);
  policy.max_delay = std::max(policy.max_delay, policy.delay);
  return policy;
}

Schedule schedule_of(const yaml::Node& value) {
  if (!value.is_mapping()) return {.cron = text_of(value)};
  Schedule schedule;
  if (const yaml::Node* cron = value.find("cron")) schedule.cron = text_of(*cron);
  if (const yaml::Node* overlap = value.find("overlap")) schedule.overlap = text_of(*overlap);
  return schedule;
}

}  // namespace

BerthOptions berth_options(const Service& service) {
  BerthOptions options;
  if (const yaml::Node* ingress = options_of(service, "ingress")) {
    options.ingress = ingress->is_mapping() || ingress->as_boolean().value_or(false);
    const yaml::Node* proxy = ingress->find("proxy_protocol");
    options.proxy_protocol = proxy != nullptr && proxy->as_boolean().value_or(false);
  }
  if (const yaml::Node* restart = options_of(service, "restart_unhealthy")) {
    options.restart_unhealthy = restart_unhealthy_of(*restart);
  }
  if (const yaml::Node* schedule = options_of(service, "schedule")) options.schedule = schedule_of(*schedule);
  options.once_per_release = options_of(service, "once") != nullptr;
  return options;
}

void check_berth_options(const Service& service, yaml::Findings& findings) {
  Check check(service, findings);
  if (const auto* entry = service.tree.entries().find_entry(kKey)) check.all(entry->value, entry->key_position);
  check.ports();
}

bool is_scheduled(const Service& service) { return options_of(service, "schedule") != nullptr; }

bool needs_keeper(const Service& service) {
  return service.replicas() > 0 && (is_scheduled(service) || berth_options(service).restart_unhealthy);
}

bool is_behind_ingress(const Service& service) {
  if (!publishes_tcp(service)) return false;
  const bool start_first =
      service.deploy && service.deploy->update_config && service.deploy->update_config->order == "start-first";
  return berth_options(service).ingress.value_or(start_first && service.network_mode.empty());
}

}  // namespace berth::compose
