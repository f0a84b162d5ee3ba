// The ingress of each service that has one: a container of berth-agent that holds the service's published ports and
// sends connections to its replicas (docs/decisions/0023).
#pragma once

#include <map>
#include <string>
#include <vector>

#include "converge/ground.h"

namespace berth::converge {

// Plans the ingresses' containers and who is behind them. Used by those who plan replicas: one that goes has to leave
// first, one that comes joins when it is ready.
class Ingresses {
 public:
  Ingresses(const compose::Project& project, const State& state, const UpOptions& options, const Ground& ground,
            PlanBuilder& builder, Stops& stops)
      : project_(project), state_(state), options_(options), ground_(ground), builder_(builder), stops_(stops) {}

  // Creates, recreates, starts and removes the ingresses themselves.
  void plan();
  // Once all stops are planned: an ingress starts after what holds its ports.
  void order_starts();

  bool has(std::string_view service) const { return entries_.contains(service); }
  // Whether connections are sent to the container now.
  bool sends_to(std::string_view service, const engine::ContainerSummary& container) const;
  // Whether there is anybody to send them to now.
  bool sends_anywhere(std::string_view service) const;
  // Listed, but none of `there`: containers that are gone.
  std::vector<ContainerRef> gone(std::string_view service,
                                 const std::vector<const engine::ContainerSummary*>& there) const;

  struct Change {
    std::vector<ContainerRef> joins;
    std::vector<ContainerRef> leaves;
    bool must_answer = false;
  };
  // Adds the operation; kNone when there is nothing to change, or nothing is started.
  OperationNumber route(const compose::Service& service, Change change, const Numbers& after);

 private:
  struct Entry {
    ContainerRef container;
    OperationNumber start = OperationNumber::kNone;
    std::vector<std::string> listed;   // short ids
    std::vector<std::string> leaving;  // of these, by the plan
  };

  void plan(const compose::Service& service, const engine::ContainerSummary* there);
  void create(const compose::Service& service, engine::ContainerCreate request, const Numbers& after,
              std::vector<std::string> reasons);
  bool is_connected(const compose::Service& service, const engine::ContainerSummary& there) const;

  const compose::Project& project_;
  const State& state_;
  const UpOptions& options_;
  const Ground& ground_;
  PlanBuilder& builder_;
  Stops& stops_;
  std::map<std::string, Entry, std::less<>> entries_;  // by service
};

// The request that creates a service's ingress; its label com.docker.compose.config-hash is of all that it says.
engine::ContainerCreate ingress_spec(const compose::Project& project, const compose::Service& service,
                                     std::string_view separator);

}  // namespace berth::converge
