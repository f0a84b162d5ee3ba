// Images by name: inspect, history, save, tag, remove, push.
#include "swarm/api/images.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include "base/error.h"
#include "base/json.h"
#include "base/strings.h"
#include "engine/reference.h"
#include "http/url.h"
#include "swarm/api/fan_out.h"
#include "swarm/api/forward.h"
#include "swarm/api/handlers.h"

namespace berth::swarm {

namespace {

bool is_hexadecimal(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

// The healthy ones of those that have it, on one node only where the name begins with the node's.
FoundImage find_image(const Call& call, std::string_view name) {
  FoundImage found{std::string(name), holders_of_image(call.pool, name)};
  if (!found.nodes.empty()) return found;
  const std::size_t slash = name.find('/');
  if (slash == std::string_view::npos) return found;
  const NodePtr node = call.pool.find_node(name.substr(0, slash));
  if (!node) return found;
  found.name = name.substr(slash + 1);
  found.nodes = holders_of_image(call.pool, found.name);
  std::erase_if(found.nodes, [&](const NodePtr& holder) { return holder->number != node->number; });
  return found;
}

std::string rest_of_path(const Call& call) {
  constexpr std::string_view kBefore = "/images/";
  return call.target.path.substr(kBefore.size() + call.name.size());
}

void touch_images(const Call& call, const std::vector<NodePtr>& nodes) {
  for (const NodePtr& node : nodes) call.pool.touch(node->number, Listing::kImages);
}

}  // namespace

std::vector<std::string> image_words(std::string_view name) {
  std::vector<std::string> words;
  try {
    const engine::Reference reference = engine::Reference::parse(name).with_default_tag();
    words.push_back(reference.digest.empty() ? reference.familiar()
                                             : reference.familiar_name() + "@" + reference.digest);
  } catch (const Error&) {
    // An id is no reference.
  }
  const std::string_view id = name.starts_with("sha256:") ? name.substr(7) : name;
  if (is_hexadecimal(id)) words.push_back("sha256:" + std::string(id));
  return words;
}

std::vector<NodePtr> holders_of_image(const Pool& pool, std::string_view name) {
  for (const std::string& word : image_words(name)) {
    std::vector<NodePtr> nodes = word.starts_with("sha256:") ? pool.holders_of_beginning(Listing::kImages, word)
                                                             : pool.holders(Listing::kImages, word);
    if (!nodes.empty()) return nodes;
  }
  return {};
}

std::string full_image_name(std::string_view name) {
  try {
    return engine::Reference::parse(name).with_default_tag().familiar();
  } catch (const Error&) {
    return std::string(name);
  }
}

FoundImage image_of(const Call& call, std::string_view name) {
  FoundImage found = find_image(call, name);
  if (found.nodes.empty()) {
    call.pool.settle(call.context);
    found = find_image(call, name);
  }
  if (found.nodes.empty()) throw Error(Kind::kNotFound, "No such image: " + full_image_name(name));
  const NodePtr one = found.nodes.front();
  std::erase_if(found.nodes, [](const NodePtr& node) { return !node->healthy(); });
  if (found.nodes.empty()) {
    client_of(call, *one);  // says why it can't be asked
    throw Error(Kind::kUnavailable, "node '" + one->name() + "' is not healthy");
  }
  return found;
}

std::string image_path(std::string_view name, std::string_view rest) {
  std::vector<std::string> segments = split(name, '/');
  for (std::string& segment : segments) segment = http::percent_encode(segment);
  return "/images/" + join(segments, "/") + std::string(rest);
}

void pass_to_image(Call& call) {
  const FoundImage found = image_of(call, call.name);
  forward(call, *found.nodes.front(), image_path(found.name, rest_of_path(call)));
}

// One engine saves them all: parts of several archives are no archive.
void save_images(Call& call) {
  std::vector<NodePtr> nodes = healthy_nodes(call);
  std::string names;
  for (const auto& [parameter, name] : call.target.query) {
    if (parameter != "names") continue;
    names += (names.empty() ? "'" : ", '") + name + "'";
    const std::vector<NodePtr> holders = image_of(call, name).nodes;
    std::erase_if(nodes, [&](const NodePtr& node) {
      return std::none_of(holders.begin(), holders.end(),
                          [&](const NodePtr& holder) { return holder->number == node->number; });
    });
  }
  if (nodes.empty()) {
    throw Error(Kind::kNotFound, "no node has all of " + names + ": save them one at a time, or pull them first");
  }
  forward(call, *nodes.front(), "/images/get");
}

// The tag stands in the query; without one all tags of the name are pushed, by a node that has any.
void push_image(Call& call) {
  const std::string tag = call.query("tag");
  if (!tag.empty()) {
    const FoundImage found = image_of(call, call.name + ":" + tag);
    const std::string name = found.name.substr(0, found.name.size() - tag.size() - 1);
    return forward(call, *found.nodes.front(), image_path(name, "/push"));
  }
  std::vector<NodePtr> nodes =
      call.pool.holders_of_beginning(Listing::kImages, engine::Reference::parse(call.name).familiar_name() + ":");
  std::erase_if(nodes, [](const NodePtr& node) { return !node->healthy(); });
  if (nodes.empty()) {
    throw Error(Kind::kNotFound, "An image does not exist locally with the tag: " + call.name);
  }
  forward(call, *nodes.front(), image_path(call.name, "/push"));
}

void tag_image(Call& call) {
  const FoundImage found = image_of(call, call.name);
  const std::vector<Reply> replies = ask_all_the_same(call, found.nodes, image_path(found.name, "/tag"));
  touch_images(call, found.nodes);
  if (const Reply* error = first_error(replies)) return answer(call, *error);
  call.empty(replies.front().status);
}

// On all nodes that have it. Where one refuses, what it says is the answer, though others have removed theirs.
void remove_image(Call& call) {
  const FoundImage found = image_of(call, call.name);
  const std::vector<Reply> replies = ask_all_the_same(call, found.nodes, image_path(found.name, ""));
  touch_images(call, found.nodes);
  if (const Reply* error = first_error(replies)) return answer(call, *error);
  std::string text;
  std::set<std::string_view> told;
  for (const Reply& reply : replies) {
    for (const std::string_view element : elements_of(reply.body)) {
      if (!told.insert(element).second) continue;
      text += (text.empty() ? "[" : ",") + std::string(element);
    }
  }
  call.json(200, text.empty() ? "[]" : text + "]\n");
}

void prune_images(Call& call) { prune_everywhere(call, Listing::kImages); }

}  // namespace berth::swarm
