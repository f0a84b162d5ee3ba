// What `x-berth` of a service asks for: attributes that the specification has no place for. Other tools pass over them.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "compose/service.h"
#include "yaml/diagnostic.h"

namespace berth::compose {

// `restart_unhealthy: true`, or `{delay: 10s, max_delay: 5m}`: containers that are unhealthy are restarted.
struct RestartUnhealthy {
  std::chrono::seconds delay{10};       // before a restart that comes soon after another; doubles each time
  std::chrono::seconds max_delay{300};  // at most
};

// `schedule: "30 3 * * *"`, or `{cron: "30 3 * * *", overlap: skip}`: a job that is started at these times (UTC).
struct Schedule {
  std::string cron;
  std::string overlap = "skip";  // when it still runs at its time: "skip", "wait" (once, for its end) or "replace"
};

struct BerthOptions {
  // `ingress: true|false`, or a mapping: whether a proxy of Berth's holds the published ports. Nothing: not said.
  std::optional<bool> ingress;
  bool proxy_protocol = false;  // `ingress: {proxy_protocol: true}`
  std::optional<RestartUnhealthy> restart_unhealthy;
  std::optional<Schedule> schedule;
  bool once_per_release = false;  // `once: release`: a job that runs again only when something of the project changed
};

// Of what check_berth_options() lets through.
BerthOptions berth_options(const Service& service);

// Faults: what is not known, or of a wrong kind, with its position.
void check_berth_options(const Service& service, yaml::Findings& findings);

// A job that only its schedule, or its user, starts.
bool is_scheduled(const Service& service);

// Whether a keeper has to look after the service's containers (docs/decisions/0046).
bool needs_keeper(const Service& service);

// Whether the service's published ports are held by its ingress: where x-berth.ingress asks for it, and where
// deploy.update_config.order is start-first, as two containers cannot publish one port.
bool is_behind_ingress(const Service& service);

}  // namespace berth::compose
