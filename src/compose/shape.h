// The compose model's attributes: their order in printed output, their types, when they are left out. One table for
// what binds values to types, for `config` and for the hashes, because all three have to agree with the reference's.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace berth::compose {

enum class Form : std::uint8_t {
  kText,
  kBoolean,
  kInteger,
  kUnsigned,       // an integer that is never read from a text
  kFloat,          // 32 bits, which shows in the digits that are printed
  kCpus,           // the same, and may be a text
  kBytes,          // "64m" or a number; printed as a text of decimal digits
  kDuration,       // "90s"; printed as Go prints durations
  kFileMode,       // "0440" or a number; printed as a text of octal digits
  kDeviceCount,    // a number or "all"
  kTexts,          // list of texts
  kTextOrTexts,    // one text or a list
  kTextOrNumbers,  // the same, numbers too
  kCommand,        // list, or a shell line that is split into words
  kHealthTest,     // list, or a shell line
  kTextMap,        // mapping, or list of KEY=VALUE; a key alone is empty
  kLabels,         // the same
  kEnvironment,    // the same, but a key alone has no value
  kOptions,        // mapping of texts
  kOptionLists,    // mapping of lists of texts
  kHosts,          // mapping or list of NAME=ADDRESS; printed as a sorted list
  kSsh,            // mapping from id to path
  kObject,         // mapping with the attributes of `shape`
  kObjects,        // list of such
  kObjectMap,      // mapping from names to such
  kEnvFiles,       // list of such; printed as its path alone when it is required
  kUlimits,        // mapping from names to such, or to a number for both limits
};

enum Presence : std::uint8_t {
  kUnlessZero = 0,     // left out when 0, false, empty
  kUnlessUnset = 1,    // printed whenever it was given
  kAlways = 2,         // printed always, in YAML and in JSON
  kAlwaysInJson = 4,   // null in JSON when it was not given
  kValue = 8,          // objects: not given is the same as given without attributes; {} in JSON
  kNullable = 16,      // object maps: null stays null
  kAlwaysInYaml = 32,  // zero in YAML when it was not given
};

struct Shape;

struct Attribute {
  std::string_view name;
  Form form = Form::kText;
  std::uint8_t presence = kUnlessZero;
  const Shape* shape = nullptr;
  std::string_view json_name = {};  // where it differs
};

struct Shape {
  std::span<const Attribute> attributes;
  bool has_extensions = true;  // x- keys are kept, and printed in YAML

  const Attribute* find(std::string_view name) const;
};

extern const Shape kServiceShape;
extern const Shape kNetworkShape;
extern const Shape kVolumeShape;
extern const Shape kFileObjectShape;
extern const Shape kModelShape;
extern const Shape kProjectShape;

}  // namespace berth::compose
