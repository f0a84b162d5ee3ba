#include "swarm/api/image_copy.h"

#include <algorithm>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/json.h"
#include "base/log.h"
#include "base/parallel.h"
#include "engine/image_copy.h"
#include "http/json_splitter.h"
#include "http/url.h"
#include "swarm/api/fan_out.h"
#include "swarm/api/forward.h"
#include "swarm/api/image_progress.h"
#include "swarm/api/images.h"

namespace berth::swarm {

namespace {

constexpr std::size_t kPiece = std::size_t{64} << 10;
constexpr std::size_t kMaxLine = std::size_t{1} << 20;
constexpr std::size_t kInspectedAtOnce = 8;
constexpr std::size_t kMostInspected = 100;  // images of the receiver

std::string versioned(const Node& node, const std::string& path) { return "/v" + node.api_version.text() + path; }

std::vector<std::string> layers_of(const Context& context, const Pool& pool, const NodePtr& node,
                                   const std::string& name) {
  const Reply reply = ask(context, pool, node, {"GET", image_path(name, "/json"), ""});
  if (!reply.ok()) return {};
  const json::value inspected = parse_json(reply.body);
  const json::value* root = find(inspected, "RootFS");
  return root == nullptr ? std::vector<std::string>() : texts_of(*root, "Layers");
}

// The layers of the image that the receiver has, as they are part of one of its own.
std::set<std::string> layers_there(const Context& context, const Pool& pool, const NodePtr& from, const NodePtr& to,
                                   const std::string& name) {
  if (!engine::can_leave_layers_out(from->api_version, from->info.driver, to->info.driver)) return {};
  const std::vector<std::string> wanted = layers_of(context, pool, from, name);
  std::vector<std::string> ids;
  const ListingPtr listing = pool.listing(to->number, Listing::kImages);
  for (const std::string_view image : elements_of(*listing)) ids.push_back(member_string(image, "Id"));
  if (ids.size() > kMostInspected) ids.resize(kMostInspected);
  Guarded<std::size_t> common;
  for_each_parallel(ids, kInspectedAtOnce, [&](const std::string& id) {
    const std::size_t layers = engine::common_layers(wanted, layers_of(context, pool, to, id));
    const auto lock = common.lock();
    *lock = std::max(*lock, layers);
  });
  return {wanted.begin(), wanted.begin() + static_cast<std::ptrdiff_t>(*common.lock())};
}

void send_image(const Context& context, const Pool& pool, const NodePtr& from, const NodePtr& to,
                const std::string& name, const std::set<std::string>& left_out) {
  http::Response archive =
      client_of(pool, *from)->send(context, {"GET", versioned(*from, image_path(name, "/get")), {}});
  if (!archive.ok()) {
    const Reply reply{from, archive.status(), archive.read_all(context)};
    throw Error(kind_of_http_status(reply.status), reply.message()).within("node '" + from->name() + "'");
  }
  engine::ArchiveFilter filter = engine::without_layers(archive.reader(), left_out);
  http::Body body = http::Body::streamed(
      [&](const Context& reading, std::span<char> buffer) { return filter.read_some(reading, buffer); });
  http::Request load{"POST", versioned(*to, "/images/load?quiet=1"), {{"Content-Type", "application/x-tar"}}};
  http::Response response = client_of(pool, *to)->send(context, std::move(load), std::move(body));
  finish_progress(context, response);
}

}  // namespace

void copy_image(const Context& context, const Pool& pool, const NodePtr& from, const NodePtr& to,
                const std::string& name) {
  const std::set<std::string> left_out = layers_there(context, pool, from, to, name);
  log(LogLevel::kInfo, "copying image '" + name + "' from node '" + from->name() + "' to '" + to->name() +
                           "', without " + std::to_string(left_out.size()) + " layers that it has");
  if (left_out.empty()) return send_image(context, pool, from, to, name, {});
  try {
    send_image(context, pool, from, to, name, left_out);
  } catch (const Error& e) {
    if (e.kind() == Kind::kCancelled || e.kind() == Kind::kTimeout) throw;
    // A layer may just have been removed there.
    log(LogLevel::kInfo, e.within("copying what is missing of image '" + name + "'").message());
    send_image(context, pool, from, to, name, {});
  }
}

void finish_progress(const Context& context, http::Response& response) {
  if (!response.ok()) {
    const Reply reply{nullptr, response.status(), response.read_all(context)};
    throw Error(kind_of_http_status(reply.status), reply.message());
  }
  http::JsonSplitter values(kMaxLine);
  const auto buffer = std::make_unique_for_overwrite<char[]>(kPiece);
  std::string error;
  while (const std::size_t got = response.read_some(context, {buffer.get(), kPiece})) {
    values.push({buffer.get(), got});
    while (const auto value = values.next()) {
      if (const std::string said = progress_error(*value); !said.empty()) error = said;
    }
  }
  if (!error.empty()) throw Error(Kind::kInternal, error);
}

}  // namespace berth::swarm
