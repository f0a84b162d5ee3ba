// Which nodes have an image, a network or a volume.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "swarm/pool/engine_link.h"
#include "swarm/pool/node.h"

namespace berth::swarm {

// By every word that an engine itself lists for a thing: its id and its names. Not for several threads at once.
class NameIndex {
 public:
  // All words of the node; those it had before are forgotten.
  void set(NodeNumber node, std::vector<std::string> words);
  // Whether any node, or this one, has the word.
  bool has(std::string_view word) const { return nodes_.find(word) != nodes_.end(); }
  bool has(std::string_view word, NodeNumber node) const;
  // Nodes that have the word, in the order of their numbers.
  std::vector<NodeNumber> find(std::string_view word) const;
  // Nodes that have a word which begins so.
  std::vector<NodeNumber> find_beginning(std::string_view text) const;

 private:
  std::map<std::string, std::vector<NodeNumber>, std::less<>> nodes_;  // each list sorted
  std::unordered_map<NodeNumber, std::vector<std::string>> words_;
};

// The words of what an engine lists: of an image its id and its references as listed ("redis:7", "redis@sha256:..."),
// of a network its id and name, of a volume its name. Throws kInvalid and kInternal when it is no JSON array.
std::vector<std::string> words_of(Listing listing, std::string_view text);

}  // namespace berth::swarm
