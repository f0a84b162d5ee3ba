#include "store/etcd_watch.h"

#include "base/error.h"
#include "base/json.h"

namespace berth::store {

namespace {

constexpr std::chrono::milliseconds kSilence{5'000};  // after which the member is asked whether it still works
constexpr std::size_t kMessageLimit = std::size_t{64} << 20;

}  // namespace

EtcdWatch::Connection::Connection(EtcdGateway::Stream opened)
    : stream(std::move(opened)), messages(stream.response.reader(), kMessageLimit) {}

void EtcdWatch::connect(const Context& context) {
  json::object create = codec_.range(prefix_);
  create["start_revision"] = std::to_string(after_ + 1);
  connection_ = std::make_unique<Connection>(
      gateway_.open(context, "watch", json::object{{"create_request", std::move(create)}}));
}

Changes EtcdWatch::next(const Context& context) {
  for (;;) {
    if (!connection_) connect(context);
    const auto said = message(context);
    if (!said) continue;
    if (find(*said, "error") != nullptr) {
      const Error told = etcd_error(*said);
      if (told.kind() != Kind::kUnavailable) throw told;
      broke(told);
      continue;
    }
    const json::value* result = find(*said, "result");
    if (result == nullptr) throw Error(Kind::kInternal, "etcd's watch sends what is no answer: " + format_json(*said));
    if (auto changes = changes_of(*result)) return *std::move(changes);
  }
}

std::optional<json::value> EtcdWatch::message(const Context& context) {
  try {
    const auto text = connection_->messages.next(context.with_timeout(kSilence));
    if (text) return parse_json(*text);
    broke(Error(Kind::kUnavailable, "etcd ended a watch"));
  } catch (const Error& e) {
    context.check();
    if (e.kind() == Kind::kTimeout) {
      connection_->proved = gateway_.works(context, connection_->stream.member);
      if (!connection_->proved) connection_.reset();
    } else if (e.kind() == Kind::kUnavailable) {
      broke(e);
    } else {
      throw;
    }
  }
  return std::nullopt;
}

// The first break is mended at once; where connections end before they said a word, the caller may choose to wait.
void EtcdWatch::broke(const Error& error) {
  const bool proved = connection_->proved;
  connection_.reset();
  if (!proved) throw error;
}

std::optional<Changes> EtcdWatch::changes_of(const json::value& result) {
  if (flag_of(result, "canceled")) {
    connection_.reset();
    if (etcd_number(result, "compact_revision") > 0) return Changes{.compacted = true};
    throw Error(Kind::kUnavailable, "etcd cancelled a watch: " + text_of(result, "cancel_reason"));
  }
  const json::array* events = find_array(result, "events");
  if (events == nullptr || events->empty()) return std::nullopt;
  connection_->proved = true;
  Changes changes;
  for (const json::value& event : *events) changes.events.push_back(codec_.event(event));
  changes.revision = after_ = changes.events.back().revision;
  return changes;
}

}  // namespace berth::store
