#include "converge/observe.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "base/error.h"
#include "base/parallel.h"
#include "base/strings.h"
#include "compose/berth_options.h"
#include "converge/agent_image.h"
#include "converge/by_service.h"
#include "converge/divergence.h"
#include "converge/keeper.h"
#include "converge/labels.h"
#include "engine/tar.h"

namespace berth::converge {

namespace {

constexpr std::size_t kCallsAtOnce = 8;

std::string project_filter(std::string_view project) {
  return std::string(label::kProject) + "=" + std::string(project);
}

void keep_ours(const compose::Project& project, State& state) {
  const auto ours = [&](const engine::StringMap& labels) { return label_of(labels, label::kProject) == project.name; };
  std::set<std::string_view> networks;
  for (const auto& [key, network] : project.networks) networks.insert(network.name);
  std::erase_if(state.networks, [&](const engine::Network& network) {
    return !ours(network.labels) && !networks.contains(network.name) && !networks.contains(network.id.value);
  });
  std::set<std::string_view> volumes;
  for (const auto& [key, volume] : project.volumes) volumes.insert(volume.name);
  std::erase_if(state.volumes,
                [&](const engine::Volume& volume) { return !ours(volume.labels) && !volumes.contains(volume.name); });
}

bool needs_platform_check(const compose::Service& service) { return !service.platform.empty(); }

// A container's summary names its image only as long as the name still stands for the image it was made from. So it
// tells for free what the name means now.
void learn_images(const compose::Project& project, State& state) {
  std::map<std::string_view, const engine::ImageId*> meant;
  for (const engine::ContainerSummary& container : state.containers) {
    if (container.image_id.empty() || label_of(container.labels, label::kImage) != container.image_id.value) continue;
    meant.emplace(container.image, &container.image_id);
  }
  for (const auto& [name, service] : project.services) {
    if (needs_platform_check(service)) continue;
    const std::string image = project.image_of(service);
    if (const auto found = meant.find(image); found != meant.end()) state.images[image] = Image{.id = *found->second};
  }
}

std::set<std::string> image_names(const compose::Project& project) {
  std::set<std::string> names;
  if (needs_keeper(project)) names.insert(agent_image());
  for (const auto& [name, service] : project.services) {
    if (!service.provider) names.insert(project.image_of(service));
    for (const compose::Hook& hook : service.pre_start) {
      if (!hook.image.empty()) names.insert(hook.image);
    }
    if (compose::is_behind_ingress(service)) names.insert(agent_image());
    for (const compose::Mount& mount : service.volumes) {
      if (mount.kind == compose::MountKind::kImage) names.insert(mount.source);
    }
  }
  return names;
}

// A file of the ingress, which it has whether it runs or not.
std::vector<std::string> routes_of(const Context& context, engine::Client& client, const engine::ContainerId& ingress) {
  if (!client.stat_path(context, ingress, "/backends")) return {};
  engine::ByteStream stream = client.get_archive(context, ingress, "/backends").second;
  std::string tar;
  std::array<char, 4096> buffer;
  while (const std::size_t size = stream.read(context, buffer)) tar.append(buffer.data(), size);
  std::vector<std::string> names;
  for (const std::string& line : split(engine::first_file_of(tar), '\n')) {
    if (!line.empty()) names.push_back(line);
  }
  return names;
}

void observe_routes(const Context& context, engine::Client& client, State& state) {
  for (const engine::ContainerSummary& container : state.containers) {
    if (is_ingress(container)) state.routes[container.id] = routes_of(context, client, container.id);
  }
}

template <typename Things>
auto find_by_name(Things& things, std::string_view name) -> decltype(things.data()) {
  const auto found = std::find_if(things.begin(), things.end(), [&](const auto& thing) { return thing.name == name; });
  return found == things.end() ? nullptr : &*found;
}

}  // namespace

Image image_of(const engine::ImageInspect& inspect) {
  return {.id = inspect.id,
          .volumes = inspect.config.volumes,
          .inspected = true,
          .os = inspect.os,
          .architecture = inspect.architecture,
          .variant = inspect.variant,
          .last_tag_time = inspect.last_tag_time};
}

const engine::Network* State::find_network(std::string_view name) const { return find_by_name(networks, name); }

const engine::Volume* State::find_volume(std::string_view name) const { return find_by_name(volumes, name); }

const Image* State::find_image(std::string_view name) const {
  const auto found = images.find(name);
  return found == images.end() || !found->second ? nullptr : &*found->second;
}

State observe(const Context& context, engine::Client& client, const compose::Project& project,
              const ObserveOptions& options) {
  // One after the other on one connection: these few answers come sooner than more connections would be made.
  State state;
  state.api_version = client.api_version(context);
  const engine::Filters ours = {{"label", project_filter(project.name)}};
  state.containers = client.list_containers(context, {.all = true, .filters = ours});
  state.networks = client.list_networks(context);
  if (!project.volumes.empty()) state.volumes = client.list_volumes(context).volumes;
  if (options.built_images) {
    engine::Filters tagged = ours;
    tagged.emplace("dangling", "false");
    state.built_images = client.list_images(context, {.filters = tagged});
  }
  keep_ours(project, state);
  observe_routes(context, client, state);
  if (!options.images) return state;
  learn_images(project, state);
  std::vector<std::string> unknown;
  for (const std::string& name : image_names(project)) {
    if (!state.images.contains(name)) unknown.push_back(name);
  }
  for (std::string& name : images_to_inspect(project, state)) unknown.push_back(std::move(name));
  observe_images(context, client, unknown, state);
  return state;
}

State observe(const Context& context, engine::Client& client, std::string_view project_name) {
  State state;
  state.api_version = client.api_version(context);
  const engine::Filters filters = {{"label", project_filter(project_name)}};
  state.containers = client.list_containers(context, {.all = true, .filters = filters});
  state.networks = client.list_networks(context, filters);
  state.volumes = client.list_volumes(context, filters).volumes;
  return state;
}

void observe_images(const Context& context, engine::Client& client, const std::vector<std::string>& names,
                    State& state) {
  if (names.empty()) return;
  struct Look {
    const std::string& name;
    std::optional<Image> found;
  };
  std::vector<Look> looks;
  for (const std::string& name : names) looks.push_back({name, std::nullopt});
  const auto errors = for_each_parallel(looks, kCallsAtOnce, [&](Look& look) {
    if (const auto inspect = client.find_image(context, look.name)) look.found = image_of(*inspect);
  });
  for (const auto& error : errors) {
    if (error) throw *error;
  }
  for (Look& look : looks) state.images[look.name] = std::move(look.found);
}

std::vector<std::string> images_to_inspect(const compose::Project& project, const State& state) {
  const ContainersByService containers(state);
  std::set<std::string> names;
  for (const auto& [name, service] : project.services) {
    std::string image = project.image_of(service);
    const Image* known = state.find_image(image);
    if (known == nullptr || known->inspected) continue;
    // Only a container with volumes that nobody named may leave them to a successor.
    const auto& own = containers.of(name);
    const bool leaves = std::any_of(own.begin(), own.end(), [](const engine::ContainerSummary* container) {
      return std::any_of(container->mounts.begin(), container->mounts.end(), is_anonymous_volume);
    });
    if (leaves) names.insert(std::move(image));
  }
  return {names.begin(), names.end()};
}

compose::Project project_of(std::string_view name, const State& state) {
  compose::Project project;
  project.name = name;
  for (const engine::ContainerSummary& container : state.containers) {
    if (is_one_off(container)) continue;
    std::string service_name(service_of(container));
    if (service_name.empty()) continue;
    auto [entry, is_new] = project.services.try_emplace(service_name);
    compose::Service& service = entry->second;
    service.scale = service.scale.value_or(0) + 1;
    if (!is_new) continue;
    service.name = service_name;
    service.image = container.image;
    project.working_dir = label_of(container.labels, label::kWorkingDir);
    const std::string_view files = label_of(container.labels, label::kConfigFiles);
    if (!files.empty()) project.compose_files = split(files, ',');
    const std::string_view dependencies = label_of(container.labels, label::kDependsOn);
    if (dependencies.empty()) continue;
    for (const std::string& text : split(dependencies, ',')) {
      const std::vector<std::string> parts = split(text, ':');
      compose::Dependency dependency{.restart = parts.size() < 3 || parts[2] == "true", .required = false};
      if (parts.size() > 1 && parts[1] == "service_healthy") dependency.condition = compose::Condition::kHealthy;
      if (parts.size() > 1 && parts[1] == "service_completed_successfully") {
        dependency.condition = compose::Condition::kCompletedSuccessfully;
      }
      service.depends_on[parts.front()] = dependency;
    }
  }
  for (const engine::Network& network : state.networks) {
    const std::string key(label_of(network.labels, label::kNetwork));
    if (!key.empty()) project.networks[key] = {.key = key, .name = network.name};
  }
  for (const engine::Volume& volume : state.volumes) {
    const std::string key(label_of(volume.labels, label::kVolume));
    if (!key.empty()) project.volumes[key] = {.key = key, .name = volume.name};
  }
  return project;
}

std::vector<ProjectSummary> list_projects(const Context& context, engine::Client& client, bool all) {
  std::map<std::string, ProjectSummary> projects;
  const auto containers = client.list_containers(
      context, {.all = all, .filters = {{"label", label::kProject}, {"label", label::kConfigHash}}});
  for (const engine::ContainerSummary& container : containers) {
    const std::string name(label_of(container.labels, label::kProject));
    ProjectSummary& project = projects[name];
    project.name = name;
    if (project.config_files.empty()) project.config_files = label_of(container.labels, label::kConfigFiles);
    ++project.containers_by_state[container.state];
  }
  std::vector<ProjectSummary> list;
  for (auto& [name, project] : projects) list.push_back(std::move(project));
  return list;
}

}  // namespace berth::converge
