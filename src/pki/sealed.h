// Bytes under a passphrase.
#pragma once

#include <string>
#include <string_view>

namespace berth::pki {

// AES-256-GCM with a key that scrypt (N=32768, r=8, p=1) makes of the passphrase and a random salt. `purpose` is what
// the bytes are, such as "berth machine export 1\n": it stands in front, readable, and is part of what is
// authenticated. Takes about 0.1 s and 32 MB.
std::string seal(std::string_view bytes, std::string_view passphrase, std::string_view purpose);

// Throws kInvalid for bytes of another purpose, or cut off; kUnauthorized when the passphrase is wrong or the bytes
// were changed, which look alike.
std::string unseal(std::string_view sealed, std::string_view passphrase, std::string_view purpose);

}  // namespace berth::pki
