// GET /images/json: the images of all nodes, each once.
#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>

#include <fnmatch.h>

#include "base/error.h"
#include "base/json.h"
#include "base/strings.h"
#include "engine/reference.h"
#include "swarm/api/fan_out.h"
#include "swarm/api/handlers.h"
#include "swarm/api/images.h"
#include "swarm/api/time_parameter.h"

namespace berth::swarm {

namespace {

constexpr std::string_view kNoTag = "<none>:<none>";
constexpr std::string_view kNoDigest = "<none>@<none>";

// An image of several nodes. The first node's text is told, but for what differs between nodes.
struct Merged {
  std::string_view text;
  std::vector<std::string> tags;
  std::vector<std::string> digests;
  std::int64_t containers = -1;  // as engines have it: not counted
  std::int64_t created = 0;
  bool dangling() const { return tags.empty() && digests.empty(); }
};

void unite(std::vector<std::string>& all, std::vector<std::string> more) {
  for (std::string& one : more) {
    if (one == kNoTag || one == kNoDigest) continue;
    if (std::find(all.begin(), all.end(), one) == all.end()) all.push_back(std::move(one));
  }
}

void add_node(Merged& image, std::string_view text) {
  const json::value value = parse_json(text);
  unite(image.tags, texts_of(value, "RepoTags"));
  unite(image.digests, texts_of(value, "RepoDigests"));
  image.created = integer_of(value, "Created");
  const json::value* counted = find(value, "Containers");
  const std::int64_t containers = counted == nullptr ? -1 : integer_of(value, "Containers");
  if (containers >= 0) image.containers = std::max<std::int64_t>(image.containers, 0) + containers;
}

// Keeps the texts that it was given alive.
class MergedImages {
 public:
  void add(const ListingPtr& listing) {
    kept_.push_back(listing);
    for (const std::string_view text : elements_of(*listing)) {
      const auto [at, is_new] = by_id_.try_emplace(member_text(text, "Id"), images_.size());
      if (is_new) images_.push_back({text, {}, {}, -1, 0});
      Merged& image = images_[at->second];
      // Most nodes tell the very same of an image, which says nothing new unless its containers are counted.
      if (is_new || image.containers >= 0 || image.text != text) add_node(image, text);
    }
  }

  // The newest first.
  std::vector<Merged> take() {
    std::stable_sort(images_.begin(), images_.end(),
                     [](const Merged& a, const Merged& b) { return a.created > b.created; });
    return std::move(images_);
  }

 private:
  std::vector<ListingPtr> kept_;
  std::vector<Merged> images_;
  std::unordered_map<std::string_view, std::size_t> by_id_;
};

// Intermediate images, sizes that are shared and manifests are known to the engines only.
bool needs_engines(const Call& call) { return call.flag("all") || call.flag("shared-size") || call.flag("manifests"); }

std::vector<NodePtr> asked_nodes(const Call& call, const FilterMap& filters) {
  std::vector<NodePtr> nodes = call.pool.nodes();
  const auto wanted = filters.find("node");
  std::erase_if(nodes, [&](const NodePtr& node) {
    if (!node->healthy()) return true;
    return wanted != filters.end() && std::none_of(wanted->second.begin(), wanted->second.end(), [&](const auto& name) {
             const NodePtr found = call.pool.find_node(name);
             return found && found->number == node->number;
           });
  });
  return nodes;
}

void gather(const Call& call, const FilterMap& filters, MergedImages& images) {
  const std::vector<NodePtr> nodes = asked_nodes(call, filters);
  if (!needs_engines(call)) {
    for (const NodePtr& node : nodes) images.add(call.pool.listing(node->number, Listing::kImages));
    return;
  }
  std::string path = "/images/json?";
  for (const char* flag : {"all", "shared-size", "manifests"}) {
    if (call.flag(flag)) path += std::string(flag) + "=1&";
  }
  path.pop_back();
  for (Reply& reply : ask_all(call, nodes, {"GET", path, ""})) {
    if (!reply.ok()) throw Error(kind_of_http_status(reply.status), reply.message());
    images.add(std::make_shared<const std::string>(std::move(reply.body)));
  }
}

// Glob over the whole reference or its name. Source: distribution/reference, FamiliarMatch.
bool matches_reference(const std::string& pattern, const std::string& reference) {
  const auto matches = [&](const std::string& text) {
    return ::fnmatch(pattern.c_str(), text.c_str(), FNM_PATHNAME | FNM_PERIOD) == 0;
  };
  if (matches(reference)) return true;
  try {
    return matches(engine::Reference::parse(reference).familiar_name());
  } catch (const Error&) {
    return false;
  }
}

bool has_label(const json::value& image, const std::string& wanted) {
  const auto [key, value] = cut(wanted, '=');
  const json::object* labels = find_object(image, "Labels");
  const json::value* found = labels != nullptr ? labels->if_contains(key) : nullptr;
  return found != nullptr && (!value || (found->is_string() && std::string_view(found->get_string()) == *value));
}

std::int64_t created_of(const std::vector<Merged>& images, const Call& call, const std::string& name) {
  const FoundImage found = image_of(call, name);
  for (const std::string& word : image_words(found.name)) {
    for (const Merged& image : images) {
      const std::string id = member_string(image.text, "Id");
      if (id.starts_with(word) || std::find(image.tags.begin(), image.tags.end(), word) != image.tags.end() ||
          std::find(image.digests.begin(), image.digests.end(), word) != image.digests.end()) {
        return image.created;
      }
    }
  }
  throw Error(Kind::kNotFound, "No such image: " + full_image_name(name));
}

std::int64_t seconds_of(const std::string& text) {
  const auto time = time_parameter(text, std::chrono::system_clock::now());
  return std::chrono::duration_cast<std::chrono::seconds>(time.value_or(engine::Time{}).time_since_epoch()).count();
}

// Only the names that match are told.
void keep_references(std::vector<Merged>& images, const std::vector<std::string>& patterns) {
  const auto is_other = [&](const std::string& reference) {
    return std::none_of(patterns.begin(), patterns.end(),
                        [&](const std::string& pattern) { return matches_reference(pattern, reference); });
  };
  for (Merged& image : images) {
    std::erase_if(image.tags, is_other);
    std::erase_if(image.digests, is_other);
  }
  std::erase_if(images, [](const Merged& image) { return image.dangling(); });
}

// Source: moby, daemon/images/images.go.
void keep(std::vector<Merged>& images, const Call& call, const std::string& name,
          const std::vector<std::string>& values) {
  if (name == "node") return;  // see asked_nodes()
  if (name == "reference") return keep_references(images, values);
  if (name == "dangling") {
    const bool wanted = values.empty() || values.front() == "true" || values.front() == "1";
    std::erase_if(images, [&](const Merged& image) { return image.dangling() != wanted; });
  } else if (name == "label") {
    std::erase_if(images, [&](const Merged& image) {
      const json::value value = parse_json(image.text);
      return !std::all_of(values.begin(), values.end(), [&](const auto& label) { return has_label(value, label); });
    });
  } else if (name == "before" || name == "since" || name == "until") {
    for (const std::string& value : values) {
      const std::int64_t moment = name == "until" ? seconds_of(value) : created_of(images, call, value);
      std::erase_if(images, [&](const Merged& image) {
        return name == "since" ? image.created <= moment : image.created >= moment;
      });
    }
  } else {
    throw Error(Kind::kInvalid, "invalid filter '" + name + "'");
  }
}

std::string list_text(const std::vector<std::string>& texts, std::string_view when_none) {
  json::array list;
  for (const std::string& text : texts) list.emplace_back(text);
  if (list.empty() && !when_none.empty()) list.emplace_back(when_none);
  return format_json(list);
}

std::string told(const Merged& image, bool old_client) {
  // What clients of before 1.43 know an image without a name by.
  const bool placeholders = old_client && image.dangling();
  std::string text(image.text);
  const json::value value = parse_json(image.text);
  if (texts_of(value, "RepoTags") != image.tags || placeholders) {
    text = with_member(text, "RepoTags", list_text(image.tags, placeholders ? kNoTag : ""));
  }
  if (texts_of(value, "RepoDigests") != image.digests || placeholders) {
    text = with_member(text, "RepoDigests", list_text(image.digests, placeholders ? kNoDigest : ""));
  }
  if (image.containers != integer_of(value, "Containers") && image.containers >= 0) {
    text = with_member(text, "Containers", std::to_string(image.containers));
  }
  return text;
}

}  // namespace

void list_images(Call& call) {
  call.pool.settle(call.context);
  FilterMap filters = call.filters();
  // As clients of before 1.25 ask.
  if (const std::string pattern = call.query("filter"); !pattern.empty()) filters["reference"].push_back(pattern);
  MergedImages merged;
  gather(call, filters, merged);
  std::vector<Merged> images = merged.take();
  // Names that are looked up among them come first.
  for (const char* name : {"before", "since"}) {
    if (const auto filter = filters.extract(std::string(name))) keep(images, call, name, filter.mapped());
  }
  for (const auto& [name, values] : filters) keep(images, call, name, values);
  std::string text = "[";
  for (const Merged& image : images) text += (text.size() > 1 ? "," : "") + told(image, !call.at_least(43));
  call.json(200, text + "]\n");
}

}  // namespace berth::swarm
