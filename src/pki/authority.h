// The folder of certificates that docker-machine keeps: one authority and one client certificate for all machines.
#pragma once

#include <string>

#include "base/clock.h"
#include "base/context.h"
#include "base/files.h"
#include "pki/certificate.h"

namespace berth::pki {

// Paths as in docker-machine: `certs/{ca.pem,ca-key.pem,cert.pem,key.pem}`. A value.
class CertificateFolder {
 public:
  explicit CertificateFolder(Path folder) : folder_(std::move(folder)) {}

  const Path& path() const { return folder_; }
  Path ca() const { return folder_ / "ca.pem"; }
  Path ca_key() const { return folder_ / "ca-key.pem"; }
  Path client() const { return folder_ / "cert.pem"; }
  Path client_key() const { return folder_ / "key.pem"; }

  struct Identities {
    Identity authority;
    Identity client;
  };

  // The authority and the client's certificate; what is missing is made, a client certificate that ends within 30 days
  // replaced. An
  // existing authority (docker-machine's RSA ones too) is used as it is. Several threads and processes may call this
  // at once. Throws kInvalid, naming the file and what to do, for an authority that has expired or lost its key;
  // kForbidden.
  Identities ensure(const Context& context, const std::string& organization, const Clock& clock) const;

 private:
  Path folder_;
};

// Writes both files, the key with mode 0600, each in one step. The key comes first: a certificate never lies there
// without it. Throws as write_file.
void save(const Identity& identity, const Path& certificate, const Path& key);

// Throws kNotFound, kForbidden.
Identity load(const Path& certificate, const Path& key);

}  // namespace berth::pki
