#include "conformance/corpus.h"

#include "base/environment.h"
#include "base/error.h"
#include "base/strings.h"
#include "compose/config.h"
#include "compose/hash.h"
#include "compose/interpolate.h"

namespace berth::compose {

namespace {

std::string lines(const std::vector<std::string>& list) { return join(list, "\n"); }

std::string hashes(const Project& project) {
  std::string text;
  for (const auto& [name, service] : project.services) text += name + " " + service_hash(service) + "\n";
  return text;
}

std::string variables_json(const yaml::Node& model) {
  json::object all;
  for (const Variable& variable : variables_of(model)) {
    all[variable.name] = {{"Name", variable.name},
                          {"DefaultValue", variable.default_value},
                          {"PresenceValue", variable.alternate_value},
                          {"Required", variable.required}};
  }
  return json::serialize(all);
}

std::string answer_without_interpolation(const std::string& kind, LoadOptions& options) {
  options.interpolate = false;
  const Loaded loaded = load(options, DiskReader());
  if (!loaded.ok()) throw yaml::to_error(loaded.errors);
  return kind == "variables" ? variables_json(loaded.model) : model_json(loaded.model);
}

}  // namespace

Case::Case(const std::string& corpus, const json::value& value) {
  const std::string folder = corpus + "/" + text_of(value, "cwd");
  options_.current_dir = folder;
  const std::vector<std::string> arguments = texts_of(value, "args");
  for (std::size_t i = 0; i + 1 < arguments.size(); i += 2) take(arguments[i], arguments[i + 1]);
  options_.environment = Environment({{"HOME", "/nonexistent/home"},
                                      {"USER", "heldout"},
                                      {"PATH", "/usr/bin:/bin"},
                                      {"FOO", "foo"},
                                      {"BAR", "bar"},
                                      {"DOCKER_HOST", "unix:///nonexistent/docker.sock"},
                                      {"TERM", "dumb"},
                                      {"LC_ALL", "C.UTF-8"},
                                      {"PWD", folder}});
}

Answer Case::ask(const std::string& kind) const {
  try {
    return {false, answer(kind)};
  } catch (const Error& e) {
    return {true, e.message()};
  }
}

void Case::take(const std::string& flag, const std::string& value) {
  if (flag == "-f") options_.files.push_back(value);
  if (flag == "-p") options_.project_name = value;
  if (flag == "--profile") options_.profiles.push_back(value);
  if (flag == "--env-file") options_.env_files.push_back(value);
  if (flag == "--project-directory") options_.project_dir = value;
}

std::string Case::answer(const std::string& kind) const {
  LoadOptions options = options_;
  options.discard_label_files = true;
  if (kind == "no-interp" || kind == "variables") return answer_without_interpolation(kind, options);
  if (kind == "profiles*") options.profiles = {"*"};
  if (kind == "no-check") options.check_consistency = false;
  const bool prints_all = kind == "json" || kind == "yaml" || kind == "profiles*" || kind == "no-check";
  options.resolve_environment = prints_all;
  options.platforms = kind == "hash" ? compose::Platforms::kOne : compose::Platforms::kAsWritten;
  std::vector<yaml::Diagnostic> warnings;
  const Project project = load_or_throw(options, DiskReader(), warnings).without_unused_resources();
  if (prints_all && kind != "no-check" && !project.container_name_conflicts().empty()) {
    throw yaml::to_error(project.container_name_conflicts());
  }
  if (kind == "yaml") return config_yaml(project);
  if (prints_all) return config_json(project);
  if (kind == "services") return lines(service_names(project));
  if (kind == "images") return lines(image_names(project));
  if (kind == "volumes") return lines(volume_keys(project));
  if (kind == "networks") return lines(network_keys(project));
  if (kind == "profiles") return lines(profile_names(project));
  if (kind == "hash") return hashes(project);
  throw Error(Kind::kInternal, "unknown kind " + kind);
}

}  // namespace berth::compose
