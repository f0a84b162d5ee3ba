#include "engine/networks_json.h"

namespace berth::engine {

template NetworkCreate decode(std::string_view);
template Network decode(std::string_view);
template std::vector<Network> decode(std::string_view);
template NetworkCreated decode(std::string_view);
template NetworksPruned decode(std::string_view);
template EndpointSettings decode(std::string_view);
template std::string encode(const NetworkCreate&);
template std::string encode(const Network&);
template std::string encode(const std::vector<Network>&);
template std::string encode(const EndpointSettings&);

namespace {

[[noreturn]] void refuse(std::string_view member, Feature feature, ApiVersion version) {
  throw Error(Kind::kUnsupported, "'" + std::string(member) + "' needs Docker API " + since(feature).text() +
                                      ", this engine speaks " + version.text());
}

}  // namespace

std::string network_create_body(const NetworkCreate& create, ApiVersion version) {
  NetworkCreate body = create;
  if (body.enable_ipv4 && !supports(version, Feature::kNetworkEnableIPv4)) {
    if (!*body.enable_ipv4) refuse("EnableIPv4: false", Feature::kNetworkEnableIPv4, version);
    body.enable_ipv4.reset();
  }
  json::object object = Encoder::to_json(body).as_object();
  // Older engines create a second network of the same name without this.
  if (version < ApiVersion{1, 44}) object["CheckDuplicate"] = true;
  return format_json(object);
}

std::string network_connect_body(const ContainerId& container, const EndpointSettings& settings, ApiVersion version) {
  if (settings.gw_priority != 0 && !supports(version, Feature::kGwPriority)) {
    refuse("EndpointConfig.GwPriority", Feature::kGwPriority, version);
  }
  if (!settings.mac_address.empty() && !supports(version, Feature::kEndpointMacAddress)) {
    refuse("EndpointConfig.MacAddress", Feature::kEndpointMacAddress, version);
  }
  return format_json(json::object{{"Container", container.value}, {"EndpointConfig", Encoder::to_json(settings)}});
}

std::string network_disconnect_body(const ContainerId& container, bool force) {
  return format_json(json::object{{"Container", container.value}, {"Force", force}});
}

}  // namespace berth::engine
