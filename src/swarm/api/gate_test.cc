#include "swarm/api/gate.h"

#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace berth::swarm {
namespace {

using testing::HasSubstr;

Caller caller_of(Role role, Scope scope = {}) { return {.name = "ada", .grant = {role, std::move(scope)}}; }

std::string path_of(const Route& route) {
  std::string path(route.path);
  if (const std::size_t at = path.find("{name}"); at != std::string::npos) path.replace(at, 6, "one");
  return path;
}

std::string name_of(const Route& route) { return std::string(route.method) + " " + std::string(route.path); }

// Those that change nothing, though they are POST: what the docker command needs to look and to log in.
const std::set<std::string> kLooks = {"POST /containers/{name}/wait", "POST /auth"};

TEST(Gate, EveryRouteIsFoundByItsOwnPathWithAndWithoutVersion) {
  for (const Route& route : routes()) {
    for (const std::string prefix : {"", "/v1.24", "/v1.51"}) {
      const Routed routed = route_of({std::string(route.method), prefix + path_of(route) + "?a=b", {}});
      ASSERT_EQ(routed.route, &route) << name_of(route);
      EXPECT_EQ(routed.version, prefix.empty() ? "" : prefix.substr(2));
    }
  }
}

TEST(Gate, WhatIsNotInTheTableIsNotFound) {
  EXPECT_EQ(route_of({"GET", "/containers", {}}).route, nullptr);
  EXPECT_EQ(route_of({"GET", "/v1.41/internal", {}}).route, nullptr);
  EXPECT_EQ(route_of({"get", "/info", {}}).route, nullptr);
  EXPECT_TRUE(route_of({"PATCH", "/containers/json", {}}).other_method);
}

TEST(Gate, NoPathLeadsOutOfItsRoute) {
  for (const char* target : {"/distribution/../containers/x/json", "/distribution/%2e%2e/containers/x/json", "/./info",
                             "/v1.41/images/a/%2E./b/json", "//../info", "info", "*", "/a%0", "/images/..?x"}) {
    EXPECT_THROW(route_of({"GET", target, {}}), Error) << target;
  }
  EXPECT_EQ(route_of({"GET", "/images/..x/json", {}}).name, "..x");
}

TEST(Gate, ReadersReachWhatOnlyLooks) {
  for (const Route& route : routes()) {
    const bool looks = route.method == "GET" || route.method == "HEAD" || kLooks.contains(name_of(route));
    const bool may = !refusal(caller_of(Role::kReadOnly), route);
    EXPECT_TRUE(looks || !may) << name_of(route) << " changes something";
    EXPECT_EQ(may, route.access == Access::kRead) << name_of(route);
  }
}

TEST(Gate, OperatorsReachAllButTheAdminsRoutesAndAdminsEverything) {
  for (const Route& route : routes()) {
    EXPECT_EQ(!refusal(caller_of(Role::kOperator), route), route.access != Access::kAdmin) << name_of(route);
    EXPECT_FALSE(refusal(caller_of(Role::kAdmin), route)) << name_of(route);
  }
}

TEST(Gate, AManagersCertificateReachesNothingByItself) {
  for (const Route& route : routes()) EXPECT_TRUE(refusal(caller_of(Role::kManager), route)) << name_of(route);
}

TEST(Gate, AScopeReachesOnlyRoutesThatKeepIt) {
  for (const Route& route : routes()) {
    const auto why = refusal(caller_of(Role::kOperator, {{"team", "web"}}), route);
    EXPECT_EQ(why.has_value(), route.reach == Reach::kWhole || route.access == Access::kAdmin) << name_of(route);
    // What the table says fits what the path is about.
    constexpr std::pair<std::string_view, Reach> kNouns[] = {{"/containers/{name}", Reach::kContainer},
                                                             {"/networks/{name}", Reach::kNetwork},
                                                             {"/volumes/{name}", Reach::kVolume},
                                                             {"/exec/{name}", Reach::kExec},
                                                             {"/nodes", Reach::kWhole},
                                                             {"/berth", Reach::kWhole},
                                                             {"/build", Reach::kWhole}};
    for (const auto& [noun, reach] : kNouns) {
      EXPECT_TRUE(!route.path.starts_with(noun) || route.reach == reach) << name_of(route);
    }
  }
  EXPECT_EQ(Route{}.reach, Reach::kWhole) << "a route that says nothing is kept from scopes";
}

TEST(Gate, TellsWhyItRefuses) {
  const Routed routed = route_of({"DELETE", "/containers/web", {}});
  EXPECT_EQ(refusal(caller_of(Role::kReadOnly), *routed.route),
            "'ada' has the role read-only: DELETE /containers/{name} takes the role operator");
}

TEST(Gate, AnAuditedObjectIsNamedByPathOrQueryButNeverBySecrets) {
  const auto object = [](const std::string& method, const std::string& target) {
    return object_of(route_of({method, target, {}}));
  };
  EXPECT_EQ(object("POST", "/containers/node1/web/stop?t=5"), "node1/web");
  EXPECT_EQ(object("POST", "/containers/create?name=web"), "web");
  EXPECT_EQ(object("POST", "/images/create?fromImage=nginx&tag=1"), "nginx:1");
  EXPECT_EQ(object("POST", "/images/create?fromImage=nginx&tag=sha256:ab"), "nginx@sha256:ab");
  EXPECT_EQ(object("POST", "/commit?container=web&repo=x"), "web");
  EXPECT_EQ(object("POST", "/build?buildargs=%7B%22TOKEN%22:%22secret%22%7D"), "");
}

}  // namespace
}  // namespace berth::swarm
