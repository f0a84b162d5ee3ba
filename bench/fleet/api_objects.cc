// The engine itself, its images, networks and volumes.
#include "api.h"
#include "base/error.h"
#include "base/json.h"
#include "base/strings.h"
#include "filters.h"
#include "system_json.h"

namespace berth::fleet {

using berth::text_of;

namespace {

// --- images

void list_images(const Call& call) {
  const Filters filters(call.query("filters"), "reference", "before dangling label since until");
  std::string out = "[";
  for (const auto& image : call.node.images()) {
    const std::string name = image->reference.substr(0, image->reference.rfind(':'));
    if (!filters.exact("reference", image->reference) && !filters.exact("reference", name)) continue;
    if (out.size() > 1) out += ',';
    append_image(out, call.node, *image);
  }
  call.answer(200, out + "]\n");
}

void inspect_image(const Call& call) { call.answer(200, image_inspect_text(*call.node.image(call.names[0]))); }

void append_progress(std::string& out, std::string_view status, std::string_view layer, std::int64_t current,
                     std::int64_t total) {
  out += '{';
  append_member(out, "status", status);
  out += R"(,"progressDetail":{)";
  if (total > 0) out += R"("current":)" + std::to_string(current) + R"(,"total":)" + std::to_string(total);
  out += "},";
  append_member(out, "id", layer);
  out += "}\r\n";
}

// Any image can be pulled, at once, but those named missing/...
void pull(const Call& call) {
  std::string reference = call.query("fromImage");
  if (reference.empty()) throw Error(Kind::kUnsupported, "the fleet does not simulate imports");
  if (const std::string tag = call.query("tag"); !tag.empty()) {
    reference += (tag.find(':') != std::string::npos ? "@" : ":") + tag;
  }
  const std::string full = full_reference(reference);
  const std::string name = full.substr(0, full.rfind(':'));
  if (name.starts_with("missing/")) {
    throw Error(Kind::kNotFound,
                "pull access denied for " + name + ", repository does not exist or may require 'docker login'");
  }
  call.node.pull(reference);
  const auto image = call.node.image(reference);
  const std::string id = text_of(image->id);
  const std::string layer = id.substr(0, 12);
  std::string out = R"({"status":"Pulling from )" + name + R"(","id":")" + full.substr(full.rfind(':') + 1) + "\"}\r\n";
  append_progress(out, "Pulling fs layer", layer, 0, 0);
  append_progress(out, "Downloading", layer, image->size / 2, image->size);
  append_progress(out, "Download complete", layer, 0, 0);
  append_progress(out, "Extracting", layer, image->size, image->size);
  append_progress(out, "Pull complete", layer, 0, 0);
  out += R"({"status":"Digest: sha256:)" + id + "\"}\r\n";
  out += R"({"status":"Status: Downloaded newer image for )" + full + "\"}\r\n";
  call.start_stream("application/json");
  call.connection.write(out);
  call.connection.finish();
}

void remove_image(const Call& call) {
  const auto image = call.node.image(call.names[0]);
  call.node.remove_image(call.names[0]);
  call.answer(200,
              R"([{"Untagged":")" + image->reference + R"("},{"Deleted":"sha256:)" + text_of(image->id) + "\"}]\n");
}

// --- networks

json::value body_of(const Call& call) {
  if (call.connection.body().empty()) throw Error(Kind::kInvalid, "invalid JSON: got EOF while reading request body");
  return parse_json(call.connection.body());
}

std::string object_text(const json::value& body, std::string_view name, const char* otherwise) {
  const json::object* const object = find_object(body, name);
  return object == nullptr ? otherwise : format_json(*object);
}

void list_networks(const Call& call) {
  const Filters filters(call.query("filters"), "driver id name scope type label", "dangling");
  std::string out = "[";
  static_cast<void>(call.node.find_network(""));  // so that those every engine has are there
  for (const Network& network : call.node.networks()) {
    const Labels labels = pairs_of(json::value{{"Labels", parse_json(network.labels)}}, "Labels");
    if (!filters.exact("driver", network.driver) || !filters.begins("id", text_of(network.id)) ||
        !filters.part("name", network.name) || !filters.exact("scope", "local") ||
        !filters.exact("type", network.builtin ? "builtin" : "custom") || !filters.labels("label", labels)) {
      continue;
    }
    if (out.size() > 1) out += ',';
    append_network(out, call.node, network, false);
  }
  call.answer(200, out + "]\n");
}

void inspect_network(const Call& call) {
  std::string out;
  append_network(out, call.node, call.node.network(call.names[0]), true);
  call.answer(200, out + "\n");
}

void create_network(const Call& call) {
  const json::value body = body_of(call);
  Network network;
  network.name = text_of(body, "Name");
  network.driver = text_of(body, "Driver");
  if (network.driver.empty()) network.driver = "bridge";
  network.options = object_text(body, "Options", "{}");
  network.labels = object_text(body, "Labels", "{}");
  network.internal = flag_of(body, "Internal");
  network.attachable = flag_of(body, "Attachable");
  const Network& made = call.node.create_network(std::move(network));
  call.answer(201, R"({"Id":")" + text_of(made.id) + "\",\"Warning\":\"\"}\n");
}

void remove_network(const Call& call) {
  call.node.remove_network(call.names[0]);
  call.no_content();
}

// --- volumes

void list_volumes(const Call& call) {
  const Filters filters(call.query("filters"), "driver label name", "dangling");
  std::string out = R"({"Volumes":[)";
  const std::size_t begin = out.size();
  for (const auto& [name, volume] : call.node.volumes()) {
    const Labels labels = pairs_of(json::value{{"Labels", parse_json(volume.labels)}}, "Labels");
    if (!filters.exact("driver", volume.driver) || !filters.part("name", name) || !filters.labels("label", labels))
      continue;
    if (out.size() != begin) out += ',';
    append_volume(out, volume);
  }
  call.answer(200, out + "],\"Warnings\":null}\n");
}

void inspect_volume(const Call& call) {
  std::string out;
  append_volume(out, call.node.volume(call.names[0]));
  call.answer(200, out + "\n");
}

void create_volume(const Call& call) {
  const json::value body = body_of(call);
  Volume volume;
  volume.name = text_of(body, "Name");
  volume.driver = text_of(body, "Driver");
  if (volume.driver.empty()) volume.driver = "local";
  volume.options = object_text(body, "DriverOpts", "null");
  volume.labels = object_text(body, "Labels", "null");
  std::string out;
  append_volume(out, call.node.create_volume(std::move(volume)));
  call.answer(201, out + "\n");
}

void remove_volume(const Call& call) {
  call.node.remove_volume(call.names[0]);
  call.no_content();
}

// --- the engine

void ping(const Call& call) {
  const std::string headers = "Api-Version: " + std::string(kApiVersion) +
                              "\r\nBuilder-Version: 2\r\nCache-Control: no-cache, no-store, must-revalidate\r\n"
                              "Docker-Experimental: false\r\nOstype: linux\r\nPragma: no-cache\r\nServer: Docker/" +
                              kServerVersion +
                              " (linux)\r\nSwarm: inactive\r\nContent-Type: text/plain; charset=utf-8\r\n";
  call.connection.respond(200, headers, call.connection.request().method == "HEAD" ? "" : "OK");
}

void version(const Call& call) { call.answer(200, version_text()); }
void info(const Call& call) { call.answer(200, info_text(call.node)); }

}  // namespace

const std::vector<Route>& object_routes() {
  static const std::vector<Route> routes = {
      {"GET", "/images/json", list_images},     {"POST", "/images/create", pull},
      {"GET", "/images/*/json", inspect_image}, {"DELETE", "/images/*", remove_image},
      {"GET", "/networks", list_networks},      {"POST", "/networks/create", create_network},
      {"GET", "/networks/*", inspect_network},  {"DELETE", "/networks/*", remove_network},
      {"GET", "/volumes", list_volumes},        {"POST", "/volumes/create", create_volume},
      {"GET", "/volumes/*", inspect_volume},    {"DELETE", "/volumes/*", remove_volume},
  };
  return routes;
}

const std::vector<Route>& system_routes() {
  static const std::vector<Route> routes = {
      {"GET", "/_ping", ping},
      {"HEAD", "/_ping", ping},
      {"GET", "/version", version},
      {"GET", "/info", info},
  };
  return routes;
}

}  // namespace berth::fleet
