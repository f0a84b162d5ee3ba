// The application that fault tests break off: two services, one of them twice and after the other is healthy.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "scenario/cli.h"

namespace berth::scenario {

extern const std::string_view kShop;                 // its compose file; the project is 'shop'
extern const std::vector<std::string> kShopObjects;  // what the engine has of it, as UserFolder::objects()

// kShop with both services changed.
std::string shop_with_hostname(const std::string& hostname);

// A service 'web' of three containers on port 18080 that share a volume, as a compose file; `update` is within its
// update_config.
std::string three_webs(const std::string& image, const std::string& update, const std::string& command = "web");

// A command for them: the first container that runs it is good, the others are not.
inline constexpr char kOnlyOne[] = "mkdir /data/only || { echo there is only one; exit 7; }; exec web";

// Expects that the next up makes the project whole, and that nothing else of it is on the engine.
void expect_converges(UserFolder& user);

}  // namespace berth::scenario
