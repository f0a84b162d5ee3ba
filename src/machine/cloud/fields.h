// Settings that go as they are from an option into the settings of a driver, from there into its record, and back.
// Heavy (base/json.h): for .cc files.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/json.h"
#include "machine/driver.h"

namespace berth::machine {

// A setting of `Settings`, the option that gives it and the record's member that keeps it.
template <typename Settings, typename Value>
struct Field {
  Value Settings::* member;
  const char* flag;
  const char* record;
};

template <typename Settings>
using TextField = Field<Settings, std::string>;
template <typename Settings>
using FlagField = Field<Settings, bool>;
template <typename Settings>
using NumberField = Field<Settings, std::int64_t>;  // its option has a check of its own

inline void take(const DriverOptions& options, const char* flag, std::string& value) { value = options.text(flag); }
inline void take(const DriverOptions& options, const char* flag, bool& value) { value = options.on(flag); }

inline void read(const json::value& record, const char* name, std::string& value) {
  value = berth::text_of(record, name);
}
inline void read(const json::value& record, const char* name, bool& value) { value = berth::flag_of(record, name); }
inline void read(const json::value& record, const char* name, std::int64_t& value) {
  value = berth::integer_of(record, name);
}

// Each field's option; `fields` of texts or flags.
template <typename Settings, typename Value, std::size_t kCount>
void take_fields(const Field<Settings, Value> (&fields)[kCount], const DriverOptions& options, Settings& settings) {
  for (const auto& field : fields) take(options, field.flag, settings.*field.member);
}

template <typename Settings, typename Value, std::size_t kCount>
void read_fields(const Field<Settings, Value> (&fields)[kCount], const json::value& record, Settings& settings) {
  for (const auto& field : fields) read(record, field.record, settings.*field.member);
}

template <typename Settings, typename Value, std::size_t kCount>
void write_fields(const Field<Settings, Value> (&fields)[kCount], const Settings& settings, json::object& record) {
  for (const auto& field : fields) record[field.record] = settings.*field.member;
}

}  // namespace berth::machine
