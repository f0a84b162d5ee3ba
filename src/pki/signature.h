// Signatures of JSON Web Tokens (RFC 7518 3.3).
#pragma once

#include <string>
#include <string_view>

namespace berth::pki {

// RSASSA-PKCS1-v1_5 with SHA-256 ("RS256"), raw bytes. Throws kInvalid where `key` is no RSA key as PEM.
std::string sign_rs256(std::string_view key, std::string_view bytes);

// Whether `signature` is of `bytes` by the owner of `key`, the private key as PEM.
bool is_rs256_of(std::string_view key, std::string_view bytes, std::string_view signature);

}  // namespace berth::pki
