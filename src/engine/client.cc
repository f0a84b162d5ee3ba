// Client: the engine itself, networks, volumes.
#include "engine/client.h"

#include "engine/calls.h"
#include "engine/event_feed.h"

namespace berth::engine {

namespace {

std::string named(std::string_view doing, std::string_view name) {
  return std::string(doing) + " '" + std::string(name) + "'";
}

std::string seconds_text(Time time) {
  const auto nanos = std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count();
  std::string fraction = std::to_string(1'000'000'000 + nanos % 1'000'000'000);
  return std::to_string(nanos / 1'000'000'000) + "." + fraction.substr(1);
}

}  // namespace

Client::Client(Endpoint endpoint, ClientOptions options)
    : calls_(std::make_unique<Calls>(std::move(endpoint), std::move(options))) {}
Client::~Client() = default;

const Endpoint& Client::endpoint() const { return calls_->endpoint; }
http::Client& Client::raw() { return calls_->http; }

PingInfo Client::ping(const Context& context) {
  return within("pinging the engine", [&] { return calls_->ping(context); });
}
ApiVersion Client::api_version(const Context& context) { return calls_->api_version(context); }

Version Client::version(const Context& context) {
  return calls_->get<Version>(context, {.operation = "asking the engine for its version", .path = "/version"});
}

Info Client::info(const Context& context) {
  return calls_->get<Info>(context, {.operation = "asking the engine about itself", .path = "/info"});
}

DiskUsage Client::disk_usage(const Context& context) {
  return calls_->get<DiskUsage>(context, {.operation = "asking the engine for its disk usage", .path = "/system/df"});
}

EventStream Client::events(const Context& context, const EventOptions& options) {
  const auto open = [this, filters = filters_text(options.filters)](const Context& c, std::optional<Time> since,
                                                                    std::optional<Time> until) {
    Call call{.operation = "following events", .path = "/events"};
    if (since) call.query.add("since", seconds_text(*since));
    if (until) call.query.add("until", seconds_text(*until));
    call.query.add_if("filters", filters);
    return calls_->send(c, std::move(call));
  };
  return EventStream(std::make_unique<EventStream::Feed>(context, open, options));
}

std::vector<Network> Client::list_networks(const Context& context, const Filters& filters) {
  Call call{.operation = "listing networks", .path = "/networks"};
  call.query.add_if("filters", filters_text(filters));
  return calls_->get<std::vector<Network>>(context, std::move(call));
}

Network Client::inspect_network(const Context& context, const NetworkId& id) {
  return calls_->get<Network>(
      context, {.operation = named("inspecting network", id.value), .path = "/networks/" + path_of(id.value)});
}

NetworkCreated Client::create_network(const Context& context, const NetworkCreate& create) {
  Call call{.operation = named("creating network", create.name), .method = "POST", .path = "/networks/create"};
  within(call.operation, [&] { set_json(call, network_create_body(create, api_version(context))); });
  return calls_->get<NetworkCreated>(context, std::move(call));
}

void Client::connect_network(const Context& context, const NetworkId& id, const ContainerId& container,
                             const EndpointSettings& settings) {
  Call call{.operation = named("connecting container", container.brief()) + named(" to network", id.brief()),
            .method = "POST",
            .path = "/networks/" + path_of(id.value) + "/connect"};
  within(call.operation, [&] { set_json(call, network_connect_body(container, settings, api_version(context))); });
  calls_->run(context, std::move(call));
}

void Client::disconnect_network(const Context& context, const NetworkId& id, const ContainerId& container, bool force) {
  Call call{.operation = named("disconnecting container", container.brief()) + named(" from network", id.brief()),
            .method = "POST",
            .path = "/networks/" + path_of(id.value) + "/disconnect"};
  set_json(call, network_disconnect_body(container, force));
  calls_->run(context, std::move(call));
}

void Client::remove_network(const Context& context, const NetworkId& id) {
  calls_->run(
      context,
      {.operation = named("removing network", id.value), .method = "DELETE", .path = "/networks/" + path_of(id.value)});
}

std::vector<std::string> Client::prune_networks(const Context& context, const Filters& filters) {
  Call call{.operation = "pruning networks", .method = "POST", .path = "/networks/prune"};
  call.query.add_if("filters", filters_text(filters));
  return calls_->get<NetworksPruned>(context, std::move(call)).networks_deleted;
}

VolumeList Client::list_volumes(const Context& context, const Filters& filters) {
  Call call{.operation = "listing volumes", .path = "/volumes"};
  call.query.add_if("filters", filters_text(filters));
  return calls_->get<VolumeList>(context, std::move(call));
}

Volume Client::inspect_volume(const Context& context, std::string_view name) {
  return calls_->get<Volume>(context,
                             {.operation = named("inspecting volume", name), .path = "/volumes/" + path_of(name)});
}

Volume Client::create_volume(const Context& context, const VolumeCreate& create) {
  Call call{.operation = named("creating volume", create.name), .method = "POST", .path = "/volumes/create"};
  set_json(call, encode(create));
  return calls_->get<Volume>(context, std::move(call));
}

void Client::remove_volume(const Context& context, std::string_view name, bool force) {
  Call call{.operation = named("removing volume", name), .method = "DELETE", .path = "/volumes/" + path_of(name)};
  if (force) call.query.add("force", "1");
  calls_->run(context, std::move(call));
}

}  // namespace berth::engine
