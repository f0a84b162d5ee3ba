// Heads and bodies of HTTP/1.1 messages (RFC 9110, 9112).
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/context.h"

namespace berth::http {

// Header fields in the order they came; names are compared ignoring case and may repeat.
class Headers {
 public:
  struct Field {
    std::string name;
    std::string value;
  };

  Headers() = default;
  Headers(std::initializer_list<Field> fields) : fields_(fields) {}

  void add(std::string name, std::string value) { fields_.push_back({std::move(name), std::move(value)}); }
  // Replaces all of that name.
  void set(std::string_view name, std::string value);
  void remove(std::string_view name);

  // Value of the first of that name; valid until the next change.
  std::optional<std::string_view> get(std::string_view name) const;
  bool has(std::string_view name) const { return get(name).has_value(); }
  std::size_t count(std::string_view name) const;
  // One of the comma-separated members of one of the fields, ignoring case: has_token("Connection", "close").
  bool has_token(std::string_view name, std::string_view token) const;

  auto begin() const { return fields_.begin(); }
  auto end() const { return fields_.end(); }
  std::size_t size() const { return fields_.size(); }

 private:
  std::vector<Field> fields_;
};

struct Request {
  std::string method = "GET";
  std::string target = "/";  // path and query, percent-encoded (http/url.h)
  Headers headers;
  int minor_version = 1;  // of HTTP/1.x
};

struct ResponseHead {
  int status = 200;
  std::string reason;  // empty: the usual one when sent
  Headers headers;
  int minor_version = 1;
};

// "OK" for 200; empty when unknown.
std::string_view reason_of(int status);

// Gives the next bytes of something: fills some of `buffer` and returns how many, 0 at the end. May throw.
using Reader = std::function<std::size_t(const Context&, std::span<char>)>;

// What is sent after a head: nothing, bytes, or a stream.
class Body {
 public:
  Body() = default;
  Body(std::string bytes) : bytes_(std::move(bytes)) {}  // NOLINT: bytes are a body
  // `reader` is called while the body is sent. With a size, exactly that many bytes must come; without, it is sent
  // chunked.
  static Body streamed(Reader reader, std::optional<std::uint64_t> size = std::nullopt);

  const Reader& reader() const { return reader_; }  // empty unless streamed
  const std::string& bytes() const { return bytes_; }
  // Nothing when not known beforehand.
  std::optional<std::uint64_t> size() const { return reader_ ? size_ : bytes_.size(); }

 private:
  std::string bytes_;
  Reader reader_;
  std::optional<std::uint64_t> size_;
};

// All that `reader` gives. Throws kInvalid when it is more than `limit` bytes, and what the reader throws.
std::string read_all(const Context& context, const Reader& reader, std::size_t limit);

}  // namespace berth::http
