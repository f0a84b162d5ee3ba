#include "converge/run.h"

#include <algorithm>

#include "compose/hash.h"
#include "converge/create_spec.h"
#include "converge/fields.h"
#include "converge/labels.h"
#include "converge/late_variables.h"
#include "converge/plan_builder.h"
#include "converge/problems.h"
#include "converge/provider.h"
#include "converge/providers.h"
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

class OneOffPlanner {
 public:
  OneOffPlanner(const compose::Project& project, const State& state, const RunOptions& options)
      : project_(project),
        state_(state),
        options_(options),
        service_(one_off_service(project, options)),
        rest_(dependencies_only(project, service_, options.no_deps)) {}

  RunPlan plan() {
    UpOptions up = options_.up;
    up.services.clear();
    up.start = true;
    plan_ = reconcile(rest_, state_, up);
    const ResolvedService resolved =
        resolve_references(service_, [&](std::string_view name) { return find_container(state_, plan_, name); });
    const Image& image = check(resolved);
    wait_for_dependencies();
    const OperationNumber created = create(resolved, spec_options(resolved, image));
    return {.plan = std::move(plan_), .create = created, .service = std::move(service_)};
  }

 private:
  // The service's image, where nothing speaks against the run.
  const Image& check(const ResolvedService& resolved) const {
    if (service_.provider) {
      throw Error(Kind::kInvalid, "service '" + service_.name + "' is made by a provider, and has no container to run");
    }
    Problems problems;
    for (const std::string& message : refusals(project_, service_, state_.api_version)) {
      problems.add(Kind::kUnsupported, message);
    }
    for (const std::string& name : resolved.missing) {
      problems.add(Kind::kNotFound, "service '" + service_.name + "' uses the container of service '" + name +
                                        "', which has none: start it first");
    }
    const std::string name = project_.image_of(service_);
    const Image* image = state_.find_image(name);
    if (image == nullptr) {
      problems.add(Kind::kNotFound,
                   "image '" + name + "' of service '" + service_.name + "' is not on the engine: pull or build it");
    }
    problems.throw_if_any();
    return *image;
  }

  SpecOptions spec_options(const ResolvedService& resolved, const Image& image) const {
    SpecOptions spec;
    spec.api_version = state_.api_version;
    spec.name = service_.container_name;
    spec.number = 0;
    spec.image = image.id;
    spec.hash = resolved.references.empty() ? compose::service_hash(resolved.service) : "";
    spec.fields = fields_of(service_);
    spec.use_aliases = options_.use_aliases;
    spec.auto_remove = options_.auto_remove;
    spec.attach_stdin = options_.interactive;
    spec.labels = {{label::kSlug, options_.slug}, {label::kOneOff, "True"}};
    return spec;
  }

  // Reconciling makes only those wait that come after: what the one-off container itself depends on, it waits for here.
  void wait_for_dependencies() {
    for (const auto& [name, dependency] : service_.depends_on) {
      if (!rest_.services.contains(name) || dependency.condition == compose::Condition::kStarted) continue;
      if (rest_.services.find(name)->second.provider) continue;
      WaitFor wait{.condition = dependency.condition == compose::Condition::kHealthy ? WaitFor::Condition::kHealthy
                                                                                     : WaitFor::Condition::kCompleted,
                   .service = name,
                   .required = dependency.required};
      std::vector<After> starts;
      for (const Operation& operation : plan_.operations) {
        const auto* start = std::get_if<StartContainer>(&operation.action);
        if (start == nullptr || operation.service != name) continue;
        wait.containers.push_back(start->container);
        starts.push_back({.operation = operation.number});
      }
      for (const engine::ContainerSummary& container : state_.containers) {
        const bool runs_already = starts.empty() && service_of(container) == name && !is_one_off(container);
        if (runs_already) wait.containers.push_back(ref_of(container));
      }
      append(std::move(wait), std::move(starts));
    }
  }

  // Those that the dependencies do not use too; the plan's operations that give variables.
  Givers serve_models() {
    Givers givers = givers_in(plan_);
    for (const auto& [key, wanted] : service_.models) {
      if (givers.models.contains(key)) continue;
      givers.models[key] = append(serving(project_, project_.models.find(key)->second), {});  // consistency has looked
    }
    return givers;
  }

  // The container, once everything before it has ended well, and what it needs before its start.
  OperationNumber create(const ResolvedService& resolved, const SpecOptions& spec) {
    CreateContainer create{.container = {.name = spec.name},
                           .request = create_spec(project_, resolved.service, spec),
                           .replaces = {},
                           .references = resolved.references,
                           .service = {}};
    if (!create.references.empty()) create.service = resolved.service;
    create.variables = late_variables(service_, serve_models());
    std::erase_if(create.variables, [&](const auto& late) { return options_.environment.contains(late.name); });
    for (const auto& [name, value] : given_variables(project_, service_)) {
      const auto own = options_.environment.contains(name) ? service_.environment[name] : std::nullopt;
      if (own) add_variables({{name, *own}}, create.request.config.env);
    }
    create.container.created_by = next_number();
    const ContainerRef container = create.container;
    std::vector<After> all;
    for (const Operation& operation : plan_.operations) all.push_back({.operation = operation.number});
    const OperationNumber created = append(std::move(create), std::move(all));
    for (auto& [network, endpoint] : later_networks(project_, service_, spec)) {
      append(ConnectNetwork{.network = network, .container = container, .endpoint = endpoint},
             {{.operation = created}});
    }
    for (CopyFiles& copy : files_to_copy(project_, service_, container)) {
      append(std::move(copy), {{.operation = created}});
    }
    return created;
  }

  OperationNumber next_number() const { return static_cast<OperationNumber>(plan_.operations.size() + 1); }

  OperationNumber append(Action action, std::vector<After> after) {
    const OperationNumber number = next_number();
    Operation& operation = plan_.operations.emplace_back();
    operation.number = number;
    operation.action = std::move(action);
    operation.after = std::move(after);
    operation.service = service_.name;
    return number;
  }

  const compose::Project& project_;
  const State& state_;
  const RunOptions& options_;
  compose::Service service_;     // as the options have it
  const compose::Project rest_;  // what it depends on
  Plan plan_;
};

}  // namespace

RunPlan plan_run(const compose::Project& project, const State& state, const RunOptions& options) {
  return OneOffPlanner(project, state, options).plan();
}

}  // namespace berth::converge
