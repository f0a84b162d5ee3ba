#include "pki/authority.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/parallel.h"
#include "base/units.h"

namespace berth::pki {
namespace {

struct FixedClock : Clock {
  explicit FixedClock(std::string_view text) : time(*parse_time(text)) {}
  Time now() const override { return time; }
  std::chrono::steady_clock::time_point steady() const override { return {}; }
  Time time;
};

mode_t mode_of(const Path& path) {
  struct stat status{};
  EXPECT_EQ(::stat(path.c_str(), &status), 0) << path;
  return status.st_mode & 0777;
}

class CertificateFolderTest : public testing::Test {
 protected:
  TemporaryFolder temporary;
  CertificateFolder folder{temporary.path() / "certs"};
  FixedClock clock{"2026-03-01T12:00:00Z"};
};

TEST_F(CertificateFolderTest, AnEmptyOneGetsAnAuthorityAndAClientWithPrivateKeys) {
  const auto made = folder.ensure({}, "ada", clock);
  EXPECT_TRUE(signed_by(made.client.certificate, made.authority.certificate));
  EXPECT_EQ(mode_of(folder.ca_key()), 0600);
  EXPECT_EQ(mode_of(folder.client_key()), 0600);
  EXPECT_EQ(mode_of(folder.path()), 0700);
  EXPECT_EQ(load(folder.ca(), folder.ca_key()).key, made.authority.key);
}

TEST_F(CertificateFolderTest, WhatIsThereIsUsedAgain) {
  const auto first = folder.ensure({}, "ada", clock);
  const auto second = folder.ensure({}, "ada", clock);
  EXPECT_EQ(first.authority.certificate, second.authority.certificate);
  EXPECT_EQ(first.client.certificate, second.client.certificate);
}

TEST_F(CertificateFolderTest, ManyAtOnceAgreeOnOneAuthority) {
  std::vector<std::string> seen(8);
  const auto outcomes =
      for_each_parallel(seen, 8, [&](std::string& ca) { ca = folder.ensure({}, "ada", clock).authority.certificate; });
  for (const auto& outcome : outcomes) EXPECT_FALSE(outcome) << outcome->message();
  for (const std::string& ca : seen) EXPECT_EQ(ca, seen[0]);
}

TEST_F(CertificateFolderTest, AnExpiredClientIsReplacedUnderTheSameAuthority) {
  const auto first = folder.ensure({}, "ada", clock);
  clock = FixedClock("2029-03-01T12:00:00Z");
  const auto second = folder.ensure({}, "ada", clock);
  EXPECT_EQ(first.authority.certificate, second.authority.certificate);
  EXPECT_NE(first.client.certificate, second.client.certificate);
}

TEST_F(CertificateFolderTest, AnExpiredAuthorityIsNotReplacedBehindTheUsersBack) {
  folder.ensure({}, "ada", clock);
  clock = FixedClock("2037-03-01T12:00:00Z");
  try {
    folder.ensure({}, "ada", clock);
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.message(), "certificate authority '" + folder.ca().string() +
                               "' expired on 2036-02-27T11:00:00Z: move its folder away to begin with a new one, then "
                               "create the machines anew");
  }
}

TEST_F(CertificateFolderTest, AnAuthorityWithoutItsKeyIsNamed) {
  folder.ensure({}, "ada", clock);
  remove_tree(folder.ca_key());
  EXPECT_THROW(folder.ensure({}, "ada", clock), Error);
}

}  // namespace
}  // namespace berth::pki
