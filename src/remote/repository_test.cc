#include "remote/repository.h"

#include <map>
#include <mutex>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/strings.h"
#include "http/server.h"

namespace berth::remote {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const Context kPatient = Context().with_timeout(60s);

// A registry of one repository, "shop/app", that wants a token of its own giving, and keeps its blobs elsewhere.
class Registry {
 public:
  explicit Registry(bool guarded = true)
      : guarded_(guarded),
        server_(net::Listener::tcp("127.0.0.1", 0),
                [this](const Context& context, http::Exchange& e) { answer(context, e); }) {}

  engine::Reference reference() const {
    return engine::Reference::parse("127.0.0.1:" + std::to_string(server_.port()) + "/shop/app");
  }
  std::vector<std::string> calls() {
    const std::lock_guard lock(mutex_);
    return calls_;
  }
  void put(const std::string& name, const std::string& bytes) {
    const std::lock_guard lock(mutex_);
    kept_[name] = bytes;
  }
  std::string kept(const std::string& name) {
    const std::lock_guard lock(mutex_);
    return kept_[name];
  }

 private:
  void answer(const Context& context, http::Exchange& exchange) {
    const http::Request& request = exchange.request();
    const std::string body = exchange.read_all(context);
    const std::lock_guard lock(mutex_);
    const std::string credentials(request.headers.get("Authorization").value_or("nobody"));
    calls_.push_back(request.method + " " + request.target + " " + credentials);
    const std::string here = "http://127.0.0.1:" + std::to_string(server_.port());
    if (request.target.starts_with("/token")) return exchange.respond(context, 200, R"({"token": "t0k3n"})");
    if (request.target.starts_with("/storage/")) return exchange.respond(context, 200, kept_[request.target.substr(9)]);
    if (guarded_ && credentials != "Bearer t0k3n") {
      return exchange.respond(context, 401, R"({"errors": [{"code": "UNAUTHORIZED", "message": "who are you"}]})",
                              {{"WWW-Authenticate", "Bearer realm=\"" + here +
                                                        "/token\",service=\"r\",scope=\"repository:shop/app:pull\""}});
    }
    const std::string prefix = "/v2/shop/app/";
    const std::string path = request.target.substr(prefix.size());
    if (request.method == "POST")
      return exchange.respond(context, 202, {}, {{"Location", prefix + "blobs/uploads/1?s=x"}});
    if (request.method == "PUT") {
      const std::size_t digest = path.find("digest=sha256%3A");
      kept_[digest == std::string::npos ? path.substr(path.find('/') + 1) : "sha256:" + path.substr(digest + 16)] =
          body;
      return exchange.respond(context, 201);
    }
    const std::string name = path.substr(path.find('/') + 1);
    if (!kept_.contains(name)) {
      return exchange.respond(context, 404, R"({"errors": [{"code": "UNKNOWN", "message": "never heard of it"}]})");
    }
    if (path.starts_with("blobs/") && request.method == "GET") {
      return exchange.respond(context, 307, {}, {{"Location", "/storage/" + name}});
    }
    exchange.respond(context, 200, kept_[name], {{"Content-Type", std::string(kOciManifest) + "; charset=utf-8"}});
  }

  const bool guarded_;
  std::mutex mutex_;
  std::map<std::string, std::string> kept_;
  std::vector<std::string> calls_;
  http::Server server_;
};

TEST(Repository, GetsATokenWhereTheRegistryAsksForOne) {
  Registry registry;
  registry.put("latest", "{}");
  engine::AuthConfig auth;
  auth.username = "me";
  auth.password = "secret";
  Repository repository(registry.reference(), auth);
  const Manifest manifest = repository.manifest(kPatient, "latest");
  EXPECT_EQ(manifest.bytes, "{}");
  EXPECT_EQ(manifest.media_type, kOciManifest);
  EXPECT_EQ(manifest.digest, digest_of("{}"));
  EXPECT_EQ(repository.manifest(kPatient, "latest").bytes, "{}");
  EXPECT_THAT(
      registry.calls(),
      ElementsAre("GET /v2/shop/app/manifests/latest nobody",
                  "GET /token?service=r&scope=repository%3Ashop%2Fapp%3Apull Basic " + base64_encode("me:secret"),
                  "GET /v2/shop/app/manifests/latest Bearer t0k3n", "GET /v2/shop/app/manifests/latest Bearer t0k3n"));
}

TEST(Repository, FollowsABlobToWhereItIsKept) {
  Registry registry;
  registry.put(digest_of("layer"), "layer");
  Repository repository(registry.reference(), {});
  EXPECT_EQ(repository.blob(kPatient, {digest_of("layer"), 5}), "layer");
}

TEST(Repository, TakesNothingThatIsNotWhatItsDigestSays) {
  Registry registry(false);
  registry.put(digest_of("layer"), "other");
  Repository repository(registry.reference(), {});
  EXPECT_THROW(repository.blob(kPatient, {digest_of("layer"), 5}), Error);
  EXPECT_THROW(repository.manifest(kPatient, digest_of("layer")), Error);
}

TEST(Repository, UploadsWhatIsMissing) {
  Registry registry;
  Repository repository(registry.reference(), {});
  repository.push_blob(kPatient, "layer");
  repository.push_blob(kPatient, "layer");
  repository.push_manifest(kPatient, "1.0", kOciManifest, "{}");
  EXPECT_EQ(registry.kept(digest_of("layer")), "layer");
  EXPECT_EQ(registry.kept("1.0"), "{}");
  const auto calls = registry.calls();
  EXPECT_EQ(std::count_if(calls.begin(), calls.end(), [](const auto& c) { return c.starts_with("POST"); }), 1);
}

TEST(Repository, SaysWhatIsMissingInTheRegistrysWords) {
  Registry registry;
  Repository repository(registry.reference(), {});
  try {
    repository.manifest(kPatient, "2.0");
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), Kind::kNotFound);
    EXPECT_THAT(e.message(), HasSubstr("there is no manifest '2.0' (never heard of it)"));
  }
}

}  // namespace
}  // namespace berth::remote
