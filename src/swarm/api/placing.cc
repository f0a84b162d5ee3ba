#include "swarm/api/placing.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "base/error.h"
#include "base/log.h"
#include "base/strings.h"
#include "swarm/api/api.h"
#include "swarm/api/image_supply.h"
#include "swarm/api/images.h"
#include "swarm/placement/expression.h"
#include "swarm/placement/scheduler.h"

namespace berth::swarm {

namespace {

// Finds a place. A name that is taken by what has just been removed is free once that has been seen.
Reservation reserve(const Call& call, const placement::Request& request) {
  auto placed = [&] {
    try {
      return call.pool.reserve(request);
    } catch (const Error& e) {
      if (e.kind() != Kind::kConflict) throw;
      call.pool.settle(call.context);
      return call.pool.reserve(request);
    }
  }();
  if (const auto* refusal = std::get_if<placement::Refusal>(&placed)) {
    throw Error(Kind::kInternal, refusal->message());  // classic Swarm's status: 500
  }
  return std::get<Reservation>(std::move(placed));
}

bool has_image(const Call& call, const Node& node, const std::string& image) {
  for (const std::string& word : image_words(image)) {
    if (call.pool.lists(node.number, Listing::kImages, word)) return true;
  }
  const std::vector<NodePtr> holders = holders_of_image(call.pool, image);  // by an id's beginning
  return std::any_of(holders.begin(), holders.end(),
                     [&](const NodePtr& holder) { return holder->number == node.number; });
}

// The request for the nodes only that have its image; nothing when there is none.
std::optional<placement::Request> where_image_is(const Call& call, const placement::Request& request) {
  std::vector<std::string> names;
  for (const NodePtr& holder : holders_of_image(call.pool, request.image)) names.push_back(holder->name());
  if (names.empty()) return std::nullopt;
  placement::Request narrowed = request;
  narrowed.whitelists.push_back(placement::parse_expression("node==" + join(names, "|")));
  return narrowed;
}

// The node of the container that this one takes the place of. Compose makes the new one as OLDID_NAME with a label,
// removes the old one, and gives the new one its name. Null when there is none.
NodePtr node_of_replaced(const Call& call, const placement::Request& request) {
  constexpr std::size_t kBrief = 12;
  if (!request.labels.contains("com.docker.compose.replace")) return nullptr;
  if (request.name.size() <= kBrief || request.name[kBrief] != '_') return nullptr;
  const ContainerLookup found = call.pool.find_container(std::string_view(request.name).substr(0, kBrief));
  const auto* replaced = std::get_if<ContainerPtr>(&found);
  return replaced != nullptr ? call.pool.node((*replaced)->node()) : nullptr;
}

// Where the replaced container is, if all but its ports allow that.
HeldPtr place_of_replaced(const Call& call, const placement::Request& request) {
  const NodePtr node = node_of_replaced(call, request);
  if (!node) return nullptr;
  placement::Request there = request;
  there.ports.clear();
  there.whitelists.push_back(placement::parse_expression("node==" + node->name()));
  const auto placed = call.pool.reserve(there);
  if (!std::holds_alternative<Reservation>(placed)) return nullptr;
  call.pool.release(std::get<Reservation>(placed));
  return std::make_unique<Held>(call.pool, call.pool.reserve_on(*node, request));
}

// The place that holds regardless of images; by preference `narrowed`, where they are.
HeldPtr find_place(const Call& call, const placement::Request& request,
                   const std::optional<placement::Request>& narrowed) {
  if (HeldPtr held = place_of_replaced(call, request)) return held;
  if (narrowed) {
    try {
      return std::make_unique<Held>(call.pool, reserve(call, *narrowed));
    } catch (const Error& e) {
      log(LogLevel::kInfo, "no place where image '" + request.image + "' is: " + e.message());
    }
  }
  return std::make_unique<Held>(call.pool, reserve(call, request));
}

}  // namespace

bool bring_image(const Call& call, const NodePtr& node, const placement::Request& request) {
  const auto credentials = call.exchange.request().headers.get("X-Registry-Auth");
  return call.api.images().bring(call.context, node,
                                 {request.image, request.platform, std::string(credentials.value_or(""))});
}

HeldPtr place(const Call& call, const placement::Request& request) {
  const std::vector<ImageMeans>& means = call.api.images().means();
  const bool places = std::find(means.begin(), means.end(), ImageMeans::kPlace) != means.end();
  const auto narrowed = places ? where_image_is(call, request) : std::nullopt;
  const bool places_first = places && means.front() == ImageMeans::kPlace;
  HeldPtr held = find_place(call, request, places_first ? narrowed : std::nullopt);
  if (request.image.empty() || has_image(call, *(**held).node, request.image) ||
      bring_image(call, (**held).node, request)) {
    return held;
  }
  if (!narrowed) throw Error(Kind::kNotFound, "No such image: " + full_image_name(request.image));
  held.reset();  // its name is free again
  return std::make_unique<Held>(call.pool, reserve(call, *narrowed));
}

}  // namespace berth::swarm
