#include "swarm/api/image_supply.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/json.h"
#include "base/log.h"
#include "base/strings.h"
#include "engine/reference.h"
#include "http/url.h"
#include "swarm/api/fan_out.h"
#include "swarm/api/forward.h"
#include "swarm/api/image_copy.h"
#include "swarm/api/images.h"

namespace berth::swarm {

namespace {

std::string versioned(const Node& node, const std::string& path) { return "/v" + node.api_version.text() + path; }

}  // namespace

std::vector<ImageMeans> parse_image_means(std::string_view text) {
  std::vector<ImageMeans> means;
  if (trim(text).empty()) return means;
  for (const std::string& word : split(text, ',')) {
    const std::string_view name = trim(word);
    const auto one = name == "copy"    ? std::optional(ImageMeans::kCopy)
                     : name == "pull"  ? std::optional(ImageMeans::kPull)
                     : name == "place" ? std::optional(ImageMeans::kPlace)
                                       : std::nullopt;
    if (!one)
      throw Error(Kind::kInvalid, "'" + std::string(name) + "' is no way to get an image: give copy, pull or place");
    if (std::find(means.begin(), means.end(), *one) == means.end()) means.push_back(*one);
  }
  return means;
}

void ImageSupply::pull(const Context& context, const Node& node, const ImageOrder& order) {
  const engine::Reference reference = engine::Reference::parse(order.name).with_default_tag();
  http::Query query;
  query.add("fromImage", reference.familiar_name());
  query.add("tag", reference.digest.empty() ? reference.tag : reference.digest);
  query.add_if("platform", order.platform);
  http::Request request{"POST", versioned(node, query.on("/images/create")), {}};
  if (!order.credentials.empty()) request.headers.add("X-Registry-Auth", order.credentials);
  http::Response response = client_of(pool_, node)->send(context, std::move(request));
  finish_progress(context, response);
}

void ImageSupply::copy(const Context& context, const NodePtr& node, const ImageOrder& order) {
  if (order.name.find('@') != std::string::npos) throw Error(Kind::kUnsupported, "an archive keeps no digests");
  std::vector<NodePtr> holders = holders_of_image(pool_, order.name);
  std::erase_if(holders, [&](const NodePtr& holder) {
    return !holder->healthy() || holder->number == node->number || holder->info.architecture != node->info.architecture;
  });
  if (holders.empty()) throw Error(Kind::kNotFound, "no other node has it");
  copy_image(context, pool_, holders.front(), node, order.name);
}

bool ImageSupply::has(const Context& context, const NodePtr& node, const std::string& name) {
  return ask(context, pool_, node, {"GET", image_path(name, "/json"), ""}).ok();
}

// Throws when none of the means helps, with what each said.
void ImageSupply::try_all(const Context& context, const NodePtr& node, const ImageOrder& order) {
  if (has(context, node, order.name)) return;
  std::vector<std::string> reasons;
  for (const ImageMeans one : means_) {
    if (one == ImageMeans::kPlace) continue;
    const bool copies = one == ImageMeans::kCopy;
    try {
      copies ? copy(context, node, order) : pull(context, *node, order);
      pool_.touch(node->number, Listing::kImages);
      if (!has(context, node, order.name)) throw Error(Kind::kNotFound, "what came isn't known by this name");
      return log(LogLevel::kInfo,
                 "image '" + order.name + "' is " + (copies ? "copied" : "pulled") + " to node '" + node->name() + "'");
    } catch (const Error& e) {
      if (e.kind() == Kind::kCancelled) throw;
      reasons.push_back((copies ? "copying: " : "pulling: ") + e.message());
    }
  }
  throw Error(Kind::kNotFound, reasons.empty() ? "it is neither to be copied nor pulled" : join(reasons, "; "));
}

bool ImageSupply::bring(const Context& context, const NodePtr& node, const ImageOrder& order) {
  try {
    at_work_.run(context, node->info.id + " " + order.name, [&] { try_all(context, node, order); });
    return true;
  } catch (const Error& e) {
    if (e.kind() == Kind::kCancelled || e.kind() == Kind::kTimeout) throw;
    log(LogLevel::kWarning, "image '" + order.name + "' can't be had on node '" + node->name() + "': " + e.message());
    return false;
  }
}

}  // namespace berth::swarm
