#include "converge/images.h"

#include <algorithm>
#include <deque>
#include <set>

#include "base/strings.h"
#include "base/units.h"
#include "compose/berth_options.h"
#include "converge/agent_image.h"
#include "converge/build_request.h"
#include "converge/build_source.h"
#include "converge/keeper.h"
#include "converge/labels.h"
#include "converge/plan_builder.h"
#include "converge/problems.h"
#include "engine/reference.h"

namespace berth::converge {

namespace {

enum class Policy { kMissing, kAlways, kNever, kBuild, kRefresh };

struct PullPolicy {
  Policy policy = Policy::kMissing;
  std::chrono::nanoseconds age{};  // of kRefresh: pulled again when older
};

// `pull` is what the command line says instead of the file.
PullPolicy policy_of(const compose::Service& service, const std::optional<std::string>& pull) {
  using std::chrono::hours;
  const std::string_view text = pull ? *pull : service.pull_policy;
  constexpr std::string_view every = "every_";
  if (text == "always") return {Policy::kAlways};
  if (text == "never") return {Policy::kNever};
  if (text == "build") return {Policy::kBuild};
  if (text == "refresh" && service.pull_refresh_after) return {Policy::kRefresh, *service.pull_refresh_after};
  if (text == "daily") return {Policy::kRefresh, hours(24)};
  if (text == "weekly") return {Policy::kRefresh, hours(24 * 7)};
  if (text.starts_with(every)) {
    const auto age = parse_duration(text.substr(every.size()));
    if (!age) throw Error(Kind::kInvalid, "pull_policy '" + std::string(text) + "': give a time such as every_12h");
    return {Policy::kRefresh, *age};
  }
  return {Policy::kMissing};
}

bool matches_platform(const Image& image, std::string_view platform) {
  if (platform.empty() || !image.inspected) return true;
  const std::vector<std::string> parts = split(platform, '/');
  if (parts.size() < 2) return true;
  return parts[0] == image.os && parts[1] == image.architecture &&
         (parts.size() < 3 || image.variant.empty() || parts[2] == image.variant);
}

bool can_be_built(const compose::Project& project, const std::string& image) {
  return std::any_of(project.services.begin(), project.services.end(),
                     [&](const auto& entry) { return entry.second.build && project.image_of(entry.second) == image; });
}

// Whether the service's image may come from the engine of this computer when it is missing.
bool may_copy(const compose::Project& project, const compose::Service& service, const ImageOptions& options) {
  const Policy policy = policy_of(service, options.pull).policy;
  return (policy == Policy::kMissing || policy == Policy::kNever) && !service.image.empty() &&
         !can_be_built(project, service.image);
}

// What images are wanted for: the services, and again for each pre_start hook with an image of its own, as if the
// service had that one.
class ImageUsers {
 public:
  explicit ImageUsers(const compose::Project& project) {
    for (const auto& [name, service] : project.services) {
      all_.push_back(&service);
      for (const compose::Hook& hook : service.pre_start) {
        if (hook.image.empty() || hook.image == service.image) continue;
        compose::Service& user = own_.emplace_back(service);
        user.image = hook.image;
        if (user.build) user.pull_policy.clear();  // it is about what is built
        user.build.reset();
        all_.push_back(&user);
      }
    }
  }

  auto begin() const { return all_.begin(); }
  auto end() const { return all_.end(); }

 private:
  std::deque<compose::Service> own_;
  std::vector<const compose::Service*> all_;
};

// By the engine's classic builder.
BuildImage classic_build_of(const compose::Project& project, const compose::Service& service, const BuildFlags& flags) {
  const compose::Build& build = *service.build;
  BuildImage action{.image = project.image_of(service), .options = {}, .context = {}};
  engine::BuildOptions& options = action.options;
  options.tags = built_names(project, service);
  for (auto& [name, value] : build_args(project, build, flags.buildx.args)) options.build_args[name] = value;
  for (const auto& [name, value] : project.default_variables) options.build_args.emplace(name, value);
  options.cache_from = build.cache_from;
  options.target = build.target;
  options.labels = build_labels(project, service);
  options.network_mode = build.network;
  for (const std::string& host : build.extra_hosts) options.extra_hosts.push_back(replace_all(host, "=", ":"));
  options.platform = build.platforms.size() > 1 ? "" : join(build_platforms(project, service), ",");
  options.no_cache = build.no_cache || flags.buildx.no_cache;
  options.pull = build.pull || flags.buildx.pull;
  options.memory = flags.memory;
  options.shm_size = build.shm_size;
  options.isolation = build.isolation;
  for (const auto& [name, limit] : build.ulimits) {
    options.ulimits.push_back({.name = name, .soft = limit.soft, .hard = limit.hard});
  }
  if (is_remote(build.context)) {
    options.remote = build.context;
    options.dockerfile = build.dockerfile;
    return action;
  }
  engine::BuildContextOptions& context = action.context.emplace();
  context.folder = build.context;
  if (!build.dockerfile.empty()) context.dockerfile = build.dockerfile;
  if (!build.dockerfile_inline.empty()) context.dockerfile_inline = build.dockerfile_inline;
  return action;
}

BuildImage build_of(const compose::Project& project, const compose::Service& service, const BuildFlags& flags) {
  if (flags.builder == Builder::kClassic) return classic_build_of(project, service, flags);
  BuildImage action{.image = project.image_of(service), .options = {}, .context = {}};
  if (flags.builder == Builder::kBuildx) {
    action.buildx = buildx_command(project, service, flags.buildx);
  } else {
    action.buildkit = build_request(project, service, flags.buildx);
  }
  return action;
}

// A build may use another service's image (additional_contexts: service:x, or FROM): dependencies come first.
void order_builds(const compose::Project& project, const std::map<std::string, OperationNumber, std::less<>>& builds,
                  PlanBuilder& builder) {
  constexpr std::string_view prefix = "service:";
  for (const auto& [name, number] : builds) {
    const compose::Service& service = project.services.find(name)->second;
    for (const auto& [context, source] : service.build->additional_contexts) {
      if (!source.starts_with(prefix)) continue;
      const auto other = builds.find(std::string_view(source).substr(prefix.size()));
      if (other != builds.end()) builder.order(number, other->second);
    }
  }
}

}  // namespace

std::set<std::string> find_nearby(const Context& context, engine::Client& client, const compose::Project& project,
                                  const State& state, const ImageOptions& options) {
  std::set<std::string> nearby;
  if (options.images_from == nullptr) return nearby;
  std::string own_platform;
  for (const compose::Service* service : ImageUsers(project)) {
    if (service->image.empty() || !may_copy(project, *service, options)) continue;
    const std::string asked = platform_of(project, *service);
    const Image* there = state.find_image(service->image);
    if (there != nullptr && matches_platform(*there, asked)) continue;
    try {
      const engine::ImageInspect here = options.images_from->inspect_image(context, service->image);
      if (asked.empty() && own_platform.empty()) {
        const engine::Version version = client.version(context);
        own_platform = version.os + "/" + version.arch;
      }
      if (matches_platform(image_of(here), asked.empty() ? own_platform : asked)) nearby.insert(service->image);
    } catch (const Error& e) {
      if (e.kind() == Kind::kCancelled || e.kind() == Kind::kTimeout) throw;
      if (e.kind() != Kind::kNotFound) return nearby;  // no engine answers here
    }
  }
  return nearby;
}

Plan plan_images(const compose::Project& project, const State& state, const ImageOptions& options, engine::Time now) {
  PlanBuilder builder;
  Problems problems;
  std::set<std::string> done;
  std::map<std::string, OperationNumber, std::less<>> builds;
  for (const compose::Service* user : ImageUsers(project)) {
    const compose::Service& service = *user;
    const std::string& name = service.name;
    if (service.provider) continue;
    if (service.image.empty() && !service.build) {
      problems.add(Kind::kInvalid, "service '" + name + "' has neither image nor build: give one of them");
      continue;
    }
    const std::string image = project.image_of(service);
    const std::string platform = platform_of(project, service);
    const Image* there = state.find_image(image);
    if (there != nullptr && !matches_platform(*there, platform)) there = nullptr;
    PullPolicy policy = policy_of(service, options.pull);
    const bool forced = service.build && (options.build || policy.policy == Policy::kBuild);
    const bool buildable = service.build && !options.no_build;
    if (options.build && service.build) policy.policy = Policy::kBuild;

    const bool too_old = policy.policy == Policy::kRefresh && there != nullptr &&
                         (!there->last_tag_time || now - *there->last_tag_time > policy.age);
    const bool may_pull = !service.image.empty() && policy.policy != Policy::kNever && policy.policy != Policy::kBuild;
    const bool wants_pull = there == nullptr || policy.policy == Policy::kAlways || too_old;
    const bool copy =
        there == nullptr && !options.pulled && options.nearby.contains(image) && may_copy(project, service, options);
    const bool pull = may_pull && wants_pull && !options.pulled && !copy;
    const bool build = buildable && !pull && (there == nullptr || (forced && !options.pulled));
    const PlanBuilder::Options about{.service = name, .reason = {}, .replaces = false};
    if (copy && done.insert(image).second) builder.add(CopyImage{.image = image}, {}, about);
    if (pull && done.insert(image).second) {
      const bool may_fail = !options.no_build && can_be_built(project, image);
      builder.add(PullImage{.image = image, .platform = platform, .may_fail = may_fail}, {}, about);
    }
    if (build) {
      builds[name] = builder.add(build_of(project, service, {.builder = options.builder}), {}, about);
    }
    if (there == nullptr && !pull && !copy && !build && !can_be_built(project, image)) {
      problems.add(Kind::kNotFound, "image '" + image + "' of service '" + name +
                                        "' is not on the engine, and may be neither pulled nor built: load it, or "
                                        "change pull_policy");
    }
  }
  problems.throw_if_any();
  order_builds(project, builds, builder);
  const bool has_ingress = std::any_of(project.services.begin(), project.services.end(),
                                       [](const auto& entry) { return compose::is_behind_ingress(entry.second); });
  if ((has_ingress || needs_keeper(project)) && state.find_image(agent_image()) == nullptr)
    builder.add(LoadAgentImage{agent_image()});
  return builder.finish();
}

Plan plan_build(const compose::Project& project, const BuildFlags& flags) {
  PlanBuilder builder;
  std::map<std::string, OperationNumber, std::less<>> builds;
  for (const auto& [name, service] : project.services) {
    const bool named = std::find(flags.services.begin(), flags.services.end(), name) != flags.services.end();
    if (!service.build || !(flags.services.empty() || named)) continue;
    const PlanBuilder::Options about{.service = name, .reason = {}, .replaces = false};
    builds[name] = builder.add(build_of(project, service, flags), {}, about);
    // The plugin pushes what it builds.
    if (!flags.buildx.push || flags.builder == Builder::kBuildx) continue;
    for (std::string& image : built_names(project, service))
      builder.order(builder.add(PushImage{.image = std::move(image)}, {}, about), builds[name]);
  }
  order_builds(project, builds, builder);
  return builder.finish();
}

Plan plan_pull(const compose::Project& project, const State& state, const PullFlags& flags) {
  PlanBuilder builder;
  std::set<std::string> done;
  for (const compose::Service* user : ImageUsers(project)) {
    const compose::Service& service = *user;
    if (service.image.empty() || (service.build && flags.ignore_buildable)) continue;
    const std::string_view policy = flags.policy ? std::string_view(*flags.policy) : service.pull_policy;
    if (policy == "never" || policy == "build") continue;
    if (policy == "missing" || policy == "if_not_present") {
      // What is tagged "latest" may have changed.
      const engine::Reference reference = engine::Reference::parse(service.image).with_default_tag();
      if (state.find_image(service.image) != nullptr && reference.tag != "latest") continue;
    }
    if (!done.insert(service.image).second) continue;
    builder.add(PullImage{.image = service.image,
                          .platform = platform_of(project, service),
                          .may_fail = flags.ignore_failures || service.build.has_value()},
                {}, {.service = service.name, .reason = {}, .replaces = false});
  }
  return builder.finish();
}

Plan plan_push(const compose::Project& project, const PushFlags& flags) {
  PlanBuilder builder;
  std::set<std::string> done;
  for (const auto& [name, service] : project.services) {
    const bool named = std::find(flags.services.begin(), flags.services.end(), name) != flags.services.end();
    if (!flags.services.empty() && !named) continue;
    if (!service.build || service.image.empty()) {
      builder.warn("service '" + name + "' is not pushed: it needs both build and image");
      continue;
    }
    for (const std::string& image : built_names(project, service)) {
      if (!done.insert(image).second) continue;
      builder.add(PushImage{.image = image, .may_fail = flags.ignore_failures}, {},
                  {.service = name, .reason = {}, .replaces = false});
    }
  }
  return builder.finish();
}

}  // namespace berth::converge
