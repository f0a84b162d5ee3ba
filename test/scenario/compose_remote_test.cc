// Compose files from registries and git repositories, and applications published there: against a real registry, and
// beside docker compose.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/json.h"
#include "base/strings.h"
#include "net/certificates_for_tests.h"
#include "net/listener.h"
#include "remote/images.h"
#include "scenario/cli.h"
#include "scenario/engines.h"
#include "scenario/registry.h"

namespace berth::scenario {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Key;

constexpr std::string_view kShop = R"(
services:
  web:
    image: ${IMAGE:-berth/test:1}
    env_file:
      - web.env
    extends:
      file: base.yaml
      service: base
)";

class ComposeRemote : public testing::Test {
 protected:
  void SetUp() override {
    std::string reason;
    const auto host = engine_host(Generation::kNew, reason);
    if (!host) GTEST_SKIP() << reason;
    if (const auto why = missing_registry()) FAIL() << *why;
    user_ = std::make_unique<UserFolder>(*host, "shop");
    user().compose_file(kShop);
    user().write("base.yaml", "services: {base: {command: [idle], labels: {from: base}}}\n");
    user().write("web.env", "COLOUR=green\n");
    const auto issued = ca_.issue("IP:127.0.0.1");
    registry_ = std::make_unique<Registry>(RegistryOptions{.cert = issued.cert, .key = issued.key});
    user().write("ca.pem", ca_.pem());
    user().environment.set("SSL_CERT_FILE", user().path() / "ca.pem");
    user().environment.set("XDG_CACHE_HOME", user().path() / "cache");
  }

  UserFolder& user() { return *user_; }
  std::string at(const std::string& name) const { return registry_->address() + "/" + name; }
  std::string must(std::vector<std::string> words) {
    const Output output = user().compose(words);
    EXPECT_EQ(output.status.code, 0) << output.err;
    return output.out;
  }

 private:
  net::TestCa ca_;
  std::unique_ptr<Registry> registry_;
  std::unique_ptr<UserFolder> user_;
};

TEST_F(ComposeRemote, EitherToolReadsWhatTheOtherPublished) {
  must({"publish", "--yes", "--with-env", at("ours:1")});
  must({"publish", "--yes", "--with-env", "--oci-version", "1.0", at("ours:old")});
  const std::string ours = must({"-f", "oci://" + at("ours:1"), "config"});
  EXPECT_THAT(ours, HasSubstr("COLOUR: green"));
  EXPECT_THAT(ours, HasSubstr("from: base"));
  const auto theirs = user().docker_compose({"publish", "--yes", "--with-env", at("theirs:1")});
  if (!theirs) GTEST_SKIP() << "BERTH_PEERS has no docker-compose";
  ASSERT_EQ(theirs->status.code, 0) << theirs->err;
  EXPECT_EQ(must({"-f", "oci://" + at("theirs:1"), "config"}), ours);
  for (const char* name : {"ours:1", "ours:old", "theirs:1"}) {
    const auto read = user().docker_compose({"-f", "oci://" + at(name), "config"});
    EXPECT_EQ(read->status.code, 0) << name << read->err;
    EXPECT_EQ(read->out, ours) << name;
  }
}

TEST_F(ComposeRemote, AnApplicationComesUpFromTheRegistry) {
  must({"publish", "--yes", "--with-env", at("app:1")});
  must({"-f", "oci://" + at("app:1"), "up", "-d", "--yes"});
  EXPECT_THAT(user().states(), Contains(Key("shop-web-1")));
  const auto inspect = user().inspect("shop-web-1");
  EXPECT_THAT(inspect.config.env, Contains("COLOUR=green"));
}

TEST_F(ComposeRemote, NothingIsGivenAwayUnasked) {
  const Output refused = user().compose({"publish", "--yes", at("app:1")});
  EXPECT_EQ(refused.status.code, 1);
  EXPECT_THAT(refused.err, HasSubstr("service \"web\" has env_file declared"));
  user().write("web.env", "DB_PASSWORD=hush-hush\n");
  const Output asked = user().compose({"publish", "--with-env", at("app:1")});
  EXPECT_EQ(asked.status.code, 130);
  EXPECT_THAT(asked.err, HasSubstr("web.env:1: value under a name that speaks of a secret"));
  EXPECT_EQ(user().compose({"-f", "oci://" + at("app:1"), "config"}).status.code, 1);
}

TEST_F(ComposeRemote, AnApplicationTakesItsImagesAlong) {
  // An image of its own making, straight into the registry.
  const Context context = soon();
  ::setenv("SSL_CERT_FILE", (user().path() / "ca.pem").c_str(), 1);
  remote::Repository images(engine::Reference::parse(at("images")), {});
  const std::string config = R"({"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]}})";
  images.push_blob(context, config);
  const json::object manifest{{"schemaVersion", 2},
                              {"mediaType", remote::kOciManifest},
                              {"config",
                               {{"mediaType", "application/vnd.oci.image.config.v1+json"},
                                {"digest", remote::digest_of(config)},
                                {"size", config.size()}}},
                              {"layers", json::array()}};
  const std::string bytes = format_json(manifest);
  images.push_manifest(context, "1", remote::kOciManifest, bytes);
  user().environment.set("IMAGE", at("images:1"));
  EXPECT_THAT(must({"config", "--resolve-image-digests"}), HasSubstr(at("images:1@") + remote::digest_of(bytes)));
  must({"publish", "--yes", "--with-env", "--app", at("app:1")});
  EXPECT_THAT(must({"-f", "oci://" + at("app:1"), "config"}), HasSubstr(at("images:1@") + remote::digest_of(bytes)));
  remote::Repository app(engine::Reference::parse(at("app")), {});
  EXPECT_EQ(app.manifest(context, remote::digest_of(bytes)).bytes, bytes);
  ::unsetenv("SSL_CERT_FILE");
}

// `git daemon` for the folder's repositories, on a port of its own.
class GitDaemon {
 public:
  explicit GitDaemon(const Path& folder) {
    const std::string port = std::to_string(net::Listener::tcp("127.0.0.1", 0).port());
    address_ = "git://127.0.0.1:" + port;
    // Not by `git daemon`, which would leave its own child behind when it is killed.
    const std::string programs(trim(run_checked(soon(), {"git", "--exec-path"})));
    child_ = spawn({programs + "/git-daemon", "--listen=127.0.0.1", "--port=" + port, "--export-all",
                    "--base-path=" + folder.string()},
                   {.out = Stdio::kNull, .err = Stdio::kNull});
  }
  const std::string& address() const { return address_; }

 private:
  std::string address_;
  std::optional<Child> child_;
};

TEST_F(ComposeRemote, FilesOfARepositoryAreIncludedAndExtended) {
  const Path repository = user().path() / "git" / "app.git";
  user().write("git/app.git/db/compose.yaml", "services: {db: {image: 'berth/test:1', volumes: ['./data:/data']}}\n");
  const auto git = [&](std::vector<std::string> words) {
    words.insert(words.begin(), {"git", "-C", repository.string(), "-c", "user.name=a", "-c", "user.email=a@b"});
    run_checked(soon(), words);
  };
  run_checked(soon(), {"git", "init", "--quiet", repository});
  git({"add", "--all"});
  git({"commit", "--quiet", "--message", "x"});
  git({"tag", "v1"});
  const GitDaemon daemon(user().path() / "git");
  const std::string address = daemon.address() + "/app.git#v1:db";
  user().compose_file("include: ['" + address + "']\nservices:\n  more:\n    extends: {file: '" + address +
                      "', service: db}\n");
  wait_until([&] { return user().compose({"config", "-q"}).status.code == 0; });
  const std::string config = must({"config"});
  EXPECT_THAT(config, HasSubstr("  db:\n"));
  EXPECT_THAT(config, HasSubstr("  more:\n"));
  EXPECT_THAT(config, HasSubstr("/db/data\n"));
  EXPECT_EQ(must({"-f", address, "config", "--services"}), "db\n");
  const Output unknown = user().compose({"-f", daemon.address() + "/app.git#v2", "config"});
  EXPECT_EQ(unknown.status.code, 1);
  EXPECT_THAT(unknown.err, HasSubstr("has no ref 'v2'"));
}

}  // namespace
}  // namespace berth::scenario
