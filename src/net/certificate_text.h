// OpenSSL's certificates as text.
#pragma once

#include <string>

struct x509_st;

namespace berth::net {

// PEM; empty for none.
std::string pem_of(x509_st* certificate);

// The OID, as text, of a critical extension of the certificate that neither OpenSSL nor `understood` stands for; empty
// when there is none.
std::string strange_extension(x509_st* certificate, const std::string& understood);

}  // namespace berth::net
