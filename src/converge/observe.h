// What an engine has of a project.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/context.h"
#include "compose/project.h"
#include "engine/client.h"

namespace berth::converge {

struct Image {
  engine::ImageId id;
  std::vector<std::string> volumes;  // mount points that the image declares; empty when not inspected
  bool inspected = false;            // not: known from a container's summary, only the id is
  std::string os;
  std::string architecture;
  std::string variant;
  std::optional<engine::Time> last_tag_time;
  std::string news;  // of one that a preview expects: why it is another one than before; else empty
  bool operator==(const Image&) const = default;
};

// A value; planning needs nothing else of the engine.
struct State {
  engine::ApiVersion api_version;
  std::vector<engine::ContainerSummary> containers;  // all with the project's label, whatever their state
  std::vector<engine::Network> networks;             // with the project's label, or a name that the project uses
  std::vector<engine::Volume> volumes;               // likewise
  // By the name that the project uses for it; nothing: not on the engine. Absent: not looked up.
  std::map<std::string, std::optional<Image>, std::less<>> images;
  // By the id of an ingress: short ids of the containers that it sends connections to.
  std::map<engine::ContainerId, std::vector<std::string>> routes;
  // The engine's images with the project's label (built for it), where looked up.
  std::vector<engine::ImageSummary> built_images;

  const engine::Network* find_network(std::string_view name) const;
  const engine::Volume* find_volume(std::string_view name) const;
  const Image* find_image(std::string_view name) const;  // nullptr: not there, or not looked up
};

// What plans want to know of an image.
Image image_of(const engine::ImageInspect& inspect);

struct ObserveOptions {
  bool images = true;         // those that the project's services need, for up and create
  bool built_images = false;  // for down --rmi
};

// Reads it with as few calls as can be, at once: containers, networks, volumes (where the project has any); images only
// when no container's summary tells which one a name stands for. Throws what the engine's client throws.
State observe(const Context& context, engine::Client& client, const compose::Project& project,
              const ObserveOptions& options = {});

// As observe(), without a compose file: everything with the project's label.
State observe(const Context& context, engine::Client& client, std::string_view project_name);

// Looks these images up (again) and puts what it finds into `state`: after a pull or build, or before a plan that has
// to know what an image declares.
void observe_images(const Context& context, engine::Client& client, const std::vector<std::string>& names,
                    State& state);

// The images whose inspection reconcile() needs and `state` lacks; none in the common case. Pure.
std::vector<std::string> images_to_inspect(const compose::Project& project, const State& state);

// A project as its containers', networks' and volumes' labels tell it: services with their dependencies, nothing that
// could create anything. For stop, down and their kin where there is no compose file. Pure.
compose::Project project_of(std::string_view name, const State& state);

// Names of the projects on an engine with their containers' states: what `ls` prints.
struct ProjectSummary {
  std::string name;
  std::string config_files;
  std::map<std::string, int, std::less<>> containers_by_state;  // {"running": 2, "exited": 1}
};
std::vector<ProjectSummary> list_projects(const Context& context, engine::Client& client, bool all);

}  // namespace berth::converge
