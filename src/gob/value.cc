#include "gob/value.h"

namespace berth::gob {

Value::Value() = default;
Value::Value(bool value) : data_(value) {}
Value::Value(std::int64_t value) : data_(value) {}
Value::Value(std::uint64_t value) : data_(value) {}
Value::Value(double value) : data_(value) {}
Value::Value(std::string value) : data_(std::move(value)) {}
Value::Value(const char* value) : data_(std::string(value)) {}
Value::Value(List value) : data_(std::move(value)) {}
Value::Value(Struct value) : data_(std::move(value)) {}
Value::Value(Map value) : data_(std::move(value)) {}
Value::Value(const Value& other) = default;
Value::Value(Value&& other) noexcept = default;
Value& Value::operator=(const Value& other) = default;
Value& Value::operator=(Value&& other) noexcept = default;
Value::~Value() = default;

bool Value::is_nil() const { return std::holds_alternative<std::monostate>(data_); }

Value Value::interface(std::string type, Value value) {
  Value result;
  result.data_ = Interface{std::move(type), {std::move(value)}};
  return result;
}

const Value& Value::field(std::string_view name) const {
  static const Value none;
  if (const Struct* fields = as<Struct>()) {
    for (const Field& field : *fields) {
      if (field.name == name) return field.value;
    }
  }
  return none;
}

const Value& Value::concrete() const {
  const Interface* held = as<Interface>();
  return held != nullptr ? held->holds.front() : *this;
}

std::string_view Value::concrete_type() const {
  const Interface* held = as<Interface>();
  return held != nullptr ? std::string_view(held->type) : std::string_view();
}

std::string Value::text() const {
  const std::string* found = as<std::string>();
  return found != nullptr ? *found : std::string();
}

std::int64_t Value::integer() const {
  const std::int64_t* found = as<std::int64_t>();
  return found != nullptr ? *found : 0;
}

std::vector<std::string> Value::texts() const {
  std::vector<std::string> result;
  if (const List* items = as<List>()) {
    for (const Value& item : *items) result.push_back(item.text());
  }
  return result;
}

const Types& types_of_types() {
  using Shape = Type::Shape;
  constexpr TypeId kArrayType = 17, kCommonType = 18, kSliceType = 19, kStructType = 20, kFieldType = 21,
                   kFieldList = 22, kMapType = 23, kOpaqueType = 24;
  const auto structure = [](const char* name, std::vector<Type::Field> fields) {
    return Type{.shape = Shape::kStruct, .name = name, .fields = std::move(fields)};
  };
  static const Types types = {
      {kWireType, structure("wireType", {{"ArrayT", kArrayType},
                                         {"SliceT", kSliceType},
                                         {"StructT", kStructType},
                                         {"MapT", kMapType},
                                         {"GobEncoderT", kOpaqueType},
                                         {"BinaryMarshalerT", kOpaqueType},
                                         {"TextMarshalerT", kOpaqueType}})},
      {kArrayType, structure("arrayType", {{"CommonType", kCommonType}, {"Elem", kInt}, {"Len", kInt}})},
      {kCommonType, structure("CommonType", {{"Name", kString}, {"Id", kInt}})},
      {kSliceType, structure("sliceType", {{"CommonType", kCommonType}, {"Elem", kInt}})},
      {kStructType, structure("structType", {{"CommonType", kCommonType}, {"Field", kFieldList}})},
      {kFieldType, structure("fieldType", {{"Name", kString}, {"Id", kInt}})},
      {kFieldList, {.shape = Shape::kSlice, .name = "[]*fieldType", .element = kFieldType}},
      {kMapType, structure("mapType", {{"CommonType", kCommonType}, {"Key", kInt}, {"Elem", kInt}})},
      {kOpaqueType, structure("gobEncoderType", {{"CommonType", kCommonType}})},
  };
  return types;
}

}  // namespace berth::gob
