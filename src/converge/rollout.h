// Updating a service's containers a few at a time, so that it keeps serving: deploy.update_config.
#pragma once

#include <string>
#include <vector>

#include "compose/project.h"
#include "converge/ingresses.h"
#include "converge/plan_builder.h"
#include "converge/stops.h"

namespace berth::converge {

// A replica that is put in the place of one that runs.
struct Turn {
  ContainerRef fresh;
  Numbers created;  // its creation, the first of which begins its turn; empty where `begun`
  const engine::ContainerSummary* old = nullptr;
  std::string final_name;
  bool begun = false;  // an update that was broken off has left `fresh` running
};

// The policy that an update of the service goes by; nullptr: all of its containers are recreated at once.
const compose::UpdatePolicy* update_policy(const compose::Service& service, bool rolling_back);

// Why two containers of the service cannot run side by side, for people; empty when they can.
std::string obstacle_to_overlap(const compose::Service& service);

class RolloutPlanner {
 public:
  RolloutPlanner(const compose::Project& project, PlanBuilder& builder, Stops& stops, Ingresses& ingresses)
      : project_(project), builder_(builder), stops_(stops), ingresses_(ingresses) {}

  // Adds the turns in their order; returns the last operation of each. Containers are started after `conditions`.
  Numbers plan(const compose::Service& service, const compose::UpdatePolicy& policy, const std::vector<Turn>& turns,
               const std::vector<After>& conditions);

 private:
  // What a turn begins with, and ends with when it goes well and when it does not.
  struct Course {
    OperationNumber first = OperationNumber::kNone;
    OperationNumber well = OperationNumber::kNone;
    OperationNumber badly = OperationNumber::kNone;
  };
  struct Subject {
    const compose::Service& service;
    const compose::UpdatePolicy& policy;
    const std::vector<After>& conditions;
    bool keeps_old = false;  // to go back to, until all have had their turn
  };

  Course start_first(const Subject& subject, const Turn& turn);
  Course stop_first(const Subject& subject, const Turn& turn);
  // What follows once `verdict` says that the update is no good: those that had their turn give way to the old ones.
  void roll_back(const Subject& subject, const std::vector<Turn>& turns, const std::vector<Course>& courses,
                 OperationNumber verdict);
  Course give_way_start_first(const Subject& subject, const Turn& turn);
  Course give_way_stop_first(const Subject& subject, const Turn& turn);
  // Starts the new container and waits until it is as good as the old one was.
  OperationNumber begin(const Subject& subject, const Turn& turn, Numbers after);
  OperationNumber await(const Subject& subject, const ContainerRef& container, OperationNumber start);
  // Starts one that was there before; its hooks run as they do at every start.
  OperationNumber start(const Subject& subject, const ContainerRef& container, const Numbers& after,
                        const std::string& reason);
  OperationNumber stop(const Subject& subject, const ContainerRef& container, const Numbers& after);
  OperationNumber remove(const Subject& subject, const ContainerRef& container, const Numbers& after, bool tells);
  OperationNumber check(const Subject& subject, CheckFailures check, const Numbers& ends);
  OperationNumber take_name(const Subject& subject, const Turn& turn, const Numbers& after);
  OperationNumber add(const Subject& subject, Action action, const Numbers& after, std::string reason = {});

  const compose::Project& project_;
  PlanBuilder& builder_;
  Stops& stops_;
  Ingresses& ingresses_;
};

}  // namespace berth::converge
