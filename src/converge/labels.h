// Labels that docker compose puts on what it makes, and reading them back. Source: docker compose 2.40, pkg/api.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/containers.h"

namespace berth::converge::label {

inline constexpr char kProject[] = "com.docker.compose.project";
inline constexpr char kService[] = "com.docker.compose.service";
inline constexpr char kConfigHash[] = "com.docker.compose.config-hash";
inline constexpr char kContainerNumber[] = "com.docker.compose.container-number";
inline constexpr char kVolume[] = "com.docker.compose.volume";
inline constexpr char kNetwork[] = "com.docker.compose.network";
inline constexpr char kWorkingDir[] = "com.docker.compose.project.working_dir";
inline constexpr char kConfigFiles[] = "com.docker.compose.project.config_files";
inline constexpr char kEnvironmentFile[] = "com.docker.compose.project.environment_file";
inline constexpr char kOneOff[] = "com.docker.compose.oneoff";  // "True" or "False"
inline constexpr char kSlug[] = "com.docker.compose.slug";
inline constexpr char kImage[] = "com.docker.compose.image";           // id of the image at create
inline constexpr char kDependsOn[] = "com.docker.compose.depends_on";  // "db:service_healthy:true,cache:...:false"
inline constexpr char kVersion[] = "com.docker.compose.version";
inline constexpr char kReplace[] = "com.docker.compose.replace";  // what a recreated container took the place of
// The kind of hook that a container runs, "pre_start". Such a container counts as one-off.
inline constexpr char kHook[] = "com.docker.compose.hook";
// Berth's own: a short hash of each attribute, so that a plan can say what changed.
inline constexpr char kFields[] = "io.berth.compose.fields";
// A short digest of each secret and config: see granted_files.h.
inline constexpr char kFiles[] = "io.berth.compose.files";
// Paths of the files that are copied into the container before its start, a JSON array: who makes it anew elsewhere has
// to bring them.
inline constexpr char kCopied[] = "io.berth.compose.copied";
// A short digest of the variables of each provider: see providers.h.
inline constexpr char kGiven[] = "io.berth.compose.given";
// What a container of Berth's own does for a service: "ingress". Such a container counts as one-off.
inline constexpr char kRole[] = "io.berth.compose.role";
inline constexpr char kIngressRole[] = "ingress";
inline constexpr char kKeeperRole[] = "keeper";
// What the keeper does for a container: "10 300" (seconds), "skip 30 3 * * *".
inline constexpr char kRestartUnhealthy[] = "io.berth.compose.restart-unhealthy";
inline constexpr char kSchedule[] = "io.berth.compose.schedule";
// Digest of the project that a job ran for, which is to run once per release.
inline constexpr char kRelease[] = "io.berth.compose.release";
// "true" on a replica whose published ports its service's ingress holds.
inline constexpr char kBehindIngress[] = "io.berth.compose.behind-ingress";
// What a swarm manager reads placement from: swarm/placement/request.h has them all.
inline constexpr char kSwarmConstraints[] = "com.docker.swarm.constraints";
inline constexpr char kSwarmPreferences[] = "com.docker.swarm.preferences";
inline constexpr char kSwarmMaxReplicasPerNode[] = "com.docker.swarm.max-replicas-per-node";
inline constexpr char kSwarmReservation[] = "com.docker.swarm.reservation";

// The version of docker compose whose conventions Berth follows.
inline constexpr char kComposeVersion[] = "2.40.3";

}  // namespace berth::converge::label

namespace berth::converge {

// The label's value, empty when there is none.
std::string_view label_of(const engine::StringMap& labels, std::string_view name);

// Of a container's labels.
std::string_view service_of(const engine::ContainerSummary& container);
std::optional<int> number_of(const engine::ContainerSummary& container);
bool is_one_off(const engine::ContainerSummary& container);
// Runs a hook of its service before the start of the service's containers, or has done so in vain.
bool is_hook(const engine::ContainerSummary& container);
// The ingress of its service.
bool is_ingress(const engine::ContainerSummary& container);
// The one that looks after the project's containers (docs/decisions/0046).
bool is_keeper(const engine::ContainerSummary& container);
// The container's own name: not one that a link gives it. The short id when it has none.
std::string name_of(const engine::ContainerSummary& container);
// Running or in a state that a stop would end: running, paused, restarting.
bool is_up(const engine::ContainerSummary& container);

}  // namespace berth::converge
