// A compose application, loaded: everything resolved, typed, and sure to be consistent. A value; made by load().
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/environment.h"
#include "compose/service.h"
#include "compose/values.h"
#include "yaml/diagnostic.h"
#include "yaml/node.h"

namespace berth::compose {

struct IpamPool {
  std::string subnet;
  std::string gateway;
  std::string ip_range;
  TextMap aux_addresses;
};

struct Network {
  std::string key;   // its name in the file
  std::string name;  // its name on the engine
  yaml::Position position;
  yaml::Node tree;  // canonical, for `config` and the hash
  bool external = false;
  std::string driver;
  TextMap driver_opts;
  std::string ipam_driver;
  TextMap ipam_options;  // docker compose 2.40 drops them: they are in neither `tree` nor the hash
  std::vector<IpamPool> ipam_config;
  bool internal = false;
  bool attachable = false;
  TextMap labels;
  std::optional<bool> enable_ipv4;
  std::optional<bool> enable_ipv6;
};

struct Volume {
  std::string key;
  std::string name;
  yaml::Position position;
  yaml::Node tree;
  bool external = false;
  std::string driver;
  TextMap driver_opts;
  TextMap labels;
};

// A secret or a config: named bytes that services take as files.
struct FileObject {
  std::string key;
  std::string name;
  yaml::Position position;
  yaml::Node tree;
  bool external = false;
  std::string file;                    // absolute path, or empty
  std::string environment;             // variable's name, or empty
  std::optional<std::string> content;  // given in place, or the variable's value where that is set
  std::string driver;
  TextMap driver_opts;
  std::string template_driver;
  TextMap labels;
};

// An AI model that services talk to.
struct Model {
  std::string key;
  std::string name;  // as progress calls it
  yaml::Position position;
  yaml::Node tree;
  std::string model;              // "ai/smollm2": what is pulled and asked for
  std::int64_t context_size = 0;  // tokens; 0: the model's own
  std::vector<std::string> runtime_flags;
};

template <typename T>
using ByName = std::map<std::string, T, std::less<>>;

struct Project {
  std::string name;
  std::string working_dir;                 // absolute
  std::vector<std::string> compose_files;  // absolute, "-" for the standard input
  std::vector<std::string> env_files;      // absolute; those named with --env-file or COMPOSE_ENV_FILES only
  std::vector<std::string> profiles;       // active ones
  Environment environment;                 // variables for interpolation: the process's, then those of .env

  ByName<Service> services;           // enabled ones
  ByName<Service> disabled_services;  // by profile, or not selected
  ByName<Network> networks;
  ByName<Volume> volumes;
  ByName<FileObject> secrets;
  ByName<FileObject> configs;
  ByName<Model> models;
  yaml::Node extensions;  // the top level's x- entries, a mapping or null

  // What every container gets unless its service sets it, and every build by the engine's own builder: the proxies of
  // docker's config.json. Not of the files: whoever makes something of the project fills it in.
  TextMap default_variables;

  // What the programs of services with a `provider` gave to those that depend on them, by service, under the names that
  // dependents know; nothing: it failed, which nobody has to mind. Absent: it has not run yet. Not of the files, and no
  // part of any hash: whoever has run them fills it in.
  ByName<std::optional<TextMap>> provided;

  // What the files ask for and Berth cannot do. `config` prints the project all the same; whatever creates
  // containers or images from it has to refuse it with these.
  std::vector<yaml::Diagnostic> unsupported;
  // What they say and `up` passes over: worth a warning where containers are created.
  std::vector<yaml::Diagnostic> without_effect;

  // The service, enabled or not; nullptr when there is none.
  const Service* find_service(std::string_view name) const;
  // The image a service runs: `image`, else "PROJECT-SERVICE".
  std::string image_of(const Service& service) const;

  // Only these services and what they depend on (`dependencies` false: without); the others become disabled and leave
  // the depends_on of those that stay. All when `names` is empty. The profiles of a named service are activated first.
  // A name may be a pattern (web*). Throws kNotFound for a name that is no service.
  Project select(const std::vector<std::string>& names, bool dependencies = true) const&;
  Project select(const std::vector<std::string>& names, bool dependencies = true) &&;
  // Enabled services that claim the same container_name. The engine would refuse the second.
  std::vector<yaml::Diagnostic> container_name_conflicts() const;
  // Without networks, volumes, secrets, configs and models that no enabled service uses.
  Project without_unused_resources() const&;
  Project without_unused_resources() &&;
};

}  // namespace berth::compose
