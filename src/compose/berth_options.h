// What `x-berth` of a service asks for: attributes that the specification has no place for. Other tools pass over them.
#pragma once

#include <optional>

#include "compose/service.h"
#include "yaml/diagnostic.h"

namespace berth::compose {

struct BerthOptions {
  // `ingress: true|false`, or a mapping: whether a proxy of Berth's holds the published ports. Nothing: not said.
  std::optional<bool> ingress;
  bool proxy_protocol = false;  // `ingress: {proxy_protocol: true}`
};

// Of what check_berth_options() lets through.
BerthOptions berth_options(const Service& service);

// Faults: what is not known, or of a wrong kind, with its position.
void check_berth_options(const Service& service, yaml::Findings& findings);

// Whether the service's published ports are held by its ingress: where x-berth.ingress asks for it, and where
// deploy.update_config.order is start-first, as two containers cannot publish one port.
bool is_behind_ingress(const Service& service);

}  // namespace berth::compose
