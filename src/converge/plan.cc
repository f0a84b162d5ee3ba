#include "converge/plan.h"

#include "base/json.h"
#include "base/strings.h"
#include "base/units.h"
#include "converge/hooks.h"
#include "converge/labels.h"
#include "converge/model.h"
#include "converge/provider.h"

namespace berth::converge {

namespace {

// "shop-web-1 post_start 2", or the container of a hook that has one of its own
std::string hook_name(const RunHook& hook) {
  if (hook.point == RunHook::Point::kPreStart) return hook.container.name;
  return hook.container.name + " " + std::string(name_of(hook.point)) + " " + std::to_string(hook.number);
}

// One overload for each action: what people read.
struct Describe {
  bool replaces;

  Words operator()(const CreateNetwork& a) const { return {"Network", a.request.name, "Creating", "Created"}; }
  Words operator()(const RemoveNetwork& a) const { return {"Network", a.name, "Removing", "Removed"}; }
  Words operator()(const CreateVolume& a) const { return {"Volume", a.request.name, "Creating", "Created"}; }
  Words operator()(const RemoveVolume& a) const { return {"Volume", a.name, "Removing", "Removed"}; }
  Words operator()(const PullImage& a) const { return {"Image", a.image, "Pulling", "Pulled"}; }
  Words operator()(const BuildImage& a) const { return {"Image", a.image, "Building", "Built"}; }
  Words operator()(const PushImage& a) const { return {"Image", a.image, "Pushing", "Pushed"}; }
  Words operator()(const CopyImage& a) const { return {"Image", a.image, "Copying", "Copied"}; }
  Words operator()(const RemoveImage& a) const { return {"Image", a.image, "Removing", "Removed"}; }
  Words operator()(const LoadAgentImage& a) const { return {"Image", a.image, "Loading", "Loaded"}; }
  Words operator()(const CreateContainer& a) const {
    if (a.request.config.labels.contains(label::kHook)) return container(a, "", "");
    return replaces ? container(a, "Recreate", "") : container(a, "Creating", "Created");
  }
  Words operator()(const RenameContainer& a) const { return container(a, "", "Recreated"); }
  Words operator()(const ConnectNetwork& a) const { return container(a, "", ""); }
  Words operator()(const DisconnectNetwork& a) const { return container(a, "", ""); }
  Words operator()(const CopyFiles& a) const { return container(a, "", ""); }
  Words operator()(const StartContainer& a) const { return container(a, "Starting", "Started"); }
  Words operator()(const StopContainer& a) const {
    return replaces ? container(a, "", "") : container(a, "Stopping", "Stopped");
  }
  Words operator()(const RunProvider& a) const {
    return a.command == RunProvider::Command::kUp ? Words{"Provider", a.service, "Creating", "Created"}
                                                  : Words{"Provider", a.service, "Removing", "Removed"};
  }
  Words operator()(const ServeModel& a) const { return {"Model", a.name, "Configuring", "Configured"}; }
  Words operator()(const RunHook& a) const { return {"Hook", hook_name(a), "Running", "Done"}; }
  Words operator()(const KillContainer& a) const { return container(a, "Killing", "Killed"); }
  Words operator()(const RestartContainer& a) const { return container(a, "Restarting", "Started"); }
  Words operator()(const PauseContainer& a) const { return container(a, "Pausing", "Paused"); }
  Words operator()(const UnpauseContainer& a) const {
    return a.restarts ? container(a, "Restart", "Restarted") : container(a, "Unpausing", "Unpaused");
  }
  Words operator()(const RemoveContainer& a) const {
    return replaces ? container(a, "", "") : container(a, "Removing", "Removed");
  }
  Words operator()(const RouteIngress& a) const { return container(a, "", ""); }
  Words operator()(const CheckFailures& a) const {
    return {"Service", a.service, "", a.of == CheckFailures::Of::kWholeRollback ? "Rolled back" : ""};
  }
  Words operator()(const Pause& a) const { return {"Service", a.service, "", ""}; }
  Words operator()(const WaitFor& a) const {
    std::vector<std::string> names;
    for (const ContainerRef& ref : a.containers) names.push_back(ref.name);
    if (a.condition == WaitFor::Condition::kStays) return {"Container", join(names, ", "), "Watching", "Healthy"};
    const bool completed = a.condition == WaitFor::Condition::kCompleted;
    return {"Container", join(names, ", "), "Waiting", completed ? "Exited" : "Healthy"};
  }

  template <typename A>
  static Words container(const A& a, std::string doing, std::string done) {
    return {"Container", a.container.name, std::move(doing), std::move(done)};
  }
};

std::string quiet(std::string_view verb, std::string_view noun, std::string_view name) {
  std::string line(verb);
  line += ' ';
  if (!noun.empty()) (line += noun) += ' ';
  return line += name;
}

// One overload for each action: the plan's text.
struct Line {
  std::string operator()(const CreateNetwork& a) const { return quiet("create", "network", a.request.name); }
  std::string operator()(const RemoveNetwork& a) const { return quiet("remove", "network", a.name); }
  std::string operator()(const CreateVolume& a) const { return quiet("create", "volume", a.request.name); }
  std::string operator()(const RemoveVolume& a) const { return quiet("remove", "volume", a.name); }
  std::string operator()(const PullImage& a) const { return quiet("pull", "", a.image); }
  std::string operator()(const BuildImage& a) const { return quiet("build", "", a.image); }
  std::string operator()(const PushImage& a) const { return quiet("push", "", a.image); }
  std::string operator()(const CopyImage& a) const { return quiet("copy", "image", a.image) + " from here"; }
  std::string operator()(const RemoveImage& a) const { return quiet("remove", "image", a.image); }
  std::string operator()(const LoadAgentImage& a) const { return quiet("load", "image", a.image); }
  std::string operator()(const CreateContainer& a) const {
    return quiet("create", "", a.container.name) + (a.replaces.empty() ? "" : " beside the old one");
  }
  std::string operator()(const RenameContainer& a) const { return quiet("rename", "", a.container.name); }
  std::string operator()(const ConnectNetwork& a) const {
    return quiet("connect", "", a.container.name) + " to " + a.network;
  }
  std::string operator()(const DisconnectNetwork& a) const {
    return quiet("disconnect", "", a.container.name) + " from " + a.network;
  }
  std::string operator()(const CopyFiles& a) const {
    std::vector<std::string> paths;
    for (const CopyFiles::File& file : a.files) paths.push_back(file.path);
    return quiet("copy", "", join(paths, ", ")) + " into " + a.container.name;
  }
  std::string operator()(const StartContainer& a) const { return quiet("start", "", a.container.name); }
  std::string operator()(const StopContainer& a) const { return quiet("stop", "", a.container.name); }
  std::string operator()(const RunProvider& a) const {
    return quiet("run", "provider", a.provider.type) + " " + join(provider_arguments(a, {}), " ");
  }
  std::string operator()(const ServeModel& a) const {
    return quiet("serve", "model", a.name) + ": " + join(configure_arguments(a), " ");
  }
  std::string operator()(const RunHook& a) const {
    return quiet("run", "hook", hook_name(a)) + (a.hook.command.empty() ? "" : ": ") + join(a.hook.command, " ");
  }
  std::string operator()(const KillContainer& a) const { return quiet("kill", "", a.container.name); }
  std::string operator()(const RestartContainer& a) const { return quiet("restart", "", a.container.name); }
  std::string operator()(const PauseContainer& a) const { return quiet("pause", "", a.container.name); }
  std::string operator()(const UnpauseContainer& a) const { return quiet("unpause", "", a.container.name); }
  std::string operator()(const RemoveContainer& a) const { return quiet("remove", "", a.container.name); }
  std::string operator()(const RouteIngress& a) const {
    std::string line = quiet("route", "", a.container.name);
    for (const ContainerRef& ref : a.joins) line += " +" + ref.name;
    for (const ContainerRef& ref : a.leaves) line += " -" + ref.name;
    return line;
  }
  std::string operator()(const CheckFailures& a) const {
    if (a.of == CheckFailures::Of::kWholeRollback) {
      return quiet("check that", "", "'" + a.service + "' is what it was before");
    }
    const std::string allowed = a.allowed == 0 ? "none" : "at most " + std::to_string(a.allowed);
    return quiet("check that", "", allowed) + " of '" + a.service + "' failed";
  }
  std::string operator()(const Pause& a) const { return quiet("pause for", "", format_duration(a.duration)); }
  std::string operator()(const WaitFor& a) const {
    std::string line = quiet("wait for", "", Describe{false}(a).name);
    switch (a.condition) {
      case WaitFor::Condition::kHealthy:
        line += " healthy";
        break;
      case WaitFor::Condition::kRunningOrHealthy:
        line += " running or healthy";
        break;
      case WaitFor::Condition::kCompleted:
        line += " completed";
        break;
      case WaitFor::Condition::kStays:
        return quiet("watch", "", Describe{false}(a).name) + " for " +
               format_duration(a.timeout.value_or(std::chrono::nanoseconds(0)));
    }
    return a.required ? line : line + " if it can be";
  }
};

std::string number_text(OperationNumber number) { return "#" + std::to_string(static_cast<int>(number)); }

}  // namespace

Words words(const Operation& operation) { return std::visit(Describe{operation.replaces}, operation.action); }

std::string_view name_of(Change::Kind kind) {
  switch (kind) {
    case Change::Kind::kNone:
      return "none";
    case Change::Kind::kCreate:
      return "create";
    case Change::Kind::kRecreate:
      return "recreate";
    case Change::Kind::kStart:
      return "start";
    case Change::Kind::kRestart:
      return "restart";
    case Change::Kind::kStop:
      return "stop";
    case Change::Kind::kRemove:
      return "remove";
  }
  return "none";
}

std::string text(const Plan& plan) {
  std::string lines;
  for (const Operation& operation : plan.operations) {
    lines += number_text(operation.number) + " " + std::visit(Line{}, operation.action);
    for (std::size_t i = 0; i < operation.after.size(); ++i) {
      lines += i == 0 ? " after " : ", ";
      if (operation.after[i].when == When::kOnlyIfWell) lines += "success of ";
      if (operation.after[i].when == When::kEnded) lines += "the end of ";
      if (operation.after[i].when == When::kFailed) lines += "failure of ";
      lines += number_text(operation.after[i].operation);
    }
    if (!operation.reason.empty()) lines += " (" + operation.reason + ")";
    lines += '\n';
  }
  return lines;
}

std::string json_text(const Plan& plan) {
  json::array operations;
  for (const Operation& operation : plan.operations) {
    const Words what = words(operation);
    json::array after;
    for (const After& a : operation.after) after.push_back(static_cast<int>(a.operation));
    json::object entry{{"number", static_cast<int>(operation.number)},
                       {"operation", std::visit(Line{}, operation.action)},
                       {"kind", to_lower(what.noun)},
                       {"name", what.name},
                       {"after", std::move(after)}};
    if (!operation.service.empty()) entry["service"] = operation.service;
    if (!operation.reason.empty()) entry["reason"] = operation.reason;
    operations.push_back(std::move(entry));
  }
  json::array changes;
  for (const Change& change : plan.changes) {
    json::array reasons;
    for (const std::string& reason : change.reasons) reasons.push_back(json::string(reason));
    json::array fields;
    for (const std::string& field : change.fields) fields.push_back(json::string(field));
    changes.push_back(json::object{{"service", change.service},
                                   {"container", change.container},
                                   {"change", name_of(change.kind)},
                                   {"reasons", std::move(reasons)},
                                   {"fields", std::move(fields)}});
  }
  json::array warnings;
  for (const std::string& warning : plan.warnings) warnings.push_back(json::string(warning));
  return format_json(json::object{
      {"operations", std::move(operations)}, {"changes", std::move(changes)}, {"warnings", std::move(warnings)}});
}

}  // namespace berth::converge
