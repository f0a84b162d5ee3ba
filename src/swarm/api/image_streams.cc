// Pull, import and load: on many nodes at once, told as one stream of progress.
#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <utility>

#include "base/channel.h"
#include "base/error.h"
#include "base/json.h"
#include "base/log.h"
#include "base/parallel.h"
#include "base/strings.h"
#include "http/json_splitter.h"
#include "swarm/api/broadcast.h"
#include "swarm/api/fan_out.h"
#include "swarm/api/forward.h"
#include "swarm/api/handlers.h"
#include "swarm/api/image_copy.h"
#include "swarm/api/image_progress.h"

namespace berth::swarm {

namespace {

constexpr std::size_t kLines = 65'536;  // of progress that wait for the client
constexpr std::size_t kMaxLine = std::size_t{1} << 20;
constexpr std::size_t kPiece = std::size_t{64} << 10;
// Nodes that one archive is sent to at a time; more would need as many threads. The others get copies when they need
// them.
constexpr std::size_t kFedAtOnce = 32;
constexpr std::size_t kCopiedAtOnce = 8;

// The client's request, made to several nodes.
class MergedRequest {
 public:
  MergedRequest(Call& call, std::vector<NodePtr> nodes)
      : call_(call), nodes_(std::move(nodes)), until_told_(call.context), lines_(kLines) {
    for (const NodePtr& node : nodes_) outcomes_.push_back({node, 200, ""});
  }

  void run(bool with_body);

 private:
  void ask(std::size_t i, http::Body body);
  void listen(std::size_t i, http::Response& response);
  void tell();
  void tell_errors(bool started);

  Call& call_;
  const std::vector<NodePtr> nodes_;
  CancelSource until_told_;      // engines stop when nobody listens
  std::vector<Reply> outcomes_;  // each its node's thread's
  Channel<std::string> lines_;
};

void MergedRequest::listen(std::size_t i, http::Response& response) {
  http::JsonSplitter values(kMaxLine);
  const auto buffer = std::make_unique_for_overwrite<char[]>(kPiece);
  while (const std::size_t got = response.read_some(until_told_.context(), {buffer.get(), kPiece})) {
    values.push({buffer.get(), got});
    while (const auto value = values.next()) {
      const std::string error = progress_error(*value);
      if (error.empty()) {
        lines_.send(until_told_.context(), progress_of_node(*value, nodes_[i]->name()));
      } else {
        outcomes_[i] = {nodes_[i], 500, format_json(json::object{{"message", error}})};
      }
    }
  }
}

void MergedRequest::ask(std::size_t i, http::Body body) {
  try {
    http::Response response =
        client_of(call_, *nodes_[i])
            ->send(until_told_.context(), request_for(call_, *nodes_[i], call_.target.path), std::move(body));
    if (response.ok()) return listen(i, response);
    outcomes_[i].status = response.status();
    outcomes_[i].body = response.read_all(until_told_.context());
  } catch (const Error& e) {
    outcomes_[i] = {nodes_[i], http_status(e.kind()), format_json(json::object{{"message", e.message()}})};
  }
}

// Bodies are read by this thread, which also writes the answer: first the one, then the other.
void MergedRequest::run(bool with_body) {
  const auto length = call_.exchange.request().headers.get("Content-Length");
  const auto size = length ? parse_integer(*length) : std::nullopt;
  Broadcast broadcast(with_body ? nodes_.size() : 0,
                      size ? std::optional(static_cast<std::uint64_t>(*size)) : std::nullopt);
  std::vector<std::size_t> indices(nodes_.size());
  for (std::size_t i = 0; i < indices.size(); ++i) indices[i] = i;
  const std::jthread asking([&] {
    for_each_parallel(indices, with_body ? nodes_.size() : kAskedAtOnce, [&](std::size_t i) {
      ask(i, with_body ? broadcast.body(i) : http::Body());
      if (with_body) broadcast.leave(i);
    });
    lines_.close();
  });
  try {
    if (with_body) {
      broadcast.run(call_.context, [&](const Context& context, std::span<char> buffer) {
        return call_.exchange.read_some(context, buffer);
      });
    }
    tell();
  } catch (...) {
    until_told_.cancel();
    throw;
  }
}

void MergedRequest::tell() {
  bool started = false;
  std::set<std::string> streamed;  // "Loaded image: redis:7": every node says so
  while (const auto line = lines_.receive(call_.context)) {
    if (!started) call_.exchange.start(call_.context, {200, "", {{"Content-Type", "application/json"}}});
    started = true;
    if (line->starts_with("{\"stream\"") && !streamed.insert(*line).second) continue;
    call_.exchange.write(call_.context, *line + "\r\n");
  }
  for (const NodePtr& node : nodes_) call_.pool.touch(node->number, Listing::kImages);
  tell_errors(started);
}

// A pool may have machines of several kinds: an image is pulled where it can run.
bool is_of_other_platform(const Reply& reply) {
  const std::string message = reply.message();
  return message.find("no matching manifest for") != std::string::npos ||
         message.find("image operating system") != std::string::npos;
}

// As long as nothing was told, an error is an engine's plain answer; else it ends the stream.
void MergedRequest::tell_errors(bool started) {
  if (std::any_of(outcomes_.begin(), outcomes_.end(), [](const Reply& reply) { return reply.ok(); })) {
    std::erase_if(outcomes_, [](const Reply& reply) { return !reply.ok() && is_of_other_platform(reply); });
  }
  const Reply* error = first_error(outcomes_);
  if (error == nullptr) {
    if (!started) call_.empty(200);
    return;
  }
  if (!started) return answer(call_, *error);
  std::vector<std::string> messages;
  for (const Reply& reply : outcomes_) {
    if (!reply.ok()) messages.push_back("node '" + reply.node->name() + "': " + reply.message());
  }
  const std::string message = join(messages, "; ");
  call_.exchange.write(
      call_.context,
      format_json(json::object{{"errorDetail", json::object{{"message", message}}}, {"error", message}}) + "\r\n");
}

// A single node's progress passes as it comes.
void request_all(Call& call, std::vector<NodePtr> nodes, bool with_body) {
  if (nodes.size() == 1) {
    forward(call, *nodes.front(), call.target.path);
    return call.pool.touch(nodes.front()->number, Listing::kImages);
  }
  MergedRequest(call, std::move(nodes)).run(with_body);
}

// The client's answer ends when all have it. A node that gets none will when a container needs it there.
void copy_to_others(const Call& call, const NodePtr& from, std::vector<NodePtr> nodes) {
  const std::string tag = call.query("tag");
  const std::string name = call.query("repo") + (tag.empty() ? "" : ":" + tag);
  std::erase_if(nodes, [&](const NodePtr& node) { return node->number == from->number; });
  if (call.query("repo").empty() || nodes.empty()) return;
  const auto outcomes = for_each_parallel(nodes, kCopiedAtOnce, [&](const NodePtr& node) {
    copy_image(call.context, call.pool, from, node, name);
    call.pool.touch(node->number, Listing::kImages);
  });
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (!outcomes[i]) continue;
    log(LogLevel::kWarning, outcomes[i]->within("copying '" + name + "' to node '" + nodes[i]->name() + "'").message());
  }
}

}  // namespace

// Pull (fromImage) on all nodes. An import (fromSrc) is made by one engine and copied, as each would give it another
// id.
void create_image(Call& call) {
  if (!call.query("fromSrc").empty() && !call.caller.grant.scope.empty()) {
    throw Error(Kind::kForbidden, "an import is not allowed to a certificate with a scope: images are everyone's");
  }
  std::vector<NodePtr> nodes = healthy_nodes(call);
  if (call.query("fromSrc").empty()) return request_all(call, std::move(nodes), false);
  const NodePtr first = nodes.front();
  request_all(call, {first}, true);
  copy_to_others(call, first, std::move(nodes));
}

void load_images(Call& call) {
  std::vector<NodePtr> nodes = healthy_nodes(call);
  if (nodes.size() > kFedAtOnce) nodes.resize(kFedAtOnce);
  request_all(call, std::move(nodes), true);
}

}  // namespace berth::swarm
