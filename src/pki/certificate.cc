#include "pki/certificate.h"

#include <algorithm>
#include <ctime>
#include <memory>

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include "base/error.h"
#include "base/strings.h"
#include "base/units.h"
#include "pki/openssl.h"

namespace berth::pki {

namespace {

constexpr std::chrono::hours kAuthorityLifetime{24 * 3650};

// OpenSSL's reason for its last failure on this thread.
[[noreturn]] void fail(Kind kind, const std::string& doing) {
  const unsigned long code = ERR_get_error();
  const char* reason = code != 0 ? ERR_reason_error_string(code) : nullptr;
  ERR_clear_error();
  throw Error(kind, doing + (reason != nullptr ? std::string(": ") + reason : std::string()));
}

void require(bool held, const char* doing) {
  if (!held) fail(Kind::kInternal, doing);
}

X509Pointer parse_certificate(std::string_view pem) {
  const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  X509Pointer certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
  if (!certificate) fail(Kind::kInvalid, "not a PEM certificate");
  return certificate;
}

PrivateKey parse_key(std::string_view pem) {
  const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  // Without a callback OpenSSL would ask for an encrypted key's passphrase on the terminal.
  const auto no_passphrase = [](char*, int, int, void*) { return 0; };
  PrivateKey key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr));
  if (!key) fail(Kind::kInvalid, "not a PEM private key without a passphrase");
  return key;
}

std::string text_of(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(size)};
}

std::string pem_of(X509* certificate) {
  const Bio bio(BIO_new(BIO_s_mem()));
  require(PEM_write_bio_X509(bio.get(), certificate) == 1, "writing a certificate");
  return text_of(bio.get());
}

std::string pem_of(EVP_PKEY* key) {
  const Bio bio(BIO_new(BIO_s_mem()));
  require(PEM_write_bio_PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1, "writing a key");
  return text_of(bio.get());
}

PrivateKey make_key() {
  PrivateKey key(EVP_EC_gen("P-256"));
  require(key != nullptr, "making a key");
  return key;
}

void set_serial(X509* certificate) {
  // 127 random bits: positive, and unique without a register.
  const BigNumber number(BN_new());
  require(BN_rand(number.get(), 127, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY) == 1 &&
              BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr,
          "making a serial number");
}

void set_subject(X509* certificate, const std::string& organization, const std::string& common_name) {
  X509_NAME* name = X509_get_subject_name(certificate);
  const auto add = [&](const char* field, const std::string& value) {
    if (value.empty()) return;
    require(X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(value.data()),
                                       static_cast<int>(value.size()), -1, 0) == 1,
            "naming a certificate's owner");
  };
  add("O", organization);
  add("CN", common_name);
}

void set_dates(X509* certificate, Time from, Time until) {
  ASN1_TIME_set(X509_getm_notBefore(certificate), std::chrono::system_clock::to_time_t(from));
  ASN1_TIME_set(X509_getm_notAfter(certificate), std::chrono::system_clock::to_time_t(until));
}

void add_extension(X509* certificate, X509* issuer, int nid, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const Extension extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value));
  require(extension != nullptr && X509_add_ext(certificate, extension.get(), -1) == 1,
          "adding a certificate's extension");
}

std::string serial_of(X509* certificate) {
  const BigNumber number(ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), nullptr));
  char* text = number ? BN_bn2hex(number.get()) : nullptr;
  std::string serial = text != nullptr ? to_lower(text) : "";
  OPENSSL_free(text);
  return serial;
}

using ObjectName = std::unique_ptr<ASN1_OBJECT, decltype(&ASN1_OBJECT_free)>;
using Utf8Text = std::unique_ptr<ASN1_UTF8STRING, decltype(&ASN1_UTF8STRING_free)>;
using Octets = std::unique_ptr<ASN1_OCTET_STRING, decltype(&ASN1_OCTET_STRING_free)>;

ObjectName grant_name() { return {OBJ_txt2obj(kGrantExtension, 1), ASN1_OBJECT_free}; }

void add_grant(X509* certificate, const std::string& grant) {
  const Utf8Text text(ASN1_UTF8STRING_new(), ASN1_UTF8STRING_free);
  require(text && ASN1_STRING_set(text.get(), grant.data(), static_cast<int>(grant.size())) == 1, "adding a grant");
  unsigned char* bytes = nullptr;
  const int size = i2d_ASN1_UTF8STRING(text.get(), &bytes);
  const Octets octets(ASN1_OCTET_STRING_new(), ASN1_OCTET_STRING_free);
  const bool held = size > 0 && octets && ASN1_OCTET_STRING_set(octets.get(), bytes, size) == 1;
  OPENSSL_free(bytes);
  require(held, "adding a grant");
  const Extension extension(X509_EXTENSION_create_by_OBJ(nullptr, grant_name().get(), 1, octets.get()));
  require(extension != nullptr && X509_add_ext(certificate, extension.get(), -1) == 1, "adding a grant");
}

std::optional<std::string> grant_of(X509* certificate) {
  const int at = X509_get_ext_by_OBJ(certificate, grant_name().get(), -1);
  if (at < 0) return std::nullopt;
  // Two of them would not say which one counts.
  if (X509_get_ext_by_OBJ(certificate, grant_name().get(), at) >= 0) return std::string();
  const ASN1_OCTET_STRING* octets = X509_EXTENSION_get_data(X509_get_ext(certificate, at));
  const unsigned char* bytes = ASN1_STRING_get0_data(octets);
  const Utf8Text text(d2i_ASN1_UTF8STRING(nullptr, &bytes, ASN1_STRING_length(octets)), ASN1_UTF8STRING_free);
  if (!text) {
    ERR_clear_error();
    return std::string();
  }
  return std::string(reinterpret_cast<const char*>(ASN1_STRING_get0_data(text.get())),
                     static_cast<std::size_t>(ASN1_STRING_length(text.get())));
}

bool is_address(const std::string& name) {
  in6_addr ignored{};
  return ::inet_pton(AF_INET, name.c_str(), &ignored) == 1 || ::inet_pton(AF_INET6, name.c_str(), &ignored) == 1;
}

// Names are put in one by one: in OpenSSL's own text form a comma in a name would begin another.
void add_names(X509* certificate, const std::vector<std::string>& names) {
  const GeneralNames all(GENERAL_NAMES_new());
  for (const std::string& name : names) {
    GENERAL_NAME* one =
        a2i_GENERAL_NAME(nullptr, nullptr, nullptr, is_address(name) ? GEN_IPADD : GEN_DNS, name.c_str(), 0);
    if (one == nullptr || sk_GENERAL_NAME_push(all.get(), one) == 0) {
      fail(Kind::kInvalid, "'" + name + "' cannot be a name in a certificate");
    }
  }
  require(X509_add1_ext_i2d(certificate, NID_subject_alt_name, all.get(), 0, 0) == 1, "adding a certificate's names");
}

X509Pointer begin_certificate(EVP_PKEY* key, Time from, Time until) {
  X509Pointer certificate(X509_new());
  require(certificate && X509_set_version(certificate.get(), X509_VERSION_3) == 1, "making a certificate");
  set_serial(certificate.get());
  set_dates(certificate.get(), from, until);
  require(X509_set_pubkey(certificate.get(), key) == 1, "making a certificate");
  return certificate;
}

void sign(X509* certificate, X509* issuer, EVP_PKEY* issuer_key) {
  require(X509_set_issuer_name(certificate, X509_get_subject_name(issuer)) == 1, "naming the issuer");
  require(X509_sign(certificate, issuer_key, EVP_sha256()) > 0, "signing a certificate");
}

Time time_of(const ASN1_TIME* time) {
  std::tm parts{};
  require(ASN1_TIME_to_tm(time, &parts) == 1, "reading a certificate's dates");
  return std::chrono::system_clock::from_time_t(::timegm(&parts));
}

std::string subject_field(X509* certificate, int nid) {
  const X509_NAME* name = X509_get_subject_name(certificate);
  const int at = X509_NAME_get_index_by_NID(name, nid, -1);
  if (at < 0) return {};
  unsigned char* text = nullptr;
  const int size = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
  if (size < 0) return {};
  std::string result(reinterpret_cast<char*>(text), static_cast<std::size_t>(size));
  OPENSSL_free(text);
  return result;
}

std::string address_text(const ASN1_OCTET_STRING* bytes) {
  char text[INET6_ADDRSTRLEN] = {};
  const int family = ASN1_STRING_length(bytes) == 4 ? AF_INET : AF_INET6;
  if (family == AF_INET6 && ASN1_STRING_length(bytes) != 16) return {};
  ::inet_ntop(family, ASN1_STRING_get0_data(bytes), text, sizeof text);
  return text;
}

std::vector<std::string> names_of(X509* certificate) {
  const GeneralNames all(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  std::vector<std::string> names;
  for (int i = 0; all && i < sk_GENERAL_NAME_num(all.get()); ++i) {
    const GENERAL_NAME* one = sk_GENERAL_NAME_value(all.get(), i);
    if (one->type == GEN_IPADD) names.push_back(address_text(one->d.iPAddress));
    if (one->type == GEN_DNS) {
      names.emplace_back(reinterpret_cast<const char*>(ASN1_STRING_get0_data(one->d.dNSName)),
                         static_cast<std::size_t>(ASN1_STRING_length(one->d.dNSName)));
    }
  }
  return names;
}

}  // namespace

Identity make_authority(std::string_view organization, Time now) {
  const PrivateKey key = make_key();
  const Time from = now - kClockSkew;
  const X509Pointer certificate = begin_certificate(key.get(), from, from + kAuthorityLifetime);
  set_subject(certificate.get(), std::string(organization), "Berth machine CA");
  add_extension(certificate.get(), certificate.get(), NID_basic_constraints, "critical,CA:TRUE");
  add_extension(certificate.get(), certificate.get(), NID_key_usage, "critical,keyCertSign,cRLSign,digitalSignature");
  add_extension(certificate.get(), certificate.get(), NID_subject_key_identifier, "hash");
  sign(certificate.get(), certificate.get(), key.get());
  return {pem_of(certificate.get()), pem_of(key.get())};
}

Identity issue(const Identity& authority, const Request& request, Time now) {
  const X509Pointer issuer = parse_certificate(authority.certificate);
  const PrivateKey issuer_key = parse_key(authority.key);
  if (X509_check_ca(issuer.get()) == 0) throw Error(Kind::kInvalid, "the certificate authority is no authority");
  if (X509_check_private_key(issuer.get(), issuer_key.get()) != 1) {
    fail(Kind::kInvalid, "the certificate authority's key does not belong to its certificate");
  }
  const Time last = time_of(X509_get0_notAfter(issuer.get()));
  if (now >= last) throw Error(Kind::kInvalid, "the certificate authority expired on " + format_time(last));

  const PrivateKey key = make_key();
  const Time from = std::max(now - kClockSkew, time_of(X509_get0_notBefore(issuer.get())));
  const X509Pointer certificate = begin_certificate(key.get(), from, std::min<Time>(from + request.valid_for, last));
  set_subject(certificate.get(), request.organization, request.common_name);
  add_extension(certificate.get(), issuer.get(), NID_basic_constraints, "critical,CA:FALSE");
  add_extension(certificate.get(), issuer.get(), NID_key_usage, "critical,digitalSignature");
  add_extension(certificate.get(), issuer.get(), NID_ext_key_usage,
                request.use == Use::kClient   ? "clientAuth"
                : request.use == Use::kServer ? "serverAuth"
                                              : "serverAuth,clientAuth");
  // An authority made by docker-machine has no key identifier to point at: then there is none here either.
  add_extension(certificate.get(), issuer.get(), NID_authority_key_identifier, "keyid");
  if (!request.names.empty()) add_names(certificate.get(), request.names);
  if (!request.grant.empty()) add_grant(certificate.get(), request.grant);
  sign(certificate.get(), issuer.get(), issuer_key.get());
  return {pem_of(certificate.get()), pem_of(key.get())};
}

Certificate read_certificate(std::string_view pem) {
  const X509Pointer certificate = parse_certificate(pem);
  Certificate result;
  result.organization = subject_field(certificate.get(), NID_organizationName);
  result.common_name = subject_field(certificate.get(), NID_commonName);
  result.names = names_of(certificate.get());
  result.grant = grant_of(certificate.get());
  result.serial = serial_of(certificate.get());
  result.authority = X509_check_ca(certificate.get()) != 0;
  result.not_before = time_of(X509_get0_notBefore(certificate.get()));
  result.not_after = time_of(X509_get0_notAfter(certificate.get()));
  return result;
}

bool signed_by(std::string_view certificate, std::string_view authority) {
  const X509Pointer subject = parse_certificate(certificate);
  const X509Pointer issuer = parse_certificate(authority);
  const bool held = X509_check_issued(issuer.get(), subject.get()) == X509_V_OK &&
                    X509_verify(subject.get(), X509_get0_pubkey(issuer.get())) == 1;
  ERR_clear_error();
  return held;
}

bool belongs_to(std::string_view key, std::string_view certificate) {
  const bool held = X509_check_private_key(parse_certificate(certificate).get(), parse_key(key).get()) == 1;
  ERR_clear_error();
  return held;
}

}  // namespace berth::pki
