// Why a project is not up, in sentences: what `doctor` says.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "compose/project.h"
#include "converge/observe.h"

namespace berth::converge {

// All that a diagnosis is made of; reading it is up to the caller.
struct Evidence {
  State state;  // with images
  // Of the project's containers that are not simply running.
  std::map<engine::ContainerId, engine::ContainerInspect> details;
  std::map<engine::ContainerId, std::vector<std::string>> last_lines;  // what they wrote last
  std::vector<engine::ContainerSummary> others;  // running containers of the engine, this project's too
  std::vector<engine::Network> engine_networks;  // all of the engine
  // The process of the engine's host that listens on a port, "nginx (process 123)"; empty when nobody does, or that
  // can't be known.
  std::function<std::string(std::uint16_t port, const std::string& protocol)> listener;
};

struct Finding {
  // "port-in-use", "unhealthy", "starting", "exited", "restarting", "out-of-memory", "image-missing", "waiting",
  // "not-created", "not-started", "paused", "dead", "network", "volume"
  std::string kind;
  std::string service;             // empty for networks and volumes
  std::string container;           // empty where there is none
  std::string message;             // a sentence without its full stop
  std::string advice;              // what to do; may be empty
  std::vector<std::string> lines;  // of its log
};

// What is wrong, causes before what they bring about: services in the order of their dependencies. Empty when all is as
// the files say, or has ended well. Pure.
std::vector<Finding> diagnose(const compose::Project& project, const Evidence& evidence);

// Containers that diagnose() wants to know more about.
std::vector<engine::ContainerId> in_doubt(const compose::Project& project, const State& state);

}  // namespace berth::converge
