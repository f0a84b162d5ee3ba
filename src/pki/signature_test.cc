#include "pki/signature.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/files.h"
#include "base/process.h"
#include "base/strings.h"
#include "pki/certificate.h"

namespace berth::pki {
namespace {

std::string make_key(const char* form) {
  const TemporaryFolder folder;
  run_checked({}, {"ssh-keygen", "-q", "-t", "rsa", "-b", "1024", "-m", form, "-N", "", "-f", folder.path() / "key"});
  return read_file(folder.path() / "key");
}

TEST(Signature, IsOfItsBytesAlone) {
  const std::string key = make_key("PKCS8");
  const std::string signature = sign_rs256(key, "header.claims");
  EXPECT_EQ(signature.size(), 128U);
  EXPECT_TRUE(is_rs256_of(key, "header.claims", signature));
  EXPECT_FALSE(is_rs256_of(key, "header.claimz", signature));
  EXPECT_FALSE(is_rs256_of(key, "header.claims", signature.substr(1)));
  EXPECT_FALSE(is_rs256_of(make_key("PEM"), "header.claims", signature));
}

TEST(Signature, AgreesWithOpenSsl) {
  const TemporaryFolder folder;
  const Path& at = folder.path();
  write_file(at / "key", make_key("PKCS8"), 0600);
  write_file(at / "text", "header.claims");
  write_file(at / "signature", sign_rs256(read_file(at / "key"), "header.claims"));
  EXPECT_EQ(trim(run_checked({}, {"openssl", "dgst", "-sha256", "-prverify", at / "key", "-signature", at / "signature",
                                  at / "text"})),
            "Verified OK");
}

TEST(Signature, RefusesWhatIsNoRsaKey) {
  EXPECT_THROW(sign_rs256("no key", "x"), Error);
  EXPECT_THROW(sign_rs256(make_authority("ada", std::chrono::system_clock::now()).key, "x"), Error);
}

}  // namespace
}  // namespace berth::pki
