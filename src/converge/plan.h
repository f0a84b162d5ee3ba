// What is to be done to an engine, as data: a graph of operations. Planning makes it, execute() walks it; `plan` and
// --dry-run only print it.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/environment.h"
#include "buildkit/request.h"
#include "compose/service.h"
#include "converge/buildx_command.h"
#include "engine/build_context.h"
#include "engine/containers.h"
#include "engine/images.h"
#include "engine/networks.h"
#include "engine/types.h"
#include "engine/volumes.h"

namespace berth::converge {

// An operation's number in its plan, as people read it: #1, #2, ... kNone is none of them.
enum class OperationNumber : int { kNone = 0 };

// A container that is there, or that an operation of the same plan creates.
struct ContainerRef {
  std::string name;        // "shop-web-1"; never the temporary name of a recreation
  engine::ContainerId id;  // empty while it isn't there
  OperationNumber created_by = OperationNumber::kNone;
  bool operator==(const ContainerRef&) const = default;
};

// Where the id of a container that doesn't exist yet goes into a create request: network_mode, ipc and pid "service:x",
// and volumes_from. The attribute's text becomes prefix + id + suffix.
struct LateReference {
  enum class Attribute { kNetworkMode, kIpc, kPid, kVolumesFrom };
  Attribute attribute = Attribute::kNetworkMode;
  std::size_t index = 0;  // of volumes_from
  std::string prefix;     // "container:"
  std::string suffix;     // ":ro"
  ContainerRef container;
  bool operator==(const LateReference&) const = default;
};

// A variable for the address of a model, which only its ServeModel knows: it goes into the environment when that has
// run, and is no part of the configuration hash.
struct LateVariable {
  OperationNumber given_by = OperationNumber::kNone;
  std::string name;
  bool operator==(const LateVariable&) const = default;
};

// --- Actions. Each is one Engine API call, but for those that say so and WaitFor, which waits for the engine's events.

struct CreateNetwork {
  engine::NetworkCreate request;
};

struct RemoveNetwork {
  std::string name;
  engine::NetworkId id;
  bool keep_if_used = false;  // still in use: a warning, not a failure
};

struct CreateVolume {
  engine::VolumeCreate request;
};

struct RemoveVolume {
  std::string name;
  bool keep_if_used = false;
};

struct PullImage {
  std::string image;
  std::string platform;
  bool may_fail = false;  // the service can build it instead
};

struct BuildImage {
  std::string image;
  engine::BuildOptions options;
  std::optional<engine::BuildContextOptions> context;  // absent: options.remote
  // With BuildKit nothing but one of these counts: by the engine's own, or by docker's plugin.
  std::optional<buildkit::BuildRequest> buildkit = {};
  std::optional<BuildxCommand> buildx = {};
};

struct PushImage {
  std::string image;
  bool may_fail = false;  // a warning then
};

// From the engine of this computer (ExecuteOptions::images_from) to the one that is changed, without a registry.
struct CopyImage {
  std::string image;
};

struct RemoveImage {
  std::string image;
  bool keep_if_used = false;
};

// The image of Berth's own program for engines (agent_image.h), which no registry has.
struct LoadAgentImage {
  std::string image;
};

struct CreateContainer {
  ContainerRef container;
  engine::ContainerCreate request;
  engine::ContainerId replaces;  // empty, or the container that this one is to take the place of
  // Filled in from the containers created before; the configuration hash is then taken of `service` with them.
  std::vector<LateReference> references;
  std::optional<compose::Service> service;  // set where there are references
  std::vector<LateVariable> variables;
};

struct RenameContainer {
  ContainerRef container;
  std::string name;
};

// Below API 1.44: the networks after the first.
struct ConnectNetwork {
  std::string network;
  ContainerRef container;
  engine::EndpointSettings endpoint;
};

struct DisconnectNetwork {
  std::string network;
  ContainerRef container;
};

// Secrets and configs whose content isn't a file of the host: unpacked at the container's root.
struct CopyFiles {
  struct File {
    std::string path;  // absolute, in the container
    std::string content;
    std::uint32_t mode = 0444;
    std::int64_t uid = 0;
    std::int64_t gid = 0;
    bool operator==(const File&) const = default;
  };
  ContainerRef container;
  std::vector<File> files;
  bool to_its_user = false;  // owned by the container's user
};

struct StartContainer {
  ContainerRef container;
};

struct StopContainer {
  ContainerRef container;
  std::optional<std::chrono::seconds> timeout;  // absent: the container's own
};

// A command of the service, run in the container while it runs: after its start or before its stop. Of kPreStart the
// container has nothing else to do: it is started and waited for. Fails when the command ends with another code than 0.
// Three calls.
struct RunHook {
  enum class Point { kPreStart, kPostStart, kPreStop };
  ContainerRef container;
  Point point = Point::kPostStart;
  std::size_t number = 1;  // of the service's hooks at this point
  compose::Hook hook;
};

// A program of this computer, which makes or removes what a service with a `provider` stands for. Its container-less
// service's dependents get the variables that it gives, which have to be known before their creation is planned
// (providers.h). No call of the engine.
struct RunProvider {
  enum class Command { kUp, kDown };
  std::string service;
  std::string project;
  Command command = Command::kUp;
  compose::Provider provider;
  Environment environment;  // of the program
  bool may_fail = false;    // all dependents can do without what it makes
};

// Has a model pulled where it is missing, configured and served by docker's plugin for models. Containers of services
// that use it get the address. No call of the engine.
struct ServeModel {
  std::string key;  // in the project
  std::string name;
  std::string model;              // "ai/smollm2"
  std::int64_t context_size = 0;  // tokens; 0: the model's own
  std::vector<std::string> runtime_flags;
  Environment environment;  // of the program
};

struct KillContainer {
  ContainerRef container;
  std::string signal;  // "SIGKILL"
};

struct RestartContainer {
  ContainerRef container;
  std::optional<std::chrono::seconds> timeout;
};

struct PauseContainer {
  ContainerRef container;
};

struct UnpauseContainer {
  ContainerRef container;
  bool restarts = false;  // told as a restart: by `start` and its kin, for whom pausing is a way of not running
};

struct RemoveContainer {
  ContainerRef container;
  bool force = false;
  bool volumes = false;  // its anonymous volumes too
  bool tells = false;    // what it said last is told before (Event::Kind::kOutput), with calls of their own
};

// Which containers the ingress of a service sends connections to (docs/decisions/0023). Ends when those that join have
// answered and those that leave have no connection left, or `drain` is over.
struct RouteIngress {
  ContainerRef container;           // the ingress
  std::vector<ContainerRef> joins;  // have to accept connections first, where must_answer
  std::vector<ContainerRef> leaves;
  bool must_answer = false;
  std::chrono::seconds drain{10};
};

// No call: fails when more than `allowed` of the operations whose end it comes after did not end well.
struct CheckFailures {
  enum class Of { kUpdate, kRollback, kWholeRollback };
  std::string service;
  std::size_t allowed = 0;
  bool rolls_back = false;  // what becomes of the service then: what it was before, else nothing more is changed
  Of of = Of::kUpdate;      // kWholeRollback: when it ends well the service is what it was before
};

// No call: the time between two parts of an update.
struct Pause {
  std::string service;
  std::chrono::nanoseconds duration{0};
};

struct WaitFor {
  enum class Condition {
    kHealthy,           // all containers; fails when one is unhealthy, has exited or has no healthcheck
    kRunningOrHealthy,  // as kHealthy, but without a healthcheck running is enough
    kCompleted,         // one has exited with code 0; fails with another code
    kStays,             // none ends, restarts or is unhealthy until `timeout` is over
  };
  Condition condition = Condition::kHealthy;
  std::string service;  // whose containers these are
  std::vector<ContainerRef> containers;
  bool required = true;                             // not: a warning, and what comes after goes on
  std::optional<std::chrono::nanoseconds> timeout;  // absent: as long as it takes
  bool may_have_ended = false;  // of kRunningOrHealthy: a job that has exited with code 0 is as good
};

using Action = std::variant<CreateNetwork, RemoveNetwork, CreateVolume, RemoveVolume, PullImage, BuildImage, PushImage,
                            CopyImage, RemoveImage, LoadAgentImage, CreateContainer, RenameContainer, ConnectNetwork,
                            DisconnectNetwork, CopyFiles, StartContainer, StopContainer, RunHook, RunProvider,
                            ServeModel, KillContainer, RestartContainer, PauseContainer, UnpauseContainer,
                            RemoveContainer, RouteIngress, CheckFailures, Pause, WaitFor>;

// When an operation may begin, of one that it is after.
enum class When {
  kWell,        // it has ended well; else this one is cancelled
  kOnlyIfWell,  // as kWell, but else this one is skipped: there is nothing to be done then
  kEnded,       // its end is enough, well or not
  kFailed,      // it failed or was cancelled; when it ends well this one is skipped, as are those after this one
};

// An operation begins when all that it is after have ended as they should; one that fails cancels those after it, and
// the rest goes on.
struct After {
  OperationNumber operation = OperationNumber::kNone;
  When when = When::kWell;
  auto operator<=>(const After&) const = default;
};

struct Operation {
  OperationNumber number = OperationNumber::kNone;
  Action action;
  std::vector<After> after;  // lower numbers only
  std::string service;       // whose it is; empty for networks, volumes and orphans
  std::string reason;        // why, where it isn't plain: "config changed: ports"
  bool replaces = false;     // one of the steps that recreate a container
};

// What a plan means for one container, for people and for `plan --format json`.
struct Change {
  enum class Kind { kNone, kCreate, kRecreate, kStart, kRestart, kStop, kRemove };
  Kind kind = Kind::kNone;
  std::string service;    // empty for an orphan without one
  std::string container;  // name
  // Of a recreation: "image changed", "config changed: ports, environment", "network 'front' changed", ...
  std::vector<std::string> reasons;
  std::vector<std::string> fields;  // attributes of the service that differ from those of the container
  bool operator==(const Change&) const = default;
};

struct Plan {
  std::vector<Operation> operations;  // numbered 1, 2, ... so that each comes after what it waits for
  std::vector<Change> changes;        // of every container that the plan looked at, by service and number
  std::vector<std::string> warnings;
  // Volumes that differ from their file and are kept, as recreating them loses their data. Plan again with
  // UpOptions::recreate_volumes to do that.
  std::vector<std::string> diverged_volumes;

  bool empty() const { return operations.empty(); }
};

// What an operation acts on and does, for people: {"Container", "shop-web-1", "Creating", "Created"}. The words are
// those of docker compose; `doing` and `done` are empty for the inner steps of a recreation.
struct Words {
  std::string noun;
  std::string name;
  std::string doing;
  std::string done;
};
Words words(const Operation& operation);

// One operation a line: "#3 start shop-web-1 after #1, #2 (config changed: ports)"; empty for an empty plan.
std::string text(const Plan& plan);
// {"operations": [...], "changes": [...], "warnings": [...]}; no secret's content is in it.
std::string json_text(const Plan& plan);

// "recreate", "start", ...
std::string_view name_of(Change::Kind kind);

}  // namespace berth::converge
