#include "engine/build_query.h"

#include "base/json.h"
#include "base/strings.h"
#include "engine/containers_json.h"

namespace berth::engine {

namespace {

void require(bool used, std::string_view option, Feature feature, ApiVersion version) {
  if (!used || supports(version, feature)) return;
  throw Error(Kind::kUnsupported, "'" + std::string(option) + "' needs Docker API " + since(feature).text() +
                                      ", this engine speaks " + version.text());
}

std::string build_args_text(const BuildOptions& options) {
  if (options.build_args.empty()) return {};
  json::object object;
  for (const auto& [name, value] : options.build_args) {
    object[name] = value ? json::value(*value) : json::value();
  }
  return format_json(object);
}

template <typename T>
std::string json_of(const T& value) {
  return value.empty() ? std::string() : format_json(Encoder::to_json(value));
}

void add_limits(http::Query& query, const BuildOptions& options) {
  const auto add_number = [&](std::string_view name, std::int64_t value) {
    if (value != 0) query.add(name, std::to_string(value));
  };
  add_number("shmsize", count(options.shm_size));
  add_number("memory", count(options.memory));
  add_number("memswap", count(options.memory_swap));
  add_number("cpushares", options.cpu_shares);
  add_number("cpuperiod", options.cpu_period);
  add_number("cpuquota", options.cpu_quota);
  query.add_if("cpusetcpus", options.cpuset_cpus)
      .add_if("cgroupparent", options.cgroup_parent)
      .add_if("isolation", options.isolation)
      .add_if("ulimits", json_of(options.ulimits))
      .add_if("securityopt", json_of(options.security_opt));
}

}  // namespace

http::Query build_query(const BuildOptions& options, ApiVersion version) {
  require(options.builder == Builder::kBuildKit, "BuildKit", Feature::kBuildKit, version);
  require(!options.target.empty(), "target", Feature::kBuildTarget, version);
  require(!options.platform.empty(), "platform", Feature::kPlatform, version);
  http::Query query;
  if (options.builder == Builder::kBuildKit) query.add("version", "2");
  query.add_if("dockerfile", options.dockerfile).add_if("remote", options.remote);
  for (const std::string& tag : options.tags) query.add("t", tag);
  query.add_if("buildargs", build_args_text(options))
      .add_if("cachefrom", json_of(options.cache_from))
      .add_if("target", options.target)
      .add_if("labels", json_of(options.labels))
      .add_if("networkmode", options.network_mode)
      .add_if("extrahosts", join(options.extra_hosts, ","))
      .add_if("platform", options.platform);
  if (options.no_cache) query.add("nocache", "1");
  if (options.pull) query.add("pull", "1");
  if (options.quiet) query.add("q", "1");
  query.add("rm", options.remove ? "1" : "0");
  if (options.force_remove) query.add("forcerm", "1");
  if (options.squash) query.add("squash", "1");
  add_limits(query, options);
  return query;
}

std::string platform_json(std::string_view platform) {
  const std::vector<std::string> parts = split(platform, '/');
  json::object object;
  object["os"] = parts[0];
  if (parts.size() > 1) object["architecture"] = parts[1];
  if (parts.size() > 2) object["variant"] = parts[2];
  return format_json(object);
}

}  // namespace berth::engine
