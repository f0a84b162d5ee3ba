#include "pki/sealed.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace berth::pki {
namespace {

constexpr std::string_view kPurpose = "test 1\n";

Kind refusal(std::string_view sealed, std::string_view passphrase) {
  try {
    unseal(sealed, passphrase, kPurpose);
  } catch (const Error& e) {
    return e.kind();
  }
  return Kind::kInternal;
}

TEST(Sealed, IsOpenedByItsPassphraseOnly) {
  const std::string sealed = seal("secret", "open sesame", kPurpose);
  EXPECT_EQ(unseal(sealed, "open sesame", kPurpose), "secret");
  EXPECT_EQ(refusal(sealed, "open"), Kind::kUnauthorized);
  EXPECT_EQ(sealed.find("secret"), std::string::npos);
  EXPECT_NE(seal("secret", "open sesame", kPurpose), sealed) << "salt and nonce are not random";
  EXPECT_EQ(unseal(seal("", "p", kPurpose), "p", kPurpose), "");
}

TEST(Sealed, WhatWasChangedIsRefusedWhereverItWasChanged) {
  const std::string sealed = seal("secret", "p", kPurpose);
  for (std::size_t at = 0; at < sealed.size(); at += 5) {
    std::string changed = sealed;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    EXPECT_EQ(refusal(changed, "p"), at < kPurpose.size() ? Kind::kInvalid : Kind::kUnauthorized) << at;
  }
  EXPECT_EQ(refusal(sealed.substr(0, 20), "p"), Kind::kInvalid);
  EXPECT_EQ(refusal(sealed.substr(0, sealed.size() - 1), "p"), Kind::kUnauthorized);
  EXPECT_EQ(refusal("", "p"), Kind::kInvalid);
}

}  // namespace
}  // namespace berth::pki
