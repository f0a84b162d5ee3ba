#include "converge/bake.h"

#include "base/json.h"
#include "base/strings.h"
#include "base/units.h"
#include "converge/build_source.h"

namespace berth::converge {

namespace {

void add(json::object& target, std::string_view name, const std::string& value) {
  if (!value.empty()) target[name] = value;
}

void add(json::object& target, std::string_view name, const std::vector<std::string>& values) {
  if (!values.empty()) target[name] = json::array(values.begin(), values.end());
}

void add(json::object& target, std::string_view name, const compose::TextMap& values) {
  if (values.empty()) return;
  json::object& object = target[name].emplace_object();
  for (const auto& [key, value] : values) object[key] = value;
}

compose::TextMap contexts_of(const compose::Build& build) {
  compose::TextMap contexts;
  for (const auto& [name, source] : build.additional_contexts) {
    constexpr std::string_view service = "service:";
    contexts[name] = source.starts_with(service) ? "target:" + source.substr(service.size()) : source;
  }
  return contexts;
}

std::vector<std::string> secrets_of(const compose::Project& project, const compose::Build& build) {
  std::vector<std::string> secrets;
  for (const compose::BuildSecret& secret : build.secrets) {
    const compose::FileObject& object = project.secrets.find(secret.source)->second;
    const std::string id = "id=" + (secret.target.empty() ? secret.source : secret.target);
    if (!object.file.empty()) secrets.push_back(id + ",type=file,src=" + object.file);
    if (!object.environment.empty()) secrets.push_back(id + ",type=env,env=" + object.environment);
  }
  return secrets;
}

std::vector<std::string> attestations_of(const compose::Build& build, const BuildxFlags& flags) {
  std::vector<std::string> all;
  const auto add = [&](const std::string& type, const std::string& value) {
    if (value.empty()) return;
    const bool plain = value == "true" || value == "false";
    all.push_back("type=" + type + (plain ? (value == "true" ? "" : ",disabled=true") : "," + value));
  };
  add("provenance", flags.provenance.empty() ? build.provenance : flags.provenance);
  add("sbom", flags.sbom.empty() ? build.sbom : flags.sbom);
  return all;
}

json::object target_of(const compose::Project& project, const compose::Service& service, const BuildxFlags& flags) {
  const compose::Build& build = *service.build;
  json::object target;
  target["context"] = build.context;
  add(target, "contexts", contexts_of(build));
  add(target, "dockerfile", dockerfile_path(build));
  add(target, "dockerfile-inline", build.dockerfile_inline);
  add(target, "args", build_args(project, build, flags.args));
  add(target, "labels", build_labels(project, service));
  std::vector<std::string> tags = build.tags;
  tags.push_back(project.image_of(service));
  add(target, "tags", tags);
  add(target, "cache-from", build.cache_from);
  add(target, "cache-to", build.cache_to);
  add(target, "target", build.target);
  add(target, "secret", secrets_of(project, build));
  std::vector<std::string> ssh = flags.ssh;
  for (const auto& [id, path] : build.ssh) ssh.push_back(path.empty() ? id : id + "=" + path);
  add(target, "ssh", ssh);
  add(target, "platforms", build_platforms(project, service));
  if (build.pull || flags.pull) target["pull"] = true;
  if (build.no_cache || flags.no_cache) target["no-cache"] = true;
  add(target, "no-cache-filter", no_cache_filter(service));
  add(target, "network", build.network);
  if (build.shm_size != Bytes{}) add(target, "shm-size", std::to_string(count(build.shm_size)));
  std::vector<std::string> limits;
  for (const auto& [name, limit] : build.ulimits) {
    limits.push_back(name + "=" + std::to_string(limit.soft) + ":" + std::to_string(limit.hard));
  }
  add(target, "ulimits", limits);
  std::vector<std::string> entitlements = build.entitlements;
  if (build.privileged) entitlements.emplace_back("security.insecure");
  add(target, "entitlements", entitlements);
  compose::TextMap hosts;
  for (const std::string& host : build.extra_hosts) {
    const auto [name, address] = cut(host, '=');
    hosts[std::string(name)] = address.value_or("");
  }
  add(target, "extra-hosts", hosts);
  add(target, "attest", attestations_of(build, flags));
  if (flags.check) {
    add(target, "call", "lint");
  } else {
    add(target, "output", std::vector<std::string>{flags.push ? "type=registry" : "type=docker"});
  }
  return target;
}

}  // namespace

std::string bake_file(const compose::Project& project, const BuildxFlags& flags) {
  json::object targets;
  json::array names;
  for (const auto& [name, service] : project.services) {
    if (!service.build) continue;
    names.emplace_back(name);
    targets[name] = target_of(project, service, flags);
  }
  json::object file;
  file["group"] = {{"default", {{"targets", std::move(names)}}}};
  file["target"] = std::move(targets);
  return format_json(file, 2);
}

}  // namespace berth::converge
