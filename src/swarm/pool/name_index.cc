#include "swarm/pool/name_index.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/json.h"

namespace berth::swarm {

void NameIndex::set(NodeNumber node, std::vector<std::string> words) {
  std::sort(words.begin(), words.end());
  words.erase(std::unique(words.begin(), words.end()), words.end());
  std::vector<std::string>& known = words_[node];
  if (known == words) return;
  for (const std::string& word : known) {
    const auto found = nodes_.find(word);
    std::erase(found->second, node);
    if (found->second.empty()) nodes_.erase(found);
  }
  for (const std::string& word : words) {
    std::vector<NodeNumber>& holders = nodes_[word];
    holders.insert(std::lower_bound(holders.begin(), holders.end(), node), node);
  }
  known = std::move(words);
  if (known.empty()) words_.erase(node);
}

bool NameIndex::has(std::string_view word, NodeNumber node) const {
  const auto found = nodes_.find(word);
  return found != nodes_.end() && std::binary_search(found->second.begin(), found->second.end(), node);
}

std::vector<NodeNumber> NameIndex::find(std::string_view word) const {
  const auto found = nodes_.find(word);
  return found == nodes_.end() ? std::vector<NodeNumber>() : found->second;
}

std::vector<NodeNumber> NameIndex::find_beginning(std::string_view text) const {
  std::vector<NodeNumber> all;
  for (auto at = nodes_.lower_bound(text); at != nodes_.end() && at->first.starts_with(text); ++at) {
    all.insert(all.end(), at->second.begin(), at->second.end());
  }
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

std::vector<std::string> words_of(Listing listing, std::string_view text) {
  std::vector<std::string> words;
  const auto add = [&](std::string word) {
    if (!word.empty() && !word.starts_with("<none>")) words.push_back(std::move(word));
  };
  const json::value list = parse_json(text);
  if (list.is_null()) return words;
  if (!list.is_array()) throw Error(Kind::kInternal, "the engine's list is none");
  for (const json::value& element : list.get_array()) {
    if (listing != Listing::kVolumes) add(text_of(element, "Id"));
    if (listing != Listing::kImages) add(text_of(element, "Name"));
    if (listing != Listing::kImages) continue;
    for (std::string& tag : texts_of(element, "RepoTags")) add(std::move(tag));
    for (std::string& digest : texts_of(element, "RepoDigests")) add(std::move(digest));
  }
  return words;
}

}  // namespace berth::swarm
