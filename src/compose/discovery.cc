#include "compose/discovery.h"

#include <array>
#include <utility>

#include "base/error.h"
#include "base/strings.h"
#include "compose/file_path.h"

namespace berth::compose {
namespace {

constexpr std::array<std::string_view, 4> kFileNames = {"compose.yaml", "compose.yml", "docker-compose.yml",
                                                        "docker-compose.yaml"};
constexpr std::array<std::string_view, 4> kOverrideNames = {
    "compose.override.yml", "compose.override.yaml", "docker-compose.override.yml", "docker-compose.override.yaml"};

// The order is that of docker compose, because each step may change what the next one sees: an .env file may name the
// compose files, whose folder may have an .env file of its own.
class Finder {
 public:
  Finder(const LoadOptions& options, const FileReader& reader, yaml::Findings& findings)
      : options_(options), reader_(reader), findings_(findings) {}

  Sources find() {
    sources_.variables = options_.environment.variables();
    sources_.variables.try_emplace("PWD", options_.current_dir);
    for (const std::string& file : options_.files) take_file(file);
    for (const std::string& file : named_env_files()) sources_.env_files.push_back(absolute(file));
    read_env_files();
    if (sources_.files.empty()) take_files_from_variables();
    if (sources_.files.empty()) take_files_from_folders();
    if (sources_.files.empty()) {
      throw Error(Kind::kNotFound,
                  "no configuration file provided: not found; write a compose.yaml here or name a file with -f");
    }
    read_env_files();
    sources_.project_dir = folder();
    // What remote files name is beside them.
    const bool apart = options_.project_dir.empty() && first_is_remote_;
    sources_.working_dir = apart ? folder_of(sources_.files[0]) : sources_.project_dir;
    sources_.profiles = options_.profiles;
    if (sources_.profiles.empty()) {
      for (const std::string& profile : split(variable("COMPOSE_PROFILES"), ',')) {
        if (!trim(profile).empty()) sources_.profiles.emplace_back(trim(profile));
      }
    }
    return std::move(sources_);
  }

 private:
  std::string absolute(const std::string& file) const {
    return file == "-" ? file : absolute_path(options_.current_dir, file);
  }

  void take_file(const std::string& name) {
    const bool remote = reader_.is_remote(name);
    if (sources_.files.empty()) first_is_remote_ = remote;
    sources_.files.push_back(remote ? reader_.fetch(name) : absolute(name));
  }

  std::string variable(std::string_view name) const {
    const auto found = sources_.variables.find(name);
    return found != sources_.variables.end() ? found->second : std::string();
  }

  std::string folder() const {
    if (!options_.project_dir.empty()) return absolute(options_.project_dir);
    if (first_is_remote_) return options_.current_dir;
    for (const std::string& file : sources_.files) {
      if (file != "-") return folder_of(file);
    }
    return options_.current_dir;
  }

  std::vector<std::string> named_env_files() const {
    if (!options_.env_files.empty()) return options_.env_files;
    std::vector<std::string> files;
    for (std::string& file : split(options_.environment.get_or("COMPOSE_ENV_FILES", ""), ',')) {
      if (!file.empty()) files.push_back(std::move(file));
    }
    return files;
  }

  bool usual_env_file_is_disabled() const {
    const auto value = options_.environment.get("COMPOSE_DISABLE_ENV_FILE");
    if (!value) return false;
    for (const std::string_view yes : {"1", "t", "T", "TRUE", "true", "True"}) {
      if (*value == yes) return true;
    }
    for (const std::string_view no : {"0", "f", "F", "FALSE", "false", "False"}) {
      if (*value == no) return false;
    }
    throw Error(Kind::kInvalid, "COMPOSE_DISABLE_ENV_FILE must be true or false, not '" + *value + "'");
  }

  // What is known already wins over the files, and an earlier call over a later one.
  void read_env_files() {
    std::vector<std::string> files = sources_.env_files;
    if (files.empty() && !usual_env_file_is_disabled()) {
      std::string usual = join_path(folder(), ".env");
      if (reader_.type_of(usual) == FileReader::Type::kFile) files.push_back(std::move(usual));
    }
    Variables read;
    const Lookup lookup = [this](std::string_view name) -> std::optional<std::string> {
      const auto found = sources_.variables.find(name);
      if (found == sources_.variables.end()) return std::nullopt;
      return found->second;
    };
    for (const std::string& file : files) {
      const FileReader::Type type = reader_.type_of(file);
      if (type == FileReader::Type::kMissing) throw Error(Kind::kNotFound, "couldn't find env file: " + file);
      if (type == FileReader::Type::kFolder) throw Error(Kind::kInvalid, "env file '" + file + "' is a directory");
      const std::size_t faults = findings_.faults.size();
      read_env_file(reader_.read(file).value_or(""), file, lookup, read, findings_);
      if (findings_.faults.size() > faults) break;
    }
    sources_.variables.merge(read);
  }

  void take_files_from_variables() {
    const std::string files = variable("COMPOSE_FILE");
    if (files.empty()) return;
    std::string separator = variable("COMPOSE_PATH_SEPARATOR");
    if (separator.empty()) separator = ":";
    std::string_view rest = files;
    for (;;) {
      const std::size_t end = rest.find(separator);
      take_file(std::string(rest.substr(0, end)));
      const std::string& file = sources_.files.back();
      if (file != "-" && reader_.type_of(file) == FileReader::Type::kMissing) {
        throw Error(Kind::kNotFound, "file '" + file + "', named by COMPOSE_FILE, does not exist");
      }
      if (end == std::string_view::npos) return;
      rest.remove_prefix(end + separator.size());
    }
  }

  template <std::size_t N>
  std::vector<std::string> present(const std::array<std::string_view, N>& names, const std::string& in) const {
    std::vector<std::string> files;
    for (const std::string_view name : names) {
      std::string file = join_path(in, name);
      if (reader_.type_of(file) != FileReader::Type::kMissing) files.push_back(std::move(file));
    }
    return files;
  }

  void take(const std::vector<std::string>& files, std::string_view kind) {
    if (files.size() > 1) {
      findings_.warn_once({},
                          "Found multiple " + std::string(kind) + " files with supported names: " + join(files, ", "));
      findings_.warn_once({}, "Using " + files[0]);
    }
    if (!files.empty()) sources_.files.push_back(files[0]);
  }

  void take_files_from_folders() {
    std::string here = folder();
    for (;;) {
      const std::vector<std::string> files = present(kFileNames, here);
      if (!files.empty()) {
        take(files, "config");
        take(present(kOverrideNames, here), "override");
        return;
      }
      std::string above = folder_of(here);
      if (above == here) return;
      here = std::move(above);
    }
  }

  const LoadOptions& options_;
  const FileReader& reader_;
  yaml::Findings& findings_;
  Sources sources_;
  bool first_is_remote_ = false;
};

}  // namespace

Sources find_sources(const LoadOptions& options, const FileReader& reader, yaml::Findings& findings) {
  return Finder(options, reader, findings).find();
}

}  // namespace berth::compose
