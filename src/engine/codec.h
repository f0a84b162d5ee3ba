// How the API's structs become JSON and come from it. For the *_json.cc files only: it includes base/json.h.
//
// Each struct has one list of its members, `fields(visit, x)`, that Encoder and Decoder both walk; so the two
// directions can't differ. `visit("Name", x.name)` is the usual entry; visit.always, set, nest, unix, nano and slashed
// are for the shapes that the API has and our structs don't.
#pragma once

#include <concepts>
#include <type_traits>

#include "base/error.h"
#include "base/json.h"
#include "base/strings.h"
#include "engine/json.h"

namespace berth::engine {

template <typename T, typename U>
concept Is = std::same_as<std::remove_const_t<T>, U>;

namespace codec {

template <typename T>
inline constexpr bool is_id = false;
template <typename Noun>
inline constexpr bool is_id<Id<Noun>> = true;
template <typename T>
inline constexpr bool is_optional = false;
template <typename T>
inline constexpr bool is_optional<std::optional<T>> = true;
template <typename T>
inline constexpr bool is_vector = false;
template <typename T>
inline constexpr bool is_vector<std::vector<T>> = true;
template <typename T>
inline constexpr bool is_map = false;
template <typename T, typename Less>
inline constexpr bool is_map<std::map<std::string, T, Less>> = true;

}  // namespace codec

class Encoder {
 public:
  template <typename T>
  void operator()(std::string_view name, const T& value) {
    if constexpr (codec::is_optional<T>) {
      if (value) object_[name] = to_json(*value);
    } else {
      if constexpr (std::equality_comparable<T>) {
        if (value == T{}) return;
      }
      object_[name] = to_json(value);
    }
  }

  // For members whose default isn't zero or empty.
  template <typename T>
  void always(std::string_view name, const T& value) {
    object_[name] = to_json(value);
  }

  // A set, which the API has as an object of empty objects.
  void set(std::string_view name, const std::vector<std::string>& members) {
    if (members.empty()) return;
    json::object& object = object_[name].emplace_object();
    for (const std::string& member : members) object[member] = json::object();
  }

  // An object whose members are the outer struct's.
  template <typename Body>
  void nest(std::string_view name, Body body) {
    Encoder inner;
    body(inner);
    if (!inner.object_.empty()) object_[name] = std::move(inner.object_);
  }

  // A time in seconds since 1970.
  void unix(std::string_view name, const Time& time) {
    object_[name] = std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
  }

  // A time in nanoseconds since 1970.
  void nano(std::string_view name, const Time& time) {
    object_[name] = std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count();
  }

  // A name that the API begins with a slash.
  void slashed(std::string_view name, const std::string& value) { object_[name] = "/" + value; }
  void slashed(std::string_view name, const std::vector<std::string>& values) {
    json::array& array = object_[name].emplace_array();
    for (const std::string& value : values) array.push_back(json::value("/" + value));
  }

  json::object take() { return std::move(object_); }

  template <typename T>
  static json::value to_json(const T& value) {
    if constexpr (std::is_same_v<T, std::string> || std::is_same_v<T, bool> || std::is_floating_point_v<T> ||
                  std::is_integral_v<T>) {
      return json::value(value);
    } else if constexpr (std::is_enum_v<T>) {
      return static_cast<std::int64_t>(value);
    } else if constexpr (std::is_same_v<T, std::chrono::nanoseconds>) {
      return value.count();
    } else if constexpr (std::is_same_v<T, Time>) {
      return json::value(format_time(value));
    } else if constexpr (codec::is_id<T>) {
      return json::value(value.value);
    } else if constexpr (codec::is_optional<T>) {
      return value ? to_json(*value) : json::value();
    } else if constexpr (codec::is_vector<T>) {
      json::array array;
      array.reserve(value.size());
      for (const auto& item : value) array.push_back(to_json(item));
      return array;
    } else if constexpr (codec::is_map<T>) {
      json::object object;
      for (const auto& [name, item] : value) object[name] = to_json(item);
      return object;
    } else if constexpr (std::is_same_v<T, std::pair<std::int64_t, std::int64_t>>) {
      return json::array{value.first, value.second};
    } else {
      Encoder inner;
      fields(inner, value);
      return std::move(inner.object_);
    }
  }

 private:
  json::object object_;
};

class Decoder {
 public:
  explicit Decoder(const json::object& object) : object_(object) {}

  template <typename T>
  void operator()(std::string_view name, T& out) {
    if (const json::value* value = object_.if_contains(name)) read(*value, out);
  }

  template <typename T>
  void always(std::string_view name, T& out) {
    (*this)(name, out);
  }

  void set(std::string_view name, std::vector<std::string>& members) {
    const json::value* value = object_.if_contains(name);
    if (value == nullptr || !value->is_object()) return;
    for (const auto& [member, ignored] : value->get_object()) members.emplace_back(member);
  }

  template <typename Body>
  void nest(std::string_view name, Body body) {
    const json::value* value = object_.if_contains(name);
    if (value == nullptr || !value->is_object()) return;
    Decoder inner(value->get_object());
    body(inner);
  }

  void unix(std::string_view name, Time& time) {
    std::int64_t seconds = 0;
    (*this)(name, seconds);
    constexpr std::int64_t kMost = std::int64_t{1} << 33;  // beyond that a time_point overflows
    if (seconds > -kMost && seconds < kMost) time = Time(std::chrono::seconds(seconds));
  }

  void nano(std::string_view name, Time& time) {
    std::int64_t nanos = 0;
    (*this)(name, nanos);
    time = Time(std::chrono::nanoseconds(nanos));
  }

  void slashed(std::string_view name, std::string& value) {
    (*this)(name, value);
    if (value.starts_with('/')) value.erase(0, 1);
  }
  void slashed(std::string_view name, std::vector<std::string>& values) {
    (*this)(name, values);
    for (std::string& value : values) {
      if (value.starts_with('/')) value.erase(0, 1);
    }
  }

  template <typename T>
  static void read(const json::value& value, T& out) {
    if constexpr (std::is_same_v<T, std::string>) {
      if (const auto* text = value.if_string()) out.assign(text->data(), text->size());
    } else if constexpr (std::is_same_v<T, bool>) {
      if (const bool* flag = value.if_bool()) out = *flag;
    } else if constexpr (std::is_integral_v<T>) {
      read_number(value, out);
    } else if constexpr (std::is_enum_v<T>) {
      std::int64_t number = static_cast<std::int64_t>(out);
      read_number(value, number);
      out = static_cast<T>(number);
    } else if constexpr (std::is_same_v<T, std::chrono::nanoseconds>) {
      std::int64_t number = 0;
      read_number(value, number);
      out = std::chrono::nanoseconds(number);
    } else if constexpr (codec::is_id<T>) {
      read(value, out.value);
    } else if constexpr (std::is_same_v<T, std::optional<Time>>) {
      read_time(value, out);
    } else if constexpr (codec::is_optional<T>) {
      if (!value.is_null()) read(value, out.emplace());
    } else if constexpr (codec::is_vector<T>) {
      if (const json::array* array = value.if_array()) {
        out.reserve(array->size());
        for (const json::value& item : *array) read(item, out.emplace_back());
      }
    } else if constexpr (codec::is_map<T>) {
      if (const json::object* object = value.if_object()) {
        for (const auto& [name, item] : *object) read(item, out[std::string(name)]);
      }
    } else if constexpr (std::is_same_v<T, std::pair<std::int64_t, std::int64_t>>) {
      if (const json::array* array = value.if_array(); array != nullptr && array->size() == 2) {
        read_number((*array)[0], out.first);
        read_number((*array)[1], out.second);
      }
    } else {
      if (const json::object* object = value.if_object()) {
        Decoder inner(*object);
        fields(inner, out);
      }
    }
  }

 private:
  template <typename T>
  static void read_number(const json::value& value, T& out) {
    json::error_code error;
    if (value.is_double()) {
      const double number = value.get_double();
      if (number > -9.0e18 && number < 9.0e18) read_number(json::value(static_cast<std::int64_t>(number)), out);
      return;
    }
    if (!value.is_number()) return;
    const T number = value.to_number<T>(error);
    if (!error) out = number;
  }

  // Go's zero time, the year 1, is no time.
  static void read_time(const json::value& value, std::optional<Time>& out) {
    const auto* text = value.if_string();
    if (text == nullptr || text->size() < 20 || text->subview(0, 4) < "1700" || text->subview(0, 4) > "2200") return;
    out = parse_time({text->data(), text->size()});
  }

  const json::object& object_;
};

template <typename T>
T decode(std::string_view text) {
  json::error_code error;
  json::monotonic_resource memory;  // lists of thousands of containers: no allocation for each value
  const json::value value = json::parse({text.data(), text.size()}, error, &memory);
  if (error) throw Error(Kind::kInternal, "the engine's answer isn't JSON: " + error.message());
  constexpr bool list = codec::is_vector<T>;
  // A list of nothing may be null.
  if (list ? !value.is_array() && !value.is_null() : !value.is_object()) {
    throw Error(Kind::kInternal, std::string("the engine's answer isn't a JSON ") + (list ? "array" : "object"));
  }
  T out;
  Decoder::read(value, out);
  return out;
}

template <typename T>
std::string encode(const T& value) {
  return format_json(Encoder::to_json(value));
}

}  // namespace berth::engine
