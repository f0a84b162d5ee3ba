#include "engine/types.h"

#include <cstring>

#include "base/strings.h"

namespace berth::engine {

ByteSource bytes_of(std::string bytes) {
  return [bytes = std::move(bytes), sent = std::size_t{0}](const Context&, std::span<char> buffer) mutable {
    const std::size_t size = std::min(buffer.size(), bytes.size() - sent);
    std::memcpy(buffer.data(), bytes.data() + sent, size);
    sent += size;
    return size;
  };
}

std::string ApiVersion::text() const { return std::to_string(major) + "." + std::to_string(minor); }

std::optional<ApiVersion> ApiVersion::parse(std::string_view text) {
  const auto [major, minor] = cut(text, '.');
  const auto first = parse_integer(major);
  const auto second = minor ? parse_integer(*minor) : std::nullopt;
  if (!first || !second || *first < 0 || *second < 0) return std::nullopt;
  return ApiVersion{static_cast<int>(*first), static_cast<int>(*second)};
}

ApiVersion since(Feature feature) {
  switch (feature) {
    case Feature::kMounts:
    case Feature::kInit:
    case Feature::kStopTimeout:
      return {1, 25};
    case Feature::kHealthStartPeriod:
    case Feature::kBuildTarget:
      return {1, 29};
    case Feature::kWaitConditions:
      return {1, 30};
    case Feature::kPlatform:
      return {1, 32};
    case Feature::kBuildKit:
      return {1, 39};
    case Feature::kDeviceRequests:
      return {1, 40};
    case Feature::kCgroupnsMode:
    case Feature::kCreatePlatform:
    case Feature::kStatsOneShot:
      return {1, 41};
    case Feature::kStopSignal:
    case Feature::kBindCreateMountpoint:
      return {1, 42};
    case Feature::kAnnotations:
      return {1, 43};
    case Feature::kManyEndpoints:
    case Feature::kEndpointMacAddress:
    case Feature::kHealthStartInterval:
    case Feature::kReadOnlyRecursive:
      return {1, 44};
    case Feature::kVolumeSubpath:
      return {1, 45};
    case Feature::kTmpfsOptions:
    case Feature::kPushPlatform:
      return {1, 46};
    case Feature::kImageMounts:
    case Feature::kGwPriority:
    case Feature::kNetworkEnableIPv4:
    case Feature::kSavePlatform:
      return {1, 48};
    case Feature::kInspectPlatform:
      return {1, 49};
  }
  return kNewestApi;
}

}  // namespace berth::engine
