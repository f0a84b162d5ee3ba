#include "swarm/pool/engine_link.h"

#include <functional>
#include <utility>

#include "base/error.h"
#include "base/json.h"
#include "engine/dial.h"
#include "engine/json.h"
#include "http/json_splitter.h"
#include "http/push_reader.h"
#include "http/url.h"
#include "http/wire.h"
#include "net/silence.h"

namespace berth::swarm {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t kMaxAnswer = std::size_t{256} << 20;  // a list of all containers of one engine
constexpr std::size_t kMaxEvent = std::size_t{1} << 20;
constexpr std::chrono::milliseconds kSilence{1000};
constexpr std::chrono::milliseconds kDialLimit{3000};

constexpr std::string_view kPaths[] = {"/images/json", "/networks", "/volumes"};

// Lets the kernel watch the connection: a host that is cut off, or dead, is noticed without a byte of ours. Only TCP
// has it; for other streams the calls do nothing.
void watch_by_kernel(const net::Stream& stream) {
  net::limit_silence(stream.write_fd(), {.idle = 1s, .between = 1s, .probes = 1, .unacknowledged = kSilence});
}

std::string request_text(const std::string& target, const std::string& host) {
  return http::format_head(http::Request{"GET", target, {{"Host", host}, {"User-Agent", "berth"}}});
}

// The engine's own message where its answer has one.
[[noreturn]] void throw_answer(int status, const std::string& body) {
  std::string message;
  try {
    message = text_of(parse_json(body), "message");
  } catch (const Error&) {
    message = body;
  }
  throw Error(kind_of_http_status(status), message.empty() ? "status " + std::to_string(status) : message);
}

// Reads one of the streams that stay.
class LineReceiver final : public net::Pump::Receiver {
 public:
  LineReceiver(http::PushReader::Events events, std::function<void(const std::string&)> lost)
      : reader_(std::move(events)), lost_(std::move(lost)) {}

  void received(std::string_view bytes) override { reader_.push(bytes); }
  void ended(const Error* error) noexcept override {
    lost_(error != nullptr ? error->message() : "the engine closed the connection");
  }

 private:
  http::PushReader reader_;
  std::function<void(const std::string&)> lost_;
};

}  // namespace

EngineLink::EngineLink(NodeNumber number, engine::Endpoint endpoint, net::Pump& pump, LinkListener& listener,
                       std::shared_ptr<http::IdleShare> idle)
    : number_(number),
      endpoint_(std::move(endpoint)),
      pump_(pump),
      listener_(listener),
      dialer_(engine::plain_dialer_of(endpoint_, kDialLimit)),
      client_(dialer_, {.host = engine::http_host_of(endpoint_),
                        .max_idle = 4,
                        .max_idle_time = std::chrono::seconds(20),
                        .idle_share = std::move(idle)}) {}

EngineLink::~EngineLink() { disconnect(); }

void EngineLink::disconnect() {
  const Streams old = std::exchange(*streams_.lock(), {});
  if (old.events) pump_.remove(*old.events);
  if (old.ping) pump_.remove(*old.ping);
  client_.close_idle();
}

void EngineLink::negotiate(const Context& context, EngineView& view) {
  http::Response pong = client_.send(context, {"GET", "/_ping", {}});
  const std::string body = pong.read_all(context, kMaxEvent);
  if (!pong.ok()) throw_answer(pong.status(), body);
  const auto header = pong.headers().get("Api-Version");
  const auto newest = engine::ApiVersion::parse(header.value_or(""));
  if (!newest) throw Error(Kind::kUnsupported, "what answers there is no Docker Engine: it names no Api-Version");
  if (*newest < engine::kOldestApi) {
    throw Error(Kind::kUnsupported,
                "its API is " + newest->text() + ", older than " + engine::kOldestApi.text() + ": update the engine");
  }
  view.api_version = std::min(*newest, engine::kNewestApi);
  view.builder_version = pong.headers().get("Builder-Version").value_or("1");
}

std::string EngineLink::call(const Context& context, const std::string& method, const std::string& path,
                             std::string body) {
  http::Request request{method, "/v" + api_version_.lock()->text() + path, {}};
  if (!body.empty()) request.headers.add("Content-Type", "application/json");
  http::Response answer = client_.send(context, std::move(request), std::move(body));
  std::string text = answer.read_all(context, kMaxAnswer);
  if (answer.status() >= 400) throw_answer(answer.status(), text);
  return text;
}

net::Pump::Handle EngineLink::open_stream(const Context& context, std::unique_ptr<net::Pump::Receiver> receiver) {
  std::unique_ptr<net::Stream> stream = dialer_(context);
  watch_by_kernel(*stream);
  return pump_.add(std::move(stream), std::move(receiver));
}

void EngineLink::open_events(const Context& context) {
  // The pump's thread tells the head's status to this one.
  struct Opening {
    std::optional<int> status;
    std::optional<std::string> lost;
  };
  const auto opening = std::make_shared<Guarded<Opening>>();
  auto splitter = std::make_shared<http::JsonSplitter>(kMaxEvent);
  auto receiver = std::make_unique<LineReceiver>(
      http::PushReader::Events{.head =
                                   [opening](const http::ResponseHead& head) {
                                     opening->lock()->status = head.status;
                                     opening->notify();
                                   },
                               .body =
                                   [this, splitter](std::string_view bytes) {
                                     splitter->push(bytes);
                                     while (const auto event = splitter->next()) listener_.on_event(number_, *event);
                                   },
                               .done = [] { throw Error(Kind::kUnavailable, "the engine ended its events"); }},
      [this, opening](const std::string& reason) {
        {
          const auto lock = opening->lock();
          lock->lost = reason;
          if (!lock->status) return opening->notify();  // connect() tells it
        }
        listener_.on_lost(number_, reason);
      });
  const net::Pump::Handle handle = open_stream(context, std::move(receiver));
  streams_.lock()->events = handle;
  const std::string target = "/v" + api_version_.lock()->text() + "/events";
  pump_.send(handle, request_text(target, engine::http_host_of(endpoint_)));
  auto lock = opening->lock();
  lock.wait(context, [&] { return lock->status || lock->lost; });
  if (lock->lost && !lock->status) throw Error(Kind::kUnavailable, *lock->lost);
  if (*lock->status != 200) throw Error(kind_of_http_status(*lock->status), "it refuses to tell its events");
}

EngineView EngineLink::connect(const Context& context) {
  disconnect();
  EngineView view;
  negotiate(context.with_timeout(kDialLimit), view);
  *api_version_.lock() = view.api_version;
  view.info = engine::decode<engine::Info>(get(context, "/info"));
  open_events(context);
  view.containers = containers(context, {});
  for (const Listing listing : kListings)
    view.listings[static_cast<std::size_t>(listing)] = this->listing(context, listing);
  const net::Pump::Handle line = open_stream(
      context,
      std::make_unique<LineReceiver>(http::PushReader::Events{.head = [](const http::ResponseHead&) {},
                                                              .body = [](std::string_view) {},
                                                              .done = [this] { listener_.on_pong(number_); }},
                                     [this](const std::string& reason) { listener_.on_lost(number_, reason); }));
  streams_.lock()->ping = line;
  return view;
}

bool EngineLink::ping() {
  const auto line = streams_.lock()->ping;
  return line && pump_.send(*line, request_text("/_ping", engine::http_host_of(endpoint_)));
}

std::vector<ContainerPtr> EngineLink::containers(const Context& context, const std::vector<std::string>& ids) {
  http::Query query;
  query.add("all", "1");
  if (!ids.empty()) {
    engine::Filters filters;
    for (const std::string& id : ids) filters.emplace("id", id);
    query.add("filters", engine::filters_text(filters));
  }
  const std::string body = get(context, query.on("/containers/json"));
  const engine::Time now = std::chrono::system_clock::now();
  std::vector<ContainerPtr> containers;
  for (const std::string_view element : elements_of(body)) {
    containers.push_back(std::make_shared<const Container>(number_, std::string(element), now));
  }
  return containers;
}

std::string EngineLink::listing(const Context& context, Listing listing) {
  std::string body = get(context, std::string(kPaths[static_cast<std::size_t>(listing)]));
  if (listing != Listing::kVolumes) return body;
  const auto volumes = find_member(body, "Volumes");
  return volumes ? body.substr(volumes->begin, volumes->size()) : "[]";
}

}  // namespace berth::swarm
