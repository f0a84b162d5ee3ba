// Cutting a run of bytes into JSON values.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace berth::http {

// Takes bytes as they come and gives the JSON objects (or arrays) in them, whether they are set apart by newlines,
// blanks, commas, the record separator of RFC 7464, or nothing at all. Only nesting and strings are looked at; parsing
// is the caller's. One thread at a time.
class JsonSplitter {
 public:
  // `limit` bounds one value's bytes.
  explicit JsonSplitter(std::size_t limit = std::size_t{16} << 20) : limit_(limit) {}

  void push(std::string_view bytes);
  // The next whole value, valid until the next push(); nothing when more bytes are needed. Throws kInternal when the
  // bytes are no JSON values or one is too large.
  std::optional<std::string_view> next();
  // Bytes of a value that is not whole are there.
  bool within_value() const { return depth_ > 0; }

 private:
  // Looks on from where it stopped; returns the end of the first whole value in buffer_.
  std::optional<std::size_t> find_end();

  std::size_t limit_;
  std::string buffer_;
  std::size_t begin_ = 0;    // of the value looked for
  std::size_t scanned_ = 0;  // bytes already looked at
  std::size_t depth_ = 0;
  bool in_string_ = false;
  bool escaped_ = false;
};

}  // namespace berth::http
