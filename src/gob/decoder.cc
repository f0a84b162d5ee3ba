#include "gob/decoder.h"

#include <algorithm>
#include <bit>
#include <limits>

#include "base/error.h"

namespace berth::gob {

namespace {

constexpr std::uint64_t kLargestMessage = 16U << 20;
constexpr std::size_t kMostValues = 1'000'000;
constexpr int kDeepest = 100;

[[noreturn]] void refuse(const std::string& why) { throw Error(Kind::kInvalid, "not a gob stream: " + why); }

// Bytes that an unsigned number takes after its first byte: none below 128, else the negated count.
std::size_t more_bytes(char first) {
  const auto byte = static_cast<std::uint8_t>(first);
  return byte < 128 ? 0 : 256U - byte;
}

std::uint64_t unsigned_of(std::string_view bytes) {
  if (bytes.size() == 1) return static_cast<std::uint8_t>(bytes[0]);
  std::uint64_t number = 0;
  for (const char c : bytes.substr(1)) number = number << 8 | static_cast<std::uint8_t>(c);
  return number;
}

std::int64_t signed_of(std::uint64_t bits) {
  return static_cast<std::int64_t>((bits & 1) != 0 ? ~(bits >> 1) : bits >> 1);
}

double floating_of(std::uint64_t bits) {
  std::uint64_t reversed = 0;
  for (int i = 0; i < 8; ++i) reversed |= (bits >> (8 * i) & 0xFF) << (56 - 8 * i);
  return std::bit_cast<double>(reversed);
}

Type type_of(const Value& wire) {
  using Shape = Type::Shape;
  const std::pair<const char*, Shape> kinds[] = {
      {"ArrayT", Shape::kArray},         {"SliceT", Shape::kSlice},
      {"StructT", Shape::kStruct},       {"MapT", Shape::kMap},
      {"GobEncoderT", Shape::kOpaque},   {"BinaryMarshalerT", Shape::kOpaque},
      {"TextMarshalerT", Shape::kOpaque}};
  for (const auto& [field, shape] : kinds) {
    const Value& told = wire.field(field);
    if (told.is_nil()) continue;
    Type type;
    type.shape = shape;
    type.name = told.field("CommonType").field("Name").text();
    type.element = told.field("Elem").integer();
    type.key = told.field("Key").integer();
    const std::int64_t length = told.field("Len").integer();
    if (length < 0) refuse("an array of negative length");
    type.length = static_cast<std::uint64_t>(length);
    if (const auto* members = told.field("Field").as<Value::List>()) {
      for (const Value& member : *members) {
        type.fields.push_back({member.field("Name").text(), member.field("Id").integer()});
      }
    }
    return type;
  }
  refuse("a type without a description");
}

}  // namespace

// Moves the next message to message_. False at the end of the stream.
bool Decoder::next_message() {
  const auto fill = [&](std::size_t wanted) {
    while (received_.size() < wanted) {
      char buffer[8192];
      const std::size_t size = read_(buffer);
      if (size == 0) return false;
      received_.append(buffer, size);
    }
    return true;
  };
  if (!fill(1)) return false;
  const std::size_t head = 1 + more_bytes(received_[0]);
  if (head > 9) refuse("a number of more than 64 bits");
  if (!fill(head)) refuse("it ends within a message's length");
  const std::uint64_t length = unsigned_of(std::string_view(received_).substr(0, head));
  if (length > kLargestMessage) refuse("a message of " + std::to_string(length) + " bytes");
  if (!fill(head + length)) refuse("it ends within a message");
  message_ = received_.substr(head, length);
  received_.erase(0, head + length);
  rest_ = message_;
  return true;
}

std::uint64_t Decoder::take_uint() {
  if (rest_.empty()) refuse("a message ends within a value");
  const std::size_t size = 1 + more_bytes(rest_[0]);
  if (size > 9) refuse("a number of more than 64 bits");
  if (size > rest_.size()) refuse("a message ends within a number");
  const std::uint64_t number = unsigned_of(rest_.substr(0, size));
  rest_.remove_prefix(size);
  return number;
}

std::int64_t Decoder::take_int() { return signed_of(take_uint()); }

std::string Decoder::take_bytes() {
  const std::uint64_t size = take_uint();
  if (size > rest_.size()) refuse("a message ends within a text");
  std::string bytes(rest_.substr(0, size));
  rest_.remove_prefix(size);
  return bytes;
}

std::optional<Value> Decoder::next() {
  values_left_ = kMostValues;
  bool defined = false;
  while (next_message()) {
    const TypeId id = take_int();
    if (id >= 0) {
      Value result = whole(id, 0);
      if (!rest_.empty()) refuse("a message goes on after its value");
      return result;
    }
    if (id == std::numeric_limits<TypeId>::min()) refuse("a type's number is out of range");
    define(-id);
    if (!rest_.empty()) refuse("a message goes on after its type");
    defined = true;
  }
  if (defined) refuse("it ends after a type");
  return std::nullopt;
}

void Decoder::define(TypeId id) {
  if (id < kFirstUserType) refuse("type " + std::to_string(id) + " is Go's own");
  Type type = type_of(value(kWireType, 0));
  if (!types_.emplace(id, std::move(type)).second) refuse("type " + std::to_string(id) + " is defined twice");
}

TypeId Decoder::type_in_interface() {
  for (;;) {
    if (rest_.empty() && !next_message()) refuse("it ends within a value");
    const TypeId id = take_int();
    if (id >= 0) return id;
    if (id == std::numeric_limits<TypeId>::min()) refuse("a type's number is out of range");
    define(-id);
    if (!rest_.empty()) take_uint();  // size of what follows here; else it is the next message
  }
}

Value Decoder::whole(TypeId type, int depth) {
  const auto found = types_.find(type);
  const bool is_struct = found != types_.end() && found->second.shape == Type::Shape::kStruct;
  if (!is_struct && take_uint() != 0) refuse("a value without the zero that goes before it");
  return value(type, depth);
}

Value Decoder::value(TypeId id, int depth) {
  if (depth > kDeepest) refuse("values within values, more than " + std::to_string(kDeepest));
  if (values_left_-- == 0) refuse("more than " + std::to_string(kMostValues) + " values in one");
  if (id < kWireType) return basic(id, depth);
  const auto found = types_.find(id);
  if (found == types_.end()) refuse("type " + std::to_string(id) + " is not defined");
  const Type& type = found->second;  // a map's elements stay where they are when others are added
  switch (type.shape) {
    case Type::Shape::kArray: {
      const std::uint64_t count = take_uint();
      if (count != type.length) refuse("an array of another length than its type's");
      return list(type.element, count, depth);
    }
    case Type::Shape::kSlice:
      return list(type.element, take_uint(), depth);
    case Type::Shape::kStruct:
      return structure(type, depth);
    case Type::Shape::kMap:
      return map(type, depth);
    case Type::Shape::kOpaque:
      break;
  }
  return Value(take_bytes());
}

Value Decoder::basic(TypeId type, int depth) {
  switch (type) {
    case kBool: {
      const std::uint64_t bit = take_uint();
      if (bit > 1) refuse("a bool that is neither true nor false");
      return Value(bit == 1);
    }
    case kInt:
      return Value(take_int());
    case kUint:
      return Value(take_uint());
    case kFloat:
      return Value(floating_of(take_uint()));
    case kBytes:
    case kString:
      return Value(take_bytes());
    case kComplex: {
      Value::List parts;
      for (int i = 0; i < 2; ++i) parts.emplace_back(floating_of(take_uint()));
      return Value(std::move(parts));
    }
    case kInterface:
      return interface(depth);
    default:
      refuse("type " + std::to_string(type) + " is not defined");
  }
}

Value Decoder::list(TypeId element, std::uint64_t count, int depth) {
  Value::List items;
  for (std::uint64_t i = 0; i < count; ++i) items.push_back(value(element, depth + 1));
  return Value(std::move(items));
}

Value Decoder::structure(const Type& type, int depth) {
  Value::Struct fields;
  std::uint64_t at = 0;  // fields passed so far
  while (const std::uint64_t step = take_uint()) {
    if (step > type.fields.size() - at) refuse("a field that type '" + type.name + "' does not have");
    at += step;
    const Type::Field& field = type.fields[at - 1];
    fields.push_back({field.name, value(field.type, depth + 1)});
  }
  return Value(std::move(fields));
}

Value Decoder::map(const Type& type, int depth) {
  Value::Map pairs;
  const std::uint64_t count = take_uint();
  for (std::uint64_t i = 0; i < count; ++i) {
    Value key = value(type.key, depth + 1);
    pairs.push_back({std::move(key), value(type.element, depth + 1)});
  }
  return Value(std::move(pairs));
}

Value Decoder::interface(int depth) {
  std::string name = take_bytes();
  if (name.empty()) return Value();
  const TypeId type = type_in_interface();
  take_uint();  // size of the value, or of its first part
  return Value::interface(std::move(name), whole(type, depth + 1));
}

}  // namespace berth::gob
