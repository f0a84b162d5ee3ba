#include "gob/encoder.h"

#include <algorithm>
#include <bit>
#include <stdexcept>

namespace berth::gob {

namespace {

void put_uint(std::uint64_t number, std::string& out) {
  if (number < 128) {
    out += static_cast<char>(number);
    return;
  }
  const int size = (static_cast<int>(std::bit_width(number)) + 7) / 8;
  out += static_cast<char>(-size);
  for (int i = size - 1; i >= 0; --i) out += static_cast<char>(number >> (8 * i));
}

void put_int(std::int64_t number, std::string& out) {
  const auto bits = static_cast<std::uint64_t>(number) << 1;
  put_uint(number < 0 ? ~bits : bits, out);
}

void put_bytes(std::string_view bytes, std::string& out) {
  put_uint(bytes.size(), out);
  out += bytes;
}

template <typename T>
const T& expect(const Value& value) {
  const T* found = value.as<T>();
  if (found == nullptr) throw std::logic_error("gob: a value is not of its type");
  return *found;
}

bool is_zero(const Value& value) {
  if (const auto* flag = value.as<bool>()) return !*flag;
  if (const auto* number = value.as<std::int64_t>()) return *number == 0;
  if (const auto* number = value.as<std::uint64_t>()) return *number == 0;
  if (const auto* number = value.as<double>()) return std::bit_cast<std::uint64_t>(*number) == 0;
  if (const auto* text = value.as<std::string>()) return text->empty();
  if (const auto* items = value.as<Value::List>()) return items->empty();
  if (const auto* pairs = value.as<Value::Map>()) return pairs->empty();
  return value.is_nil();
}

// The description that a type is defined by: a value of type kWireType.
Value description(TypeId id, const Type& type) {
  Value common(Value::Struct{{"Name", Value(type.name)}, {"Id", Value(id)}});
  const auto wire = [&](const char* shape, Value::Struct rest) {
    rest.insert(rest.begin(), {"CommonType", std::move(common)});
    return Value(Value::Struct{{shape, Value(std::move(rest))}});
  };
  switch (type.shape) {
    case Type::Shape::kArray:
      return wire("ArrayT", {{"Elem", Value(type.element)}, {"Len", Value(static_cast<std::int64_t>(type.length))}});
    case Type::Shape::kSlice:
      return wire("SliceT", {{"Elem", Value(type.element)}});
    case Type::Shape::kMap:
      return wire("MapT", {{"Key", Value(type.key)}, {"Elem", Value(type.element)}});
    case Type::Shape::kOpaque:
      return wire("GobEncoderT", {});
    case Type::Shape::kStruct:
      break;
  }
  Value::List fields;
  for (const Type::Field& field : type.fields) {
    fields.emplace_back(Value::Struct{{"Name", Value(field.name)}, {"Id", Value(field.type)}});
  }
  return wire("StructT", {{"Field", Value(std::move(fields))}});
}

}  // namespace

const Type* Encoder::find(TypeId type) const {
  if (type < kWireType) return nullptr;
  const Types& table = type < kFirstUserType ? types_of_types() : types_;
  const auto found = table.find(type);
  if (found == table.end()) throw std::logic_error("gob: type " + std::to_string(type) + " is not known");
  return &found->second;
}

std::string Encoder::encode(TypeId type, const Value& value) {
  std::string out;
  define(type, out);
  define_held(value, out);
  std::string message;
  put_int(type, message);
  put_whole(type, value, message);
  put_bytes(message, out);
  return out;
}

void Encoder::define(TypeId id, std::string& out) {
  const Type* type = find(id);
  if (type == nullptr || !sent_.insert(id).second) return;
  std::string message;
  put_int(-id, message);
  put(kWireType, description(id, *type), message);
  put_bytes(message, out);
  if (type->key != 0) define(type->key, out);
  if (type->element != 0) define(type->element, out);
  for (const Type::Field& field : type->fields) define(field.type, out);
}

// Defines the types of all that interfaces in `value` hold.
void Encoder::define_held(const Value& value, std::string& out) {
  if (const auto* held = value.as<Value::Interface>()) {
    const auto found = registered_.find(held->type);
    if (found == registered_.end()) throw std::logic_error("gob: '" + held->type + "' is not registered");
    define(found->second, out);
    define_held(held->holds.front(), out);
  } else if (const auto* items = value.as<Value::List>()) {
    for (const Value& item : *items) define_held(item, out);
  } else if (const auto* fields = value.as<Value::Struct>()) {
    for (const Value::Field& field : *fields) define_held(field.value, out);
  } else if (const auto* pairs = value.as<Value::Map>()) {
    for (const Value::Pair& pair : *pairs) define_held(pair.value, out);
  }
}

void Encoder::put_whole(TypeId id, const Value& value, std::string& out) const {
  const Type* type = find(id);
  if (type == nullptr || type->shape != Type::Shape::kStruct) out += '\0';
  put(id, value, out);
}

void Encoder::put(TypeId id, const Value& value, std::string& out) const {
  switch (id) {
    case kBool:
      return put_uint(expect<bool>(value) ? 1 : 0, out);
    case kInt:
      return put_int(expect<std::int64_t>(value), out);
    case kUint:
      return put_uint(expect<std::uint64_t>(value), out);
    case kBytes:
    case kString:
      return put_bytes(expect<std::string>(value), out);
    case kInterface: {
      if (value.is_nil()) return put_uint(0, out);
      const auto& held = expect<Value::Interface>(value);
      const TypeId type = registered_.find(held.type)->second;
      put_bytes(held.type, out);
      put_int(type, out);
      std::string inner;
      put_whole(type, held.holds.front(), inner);
      return put_bytes(inner, out);
    }
    default:
      break;
  }
  const Type* type = find(id);
  if (type == nullptr) throw std::logic_error("gob: floating and complex numbers are not written");
  switch (type->shape) {
    case Type::Shape::kStruct:
      return put_struct(*type, value, out);
    case Type::Shape::kOpaque:
      return put_bytes(expect<std::string>(value), out);
    case Type::Shape::kMap:
      put_uint(expect<Value::Map>(value).size(), out);
      for (const Value::Pair& pair : expect<Value::Map>(value)) {
        put(type->key, pair.key, out);
        put(type->element, pair.value, out);
      }
      return;
    case Type::Shape::kArray:
    case Type::Shape::kSlice:
      put_uint(expect<Value::List>(value).size(), out);
      for (const Value& item : expect<Value::List>(value)) put(type->element, item, out);
      return;
  }
}

void Encoder::put_struct(const Type& type, const Value& value, std::string& out) const {
  std::size_t passed = 0;
  for (const Value::Field& given : expect<Value::Struct>(value)) {
    const bool known = std::any_of(type.fields.begin(), type.fields.end(),
                                   [&](const Type::Field& field) { return field.name == given.name; });
    if (!known) throw std::logic_error("gob: '" + type.name + "' has no field '" + given.name + "'");
  }
  for (std::size_t i = 0; i < type.fields.size(); ++i) {
    const Value& member = value.field(type.fields[i].name);
    if (is_zero(member)) continue;
    put_uint(i + 1 - passed, out);
    passed = i + 1;
    put(type.fields[i].type, member, out);
  }
  put_uint(0, out);
}

}  // namespace berth::gob
