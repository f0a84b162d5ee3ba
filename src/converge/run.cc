#include "converge/run.h"

#include <algorithm>

#include "compose/hash.h"
#include "converge/create_spec.h"
#include "converge/fields.h"
#include "converge/labels.h"
#include "converge/plan_builder.h"
#include "converge/problems.h"
#include "converge/references.h"
#include "converge/start_order.h"

namespace berth::converge {

namespace {

// What is added goes, and what is taken away is no longer added.
void add_capabilities(const std::vector<std::string>& names, std::vector<std::string>& to,
                      std::vector<std::string>& from) {
  to.insert(to.end(), names.begin(), names.end());
  std::erase_if(from,
                [&](const std::string& name) { return std::find(names.begin(), names.end(), name) != names.end(); });
}

compose::Service one_off_service(const compose::Project& project, const RunOptions& options) {
  const compose::Service* found = project.find_service(options.service);
  if (found == nullptr) throw Error(Kind::kNotFound, "no such service: '" + options.service + "'");
  compose::Service service = *found;
  service.tty = options.tty;
  service.stdin_open = options.interactive;
  service.container_name = options.name;
  if (!options.command.empty()) service.command = options.command;
  if (options.entrypoint) {
    service.entrypoint = options.entrypoint;
    if (options.command.empty()) service.command.emplace();
  }
  if (!options.user.empty()) service.user = options.user;
  if (!options.working_dir.empty()) service.working_dir = options.working_dir;
  add_capabilities(options.cap_add, service.cap_add, service.cap_drop);
  add_capabilities(options.cap_drop, service.cap_drop, service.cap_add);
  for (const auto& [name, value] : options.environment) {
    const auto given = value ? value : project.environment.get(name);
    if (given) service.environment[name] = given;
  }
  for (const auto& [name, value] : options.labels) service.labels[name] = value;
  if (!options.service_ports) service.ports.clear();
  service.ports.insert(service.ports.end(), options.publish.begin(), options.publish.end());
  service.volumes.insert(service.volumes.end(), options.volumes.begin(), options.volumes.end());
  service.restart.clear();
  if (service.deploy) service.deploy->restart_policy.reset();
  if (service.container_name.empty()) {
    const std::string& separator = options.up.separator;
    service.container_name =
        project.name + separator + service.name + separator + "run" + separator + options.slug.substr(0, 12);
  }
  return service;
}

// The dependencies alone; the service itself is disabled, so that none of its own containers is touched.
compose::Project dependencies_only(const compose::Project& project, const compose::Service& service, bool no_deps) {
  compose::Project rest = project;
  if (no_deps || service.depends_on.empty()) {
    rest.services.clear();
  } else {
    std::vector<std::string> names;
    for (const auto& [name, dependency] : service.depends_on) {
      if (project.services.contains(name)) names.push_back(name);
    }
    rest = project.select(names);
    rest.services.erase(service.name);
  }
  // None is an orphan.
  for (const auto& [name, other] : project.services) {
    if (!rest.services.contains(name)) rest.disabled_services[name] = other;
  }
  return rest;
}

// Where the service's container is a first one's guest: that of a service that runs already or is in the plan.
std::optional<ContainerRef> find_container(const State& state, const Plan& plan, std::string_view service) {
  for (const Operation& operation : plan.operations) {
    const auto* create = std::get_if<CreateContainer>(&operation.action);
    if (create != nullptr && operation.service == service) return create->container;
  }
  const engine::ContainerSummary* first = nullptr;
  for (const engine::ContainerSummary& container : state.containers) {
    if (service_of(container) != service || is_one_off(container)) continue;
    if (first == nullptr || name_of(container) < name_of(*first)) first = &container;
  }
  if (first == nullptr) return std::nullopt;
  return ref_of(*first);
}

}  // namespace

RunPlan plan_run(const compose::Project& project, const State& state, const RunOptions& options) {
  compose::Service service = one_off_service(project, options);
  const compose::Project rest = dependencies_only(project, service, options.no_deps);
  UpOptions up = options.up;
  up.services.clear();
  up.start = true;
  // Its dependencies have to be ready before it is made: that is a wait at the end, for those it names.
  RunPlan run{.plan = reconcile(rest, state, up), .create = OperationNumber::kNone, .service = {}};

  Problems problems;
  for (const std::string& message : refusals(project, service, state.api_version)) {
    problems.add(Kind::kUnsupported, message);
  }
  const ResolvedService resolved =
      resolve_references(service, [&](std::string_view name) { return find_container(state, run.plan, name); });
  for (const std::string& name : resolved.missing) {
    problems.add(Kind::kNotFound, "service '" + service.name + "' uses the container of service '" + name +
                                      "', which has none: start it first");
  }
  const std::string image = project.image_of(service);
  const Image* found = state.find_image(image);
  if (found == nullptr) {
    problems.add(Kind::kNotFound,
                 "image '" + image + "' of service '" + service.name + "' is not on the engine: pull or build it");
  }
  problems.throw_if_any();

  SpecOptions spec;
  spec.api_version = state.api_version;
  spec.name = service.container_name;
  spec.number = 0;
  spec.image = found->id;
  spec.hash = resolved.references.empty() ? compose::service_hash(resolved.service) : "";
  spec.fields = fields_of(service);
  spec.use_aliases = options.use_aliases;
  spec.auto_remove = options.auto_remove;
  spec.attach_stdin = options.interactive;
  spec.labels = {{label::kSlug, options.slug}, {label::kOneOff, "True"}};
  spec.environment = options.up.default_environment;
  CreateContainer create{.container = {.name = spec.name},
                         .request = create_spec(project, resolved.service, spec),
                         .replaces = {},
                         .references = resolved.references,
                         .service = {}};
  if (!create.references.empty()) create.service = resolved.service;

  // Appended: everything before it has to have ended well.
  const auto number_after = [&] { return static_cast<OperationNumber>(run.plan.operations.size() + 1); };
  const auto append = [&](Action action, std::vector<After> after) {
    Operation& operation = run.plan.operations.emplace_back();
    operation.number = static_cast<OperationNumber>(run.plan.operations.size());
    operation.action = std::move(action);
    operation.after = std::move(after);
    operation.service = service.name;
    return operation.number;
  };
  std::vector<After> all;
  for (const auto& [name, dependency] : service.depends_on) {
    if (!rest.services.contains(name) || dependency.condition == compose::Condition::kStarted) continue;
    WaitFor wait{.condition = dependency.condition == compose::Condition::kHealthy ? WaitFor::Condition::kHealthy
                                                                                   : WaitFor::Condition::kCompleted,
                 .service = name,
                 .required = dependency.required};
    std::vector<After> starts;
    for (const Operation& operation : run.plan.operations) {
      if (const auto* start = std::get_if<StartContainer>(&operation.action); start && operation.service == name) {
        wait.containers.push_back(start->container);
        starts.push_back({.operation = operation.number});
      }
    }
    for (const engine::ContainerSummary& container : state.containers) {
      if (starts.empty() && service_of(container) == name && !is_one_off(container)) {
        wait.containers.push_back(ref_of(container));
      }
    }
    append(std::move(wait), std::move(starts));
  }
  for (const Operation& operation : run.plan.operations) all.push_back({.operation = operation.number});
  run.create = number_after();
  create.container.created_by = run.create;
  const ContainerRef ref = create.container;
  append(std::move(create), std::move(all));
  for (auto& [network, endpoint] : later_networks(project, service, spec)) {
    append(ConnectNetwork{.network = network, .container = ref, .endpoint = endpoint}, {{.operation = run.create}});
  }
  for (CopyFiles& copy : files_to_copy(project, service, ref)) append(std::move(copy), {{.operation = run.create}});
  run.service = std::move(service);
  return run;
}

}  // namespace berth::converge
