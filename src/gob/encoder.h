// Go's encoding/gob, written.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "gob/value.h"

namespace berth::gob {

// Writes one stream of values of types that are known beforehand. One thread at a time.
class Encoder {
 public:
  // `types`: the composite types that values may have, numbered from kFirstUserType up. `registered`: names of the
  // concrete types that interfaces may hold, as the other side's gob.Register has them.
  Encoder(Types types, std::map<std::string, TypeId, std::less<>> registered)
      : types_(std::move(types)), registered_(std::move(registered)) {}

  // Bytes to send for a value of this type, definitions of types that the stream lacks first. A struct's fields may be
  // in any order; what it does not have is zero. A value that is not of the type is a programming error
  // (std::logic_error).
  std::string encode(TypeId type, const Value& value);

 private:
  void define(TypeId type, std::string& out);
  void define_held(const Value& value, std::string& out);
  void put(TypeId type, const Value& value, std::string& out) const;
  void put_struct(const Type& type, const Value& value, std::string& out) const;
  void put_whole(TypeId type, const Value& value, std::string& out) const;
  const Type* find(TypeId type) const;

  Types types_;
  std::map<std::string, TypeId, std::less<>> registered_;
  std::set<TypeId> sent_;
};

}  // namespace berth::gob
