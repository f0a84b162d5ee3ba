#include "swarm/api/fan_out.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/json.h"
#include "base/parallel.h"
#include "swarm/api/forward.h"
#include "swarm/api/gate.h"
#include "swarm/api/handlers.h"

namespace berth::swarm {

namespace {

std::string error_text(std::string_view message) {
  return format_json(json::object{{"message", json::string(message)}}) + "\n";
}

Reply send(const Context& context, const Pool& pool, const NodePtr& node, http::Request request, std::string body) {
  try {
    http::Response response = client_of(pool, *node)->send(context, std::move(request), std::move(body));
    const int status = response.status();
    return {node, status, response.read_all(context)};
  } catch (const Error& e) {
    if (e.kind() == Kind::kCancelled) throw;
    return {node, http_status(Kind::kUnavailable), error_text(e.within("node '" + node->name() + "'").message())};
  }
}

template <typename Request>
std::vector<Reply> send_all(const std::vector<NodePtr>& nodes, Request request) {
  std::vector<Reply> replies;
  for (const NodePtr& node : nodes) replies.push_back({node, 0, ""});
  const auto outcomes = for_each_parallel(replies, kAskedAtOnce, [&](Reply& reply) { reply = request(reply.node); });
  for (const auto& outcome : outcomes) {
    if (outcome) throw *outcome;
  }
  return replies;
}

// Adds a node's answer: {"VolumesDeleted": [...], "SpaceReclaimed": 12}.
void add_to(json::object& sum, const json::value& answer) {
  if (!answer.is_object()) return;
  for (const auto& member : answer.get_object()) {
    json::value& total = sum[member.key()];
    if (member.value().is_array()) {
      if (!total.is_array()) total.emplace_array();
      json::array& all = total.get_array();
      for (const json::value& one : member.value().get_array()) {
        if (std::find(all.begin(), all.end(), one) == all.end()) all.push_back(one);
      }
    } else if (member.value().is_number()) {
      total = (total.is_int64() ? total.get_int64() : 0) + integer_of(answer, member.key());
    }
  }
}

}  // namespace

std::vector<NodePtr> healthy_nodes(const Call& call) {
  std::vector<NodePtr> nodes = call.pool.nodes();
  std::erase_if(nodes, [](const NodePtr& node) { return !node->healthy(); });
  if (nodes.empty()) throw Error(Kind::kUnavailable, "No healthy node available in the cluster");
  return nodes;
}

std::string Reply::message() const {
  try {
    return text_of(parse_json(body), "message");
  } catch (const Error&) {
    return body;
  }
}

Reply ask(const Context& context, const Pool& pool, const NodePtr& node, const Question& question) {
  http::Request request{question.method, "/v" + node->api_version.text() + question.path, {}};
  if (!question.body.empty()) request.headers.add("Content-Type", "application/json");
  return send(context, pool, node, std::move(request), question.body);
}

Reply ask(const Call& call, const NodePtr& node, const Question& question) {
  call.trace.on(*node);
  return ask(call.context, call.pool, node, question);
}

std::vector<Reply> ask_all(const Call& call, const std::vector<NodePtr>& nodes, const Question& question) {
  return send_all(nodes, [&](const NodePtr& node) { return ask(call, node, question); });
}

std::vector<Reply> ask_each(const Call& call, const std::vector<NodePtr>& nodes,
                            const std::function<Question(const NodePtr&)>& question_for) {
  return send_all(nodes, [&](const NodePtr& node) { return ask(call, node, question_for(node)); });
}

std::vector<Reply> ask_all_the_same(const Call& call, const std::vector<NodePtr>& nodes, std::string_view path) {
  return send_all(nodes, [&](const NodePtr& node) {
    call.trace.on(*node);
    return send(call.context, call.pool, node, request_for(call, *node, path), "");
  });
}

const Reply* first_error(const std::vector<Reply>& replies) {
  const auto found = std::find_if(replies.begin(), replies.end(), [](const Reply& reply) { return !reply.ok(); });
  return found == replies.end() ? nullptr : &*found;
}

void answer(Call& call, const Reply& reply) { call.json(reply.status, reply.body); }

void prune_everywhere(Call& call, Listing touched, bool (*leave_out)(const Call&, std::string_view element)) {
  const std::vector<Reply> replies = ask_all_the_same(call, healthy_nodes(call), call.target.path);
  json::object sum;
  for (const Reply& reply : replies) {
    call.pool.touch(reply.node->number, touched);
    if (reply.ok()) add_to(sum, parse_json(reply.body));
  }
  if (const Reply* error = first_error(replies)) return answer(call, *error);
  if (leave_out != nullptr) {
    call.pool.settle(call.context);
    for (auto& member : sum) {
      if (!member.value().is_array()) continue;
      json::array& all = member.value().get_array();
      const auto left_out = [&](const json::value& one) {
        return one.is_string() && leave_out(call, std::string_view(one.get_string()));
      };
      all.erase(std::remove_if(all.begin(), all.end(), left_out), all.end());
    }
  }
  call.json(200, sum);
}

}  // namespace berth::swarm
