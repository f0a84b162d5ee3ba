// Stopping each container at most once in a plan, whoever asks for it, and knowing which ports that sets free.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "compose/project.h"
#include "converge/labels.h"
#include "converge/plan_builder.h"

namespace berth::converge {

class Stops {
 public:
  // The project's services say which hooks run before a stop; it outlives this.
  Stops(const compose::Project& project, PlanBuilder& builder, std::optional<std::chrono::seconds> timeout)
      : project_(project), builder_(builder), timeout_(timeout) {}

  // The operation that stops the container, after `after` too; kNone when it isn't up. With `replaces` it is to make
  // room for another: its service's pre_stop hooks run only where it was made with the very same ones.
  OperationNumber stop(const engine::ContainerSummary& container, const Numbers& after = {}, bool replaces = false);
  // Stops and removes it; returns the removal. `name` is what people know it by.
  OperationNumber remove(const engine::ContainerSummary& container, bool volumes = false, const Numbers& after = {});

  // What the user said for all stops; nothing: the container's own time.
  std::optional<std::chrono::seconds> timeout() const { return timeout_; }
  bool stops(const engine::ContainerSummary& container) const { return stops_.contains(container.id); }
  // The removal, by remove(), of the container with this name; kNone when there is none.
  OperationNumber removal_of_name(const std::string& name) const;
  // Stops of containers other than `except` that hold a published port in [first, last].
  Numbers stops_that_free(int first, int last, const std::string& protocol, const engine::ContainerId& except) const;
  // As above, for all of these that are published under numbers of their own.
  Numbers stops_that_free(const std::vector<compose::Port>& ports, const engine::ContainerId& except) const;

 private:
  struct Held {
    engine::ContainerId container;
    engine::Port port;
    OperationNumber stop;
  };
  // Whose hooks run before the container stops; nullptr: none do.
  const compose::Service* hooks_of(const engine::ContainerSummary& container, bool replaces);

  const compose::Project& project_;
  PlanBuilder& builder_;
  std::optional<std::chrono::seconds> timeout_;
  std::map<engine::ContainerId, OperationNumber> stops_;
  std::map<engine::ContainerId, OperationNumber> removals_;
  std::map<std::string, OperationNumber> removals_by_name_;
  std::vector<Held> held_;
};

// "8080" or "8080-8090" as first and last; nothing for other texts.
std::optional<std::pair<int, int>> port_range(std::string_view text);

// The container as operations refer to it, under its own name.
ContainerRef ref_of(const engine::ContainerSummary& container);

}  // namespace berth::converge
