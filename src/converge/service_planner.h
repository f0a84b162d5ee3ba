// The containers of a project's services: which stay, are recreated, added or removed.
#pragma once

#include <string>
#include <vector>

#include "converge/by_service.h"
#include "converge/ground.h"
#include "converge/late_variables.h"
#include "converge/references.h"
#include "converge/start_order.h"

namespace berth::converge {

class ServicePlanner {
 public:
  ServicePlanner(const compose::Project& project, const State& state, const UpOptions& options, const Ground& ground,
                 const Givers& givers, PlanBuilder& builder, Stops& stops, Ingresses& ingresses, Problems& problems)
      : project_(project),
        state_(state),
        containers_(state),
        options_(options),
        ground_(ground),
        givers_(givers),
        builder_(builder),
        stops_(stops),
        ingresses_(ingresses),
        problems_(problems) {}

  // All services, in the order of their dependencies; containers that depend on a recreated one with `restart: true`
  // are stopped before it is.
  Replicas plan();

 private:
  using Container = engine::ContainerSummary;
  // A service with what all of its containers have in common.
  struct Subject {
    const compose::Service* service = nullptr;
    ResolvedService resolved;
    std::string hash;
    std::string fields;
    engine::ImageId image;
    std::string image_news;
    Recreate policy = Recreate::kDiverged;
  };
  // A container that is there, and why it can't stay.
  struct Candidate {
    const Container* container = nullptr;
    int number = 0;
    std::vector<std::string> reasons;
    OperationNumber rename = OperationNumber::kNone;  // it is left over from a recreation, and takes its final name
    // The one that it is to replace, where an update was broken off before it could.
    const Container* before = nullptr;
  };

  void plan(const compose::Service& service);
  Subject subject_of(const compose::Service& service);
  std::int64_t wanted_count(const compose::Service& service);
  std::vector<Candidate> candidates(const Subject& subject);
  // Sorts out what a recreation that was broken off has left.
  std::vector<Candidate> without_leftovers(const Subject& subject, const std::vector<const Container*>& containers);
  // Which of two containers of one number goes on: `named` has its name, `leftover` was to take its place.
  Candidate settle(const Subject& subject, const Candidate& named, const Container& leftover);
  OperationNumber take_name(const compose::Service& service, const Container& container);
  std::vector<std::string> reasons_to_recreate(const Subject& subject, const Container& container) const;

  Replica keep(const Subject& subject, const Candidate& candidate);
  Replica finish_turn(const Subject& subject, const Candidate& candidate);
  Replica recreate(const Subject& subject, const Candidate& candidate);
  // Whether it is replaced in its turn of an update, rather than at once.
  bool takes_turns(const Subject& subject, const Candidate& candidate) const;
  // Stops and removes it, once nobody is sent to it any more.
  void retire(const compose::Service& service, const Container& container);
  Replica create(const Subject& subject, int number, OperationNumber after, std::vector<std::string> reasons);
  CreateContainer request_for(const Subject& subject, int number, const Container* before);
  // Adds the create, and below API 1.44 the connects; returns all of them.
  Numbers add_create(const Subject& subject, int number, CreateContainer create, const std::string& reason);
  Numbers before_create(const Subject& subject) const;
  void restart_dependents();
  // Of containers that stay only if providers, which are still to run, give what they gave before.
  void warn_of_providers();

  const compose::Project& project_;
  const State& state_;
  ContainersByService containers_;
  const UpOptions& options_;
  const Ground& ground_;
  const Givers& givers_;
  PlanBuilder& builder_;
  Stops& stops_;
  Ingresses& ingresses_;
  Problems& problems_;
  Replicas replicas_;
  std::map<std::string, std::vector<std::string>> stay_by_;  // by provider: containers
  std::map<std::string, Numbers, std::less<>> ends_of_old_;  // by service: stops and removals of a recreation
};

}  // namespace berth::converge
