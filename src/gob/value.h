// A value as Go's encoding/gob carries it, and the types that say how it lies on the wire.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace berth::gob {

// A value without its Go type: what the bytes say. Copyable; different Values may be used by different threads.
class Value {
 public:
  struct Field;
  struct Pair;
  using List = std::vector<Value>;    // arrays and slices; the two parts of a complex number
  using Struct = std::vector<Field>;  // fields that are zero are left out, as gob does
  using Map = std::vector<Pair>;      // in the order of the wire, which is no order
  // A value of the concrete type that was registered under this name.
  struct Interface {
    std::string type;
    List holds;  // exactly one
  };

  Value();  // a nil interface
  explicit Value(bool value);
  explicit Value(std::int64_t value);
  explicit Value(std::uint64_t value);
  explicit Value(double value);
  explicit Value(std::string value);  // a string or []byte
  explicit Value(const char* value);
  explicit Value(List value);
  explicit Value(Struct value);
  explicit Value(Map value);
  Value(const Value& other);
  Value(Value&& other) noexcept;
  Value& operator=(const Value& other);
  Value& operator=(Value&& other) noexcept;
  ~Value();
  static Value interface(std::string type, Value value);

  // The value where it is of that kind, else nullptr.
  template <typename T>
  const T* as() const;
  bool is_nil() const;

  // A struct's field; a nil value where there is none, as where it is zero.
  const Value& field(std::string_view name) const;
  // What an interface holds; the value itself where it is none.
  const Value& concrete() const;
  // The registered name of what an interface holds, else empty.
  std::string_view concrete_type() const;
  // The zero value where this is of another kind, or nil.
  std::string text() const;
  std::int64_t integer() const;
  std::vector<std::string> texts() const;

 private:
  std::variant<std::monostate, bool, std::int64_t, std::uint64_t, double, std::string, List, Struct, Map, Interface>
      data_;
};

struct Value::Field {
  std::string name;
  Value value;
};
struct Value::Pair {
  Value key;
  Value value;
};

// Behind the parts that a Value is made of.
template <typename T>
const T* Value::as() const {
  return std::get_if<T>(&data_);
}

// Ids of types. Those below 16 are Go's basic types; each side numbers its own from 64 up.
using TypeId = std::int64_t;
constexpr TypeId kBool = 1, kInt = 2, kUint = 3, kFloat = 4, kBytes = 5, kString = 6, kComplex = 7, kInterface = 8;
constexpr TypeId kFirstUserType = 64;

// A composite type.
struct Type {
  enum class Shape { kArray, kSlice, kStruct, kMap, kOpaque };  // kOpaque: bytes that only their Go type can read
  struct Field {
    std::string name;
    TypeId type;
  };
  Shape shape = Shape::kStruct;
  std::string name;
  TypeId element = 0;        // of arrays, slices and maps
  TypeId key = 0;            // of maps
  std::uint64_t length = 0;  // of arrays
  std::vector<Field> fields;
};

using Types = std::map<TypeId, Type>;

// The types by which gob describes types (ids 16 to 24). Source: Go's encoding/gob, "Encoding Details".
const Types& types_of_types();
constexpr TypeId kWireType = 16;

}  // namespace berth::gob
