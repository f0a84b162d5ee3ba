// Words that every noun of the Docker Engine API shares: ids, labels, filters, times and the API's version.
#pragma once

#include <chrono>
#include <compare>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "http/message.h"

namespace berth::engine {

// An id of one noun, so that a network's can't be given where a container's is asked for. Where the API takes an id it
// takes a name too, and so may the value be a name.
template <typename Noun>
struct Id {
  std::string value;

  Id() = default;
  explicit Id(std::string text) : value(std::move(text)) {}
  bool empty() const { return value.empty(); }
  // The first 12 digits, as docker prints ids; a name stays whole when it isn't longer. "sha256:" is left out.
  std::string brief() const {
    constexpr std::string_view algorithm = "sha256:";
    return value.substr(value.starts_with(algorithm) ? algorithm.size() : 0, 12);
  }
  auto operator<=>(const Id&) const = default;
};

using ContainerId = Id<struct ContainerNoun>;
using NetworkId = Id<struct NetworkNoun>;
using ImageId = Id<struct ImageNoun>;  // an image's name or reference is a plain string
using ExecId = Id<struct ExecNoun>;

using StringMap = std::map<std::string, std::string, std::less<>>;
// `filters` of list calls: {"label", "com.docker.compose.project=shop"}; several values of one name widen the choice.
using Filters = std::multimap<std::string, std::string>;
using Time = std::chrono::system_clock::time_point;

// Bytes to send, as they are asked for.
using ByteSource = http::Reader;
// A source of these bytes.
ByteSource bytes_of(std::string bytes);

// Version of the Engine API, such as 1.41.
struct ApiVersion {
  int major = 1;
  int minor = 0;

  auto operator<=>(const ApiVersion&) const = default;
  std::string text() const;
  // Nothing when it isn't "MAJOR.MINOR".
  static std::optional<ApiVersion> parse(std::string_view text);
};

inline constexpr ApiVersion kOldestApi{1, 24};
inline constexpr ApiVersion kNewestApi{1, 51};

// What came with a later version than kOldestApi and changes what a planner does or may send.
enum class Feature {
  kMounts,                // 1.25: HostConfig.Mounts
  kInit,                  // 1.25: HostConfig.Init
  kStopTimeout,           // 1.25: Config.StopTimeout
  kHealthStartPeriod,     // 1.29: Healthcheck.StartPeriod
  kBuildTarget,           // 1.29
  kWaitConditions,        // 1.30: the answer starts before the container ends
  kPlatform,              // 1.32: platform of build and pull
  kBuildKit,              // 1.39: version=2 of build
  kDeviceRequests,        // 1.40
  kCgroupnsMode,          // 1.41
  kCreatePlatform,        // 1.41: platform of container create
  kStatsOneShot,          // 1.41
  kStopSignal,            // 1.42: signal of stop and restart
  kBindCreateMountpoint,  // 1.42: Mount.BindOptions.CreateMountpoint (sent as HostConfig.Binds to older ones)
  kAnnotations,           // 1.43
  kManyEndpoints,         // 1.44: several networks in container create; older ones connect the rest afterwards
  kEndpointMacAddress,    // 1.44: EndpointSettings.MacAddress (sent as Config.MacAddress to older ones)
  kHealthStartInterval,   // 1.44
  kReadOnlyRecursive,     // 1.44: BindOptions.ReadOnlyNonRecursive, ReadOnlyForceRecursive
  kVolumeSubpath,         // 1.45
  kTmpfsOptions,          // 1.46: TmpfsOptions.Options
  kPushPlatform,          // 1.46
  kImageMounts,           // 1.48: mounts of type image
  kGwPriority,            // 1.48
  kNetworkEnableIPv4,     // 1.48
  kSavePlatform,          // 1.48: platform of save and load
  kInspectPlatform,       // 1.49: platform of image inspect
};

ApiVersion since(Feature feature);
inline bool supports(ApiVersion version, Feature feature) { return version >= since(feature); }

}  // namespace berth::engine
