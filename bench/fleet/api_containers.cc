// Lists, inspections and lives of containers.
#include <csignal>

#include "api.h"
#include "base/error.h"
#include "base/json.h"
#include "base/strings.h"
#include "container_json.h"
#include "filters.h"
#include "spec.h"

namespace berth::fleet {

namespace {

bool listed(Node& node, const Container& container, const Filters& filters, bool all) {
  const Identity& who = *container.who;
  if (!all && !container.alive() && !filters.has("status") && !filters.has("exited")) return false;
  if (!filters.exact("status", text_of(container.status))) return false;
  if (!filters.begins("id", text_of(who.id)) || !filters.part("name", who.name)) return false;
  if (!filters.labels("label", *who.labels)) return false;
  if (filters.has("ancestor")) {
    bool any = false;
    for (const std::string& image : filters.of("ancestor")) {
      any = any || full_reference(image) == full_reference(who.spec->image) ||
            (id_beginning(image) && text_of(who.spec->image_id).starts_with(image));
    }
    if (!any) return false;
  }
  if (filters.has("network")) {
    bool any = false;
    for (const std::string& name : who.spec->networks) {
      const Network* const network = node.find_network(name);
      any = any || filters.exact("network", name) ||
            (network != nullptr && filters.exact("network", text_of(network->id)));
    }
    if (!any) return false;
  }
  if (filters.has("exited") &&
      (container.status != Status::kExited || !filters.exact("exited", std::to_string(container.exit_code)))) {
    return false;
  }
  return filters.exact("health", "none");
}

void list(const Call& call) {
  const Filters filters(call.query("filters"), "id name label status ancestor network exited health",
                        "before since volume publish expose isolation is-task");
  const std::int64_t limit = call.integer("limit", -1);
  const bool all = call.flag("all") || limit > 0;
  std::int64_t count = 0;
  std::string out = "[";
  const auto& containers = call.node.containers();
  for (auto it = containers.rbegin(); it != containers.rend(); ++it) {
    if (!listed(call.node, it->second, filters, all)) continue;
    if (limit > 0 && count == limit) break;
    if (count++ != 0) out += ',';
    append_listed(out, call.node, it->second);
  }
  out += "]\n";
  call.answer(200, out);
}

json::value body_of(const Call& call) {
  const auto type = call.connection.request().headers.get("Content-Type");
  if (call.connection.body().empty()) throw Error(Kind::kInvalid, "invalid JSON: got EOF while reading request body");
  if (!type || !type->starts_with("application/json")) {
    throw Error(Kind::kInvalid,
                "unsupported Content-Type header (" + std::string(type.value_or("")) + "): must be 'application/json'");
  }
  try {
    return parse_json(call.connection.body());
  } catch (const Error& e) {
    throw Error(Kind::kInvalid, "invalid JSON: " + e.message());
  }
}

void create(const Call& call) {
  CreateRequest request = read_create(call.node, body_of(call));
  const Container& made = call.node.create(call.query("name"), std::move(request.spec), std::move(request.labels));
  call.answer(201, R"({"Id":")" + text_of(made.who->id) + "\",\"Warnings\":[]}\n");
}

void inspect(const Call& call) { call.answer(200, inspect_text(call.node, call.node.container(call.names[0]))); }

void start(const Call& call) {
  Container& container = call.node.container(call.names[0]);
  if (container.status == Status::kRunning) return call.not_modified();
  call.node.start(container);
  call.no_content();
}

void stop(const Call& call) {
  if (!call.node.stop(call.node.container(call.names[0]))) return call.not_modified();
  call.no_content();
}

void restart(const Call& call) {
  call.node.restart(call.node.container(call.names[0]));
  call.no_content();
}

int signal_of(std::string_view name) {
  if (name.empty()) return SIGKILL;
  if (const auto number = parse_integer(name); number && *number > 0 && *number < 65) return static_cast<int>(*number);
  if (name.starts_with("SIG")) name.remove_prefix(3);
  static constexpr std::pair<std::string_view, int> kNames[] = {
      {"HUP", SIGHUP},   {"INT", SIGINT},   {"QUIT", SIGQUIT}, {"KILL", SIGKILL}, {"USR1", SIGUSR1},
      {"USR2", SIGUSR2}, {"TERM", SIGTERM}, {"STOP", SIGSTOP}, {"CONT", SIGCONT}, {"WINCH", SIGWINCH}};
  for (const auto& [known, number] : kNames) {
    if (name == known) return number;
  }
  throw Error(Kind::kInvalid, "invalid signal: " + std::string(name));
}

void kill(const Call& call) {
  call.node.kill(call.node.container(call.names[0]), signal_of(call.query("signal")));
  call.no_content();
}

void pause(const Call& call) {
  call.node.pause(call.node.container(call.names[0]));
  call.no_content();
}

void unpause(const Call& call) {
  call.node.unpause(call.node.container(call.names[0]));
  call.no_content();
}

void rename(const Call& call) {
  call.node.rename(call.node.container(call.names[0]), call.query("name"));
  call.no_content();
}

void remove(const Call& call) {
  call.node.remove(call.node.container(call.names[0]), call.flag("force"));
  call.no_content();
}

void prune(const Call& call) {
  const Filters filters(call.query("filters"), "label", "label! until");
  std::vector<std::string> gone;
  for (const auto& [number, container] : call.node.containers()) {
    if (!container.alive() && filters.labels("label", *container.who->labels))
      gone.push_back(text_of(container.who->id));
  }
  std::string out = R"({"ContainersDeleted":)";
  for (std::size_t i = 0; i < gone.size(); ++i) {
    call.node.remove(call.node.container(gone[i]), false);
    out += (i == 0 ? "[\"" : ",\"") + gone[i] + "\"";
  }
  out += gone.empty() ? "null" : "]";
  call.answer(200, out + ",\"SpaceReclaimed\":0}\n");
}

void resize(const Call& call) {
  static_cast<void>(call.node.container(call.names[0]));
  call.answer(200, {});
}

}  // namespace

const std::vector<Route>& container_routes() {
  static const std::vector<Route> routes = {
      {"GET", "/containers/json", list},          {"POST", "/containers/create", create},
      {"POST", "/containers/prune", prune},       {"GET", "/containers/*/json", inspect},
      {"POST", "/containers/*/start", start},     {"POST", "/containers/*/stop", stop},
      {"POST", "/containers/*/restart", restart}, {"POST", "/containers/*/kill", kill},
      {"POST", "/containers/*/pause", pause},     {"POST", "/containers/*/unpause", unpause},
      {"POST", "/containers/*/rename", rename},   {"POST", "/containers/*/resize", resize},
      {"DELETE", "/containers/*", remove},
  };
  return routes;
}

}  // namespace berth::fleet
