// Asking several nodes at a time.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "http/message.h"
#include "swarm/api/call.h"

namespace berth::swarm {

inline constexpr std::size_t kAskedAtOnce = 32;

// The nodes that can be asked, in the order of their numbers. Throws kUnavailable when there is none.
std::vector<NodePtr> healthy_nodes(const Call& call);

// What a node answered. One that could not be asked counts as an answer with status 503 that says why.
struct Reply {
  NodePtr node;
  int status = 0;
  std::string body;
  bool ok() const { return status >= 200 && status < 300; }
  // The engine's own words of an error.
  std::string message() const;
};

// A request of ours; `path` without version, with query. Sent in the node's own API version.
struct Question {
  std::string method = "GET";
  std::string path;
  std::string body;  // JSON, unless empty
};

// Throws kCancelled only.
Reply ask(const Context& context, const Pool& pool, const NodePtr& node, const Question& question);
Reply ask(const Call& call, const NodePtr& node, const Question& question);
std::vector<Reply> ask_all(const Call& call, const std::vector<NodePtr>& nodes, const Question& question);
// As ask_all(), each node a question of its own.
std::vector<Reply> ask_each(const Call& call, const std::vector<NodePtr>& nodes,
                            const std::function<Question(const NodePtr&)>& question_for);
// The client's own request, query and all, without its body; in the order of the nodes.
std::vector<Reply> ask_all_the_same(const Call& call, const std::vector<NodePtr>& nodes, std::string_view path);

// The first that is an error; null when there is none.
const Reply* first_error(const std::vector<Reply>& replies);
// An error as the engine told it.
void answer(Call& call, const Reply& reply);

// POST /NOUN/prune on all nodes: members are summed where they are numbers and united where they are lists. What was
// touched is looked at anew. `leave_out`, if given, says which elements of lists are not told.
void prune_everywhere(Call& call, Listing touched, bool (*leave_out)(const Call&, std::string_view element) = nullptr);

}  // namespace berth::swarm
