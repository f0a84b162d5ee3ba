#include "pki/signature.h"

#include <openssl/err.h>
#include <openssl/pem.h>

#include "base/error.h"
#include "pki/openssl.h"

namespace berth::pki {

namespace {

using Digest = std::unique_ptr<EVP_MD_CTX, Freer<EVP_MD_CTX_free>>;

const unsigned char* in(std::string_view bytes) { return reinterpret_cast<const unsigned char*>(bytes.data()); }

PrivateKey rsa_key(std::string_view pem) {
  const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  const auto no_passphrase = [](char*, int, int, void*) { return 0; };
  PrivateKey key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr));
  ERR_clear_error();
  if (!key || EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_RSA) {
    throw Error(Kind::kInvalid, "not a PEM RSA key without a passphrase");
  }
  return key;
}

}  // namespace

std::string sign_rs256(std::string_view pem, std::string_view bytes) {
  const PrivateKey key = rsa_key(pem);
  const Digest digest(EVP_MD_CTX_new());
  std::size_t size = 0;
  const bool begun = EVP_DigestSignInit(digest.get(), nullptr, EVP_sha256(), nullptr, key.get()) == 1 &&
                     EVP_DigestSign(digest.get(), nullptr, &size, in(bytes), bytes.size()) == 1;
  std::string signature(size, '\0');
  if (!begun || EVP_DigestSign(digest.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, in(bytes),
                               bytes.size()) != 1) {
    throw Error(Kind::kInternal, "OpenSSL could not sign");
  }
  signature.resize(size);
  return signature;
}

bool is_rs256_of(std::string_view pem, std::string_view bytes, std::string_view signature) {
  const PrivateKey key = rsa_key(pem);
  const Digest digest(EVP_MD_CTX_new());
  const bool valid = EVP_DigestVerifyInit(digest.get(), nullptr, EVP_sha256(), nullptr, key.get()) == 1 &&
                     EVP_DigestVerify(digest.get(), in(signature), signature.size(), in(bytes), bytes.size()) == 1;
  ERR_clear_error();
  return valid;
}

}  // namespace berth::pki
