#include "buildkit/build.h"

#include <filesystem>
#include <thread>

#include <protozero/pbf_reader.hpp>
#include <protozero/pbf_writer.hpp>

#include "base/digest.h"
#include "base/error.h"
#include "base/guarded.h"
#include "base/json.h"
#include "base/strings.h"
#include "buildkit/messages.h"
#include "buildkit/plain_progress.h"
#include "engine/buildkit_status.h"
#include "engine/client.h"
#include "net/stream.h"

namespace berth::buildkit {

namespace {

constexpr std::string_view kHostGateway = "host-gateway";

void add_entries(protozero::pbf_writer& message, protozero::pbf_tag_type tag, const Attributes& entries) {
  for (const auto& [key, value] : entries) {
    protozero::pbf_writer entry(message, tag);
    entry.add_string(1, key);
    entry.add_string(2, value);
  }
}

// CacheOptionsEntry { Type = 1; Attrs = 2 }, and Exporter likewise
void add_typed(protozero::pbf_writer& message, protozero::pbf_tag_type tag, const std::string& type,
               const Attributes& attributes) {
  protozero::pbf_writer entry(message, tag);
  entry.add_string(1, type);
  add_entries(entry, 2, attributes);
}

// As the frontend wants it: [{"Type": "registry", "Attrs": {"ref": ...}}]
std::string cache_imports(const std::vector<CacheEntry>& sources) {
  json::array all;
  for (const CacheEntry& source : sources) {
    json::object attributes;
    for (const auto& [key, value] : source.attributes) attributes[key] = value;
    all.push_back(json::object{{"Type", source.type}, {"Attrs", attributes}});
  }
  return format_json(all);
}

// SolveRequest { Ref = 1; ExporterDeprecated = 3; ExporterAttrsDeprecated = 4; Session = 5; Frontend = 6;
// FrontendAttrs = 7; Cache = 8; Entitlements = 9; Exporters = 13 }
std::string solve_message(const BuildRequest& request, const std::string& ref, const std::string& session,
                          const std::string& extra_hosts) {
  std::string bytes;
  protozero::pbf_writer message(bytes);
  // The engine's own exporter: into its images.
  const Attributes exporter = {{"name", join(request.tags, ",")}};
  message.add_string(1, ref);
  message.add_string(3, "moby");
  add_entries(message, 4, exporter);
  message.add_string(5, session);
  message.add_string(6, request.frontend);
  Attributes attributes = request.attributes;
  if (!extra_hosts.empty()) attributes["add-hosts"] = extra_hosts;
  if (!request.cache_from.empty()) attributes["cache-imports"] = cache_imports(request.cache_from);
  add_entries(message, 7, attributes);
  {
    protozero::pbf_writer cache(message, 8);
    for (const CacheEntry& target : request.cache_to) add_typed(cache, 4, target.type, target.attributes);
  }
  for (const std::string& entitlement : request.entitlements) message.add_string(9, entitlement);
  add_typed(message, 13, "moby", exporter);
  return bytes;
}

// Of ListWorkersResponse { record = 1 { Labels = 2 } }.
Attributes worker_labels(const std::string& bytes) {
  Attributes labels;
  try {
    for (protozero::pbf_reader message(bytes); message.next(1);) {
      for (protozero::pbf_reader worker = message.get_message(); worker.next(2);) {
        std::string key;
        std::string value;
        for (protozero::pbf_reader entry = worker.get_message(); entry.next();) {
          std::string& part = entry.tag() == 1 ? key : value;
          part = entry.get_string();
        }
        labels[key] = value;
      }
    }
  } catch (const protozero::exception&) {
    throw Error(Kind::kInternal, "the engine's builder sent a malformed message");
  }
  return labels;
}

// What the engine's builder says of itself.
Attributes labels_of_builder(const Context& context, grpc::Connection& control) {
  return worker_labels(control.call(context, "/moby.buildkit.v1.Control/ListWorkers", ""));
}

// "name=address,..." with the address that containers reach the host at.
std::string extra_hosts_of(const Context& context, grpc::Connection& control, const BuildRequest& request) {
  std::vector<std::string> hosts;
  for (const std::string& host : request.extra_hosts) {
    const auto [name, address] = cut(host, '=');
    if (address != kHostGateway) {
      hosts.push_back(host);
      continue;
    }
    const Attributes labels = labels_of_builder(context, control);
    const auto gateway = labels.find("org.mobyproject.buildkit.worker.moby.host-gateway-ip");
    if (gateway == labels.end() || gateway->second.empty()) {
      throw Error(Kind::kUnsupported, "this engine does not tell builds where host-gateway is, which extra host '" +
                                          std::string(name) + "' asks for: give it an address");
    }
    hosts.push_back(std::string(name) + "=" + gateway->second);
  }
  return join(hosts, ",");
}

// What the engine's own image store cannot keep, and its builder passes over without a word.
std::string wants_image_store(const BuildRequest& request) {
  const auto platforms = request.attributes.find("platform");
  if (platforms != request.attributes.end() && platforms->second.find(',') != std::string::npos) {
    return "an image for several platforms";
  }
  for (const auto& [name, value] : request.attributes) {
    if (name.starts_with("attest:")) return name.substr(name.find(':') + 1);
  }
  return {};
}

void check_image_store(const Context& context, grpc::Connection& control, const BuildRequest& request) {
  const std::string wish = wants_image_store(request);
  if (wish.empty()) return;
  // Only engines that keep images in containerd have it.
  if (labels_of_builder(context, control).contains("org.mobyproject.buildkit.worker.snapshotter")) return;
  throw Error(Kind::kUnsupported, wish +
                                      " needs an engine with containerd's image store (daemon.json: \"features\": "
                                      "{\"containerd-snapshotter\": true})");
}

void check_folders(const BuildRequest& request) {
  for (const auto& [name, folder] : request.folders) {
    std::error_code error;
    if (std::filesystem::is_directory(folder, error)) continue;
    throw Error(Kind::kNotFound,
                (name == "context" ? "the build context '" : "context '" + name + "' of the build, '") +
                    folder.string() + "' isn't a folder");
  }
}

// Follows a build's progress on a thread of its own, until the builder has told all or this goes.
class Follower {
 public:
  Follower(const Context& context, grpc::Connection& control, const std::string& ref,
           const std::function<void(std::string_view line)>& say)
      : stop_(context), progress_(say), call_(control.call("/moby.buildkit.v1.Control/Status")) {
    call_->send(context, message_of(ref));
    call_->end_sending();
    thread_ = std::jthread([this] { follow(); });
  }

  ~Follower() { stop_.cancel(); }

  // Waits for its end, which comes soon after the build's.
  void finish(const Context& context) {
    constexpr auto kMost = std::chrono::seconds(5);
    try {
      auto over = over_.lock();
      over.wait(context.with_timeout(kMost), [&] { return *over; });
    } catch (const Error& e) {
      if (e.kind() != Kind::kTimeout) throw;
    }
  }

 private:
  void follow() {
    try {
      while (const auto message = call_->receive(stop_.context())) {
        progress_.tell(engine::decode_buildkit_status(*message));
      }
    } catch (const Error&) {
      // The build itself says what is wrong.
    }
    *over_.lock() = true;
    over_.notify();
  }

  CancelSource stop_;
  PlainProgress progress_;
  std::unique_ptr<grpc::Call> call_;
  Guarded<bool> over_{false};
  std::jthread thread_;
};

}  // namespace

void build(const Context& context, engine::Client& engine, const BuildRequest& request,
           const Surroundings& surroundings, const std::function<void(std::string_view line)>& say) {
  check_folders(request);
  const SshAgents agents(context, request.ssh, surroundings.ssh_agent);
  const Session session(context, engine, request, agents, surroundings.credentials_of);
  grpc::Connection control(engine.open_builder(context));
  check_image_store(context, control, request);
  const std::string ref = to_hex(random_bytes(16));
  const std::string message = solve_message(request, ref, session.id(), extra_hosts_of(context, control, request));

  std::optional<Error> failure;
  Follower follower(context, control, ref, say);
  try {
    control.call(context, "/moby.buildkit.v1.Control/Solve", message);
  } catch (const Error& e) {
    if (e.kind() == Kind::kCancelled || e.kind() == Kind::kTimeout) throw;
    failure = e;
  }
  follower.finish(context);
  if (failure) throw failure->within("failed to solve");
}

}  // namespace berth::buildkit
