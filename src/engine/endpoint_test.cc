#include "engine/endpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/digest.h"
#include "base/error.h"

namespace berth::engine {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class FindEndpoint : public testing::Test {
 protected:
  FindEndpoint() { environment_.set("DOCKER_CONFIG", folder_.path().string()); }

  void context(const std::string& name, const std::string& endpoint, bool tls = false) {
    const Path contexts = folder_.path() / "contexts";
    write_file(contexts / "meta" / sha256_hex(name) / "meta.json",
               R"({"Name":")" + name + R"(","Metadata":{},"Endpoints":{"docker":)" + endpoint + "}}");
    if (tls) write_file(contexts / "tls" / sha256_hex(name) / "docker" / "ca.pem", "CA of " + name);
  }
  std::string host(const EndpointArguments& arguments = {}) const {
    return find_endpoint(arguments, environment_).host;
  }
  Kind refused(const EndpointArguments& arguments) {
    try {
      find_endpoint(arguments, environment_);
    } catch (const Error& e) {
      message_ = e.message();
      return e.kind();
    }
    return Kind::kCancelled;
  }

  TemporaryFolder folder_;
  Environment environment_;
  std::string message_;
};

TEST_F(FindEndpoint, IsTheSocketWhenNothingIsSaid) {
  EXPECT_EQ(host(), "unix:///var/run/docker.sock");
  EXPECT_EQ(find_endpoint({}, environment_).context, "default");
}

TEST_F(FindEndpoint, HasDockersPrecedence) {
  write_file(folder_.path() / "config.json", R"({"currentContext":"current"})");
  context("current", R"({"Host":"tcp://current:1"})");
  context("named", R"({"Host":"tcp://named:1"})");
  context("flag", R"({"Host":"tcp://flag:1"})");
  EXPECT_EQ(host(), "tcp://current:1");
  environment_.set("DOCKER_CONTEXT", "named");
  EXPECT_EQ(host(), "tcp://named:1");
  environment_.set("DOCKER_HOST", "tcp://variable:1");
  EXPECT_EQ(host(), "tcp://variable:1");
  EXPECT_EQ(host({.context = "flag"}), "tcp://flag:1");
  EXPECT_EQ(host({.context = "default"}), "tcp://variable:1");
  EXPECT_EQ(host({.host = "tcp://argument:1"}), "tcp://argument:1");
  EXPECT_EQ(refused({.host = "tcp://a:1", .context = "flag"}), Kind::kInvalid);
}

TEST_F(FindEndpoint, AContextBringsItsCertificates) {
  context("safe", R"({"Host":"tcp://safe","SkipTLSVerify":false})", true);
  const Endpoint endpoint = find_endpoint({.context = "safe"}, environment_);
  EXPECT_EQ(endpoint.host, "tcp://safe:2376");
  EXPECT_EQ(endpoint.tls->ca, "CA of safe");
  context("lax", R"({"Host":"tcp://lax:9","SkipTLSVerify":true})");
  EXPECT_TRUE(find_endpoint({.context = "lax"}, environment_).tls->skip_verify);
}

TEST_F(FindEndpoint, AMissingOrBrokenContextIsNamed) {
  EXPECT_EQ(refused({.context = "none"}), Kind::kNotFound);
  EXPECT_THAT(message_, HasSubstr("'none'"));
  context("broken", "7,");
  EXPECT_EQ(refused({.context = "broken"}), Kind::kInvalid);
}

TEST_F(FindEndpoint, TlsComesFromTheVariables) {
  const Path certificates = folder_.path() / "certificates";
  write_file(certificates / "ca.pem", "CA");
  write_file(certificates / "key.pem", "KEY");
  environment_.set("DOCKER_HOST", "tcp://host");
  EXPECT_EQ(host(), "tcp://host:2375");
  environment_.set("DOCKER_TLS_VERIFY", "1");
  environment_.set("DOCKER_CERT_PATH", certificates.string());
  const Endpoint endpoint = find_endpoint({}, environment_);
  EXPECT_EQ(endpoint.host, "tcp://host:2376");
  EXPECT_EQ(*endpoint.tls, (TlsMaterial{.ca = "CA", .key = "KEY"}));
  EXPECT_TRUE(find_endpoint({.tls_verify = false}, environment_).tls->skip_verify);
  environment_.set("DOCKER_CERT_PATH", (folder_.path() / "none").string());
  EXPECT_EQ(refused({}), Kind::kNotFound);
  EXPECT_THAT(message_, HasSubstr("DOCKER_CERT_PATH"));
  environment_.set("DOCKER_HOST", "unix:///x.sock");
  EXPECT_FALSE(find_endpoint({}, environment_).tls.has_value());
}

TEST(EndpointAddress, IsCompleted) {
  EXPECT_EQ(endpoint_of("").host, "unix:///var/run/docker.sock");
  EXPECT_EQ(endpoint_of("unix://").host, "unix:///var/run/docker.sock");
  EXPECT_EQ(endpoint_of("host").host, "tcp://host:2375");
  EXPECT_EQ(endpoint_of(":99").host, "tcp://localhost:99");
  EXPECT_EQ(endpoint_of("tcp://[::1]").host, "tcp://[::1]:2375");
  EXPECT_EQ(endpoint_of("https://host").host, "https://host:2376");
  for (const char* bad : {"ftp://x", "tcp://x:0", "tcp://x:99999", "tcp://x:y", "npipe:////./pipe/docker_engine",
                          "ssh://", "ssh://u:p@h", "ssh://-oProxyCommand=x"}) {
    EXPECT_THROW(endpoint_of(bad), Error) << bad;
  }
}

TEST(SshCommand, IsExactlyThis) {
  EXPECT_THAT(ssh_command({.host = "ssh://host"}, "/run/c"),
              ElementsAre("ssh", "-o", "ConnectTimeout=30", "-o", "ControlMaster=auto", "-o", "ControlPath=/run/c/%C",
                          "-o", "ControlPersist=60", "-T", "--", "host", "docker", "system", "dial-stdio"));
  EXPECT_THAT(ssh_command({.host = "ssh://me@host:2222/run/my docker.sock"}, "/c"),
              ElementsAre("ssh", "-o", "ConnectTimeout=30", "-o", "ControlMaster=auto", "-o", "ControlPath=/c/%C", "-o",
                          "ControlPersist=60", "-T", "-l", "me", "-p", "2222", "--", "host", "docker", "--host",
                          "'unix:///run/my docker.sock'", "system", "dial-stdio"));
  EXPECT_THAT(ssh_command({.host = "ssh://[fe80::1]:22"}, "/c"), testing::Contains("fe80::1"));
}

}  // namespace
}  // namespace berth::engine
