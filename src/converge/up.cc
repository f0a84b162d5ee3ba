#include "converge/up.h"

#include <algorithm>
#include <map>

#include "converge/labels.h"
#include "converge/plan_builder.h"
#include "converge/providers.h"
#include "converge/vain_pulls.h"

namespace berth::converge {

namespace {

void report_warnings(const Plan& plan, const EventSink& sink) {
  if (!sink) return;
  for (const std::string& warning : plan.warnings) {
    sink({.kind = Event::Kind::kWarning, .noun = {}, .name = {}, .service = {}, .status = {}, .detail = warning});
  }
}

// A container that is as it should be has no operation, but people want to see that it was looked at.
void report_unchanged(const Plan& plan, const State& state, const EventSink& sink) {
  if (!sink) return;
  std::map<std::string, const engine::ContainerSummary*> containers;
  for (const engine::ContainerSummary& container : state.containers) containers.emplace(name_of(container), &container);
  for (const Change& change : plan.changes) {
    const auto found = containers.find(change.container);
    if (change.kind != Change::Kind::kNone || found == containers.end()) continue;
    sink({.kind = Event::Kind::kDone,
          .noun = "Container",
          .name = change.container,
          .service = change.service,
          .status = is_up(*found->second) ? "Running" : "Created"});
  }
}

std::vector<std::string> images_of(const Plan& plan) {
  std::vector<std::string> names;
  for (const Operation& operation : plan.operations) {
    if (const auto* pull = std::get_if<PullImage>(&operation.action)) names.push_back(pull->image);
    if (const auto* copy = std::get_if<CopyImage>(&operation.action)) names.push_back(copy->image);
    if (const auto* build = std::get_if<BuildImage>(&operation.action)) names.push_back(build->image);
    if (const auto* load = std::get_if<LoadAgentImage>(&operation.action)) names.push_back(load->image);
  }
  return names;
}

// Pulls first; what they did not bring is built then.
Outcome fetch_images(const Context& context, engine::Client& client, const compose::Project& project, State& state,
                     ImageOptions images, ExecuteOptions options, const EventSink& sink, const Clock& clock) {
  Outcome outcome;
  images.nearby = find_nearby(context, client, project, state, images);
  options.images_from = images.images_from;
  for (const bool pulled : {false, true}) {
    images.pulled = pulled;
    const Plan plan = plan_images(project, state, images, clock.now());
    if (plan.empty()) return outcome;
    outcome = execute(context, client, plan, options, sink);
    if (!outcome.ok()) return outcome;
    observe_images(context, client, images_of(plan), state);
  }
  return outcome;
}

// The request for this engine: what is mounted into a keeper is a path of the engine's host, which a path of ours is
// where the socket is ours.
UpRequest for_engine(const engine::Client& client, const UpRequest& request) {
  UpRequest adapted = request;
  adapted.up.engine_socket = engine::socket_of(client.endpoint());
  return adapted;
}

// Plans again once the user has said what is to become of volumes that differ.
Plan plan_containers(const compose::Project& project, const State& state, const UpRequest& request) {
  Plan plan = reconcile(project, state, request.up);
  if (plan.diverged_volumes.empty() || !request.may_recreate_volumes) return plan;
  if (!request.may_recreate_volumes(plan.diverged_volumes)) return plan;
  UpOptions up = request.up;
  up.recreate_volumes = true;
  return reconcile(project, state, up);
}

void leave_out_pulls(const std::set<std::string>& vain, Plan& images) {
  std::erase_if(images.operations, [&](const Operation& operation) {
    const auto* pull = std::get_if<PullImage>(&operation.action);
    return pull != nullptr && vain.contains(pull->image);
  });
}

// What images will be that the plan brings. `unknown`: pulls of which nobody knows what they will bring.
void expect_images(const Plan& images, const std::set<std::string>& unknown, State& state) {
  for (const Operation& operation : images.operations) {
    for (const std::string& name : images_of({.operations = {operation}})) {
      Image expected{.id = engine::ImageId("new " + name), .inspected = true};
      if (std::holds_alternative<BuildImage>(operation.action)) expected.news = "image is built anew";
      if (unknown.contains(name)) expected.news = "image may have changed: its registry does not say";
      state.images[name] = std::move(expected);
    }
  }
}

// The containers' plan after the images', which may lack numbers: what is created comes after its image.
Plan joined(Plan images, Plan containers) {
  PlanBuilder builder;
  std::map<std::string, OperationNumber, std::less<>> makers;
  std::map<OperationNumber, OperationNumber> numbers;
  for (Operation& operation : images.operations) {
    const std::string name = words(operation).name;
    Numbers after;
    for (const After& a : operation.after) after.push_back(numbers[a.operation]);
    makers[name] = builder.add(std::move(operation.action), after,
                               {.service = operation.service, .reason = operation.reason, .replaces = false});
    numbers[operation.number] = makers[name];
  }
  const int shift = static_cast<int>(images.operations.size());
  const auto shifted = [&](OperationNumber number) {
    return number == OperationNumber::kNone ? number : static_cast<OperationNumber>(static_cast<int>(number) + shift);
  };
  for (Operation& operation : containers.operations) {
    for_each_container(operation.action,
                       [&](ContainerRef& container) { container.created_by = shifted(container.created_by); });
    OperationNumber maker = OperationNumber::kNone;
    if (const auto* create = std::get_if<CreateContainer>(&operation.action)) {
      if (const auto found = makers.find(create->request.config.image); found != makers.end()) maker = found->second;
    }
    const OperationNumber number =
        builder.add(std::move(operation.action), {maker},
                    {.service = operation.service, .reason = operation.reason, .replaces = operation.replaces});
    for (const After& a : operation.after) builder.order(number, shifted(a.operation), a.when);
  }
  Plan plan = builder.finish();
  plan.changes = std::move(containers.changes);
  plan.warnings = std::move(containers.warnings);
  plan.diverged_volumes = std::move(containers.diverged_volumes);
  return plan;
}

}  // namespace

Plan preview(const Context& context, engine::Client& client, const compose::Project& project, const UpRequest& request,
             const engine::Credentials* credentials, const Clock& clock) {
  State state = observe(context, client, project);
  ImageOptions options = request.images;
  options.nearby = find_nearby(context, client, project, state, options);
  Plan images = plan_images(project, state, options, clock.now());
  const PullNews news = ask_registries(context, client, credentials, state, images);
  leave_out_pulls(news.vain, images);
  expect_images(images, news.unknown, state);
  return joined(std::move(images), plan_containers(project, state, for_engine(client, request)));
}

Prepared prepare(const Context& context, engine::Client& client, const compose::Project& project,
                 const ImageOptions& images, const ExecuteOptions& options, const EventSink& sink, const Clock& clock) {
  Prepared prepared{.state = observe(context, client, project), .outcome = {}};
  prepared.outcome = fetch_images(context, client, project, prepared.state, images, options, sink, clock);
  return prepared;
}

Provided run_providers(const Context& context, engine::Client& client, const compose::Project& project,
                       const ExecuteOptions& options, const EventSink& sink) {
  Provided provided{.project = project, .outcome = {}};
  const Plan plan = plan_provider_runs(project);
  provided.outcome = execute(context, client, plan, options, sink);
  bool all_well = true;
  for (const Operation& operation : plan.operations) {
    const OperationOutcome& end = provided.outcome.of(operation.number);
    const bool may_fail = std::get<RunProvider>(operation.action).may_fail;
    all_well = all_well && (end.given || (may_fail && end.status == OperationOutcome::Status::kFailed));
    provided.project.provided[operation.service] = end.given;
  }
  if (all_well) provided.outcome.failure.reset();
  return provided;
}

Outcome up(const Context& context, engine::Client& client, const compose::Project& project, const UpRequest& request,
           const ExecuteOptions& options, const EventSink& sink, const Clock& clock) {
  const Prepared prepared = prepare(context, client, project, request.images, options, sink, clock);
  if (!prepared.outcome.ok()) return prepared.outcome;
  const UpRequest adapted = for_engine(client, request);
  std::optional<Provided> provided;
  if (has_providers(project)) {
    reconcile(project, prepared.state, adapted.up);  // what speaks against it is told before a provider makes anything
    provided = run_providers(context, client, project, options, sink);
    if (!provided->outcome.ok()) return provided->outcome;
  }
  const Plan plan = plan_containers(provided ? provided->project : project, prepared.state, adapted);
  report_warnings(plan, sink);
  report_unchanged(plan, prepared.state, sink);
  Outcome outcome = execute(context, client, plan, options, sink);
  for (const auto& [name, service] : project.services) {
    const std::string image = project.image_of(service);
    if (const Image* found = prepared.state.find_image(image)) outcome.images[image] = found->id;
  }
  return outcome;
}

}  // namespace berth::converge
