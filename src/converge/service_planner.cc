#include "converge/service_planner.h"

#include <algorithm>
#include <set>

#include "base/strings.h"
#include "compose/berth_options.h"
#include "compose/hash.h"
#include "converge/create_spec.h"
#include "converge/dependency_order.h"
#include "converge/divergence.h"
#include "converge/fields.h"
#include "converge/links.h"
#include "converge/providers.h"
#include "converge/rollout.h"

namespace berth::converge {

namespace {

// Whether the container publishes its service's ports or leaves that to the ingress, as it should.
bool has_right_publisher(const compose::Service& service, const engine::ContainerSummary& container) {
  const bool behind = label_of(container.labels, label::kBehindIngress) == "true";
  return behind == compose::is_behind_ingress(service);
}

bool has_ended_well(const engine::ContainerSummary& container) {
  return container.state == "exited" && container.status.starts_with("Exited (0)");
}

}  // namespace

Replicas ServicePlanner::plan() {
  for (const compose::Service* service : dependency_order(project_)) plan(*service);
  restart_dependents();
  warn_of_providers();
  return std::move(replicas_);
}

void ServicePlanner::plan(const compose::Service& service) {
  if (service.provider) {
    if (options_.scale.contains(service.name)) {
      problems_.add(Kind::kInvalid, "service '" + service.name + "' can't be scaled: a provider makes it, and it has " +
                                        "no containers");
    }
    return;
  }
  for (const std::string& message : refusals(project_, service, state_.api_version)) {
    problems_.add(Kind::kUnsupported, message);
  }
  for (const auto& [name, dependency] : service.depends_on) {
    const auto other = project_.services.find(name);
    if (other == project_.services.end() || !compose::is_scheduled(other->second)) continue;
    problems_.add(Kind::kInvalid, "service '" + service.name + "' depends on '" + name +
                                      "', which only its schedule starts: remove one of them");
  }
  const std::int64_t wanted = wanted_count(service);
  const Subject subject = subject_of(service);
  const std::vector<Candidate> there = candidates(subject);
  std::vector<Replica>& replicas = replicas_[service.name];
  int highest = 0;
  for (const Candidate& candidate : there) {
    highest = std::max(highest, candidate.number);
    if (std::ssize(replicas) >= wanted) {
      retire(service, *candidate.container);
      if (candidate.before != nullptr) stops_.remove(*candidate.before);
      builder_.change({.kind = Change::Kind::kRemove,
                       .service = service.name,
                       .container = name_of(*candidate.container),
                       .reasons = {"scaled to " + std::to_string(wanted)}});
    } else if (const auto evicted = ground_.evicted.find(candidate.container->id); evicted != ground_.evicted.end()) {
      replicas.push_back(create(subject, candidate.number, stops_.remove(*candidate.container), {evicted->second}));
    } else if (candidate.before != nullptr) {
      replicas.push_back(finish_turn(subject, candidate));
    } else if (candidate.reasons.empty()) {
      replicas.push_back(keep(subject, candidate));
    } else {
      replicas.push_back(recreate(subject, candidate));
    }
  }
  while (std::ssize(replicas) < wanted) {
    const int number = ++highest;
    const std::string name = container_name(project_.name, service, number, options_.separator);
    replicas.push_back(create(subject, number, stops_.removal_of_name(name), {}));
  }
  const Numbers models = models_of(service, givers_);
  for (Replica& replica : replicas) {
    if (compose::is_scheduled(service)) replica.needs_start = false;
    replica.ready.insert(replica.ready.end(), models.begin(), models.end());
  }
}

std::int64_t ServicePlanner::wanted_count(const compose::Service& service) {
  const auto scale = options_.scale.find(service.name);
  const std::int64_t wanted = scale == options_.scale.end() ? service.replicas() : scale->second;
  if (wanted > 1 && !service.container_name.empty()) {
    problems_.add(Kind::kInvalid, "service '" + service.name + "' can't have " + std::to_string(wanted) +
                                      " containers, as it names its container '" + service.container_name +
                                      "': remove container_name to scale it");
  }
  return wanted;
}

ServicePlanner::Subject ServicePlanner::subject_of(const compose::Service& service) {
  Subject subject{.service = &service};
  if (has_references(service)) {
    subject.resolved =
        resolve_references(service, [&](std::string_view name) { return first_container(replicas_, name); });
  } else {
    subject.resolved.service = service;
  }
  for (const std::string& name : subject.resolved.missing) {
    problems_.add(Kind::kNotFound, "service '" + service.name + "' uses the container of service '" + name +
                                       "', which has none: start it too");
  }
  if (subject.resolved.references.empty()) subject.hash = compose::service_hash(subject.resolved.service);
  subject.fields = fields_of(service);
  const std::string image = project_.image_of(service);
  if (const Image* found = state_.find_image(image)) {
    subject.image = found->id;
    subject.image_news = found->news;
  } else {
    problems_.add(Kind::kNotFound,
                  "image '" + image + "' of service '" + service.name + "' is not on the engine: pull or build it");
  }
  const bool named = options_.services.empty() || std::find(options_.services.begin(), options_.services.end(),
                                                            service.name) != options_.services.end();
  subject.policy = named ? options_.recreate : options_.recreate_dependencies;
  return subject;
}

std::vector<ServicePlanner::Candidate> ServicePlanner::candidates(const Subject& subject) {
  std::vector<const Container*> containers;
  for (const Container* container : containers_.of(subject.service->name)) {
    if (!is_one_off(*container)) containers.push_back(container);
  }
  std::vector<Candidate> candidates = without_leftovers(subject, containers);
  // Those that can stay come first, as what is too many is removed from the end.
  std::sort(candidates.begin(), candidates.end(), [](const Candidate& a, const Candidate& b) {
    return std::tuple(!a.reasons.empty(), a.number, a.container->id) <
           std::tuple(!b.reasons.empty(), b.number, b.container->id);
  });
  return candidates;
}

std::vector<ServicePlanner::Candidate> ServicePlanner::without_leftovers(
    const Subject& subject, const std::vector<const Container*>& containers) {
  const compose::Service& service = *subject.service;
  const auto is_leftover = [&](const Container& c) {
    const std::string name = container_name(project_.name, service, number_of(c).value_or(0), options_.separator);
    return c.labels.contains(label::kReplace) && name_of(c).ends_with("_" + name);
  };
  std::vector<Candidate> candidates;
  for (const Container* c : containers) {
    if (is_leftover(*c)) continue;
    candidates.push_back(
        {.container = c, .number = number_of(*c).value_or(0), .reasons = reasons_to_recreate(subject, *c)});
  }
  for (const Container* c : containers) {
    if (!is_leftover(*c)) continue;
    const int number = number_of(*c).value_or(0);
    const auto named = std::find_if(candidates.begin(), candidates.end(),
                                    [&](const Candidate& candidate) { return candidate.number == number; });
    if (named != candidates.end()) {
      *named = settle(subject, *named, *c);
      continue;
    }
    candidates.push_back({.container = c,
                          .number = number,
                          .reasons = reasons_to_recreate(subject, *c),
                          .rename = take_name(service, *c)});
  }
  return candidates;
}

ServicePlanner::Candidate ServicePlanner::settle(const Subject& subject, const Candidate& named,
                                                 const Container& leftover) {
  const Container& old = *named.container;
  std::vector<std::string> reasons = reasons_to_recreate(subject, leftover);
  const bool runs = leftover.state == "running" && named.before == nullptr && !stops_.stops(leftover) &&
                    !ground_.evicted.contains(leftover.id);
  const bool goes_on = runs && !named.reasons.empty() && named.rename == OperationNumber::kNone;
  if (!goes_on || (is_up(old) && !reasons.empty())) {
    stops_.remove(leftover);
    return named;
  }
  Candidate candidate{.container = &leftover, .number = named.number, .reasons = std::move(reasons)};
  const bool in_turns = options_.start && update_policy(*subject.service, options_.rolling_back) != nullptr;
  if (candidate.reasons.empty() && in_turns) {
    candidate.before = &old;
    return candidate;
  }
  const OperationNumber removal = stops_.remove(old);
  candidate.rename = take_name(*subject.service, leftover);
  builder_.order(candidate.rename, removal);
  return candidate;
}

OperationNumber ServicePlanner::take_name(const compose::Service& service, const Container& container) {
  ContainerRef ref = ref_of(container);
  ref.name = container_name(project_.name, service, number_of(container).value_or(0), options_.separator);
  return builder_.add(RenameContainer{.container = ref, .name = ref.name}, {},
                      {.service = service.name, .reason = "left over", .replaces = true});
}

std::vector<std::string> ServicePlanner::reasons_to_recreate(const Subject& subject, const Container& container) const {
  if (subject.policy == Recreate::kNever) {
    // A network that is made anew has no containers: those of it can't stay even so.
    for (const auto& [key, attachment] : subject.service->networks) {
      if (ground_.networks_made.contains(key)) return {"network '" + key + "' changed"};
    }
    return {};
  }
  if (subject.policy == Recreate::kForce) return {"forced"};
  if (!has_right_publisher(*subject.service, container)) {
    return {compose::is_behind_ingress(*subject.service) ? "its ports go to an ingress"
                                                         : "it publishes its ports itself"};
  }
  const Wanted wanted{.service = &subject.resolved.service,
                      .hash = subject.hash,
                      .fields = subject.fields,
                      .image = subject.image,
                      .image_news = subject.image_news,
                      .networks = &ground_.network_ids};
  if (subject.resolved.references.empty()) return divergence(project_, wanted, container);
  std::vector<std::string> reasons;
  for (const LateReference& reference : subject.resolved.references) {
    reasons.push_back("container '" + reference.container.name + "' that it uses is a new one");
  }
  return reasons;
}

Replica ServicePlanner::keep(const Subject& subject, const Candidate& candidate) {
  const Container& container = *candidate.container;
  Replica replica{.container = ref_of(container), .number = candidate.number, .existing = &container};
  if (candidate.rename != OperationNumber::kNone) {
    replica.container.name = container_name(project_.name, *subject.service, candidate.number, options_.separator);
    replica.ready = {candidate.rename};
  }
  if (subject.policy != Recreate::kNever) {
    for (const std::string& provider : untold_providers(project_, *subject.service)) {
      stay_by_[provider].push_back(replica.container.name);
    }
  }
  // Stopped on behalf of something else, such as its network.
  const bool stopped = stops_.stops(container);
  if (stopped) replica.ready.push_back(stops_.stop(container));
  const bool runs = container.state == "running" || container.state == "restarting";
  const bool is_done = compose::is_scheduled(*subject.service) ||
                       (compose::berth_options(*subject.service).once_per_release && has_ended_well(container));
  replica.needs_start = stopped || (!runs && !is_done);
  builder_.change({.kind = replica.needs_start && options_.start ? Change::Kind::kStart : Change::Kind::kNone,
                   .service = subject.service->name,
                   .container = replica.container.name,
                   .reasons = {}});
  return replica;
}

// What is left of its turn: the new container runs, the one before may too.
Replica ServicePlanner::finish_turn(const Subject& subject, const Candidate& candidate) {
  Replica replica{.container = ref_of(*candidate.container),
                  .number = candidate.number,
                  .existing = candidate.container,
                  .replaces = candidate.before->id,
                  .old = candidate.before};
  replica.container.name = container_name(project_.name, *subject.service, candidate.number, options_.separator);
  builder_.change({.kind = Change::Kind::kRecreate,
                   .service = subject.service->name,
                   .container = replica.container.name,
                   .reasons = {"an update was broken off"}});
  return replica;
}

Replica ServicePlanner::recreate(const Subject& subject, const Candidate& candidate) {
  const Container& old = *candidate.container;
  const std::string& service = subject.service->name;
  CreateContainer create = request_for(subject, candidate.number, &old);
  create.replaces = old.id;
  create.request.name = old.id.value.substr(0, 12) + "_" + create.container.name;
  create.request.config.labels[label::kReplace] = replaced_name(*subject.service, candidate.number, options_.separator);
  ContainerRef ref = create.container;
  // A recreation that was broken off may have left a container of that very name.
  const OperationNumber left_over_gone = stops_.removal_of_name(create.request.name);
  const Numbers created = add_create(subject, candidate.number, std::move(create), join(candidate.reasons, "; "));
  ref.created_by = created.front();
  builder_.order(created.front(), left_over_gone);
  builder_.order(created.front(), candidate.rename);
  builder_.change({.kind = Change::Kind::kRecreate,
                   .service = service,
                   .container = ref.name,
                   .reasons = candidate.reasons,
                   .fields = changed_fields(label_of(old.labels, label::kFields), subject.fields)});
  if (takes_turns(subject, candidate)) {
    return {.container = ref,
            .number = candidate.number,
            .existing = nullptr,
            .replaces = old.id,
            .old = &old,
            .needs_start = true,
            .ready = created};
  }

  // Only when the new one is there is the old one touched.
  ContainerRef old_ref = ref_of(old);
  old_ref.name = ref.name;
  const bool stopped_already = stops_.stops(old);  // so that its network can be made anew
  const OperationNumber stop = stopped_already ? stops_.stop(old) : stops_.stop(old, created, true);
  Numbers before_removal = created;
  if (stopped_already) {
    before_removal.push_back(stop);
  } else if (stop != OperationNumber::kNone) {
    before_removal = {stop};
  }
  if (candidate.rename != OperationNumber::kNone) before_removal.push_back(candidate.rename);
  const OperationNumber removal = builder_.add(RemoveContainer{.container = old_ref, .force = false, .volumes = false},
                                               before_removal, {.service = service, .reason = {}, .replaces = true});
  const OperationNumber rename = builder_.add(RenameContainer{.container = ref, .name = ref.name}, {removal},
                                              {.service = service, .reason = {}, .replaces = true});
  builder_.order(rename, stops_.removal_of_name(ref.name));
  ends_of_old_[service].push_back(stopped_already || stop == OperationNumber::kNone ? removal : stop);
  return {.container = ref,
          .number = candidate.number,
          .existing = nullptr,
          .replaces = old.id,
          .needs_start = true,
          .ready = {rename}};
}

// Only what runs and could go on running has to make room for another in good order.
bool ServicePlanner::takes_turns(const Subject& subject, const Candidate& candidate) const {
  const Container& old = *candidate.container;
  return options_.start && !compose::is_scheduled(*subject.service) &&
         update_policy(*subject.service, options_.rolling_back) != nullptr && old.state == "running" &&
         !stops_.stops(old) && has_right_publisher(*subject.service, old);
}

void ServicePlanner::retire(const compose::Service& service, const Container& container) {
  OperationNumber left = OperationNumber::kNone;
  if (ingresses_.sends_to(service.name, container)) {
    left = ingresses_.route(service, {.leaves = {ref_of(container)}}, {});
  }
  stops_.remove(container, false, {left});
}

Replica ServicePlanner::create(const Subject& subject, int number, OperationNumber after,
                               std::vector<std::string> reasons) {
  CreateContainer create = request_for(subject, number, nullptr);
  ContainerRef ref = create.container;
  const Numbers created = add_create(subject, number, std::move(create), join(reasons, "; "));
  ref.created_by = created.front();
  builder_.order(created.front(), after);
  builder_.change({.kind = reasons.empty() ? Change::Kind::kCreate : Change::Kind::kRecreate,
                   .service = subject.service->name,
                   .container = ref.name,
                   .reasons = std::move(reasons)});
  return {
      .container = ref, .number = number, .existing = nullptr, .replaces = {}, .needs_start = true, .ready = created};
}

CreateContainer ServicePlanner::request_for(const Subject& subject, int number, const Container* before) {
  const compose::Service& service = subject.resolved.service;
  SpecOptions spec;
  spec.api_version = state_.api_version;
  spec.name = container_name(project_.name, service, number, options_.separator);
  spec.number = number;
  spec.image = subject.image;
  spec.hash = subject.hash;
  spec.fields = subject.fields;
  spec.publish = !compose::is_behind_ingress(service);
  spec.links = links_of(project_, service, number, replicas_);
  if (before != nullptr && !options_.renew_anonymous_volumes) {
    spec.inherited = anonymous_volumes(service, state_.find_image(project_.image_of(service)), *before);
  }
  CreateContainer create{.container = {.name = spec.name, .id = {}, .created_by = OperationNumber::kNone},
                         .request = create_spec(project_, service, spec),
                         .replaces = {},
                         .references = subject.resolved.references,
                         .service = {}};
  if (!create.references.empty()) create.service = service;
  create.variables = late_variables(service, givers_);
  return create;
}

Numbers ServicePlanner::add_create(const Subject& subject, int number, CreateContainer create,
                                   const std::string& reason) {
  const std::string& service = subject.service->name;
  const bool replaces = !create.replaces.empty();
  ContainerRef ref = create.container;
  SpecOptions spec{.api_version = state_.api_version,
                   .name = ref.name,
                   .links = links_of(project_, *subject.service, number, replicas_)};
  Numbers created = {builder_.add(std::move(create), before_create(subject),
                                  {.service = service, .reason = reason, .replaces = replaces})};
  ref.created_by = created.front();
  order_after_givers(*subject.service, givers_, created.front(), builder_);
  for (auto& [network, endpoint] : later_networks(project_, *subject.service, spec)) {
    created.push_back(builder_.add(ConnectNetwork{.network = network, .container = ref, .endpoint = endpoint},
                                   {created.front()}, {.service = service, .reason = {}, .replaces = replaces}));
  }
  return created;
}

// Networks and volumes that the plan makes, and containers that this one uses.
Numbers ServicePlanner::before_create(const Subject& subject) const {
  Numbers before;
  for (const auto& [key, attachment] : subject.service->networks) {
    if (const auto made = ground_.networks_made.find(key); made != ground_.networks_made.end()) {
      before.push_back(made->second);
    }
  }
  for (const compose::Mount& mount : subject.service->volumes) {
    if (mount.kind != compose::MountKind::kVolume) continue;
    if (const auto made = ground_.volumes_made.find(mount.source); made != ground_.volumes_made.end()) {
      before.push_back(made->second);
    }
  }
  for (const LateReference& reference : subject.resolved.references) before.push_back(reference.container.created_by);
  return before;
}

void ServicePlanner::restart_dependents() {
  const Dependents dependents(project_);
  for (const auto& [name, ends] : ends_of_old_) {
    for (const std::string& dependent : dependents.of(name)) {
      if (!project_.services.find(dependent)->second.depends_on.find(name)->second.restart) continue;
      for (Replica& replica : replicas_[dependent]) {
        if (replica.existing == nullptr || replica.old != nullptr || !is_up(*replica.existing)) continue;
        const OperationNumber stop = stops_.stop(*replica.existing);
        replica.needs_start = true;
        if (std::find(replica.ready.begin(), replica.ready.end(), stop) == replica.ready.end()) {
          replica.ready.push_back(stop);
          builder_.change({.kind = Change::Kind::kRestart,
                           .service = dependent,
                           .container = replica.container.name,
                           .reasons = {"depends on '" + name + "', which is recreated"}});
        }
        for (const OperationNumber end : ends) builder_.order(end, stop);
      }
      for (const OperationNumber stop : ends_of_old_.contains(dependent) ? ends_of_old_[dependent] : Numbers()) {
        for (const OperationNumber end : ends) builder_.order(end, stop);
      }
    }
  }
}

void ServicePlanner::warn_of_providers() {
  for (const auto& [provider, containers] : stay_by_) {
    builder_.warn("what provider '" + provider + "' gives is known when it has run: if it has changed, " +
                  join(containers, ", ") + (containers.size() == 1 ? " is" : " are") + " recreated");
  }
}

}  // namespace berth::converge
