#include "pki/sealed.h"

#include <openssl/crypto.h>

#include "base/digest.h"
#include "base/error.h"
#include "pki/openssl.h"

namespace berth::pki {

namespace {

constexpr std::size_t kSaltSize = 16, kNonceSize = 12, kTagSize = 16, kKeySize = 32;
constexpr std::uint64_t kCost = 32768, kBlock = 8, kLanes = 1, kMemory = 64U << 20;

using Cipher = std::unique_ptr<EVP_CIPHER_CTX, Freer<EVP_CIPHER_CTX_free>>;

const unsigned char* in(std::string_view bytes) { return reinterpret_cast<const unsigned char*>(bytes.data()); }
unsigned char* out(std::string& bytes) { return reinterpret_cast<unsigned char*>(bytes.data()); }

// A key that is wiped when it goes.
struct Key {
  Key(std::string_view passphrase, std::string_view salt) : bytes(kKeySize, '\0') {
    if (EVP_PBE_scrypt(passphrase.data(), passphrase.size(), in(salt), salt.size(), kCost, kBlock, kLanes, kMemory,
                       out(bytes), bytes.size()) != 1) {
      throw Error(Kind::kInternal, "making a key of the passphrase did not work: is there memory?");
    }
  }
  ~Key() { OPENSSL_cleanse(bytes.data(), bytes.size()); }
  Key(const Key&) = delete;
  Key& operator=(const Key&) = delete;
  std::string bytes;
};

void check(int result) {
  if (result != 1) throw Error(Kind::kInternal, "OpenSSL refuses AES-256-GCM");
}

}  // namespace

std::string seal(std::string_view bytes, std::string_view passphrase, std::string_view purpose) {
  const std::string head = std::string(purpose) + random_bytes(kSaltSize) + random_bytes(kNonceSize);
  const std::string_view rest = std::string_view(head).substr(purpose.size());
  const Key key(passphrase, rest.substr(0, kSaltSize));
  const Cipher cipher(EVP_CIPHER_CTX_new());
  int size = 0;
  check(EVP_EncryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, in(key.bytes), in(rest.substr(kSaltSize))));
  check(EVP_EncryptUpdate(cipher.get(), nullptr, &size, in(head), static_cast<int>(head.size())));
  std::string hidden(bytes.size(), '\0');
  check(EVP_EncryptUpdate(cipher.get(), out(hidden), &size, in(bytes), static_cast<int>(bytes.size())));
  check(EVP_EncryptFinal_ex(cipher.get(), out(hidden) + size, &size));
  std::string tag(kTagSize, '\0');
  check(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, kTagSize, tag.data()));
  return head + hidden + tag;
}

std::string unseal(std::string_view sealed, std::string_view passphrase, std::string_view purpose) {
  const std::size_t head_size = purpose.size() + kSaltSize + kNonceSize;
  if (!sealed.starts_with(purpose)) throw Error(Kind::kInvalid, "it is something else, or of another version");
  if (sealed.size() < head_size + kTagSize) throw Error(Kind::kInvalid, "it is cut off");
  const std::string_view rest = sealed.substr(purpose.size());
  const std::string_view hidden = sealed.substr(head_size, sealed.size() - head_size - kTagSize);
  std::string tag(sealed.substr(sealed.size() - kTagSize));
  const Key key(passphrase, rest.substr(0, kSaltSize));
  const Cipher cipher(EVP_CIPHER_CTX_new());
  int size = 0;
  check(EVP_DecryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, in(key.bytes), in(rest.substr(kSaltSize))));
  check(EVP_DecryptUpdate(cipher.get(), nullptr, &size, in(sealed), static_cast<int>(head_size)));
  std::string bytes(hidden.size(), '\0');
  check(EVP_DecryptUpdate(cipher.get(), out(bytes), &size, in(hidden), static_cast<int>(hidden.size())));
  check(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, kTagSize, tag.data()));
  if (EVP_DecryptFinal_ex(cipher.get(), out(bytes) + size, &size) != 1) {
    throw Error(Kind::kUnauthorized, "the passphrase is wrong, or the file was changed");
  }
  return bytes;
}

}  // namespace berth::pki
