// Cryptographic digests and random bytes (OpenSSL's).
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace berth {

// Lower-case hexadecimal SHA-256 (64 digits).
std::string sha256_hex(std::string_view bytes);

// HMAC with SHA-256 (RFC 2104): 32 raw bytes.
std::string hmac_sha256(std::string_view key, std::string_view bytes);

// SHA-256 of bytes that come in parts. One thread at a time.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  void update(std::string_view bytes);
  // Lower-case hexadecimal; call once, last.
  std::string finish_hex();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Random bytes fit for keys and ids.
std::string random_bytes(std::size_t size);

}  // namespace berth
