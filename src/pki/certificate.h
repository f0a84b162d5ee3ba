// Certificates and keys as PEM text: a certificate authority (CA), what it signs, and what a certificate says.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace berth::pki {

using Time = std::chrono::system_clock::time_point;

// A certificate and its private key, both PEM.
struct Identity {
  std::string certificate;
  std::string key;
};

enum class Use {
  kClient,           // proves who asks
  kServer,           // proves who answers
  kServerAndClient,  // both: a manager that talks to engines
};

struct Request {
  Use use = Use::kClient;
  std::string organization;        // whose it is, such as "ada"
  std::string common_name;         // may be empty
  std::vector<std::string> names;  // what a server is reached by: IP addresses and DNS names
  std::chrono::hours valid_for{24 * 825};
  // What its owner is allowed, in words of the program that reads it; empty: there is no such extension. See
  // kGrantExtension.
  std::string grant;
};

// OID of the extension that holds Request::grant as a UTF8String. It is critical: who does not know it must refuse the
// certificate (RFC 5280 4.2), so that one for little is not taken by an engine for one for everything.
inline constexpr char kGrantExtension[] = "2.25.1391864202.1";

// Certificates begin to hold this long before they are made, for hosts whose clocks are behind.
inline constexpr std::chrono::hours kClockSkew{1};

// A new self-signed authority with an ECDSA P-256 key, good for ten years. Throws kInternal.
Identity make_authority(std::string_view organization, Time now);

// A certificate with an ECDSA P-256 key of its own, signed by `authority` (any key type). It never outlives the
// authority. Throws kInvalid when the authority is no CA, its key does not belong to it, or it has expired.
Identity issue(const Identity& authority, const Request& request, Time now);

// What the first certificate of a PEM text says.
struct Certificate {
  std::string organization;
  std::string common_name;
  std::vector<std::string> names;  // subject alternative names: IP addresses and DNS names
  std::string serial;              // lower-case hexadecimal digits
  bool authority = false;
  std::optional<std::string> grant;  // nothing without the extension; what cannot be read is empty
  Time not_before;
  Time not_after;

  bool expired(Time now) const { return now >= not_after; }
};

// Throws kInvalid when the text holds no certificate.
Certificate read_certificate(std::string_view pem);

// Whether `authority` signed `certificate` (both PEM); dates are not looked at. Throws kInvalid for what is no
// certificate.
bool signed_by(std::string_view certificate, std::string_view authority);

// Whether the private key belongs to the certificate. Throws kInvalid for what is none.
bool belongs_to(std::string_view key, std::string_view certificate);

}  // namespace berth::pki
