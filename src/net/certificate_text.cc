#include "net/certificate_text.h"

#include <memory>

#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace berth::net {

std::string pem_of(X509* certificate) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new(BIO_s_mem()), BIO_free);
  if (certificate == nullptr || !bio || PEM_write_bio_X509(bio.get(), certificate) != 1) return {};
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

std::string strange_extension(X509* certificate, const std::string& understood) {
  for (int i = 0; i < X509_get_ext_count(certificate); ++i) {
    X509_EXTENSION* extension = X509_get_ext(certificate, i);
    if (X509_EXTENSION_get_critical(extension) == 0 || X509_supported_extension(extension) == 1) continue;
    char name[256] = {};
    OBJ_obj2txt(name, sizeof name, X509_EXTENSION_get_object(extension), 1);
    if (name != understood) return name;
  }
  return {};
}

}  // namespace berth::net
