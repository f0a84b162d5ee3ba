#include "converge/build_request.h"

#include <algorithm>

#include "base/error.h"
#include "base/strings.h"
#include "base/units.h"
#include "converge/build_source.h"

namespace berth::converge {

namespace {

bool is_true(std::string_view value) { return value == "true" || value == "1"; }

bool contains_ignoring_case(const compose::TextMap& variables, const std::string& name) {
  return std::any_of(variables.begin(), variables.end(),
                     [&](const auto& entry) { return to_lower(entry.first) == to_lower(name); });
}

// Attribute names are those of BuildKit's frontend "dockerfile.v0", as docker's buildx plugin sets them.
class Writer {
 public:
  Writer(const compose::Project& project, const compose::Service& service, const BuildxFlags& flags)
      : project_(project), service_(service), build_(*service.build), flags_(flags) {}

  buildkit::BuildRequest write() {
    if (!build_.isolation.empty()) throw unsupported("build.isolation is for Windows engines, and BuildKit has none");
    request_.tags = built_names(project_, service_);
    write_source();
    write_contexts();
    write_variables();
    write_cache();
    write_surroundings();
    write_result();
    for (const auto& [id, secret] : build_secrets(project_, service_)) request_.secrets[id] = secret;
    for (const auto& [id, path] : build_.ssh) request_.ssh[id] = path;
    for (const std::string& text : flags_.ssh) {
      const auto [id, path] = cut(text, '=');
      request_.ssh[std::string(id)] = path.value_or("");
    }
    return std::move(request_);
  }

 private:
  Error unsupported(const std::string& what) const {
    return {Kind::kUnsupported, "service '" + service_.name + "': " + what};
  }

  void set(std::string name, std::string value) { request_.attributes[std::move(name)] = std::move(value); }
  void set_if(const std::string& name, const std::string& value) {
    if (!value.empty()) set(name, value);
  }

  void write_source() {
    const bool remote = is_remote(build_.context);
    if (remote) {
      set("context", build_.context);
    } else {
      request_.folders["context"] = build_.context;
    }
    if (!build_.dockerfile_inline.empty()) {
      request_.dockerfile = build_.dockerfile_inline;
      set("filename", "Dockerfile");
      set("dockerfilekey", "dockerfile");
      return;
    }
    const Path file =
        build_.dockerfile.empty() && !remote ? Path(build_.context) / "Dockerfile" : Path(dockerfile_path(build_));
    if (remote && !file.is_absolute()) {
      set("filename", file.empty() ? "Dockerfile" : file.string());
      return;
    }
    request_.folders["dockerfile"] = file.parent_path();
    set("filename", file.filename().string());
    if (remote) set("dockerfilekey", "dockerfile");
  }

  void write_contexts() {
    constexpr std::string_view service_prefix = "service:";
    // So that a builder without contexts by name says so, instead of taking the names for images.
    if (!build_.additional_contexts.empty()) set("frontend.caps", "moby.buildkit.frontend.contexts+forward");
    for (const auto& [name, source] : build_.additional_contexts) {
      const bool built = source.starts_with(service_prefix);
      const auto other = project_.services.find(built ? source.substr(service_prefix.size()) : "");
      if (other != project_.services.end()) {
        set("context:" + name, "docker-image://" + project_.image_of(other->second));
      } else if (source.starts_with("oci-layout://")) {
        throw unsupported("additional context '" + name +
                          "' is an OCI layout, which needs docker's buildx plugin: " + std::string(kHowToGetBuildx));
      } else if (is_remote(source)) {
        set("context:" + name, source);
      } else {
        // What the build itself goes by has these names.
        const std::string folder = name == "context" || name == "dockerfile" ? "_" + name : name;
        request_.folders[folder] = source;
        set("context:" + name, "local:" + folder);
      }
    }
  }

  void write_variables() {
    compose::TextMap args = build_args(project_, build_, flags_.args);
    for (const auto& [name, value] : project_.default_variables) {
      if (!contains_ignoring_case(args, name)) args[name] = value;
    }
    for (const auto& [name, value] : args) set("build-arg:" + name, value);
    // Those that mean something to the builder itself.
    if (const auto syntax = args.find("BUILDKIT_SYNTAX"); syntax != args.end() && !syntax->second.empty()) {
      request_.frontend = "gateway.v0";
      set("source", split(syntax->second, ' ').front());
      set("cmdline", syntax->second);
    }
    if (const auto cache = args.find("BUILDKIT_INLINE_CACHE"); cache != args.end() && is_true(cache->second)) {
      request_.cache_to.push_back({.type = "inline", .attributes = {}});
    }
    if (const auto many = args.find("BUILDKIT_MULTI_PLATFORM"); many != args.end() && is_true(many->second)) {
      set("multi-platform", "true");
    }
  }

  // "type=registry,ref=x", or an image alone.
  buildkit::CacheEntry cache_entry(const std::string& text) const {
    if (text.find('=') == std::string::npos) return {.type = "registry", .attributes = {{"ref", text}}};
    buildkit::CacheEntry entry;
    for (const std::string& field : split(text, ',')) {
      const auto [name, value] = cut(field, '=');
      if (!value)
        throw Error(Kind::kInvalid,
                    "service '" + service_.name + "': cache '" + text + "': '" + field + "' is no NAME=VALUE");
      (name == "type" ? entry.type : entry.attributes[std::string(name)]) = *value;
    }
    if (entry.type == "local") {
      throw unsupported("cache '" + text +
                        "' in a folder needs docker's buildx plugin: " + std::string(kHowToGetBuildx));
    }
    return entry;
  }

  void write_cache() {
    for (const std::string& source : build_.cache_from) request_.cache_from.push_back(cache_entry(source));
    for (const std::string& target : build_.cache_to) request_.cache_to.push_back(cache_entry(target));
    set_if("no-cache", join(no_cache_filter(service_), ","));
    if (build_.no_cache || flags_.no_cache) set("no-cache", "");
    set("image-resolve-mode", build_.pull || flags_.pull ? "pull" : "local");
  }

  void write_surroundings() {
    if (build_.network == "host" || build_.network == "none") {
      set("force-network-mode", build_.network);
      if (build_.network == "host") request_.entitlements.emplace_back("network.host");
    } else if (!build_.network.empty() && build_.network != "default") {
      throw unsupported("build.network '" + build_.network +
                        "': BuildKit takes 'host', 'none' or 'default'; "
                        "DOCKER_BUILDKIT=0 takes networks");
    }
    request_.extra_hosts = build_.extra_hosts;
    if (build_.shm_size != Bytes{}) set("shm-size", std::to_string(count(build_.shm_size)));
    std::vector<std::string> limits;
    for (const auto& [name, limit] : build_.ulimits) {
      limits.push_back(name + "=" + std::to_string(limit.soft) + ":" + std::to_string(limit.hard));
    }
    set_if("ulimit", join(limits, ","));
    for (const std::string& entitlement : build_.entitlements) request_.entitlements.push_back(entitlement);
    if (build_.privileged) request_.entitlements.emplace_back("security.insecure");
  }

  // "true" and "false", or attributes: "mode=max".
  void attest(const std::string& kind, const std::string& wish) {
    if (wish.empty() || wish == "false") return;
    set("attest:" + kind, wish == "true" ? "" : wish);
  }

  void write_result() {
    for (const auto& [name, value] : build_labels(project_, service_)) set("label:" + name, value);
    set_if("target", build_.target);
    set_if("platform", join(build_platforms(project_, service_), ","));
    attest("provenance", flags_.provenance.empty() ? build_.provenance : flags_.provenance);
    attest("sbom", flags_.sbom.empty() ? build_.sbom : flags_.sbom);
  }

  const compose::Project& project_;
  const compose::Service& service_;
  const compose::Build& build_;
  const BuildxFlags& flags_;
  buildkit::BuildRequest request_;
};

}  // namespace

buildkit::BuildRequest build_request(const compose::Project& project, const compose::Service& service,
                                     const BuildxFlags& flags) {
  return Writer(project, service, flags).write();
}

}  // namespace berth::converge
