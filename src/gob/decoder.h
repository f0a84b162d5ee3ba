// Go's encoding/gob, read.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "gob/value.h"

namespace berth::gob {

// Reads one stream of values, by the types that the other side describes in it: their ids, their fields' order and what
// they hold may be any. One thread at a time.
//
// A stream is a row of messages, each with its length in front, that define a type or hold a value. A value goes on in
// further messages where an interface in it needs a type that was not defined yet: Go's encoder then sends what it has
// of the value with the definition. Counts inside a value are therefore not those of its parts, and are not relied on.
class Decoder {
 public:
  // Puts some bytes in the buffer and returns how many; 0 at the end of the stream. May wait, may throw.
  using Read = std::function<std::size_t(std::span<char> buffer)>;
  explicit Decoder(Read read) : read_(std::move(read)), types_(types_of_types()) {}

  // The next value; nothing at the end of the stream. Throws kInvalid for bytes that are no gob, or are cut off, and
  // what the reader throws. Nothing can be read after an error.
  std::optional<Value> next();

 private:
  bool next_message();
  void define(TypeId id);
  TypeId type_in_interface();

  std::uint64_t take_uint();
  std::int64_t take_int();
  std::string take_bytes();

  Value value(TypeId type, int depth);
  Value basic(TypeId type, int depth);
  Value list(TypeId element, std::uint64_t count, int depth);
  Value structure(const Type& type, int depth);
  Value map(const Type& type, int depth);
  Value interface(int depth);
  // A value that stands by itself: a zero byte goes before all but structs.
  Value whole(TypeId type, int depth);

  Read read_;
  Types types_;
  std::string received_;         // not yet cut into messages
  std::string message_;          // the one that is read
  std::string_view rest_;        // of message_
  std::size_t values_left_ = 0;  // a bound for what one value may grow to
};

}  // namespace berth::gob
