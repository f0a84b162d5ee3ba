#include "pki/certificate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/units.h"

namespace berth::pki {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

const Time kNow = *parse_time("2026-03-01T12:00:00Z");

TEST(Authority, HoldsForTenYearsFromAnHourAgo) {
  const Certificate ca = read_certificate(make_authority("ada", kNow).certificate);
  EXPECT_TRUE(ca.authority);
  EXPECT_EQ(ca.organization, "ada");
  EXPECT_EQ(ca.not_before, kNow - 1h);
  EXPECT_EQ(ca.not_after, kNow - 1h + 24h * 3650);
}

TEST(Authority, SignsServersWithAddressesAndNames) {
  const Identity ca = make_authority("ada", kNow);
  const Identity server = issue(
      ca, {.use = Use::kServer, .organization = "ada", .common_name = "dev", .names = {"10.1.2.3", "dev", "fd00::1"}},
      kNow);
  const Certificate read = read_certificate(server.certificate);
  EXPECT_THAT(read.names, ElementsAre("10.1.2.3", "dev", "fd00::1"));
  EXPECT_FALSE(read.authority);
  EXPECT_EQ(read.not_after, kNow - 1h + 24h * 825);
  EXPECT_TRUE(signed_by(server.certificate, ca.certificate));
  EXPECT_TRUE(belongs_to(server.key, server.certificate));
}

TEST(Authority, WritesWhatACertificateGrants) {
  const Identity ca = make_authority("ada", kNow);
  const std::string grant = R"({"role":"operator"})" + std::string(3000, ' ');
  EXPECT_EQ(read_certificate(issue(ca, {.common_name = "ada", .grant = grant}, kNow).certificate).grant, grant);
  EXPECT_EQ(read_certificate(issue(ca, {.common_name = "ada"}, kNow).certificate).grant, std::nullopt);
}

TEST(Authority, DoesNotSignForAnother) {
  const Identity ca = make_authority("ada", kNow);
  const Identity other = make_authority("ada", kNow);
  const Identity client = issue(other, {.organization = "ada"}, kNow);
  EXPECT_FALSE(signed_by(client.certificate, ca.certificate));
  EXPECT_FALSE(belongs_to(ca.key, other.certificate));
}

TEST(Authority, NothingItSignsOutlivesIt) {
  const Identity ca = make_authority("ada", kNow);
  const Time late = kNow + 24h * 3600;
  const Certificate client = read_certificate(issue(ca, {.organization = "ada"}, late).certificate);
  EXPECT_EQ(client.not_after, read_certificate(ca.certificate).not_after);
}

TEST(Authority, AnExpiredOneSignsNothing) {
  const Identity ca = make_authority("ada", kNow);
  try {
    issue(ca, {.organization = "ada"}, kNow + 24h * 3650);
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), Kind::kInvalid);
    EXPECT_EQ(e.message(), "the certificate authority expired on 2036-02-27T11:00:00Z");
  }
}

TEST(Authority, AnotherOnesKeyIsRefused) {
  Identity mixed = make_authority("ada", kNow);
  mixed.key = make_authority("ada", kNow).key;
  EXPECT_THROW(issue(mixed, {}, kNow), Error);
}

TEST(Authority, AnOrdinaryCertificateCannotSign) {
  const Identity client = issue(make_authority("ada", kNow), {.organization = "ada"}, kNow);
  EXPECT_THROW(issue(client, {}, kNow), Error);
}

TEST(Certificate, ACommaInANameDoesNotMakeTwo) {
  const Identity ca = make_authority("ada", kNow);
  const Identity server = issue(ca, {.use = Use::kServer, .names = {"a,DNS:evil"}}, kNow);
  EXPECT_THAT(read_certificate(server.certificate).names, ElementsAre("a,DNS:evil"));
}

TEST(Certificate, TextThatIsNoneIsInvalid) {
  EXPECT_THROW(read_certificate("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"), Error);
  EXPECT_THROW(read_certificate(""), Error);
}

}  // namespace
}  // namespace berth::pki
