// Compose files, with all that they include and extend, to one canonical tree.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "compose/env_file.h"
#include "compose/file_reader.h"
#include "compose/interpolate.h"
#include "compose/reset.h"
#include "yaml/node.h"
#include "yaml/path.h"

namespace berth::compose {

// Where a set of files stands: the main ones, or those of one include entry.
struct Scope {
  // What relative paths inside the files are put behind; may be relative itself, to the including project's folder.
  std::string working_dir;
  // Where files that include and extends name are looked for; absolute.
  std::string resource_dir;
  const Variables* variables = nullptr;
  // Files on the way from the main one to here, for telling an include cycle.
  std::vector<std::string> included;
};

// One thread, one load.
class ModelLoader {
 public:
  struct Settings {
    std::string current_dir;
    std::string home;
    bool interpolate = true;
    bool resolve_paths = true;
  };

  ModelLoader(Settings settings, const FileReader& reader, yaml::Findings& findings)
      : settings_(std::move(settings)), reader_(reader), findings_(findings) {}

  // The files (absolute paths, "-") merged in their order, defaults filled in, values checked, paths resolved. Where
  // there are faults the tree is what could be made of the rest.
  yaml::Node load(const std::vector<std::string>& files, const Scope& scope);

  // The documents of a file, parsed once. A file that is missing has none, and a fault said at `mentioned`.
  const std::vector<yaml::Node>& documents_of(const std::string& path, const yaml::Node& mentioned,
                                              const yaml::NodePath& mentioned_path);

 private:
  // A service on the way up a chain of extends.
  struct Link {
    std::string file;
    std::string service;
    bool operator==(const Link&) const = default;
  };
  // A file that services are extended from.
  struct Base {
    yaml::Node services;
    std::vector<ResetPath> resets;
    bool ok = false;
  };

  // A file that another one names.
  struct Place {
    std::string file;    // absolute
    std::string folder;  // as folder_in() has it
  };

  void load_file(const std::string& path, const Scope& scope, yaml::Node& model);
  yaml::Node load_document(yaml::Node document, const std::string& path, const Scope& scope, yaml::Node model);
  void check_schema(const yaml::Node& model);
  yaml::Node interpolated(yaml::Node document, const Scope& scope);
  Lookup lookup_in(const Scope& scope) const;
  std::string display_name(const std::string& path) const;
  // Folder of a file that `scope` names, written relative to the scope's own folder where that is possible.
  std::string folder_in(const Scope& scope, const std::string& path) const;
  // Where a file that `scope` names is; what is elsewhere is fetched. Nothing, and a fault said, when it cannot be.
  std::optional<Place> place_of(const Scope& scope, const std::string& name, const yaml::Node& mentioned,
                                const yaml::NodePath& path);
  void fault(const yaml::Node& node, const yaml::NodePath& path, std::string message);

  // extends.cc
  void apply_extends(yaml::Node& document, const std::string& path, const Scope& scope,
                     const std::vector<ResetPath>& resets);
  yaml::Node extended(const std::string& name, yaml::Node& services, const std::string& file, const Scope& scope,
                      const std::vector<ResetPath>& resets, std::vector<Link> chain);
  const Base& base_of(const Place& place, const Scope& scope, const yaml::Node& mentioned,
                      const yaml::NodePath& mentioned_path);

  // include.cc
  struct Inclusion;
  void apply_include(yaml::Node& document, const Scope& scope, const std::vector<std::string>& included);
  void include(const Inclusion& inclusion, yaml::Node& document, const Scope& scope,
               const std::vector<std::string>& included);
  Variables variables_of_inclusion(const Inclusion& inclusion, const std::string& folder, const Scope& scope);
  void import_resources(const yaml::Node& from, yaml::Node& into);

  const Settings settings_;
  const FileReader& reader_;
  yaml::Findings& findings_;
  std::map<std::string, std::vector<yaml::Node>> documents_;
  std::map<std::pair<const Variables*, std::string>, Base> bases_;
};

}  // namespace berth::compose
