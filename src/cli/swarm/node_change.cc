// node drain, activate, pause, update and rm: the operator's word on nodes.
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/json.h"
#include "base/strings.h"
#include "base/units.h"
#include "cli/swarm/commands.h"
#include "cli/swarm/manager_client.h"
#include "cli/swarm/node_summary.h"
#include "http/url.h"

namespace berth::cli {

namespace {

constexpr int kFailed = 1;
constexpr int kMostAttempts = 5;
constexpr std::chrono::milliseconds kPace{300};

using Change = std::function<void(json::object& spec)>;

std::string path_of(const std::string& name) { return "/nodes/" + http::percent_encode(name); }

json::value look_at(const Invocation& invocation, http::Client& client, const std::string& name) {
  json::value node = ask_manager_json(invocation, client, "GET", path_of(name));
  read_node(node);  // refuses what is no manager of ours
  return node;
}

std::int64_t version_of(const json::value& node) {
  const json::value* version = find(node, "Version");
  return version == nullptr ? 0 : integer_of(*version, "Index");
}

// Somebody else may change the node between our look and our word: then it is looked at anew.
void change_node(const Invocation& invocation, http::Client& client, const std::string& name, const Change& change) {
  std::optional<std::int64_t> refused;
  for (int attempt = 1;; ++attempt) {
    const json::value node = look_at(invocation, client, name);
    const std::int64_t version = version_of(node);
    const json::object* known = find_object(node, "Spec");
    json::object spec = known == nullptr ? json::object() : *known;
    change(spec);
    try {
      const std::string path = http::Query().add("version", std::to_string(version)).on(path_of(name) + "/update");
      ask_manager(invocation, client, "POST", path, format_json(spec)).read_all(invocation.interrupted);
      return;
    } catch (const Error& e) {
      if (e.kind() != Kind::kConflict || refused == version || attempt == kMostAttempts) throw;
      refused = version;
    }
  }
}

// One after the other, all of them: the first fault is told when the others are done.
int on_each_node(Invocation& invocation, const std::function<void(http::Client&, const std::string& name)>& work) {
  http::Client client = manager_client(invocation);
  int code = 0;
  for (const std::string& name : invocation.arguments.rest) {
    try {
      work(client, name);
      invocation.terminal.out_line(name);
    } catch (const Error& e) {
      if (e.kind() == Kind::kCancelled || invocation.arguments.rest.size() == 1) throw;
      invocation.terminal.err_line(e.within("node '" + name + "'").message());
      code = kFailed;
    }
  }
  return code;
}

void set_availability(const Invocation& invocation, http::Client& client, const std::string& name,
                      std::string_view availability) {
  change_node(invocation, client, name, [&](json::object& spec) { spec["Availability"] = json::string(availability); });
}

// Until all that the drained node has is what stays there; returns the node then.
json::value await_drained(const Invocation& invocation, const Context& context, http::Client& client,
                          const std::string& name) {
  std::int64_t told = -1;
  for (;;) {
    json::value value = look_at(invocation, client, name);
    const NodeSummary node = read_node(value);
    if (node.availability != "drain") {
      throw Error(Kind::kConflict, "somebody else has made it " + node.availability + " meanwhile");
    }
    if (node.containers <= node.staying) return value;
    if (node.state != "healthy") {
      throw Error(Kind::kUnavailable, "it is " + node.state + " (" + node.reason +
                                          "): nothing can be moved off it; drain it when it is back");
    }
    const std::int64_t left = node.containers - node.staying;
    if (left != told) invocation.terminal.err_line(name + ": " + std::to_string(left) + " to move");
    told = left;
    try {
      context.sleep_for(kPace);
    } catch (const Error& e) {
      if (e.kind() != Kind::kTimeout) throw;
      throw Error(Kind::kTimeout, std::to_string(left) + " containers are still to be moved; they go on moving");
    }
  }
}

// True when nothing that runs is left.
bool wait_for_drain(Invocation& invocation, http::Client& client, const std::string& name) {
  Context context = invocation.interrupted;
  if (const std::string text = invocation.arguments.text("timeout"); !text.empty()) {
    const auto limit = parse_duration(text);
    if (!limit || *limit <= limit->zero()) throw Error(Kind::kInvalid, "--timeout should be a positive duration");
    context = context.with_timeout(std::chrono::duration_cast<Context::Clock::duration>(*limit));
  }
  const json::value node = await_drained(invocation, context, client, name);
  for (const json::value& one : *find_array(*find(node, "Berth"), "Staying")) {
    const std::string why = text_of(one, "Why");
    invocation.terminal.warn("'" + text_of(one, "Name") + "' stays on '" + name +
                             "': " + why.substr(0, why.find('\n')));
  }
  return read_node(node).running == 0;
}

int drain(Invocation& invocation) {
  bool empty = true;
  const int code = on_each_node(invocation, [&](http::Client& client, const std::string& name) {
    set_availability(invocation, client, name, "drain");
    if (invocation.arguments.on("wait") && !wait_for_drain(invocation, client, name)) empty = false;
  });
  return empty ? code : kFailed;
}

int set_all(Invocation& invocation, std::string_view availability) {
  return on_each_node(invocation, [&](http::Client& client, const std::string& name) {
    set_availability(invocation, client, name, availability);
  });
}

// Labels of the operator, as swarm mode's `docker node update` changes them.
void change_labels(const Arguments& arguments, json::object& spec) {
  json::value& value = spec["Labels"];
  if (!value.is_object()) value = json::object();
  json::object& labels = value.get_object();
  for (const std::string& name : arguments.texts("label-rm")) {
    if (labels.erase(name) == 0) throw Error(Kind::kNotFound, "key '" + name + "' doesn't exist in node's labels");
  }
  for (const std::string& label : arguments.texts("label-add")) {
    const auto [name, text] = cut(label, '=');
    if (name.empty()) throw Error(Kind::kInvalid, "--label-add '" + label + "' has no name");
    labels[name] = json::string(text.value_or(""));
  }
}

int update(Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  const std::string availability = arguments.text("availability");
  if (availability.empty() && arguments.texts("label-add").empty() && arguments.texts("label-rm").empty()) {
    throw Error(Kind::kInvalid, "nothing to change: give --availability, --label-add or --label-rm");
  }
  return on_each_node(invocation, [&](http::Client& client, const std::string& name) {
    change_node(invocation, client, name, [&](json::object& spec) {
      if (!availability.empty()) spec["Availability"] = availability;
      change_labels(arguments, spec);
    });
  });
}

int remove(Invocation& invocation) {
  return on_each_node(invocation, [&](http::Client& client, const std::string& name) {
    const std::string path =
        http::Query().add_if("force", invocation.arguments.on("force") ? "1" : "").on(path_of(name));
    ask_manager(invocation, client, "DELETE", path).read_all(invocation.interrupted);
  });
}

Command change_command(std::string name, std::string summary, int (*run)(Invocation&)) {
  Command command;
  command.name = std::move(name);
  command.usage = "[OPTIONS] NODE...";
  command.summary = std::move(summary);
  command.at_least = 1;
  command.flags = manager_flags();
  command.run = run;
  return command;
}

}  // namespace

Command swarm_node_activate_command() {
  return change_command("activate", "Let nodes take containers again",
                        [](Invocation& invocation) { return set_all(invocation, "active"); });
}

Command swarm_node_pause_command() {
  return change_command("pause", "Keep new containers away from nodes, and leave what they have",
                        [](Invocation& invocation) { return set_all(invocation, "pause"); });
}

Command swarm_node_drain_command() {
  Command command = change_command("drain", "Move what nodes run to others, before their maintenance", drain);
  command.flags.push_back(
      flag("wait", 'w', "Wait until all that can move has moved; exit code 1 when something that runs stays"));
  command.flags.push_back(text_flag("timeout", 0, "How long to wait at most (default for ever)").named("duration"));
  return command;
}

Command swarm_node_update_command() {
  Command command = change_command("update", "Change labels and availability of nodes", update);
  command.flags.push_back(text_flag("availability", 0, "Availability of the node (\"active\", \"pause\", \"drain\")")
                              .one_of({"active", "pause", "drain"}));
  command.flags.push_back(texts_flag("label-add", 0, "Add or update a node label (\"key=value\")").named("list"));
  command.flags.push_back(texts_flag("label-rm", 0, "Remove a node label if exists").named("list"));
  return command;
}

Command swarm_node_rm_command() {
  Command command = change_command("rm", "Take nodes off the list of discovery, and forget their settings", remove);
  command.aliases = {"remove"};
  command.flags.push_back(flag("force", 'f', "Remove a node that is healthy, too"));
  return command;
}

}  // namespace berth::cli
