#include "swarm/renewal.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace berth::swarm {
namespace {

TEST(Renewer, AsksNobodyButTheLeaderAndRenewsNoNodeThatIsAway) {
  Pool pool(PoolOptions{});
  int asked = 0;
  int renewed = 0;
  bool leads = false;
  Renewer renewer(pool,
                  {.due = [&](const EngineAddress&) -> std::optional<std::string> {
                     ++asked;
                     return "it ends tomorrow";
                   },
                   .renew = [&](const Context&, const EngineAddress&) { ++renewed; }},
                  {.leads = [&] { return leads; }});
  renewer.set_members({{.address = "127.0.0.1:1", .certificates = {}, .name = "one"}});
  renewer.step({});
  EXPECT_EQ(asked, 0);
  leads = true;
  renewer.step({});
  EXPECT_EQ(asked, 1);
  EXPECT_EQ(renewed, 0);
}

TEST(Renewer, OneNodesTroubleIsNotTheOthers) {
  Pool pool(PoolOptions{});
  std::vector<std::string> asked;
  Renewer renewer(pool, {.due = [&](const EngineAddress& node) -> std::optional<std::string> {
                    asked.push_back(node.name);
                    throw Error(Kind::kNotFound, "no such machine");
                  }},
                  {});
  renewer.set_members(
      {{.address = "a:1", .certificates = {}, .name = "a"}, {.address = "b:1", .certificates = {}, .name = "b"}});
  renewer.step({});
  EXPECT_EQ(asked, (std::vector<std::string>{"a", "b"}));
}

}  // namespace
}  // namespace berth::swarm
