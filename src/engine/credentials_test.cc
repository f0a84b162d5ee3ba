#include "engine/credentials.h"

#include <cstdlib>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/strings.h"

namespace berth::engine {
namespace {

using testing::HasSubstr;

class RegistryCredentials : public testing::Test {
 protected:
  RegistryCredentials() { environment_.set("DOCKER_CONFIG", folder_.path().string()); }
  Credentials with(std::string_view config) {
    write_file(folder_.path() / "config.json", config);
    return Credentials(environment_);
  }
  // A credential helper that runs this shell text.
  void helper(const std::string& name, const std::string& script) {
    const Path file = folder_.path() / ("docker-credential-" + name);
    write_file(file, "#!/bin/sh\n" + script, 0755);
    path_ = folder_.path().string() + ":/usr/bin:/bin";
    ::setenv("PATH", path_.c_str(), 1);
  }

  TemporaryFolder folder_;
  Environment environment_;
  std::string path_;
};

TEST_F(RegistryCredentials, ComeFromTheFile) {
  const Credentials credentials =
      with(R"({"auths":{"https://index.docker.io/v1/":{"auth":")" + base64_encode("me:a:b") + R"("},
              "https://quay.io/v2/":{"auth":")" +
           base64_encode("you:x") + R"(","identitytoken":"t"}},
              "HttpHeaders":{"X-Meta":"1"}})");
  EXPECT_EQ(credentials.of_image({}, "redis").username, "me");
  EXPECT_EQ(credentials.of_image({}, "redis").password, "a:b");
  EXPECT_EQ(credentials.of_image({}, "quay.io/shop/web:1").identity_token, "t");
  EXPECT_TRUE(credentials.of_image({}, "other.io/x").empty());
  EXPECT_EQ(credentials.all({}).size(), 2U);
  EXPECT_EQ(credentials.http_headers()[0].second, "1");
}

TEST_F(RegistryCredentials, OfTheEnvironmentComeFirst) {
  environment_.set("DOCKER_AUTH_CONFIG", R"({"auths":{"quay.io":{"auth":")" + base64_encode("job:k") + R"("}}})");
  const Credentials credentials =
      with(R"({"credsStore":"none","auths":{"quay.io":{"auth":")" + base64_encode("me:x") + R"("}}})");
  EXPECT_EQ(credentials.of_image({}, "quay.io/shop/web:1").username, "job");
  environment_.set("DOCKER_AUTH_CONFIG", "{");
  EXPECT_THROW(Credentials{environment_}, Error);
}

TEST_F(RegistryCredentials, ProxiesAreThoseOfTheEngineOrElseTheDefault) {
  const Credentials credentials = with(R"({"proxies": {"default": {"httpProxy": "http://p:1", "noProxy": "a,b"},
                                                       "tcp://far:2375": {"allProxy": "socks5://q:2"}}})");
  EXPECT_THAT(credentials.proxy_variables("unix:///var/run/docker.sock"),
              testing::ElementsAre(testing::Pair("HTTP_PROXY", "http://p:1"), testing::Pair("NO_PROXY", "a,b"),
                                   testing::Pair("http_proxy", "http://p:1"), testing::Pair("no_proxy", "a,b")));
  EXPECT_THAT(
      credentials.proxy_variables("tcp://far:2375"),
      testing::ElementsAre(testing::Pair("ALL_PROXY", "socks5://q:2"), testing::Pair("all_proxy", "socks5://q:2")));
}

TEST_F(RegistryCredentials, AreEmptyWithoutAFileAndRefusedInAMalformedOne) {
  EXPECT_TRUE(Credentials(environment_).of_image({}, "redis").empty());
  EXPECT_THROW(with("{"), Error);
  EXPECT_THROW(with(R"({"auths":{"x":{"auth":"bm9jb2xvbg=="}}})"), Error);
}

TEST_F(RegistryCredentials, ComeFromHelpersAndStores) {
  helper("one", R"(read server; echo "{\"ServerURL\":\"$server\",\"Username\":\"<token>\",\"Secret\":\"s\"}")");
  helper("two", R"(if [ $1 = list ]; then echo '{"https://index.docker.io/v1/":"u"}'; exit; fi
read server || true
[ "$server" = https://index.docker.io/v1/ ] || { echo credentials not found in native keychain; exit 1; }
echo '{"Username":"u","Secret":"p"}')");
  const Credentials credentials = with(R"({"credsStore":"two","credHelpers":{"quay.io":"one"}})");
  EXPECT_EQ(credentials.of_image({}, "quay.io/a").identity_token, "s");
  EXPECT_EQ(credentials.of_image({}, "redis").password, "p");
  EXPECT_TRUE(credentials.of_image({}, "other.io/x").empty());
  EXPECT_EQ(credentials.all({}).size(), 2U);
}

TEST_F(RegistryCredentials, AHelperThatFailsOrIsMissingIsNamed) {
  helper("bad", "echo the keyring is locked >&2; exit 1");
  try {
    with(R"({"credsStore":"bad"})").of_image({}, "redis");
    FAIL();
  } catch (const Error& e) {
    EXPECT_THAT(e.message(), HasSubstr("docker-credential-bad"));
    EXPECT_THAT(e.message(), HasSubstr("the keyring is locked"));
  }
  EXPECT_THROW(with(R"({"credsStore":"missing"})").of_image({}, "redis"), Error);
}

TEST(RegistryAuthHeader, IsUrlSafeBase64OfJson) {
  EXPECT_EQ(registry_auth_header({}), "e30=");
  EXPECT_EQ(base64_decode(registry_auth_header({.username = "u", .password = "p?>"})),
            R"({"username":"u","password":"p?>"})");
  EXPECT_EQ(base64_decode(registry_config_header({{"quay.io", {.username = "u"}}})), R"({"quay.io":{"username":"u"}})");
}

}  // namespace
}  // namespace berth::engine
