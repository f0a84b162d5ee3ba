#include "compose/berth_options.h"

#include <algorithm>
#include <string>

namespace berth::compose {

namespace {

constexpr std::string_view kKey = "x-berth";

const yaml::Node* options_of(const Service& service, std::string_view name) {
  const yaml::Node* all = service.tree.find(kKey);
  return all == nullptr ? nullptr : all->find(name);
}

bool publishes_tcp(const Service& service) {
  return std::any_of(service.ports.begin(), service.ports.end(),
                     [](const Port& port) { return port.protocol.empty() || port.protocol == "tcp"; });
}

class Check {
 public:
  Check(const Service& service, yaml::Findings& findings) : service_(service), findings_(findings) {}

  void all(const yaml::Node& options, yaml::Position position) {
    if (!options.is_mapping()) return fault(position, "", "must be a mapping");
    for (const auto& [key, key_position, value] : options.entries()) {
      if (key == "ingress") {
        ingress(value, key_position);
      } else {
        fault(key_position, "." + key, "is not known: x-berth has ingress");
      }
    }
  }

  void ports() {
    if (!is_behind_ingress(service_)) return;
    for (std::size_t i = 0; i < service_.ports.size(); ++i) {
      const Port& port = service_.ports[i];
      if (port.protocol.empty() || port.protocol == "tcp") continue;
      findings_.faults.push_back({port.position, "services." + service_.name + ".ports[" + std::to_string(i) + "]",
                                  "a " + port.protocol +
                                      " port can't be handed from one container to the next: set `x-berth: {ingress: "
                                      "false}` and deploy.update_config.order: stop-first"});
    }
    if (service_.network_mode.empty()) return;
    fault(service_.position_of("network_mode"), "", "an ingress needs a network of the project, not network_mode");
  }

 private:
  void ingress(const yaml::Node& value, yaml::Position position) {
    if (value.is_boolean()) return;
    if (!value.is_mapping()) return fault(position, ".ingress", "must be true, false or a mapping");
    for (const auto& [key, key_position, option] : value.entries()) {
      if (key != "proxy_protocol") {
        fault(key_position, ".ingress." + key, "is not known: ingress has proxy_protocol");
      } else if (!option.is_boolean()) {
        fault(key_position, ".ingress." + key, "must be true or false");
      }
    }
  }

  void fault(yaml::Position position, const std::string& path, std::string message) {
    findings_.faults.push_back(
        {position, "services." + service_.name + "." + std::string(kKey) + path, std::move(message)});
  }

  const Service& service_;
  yaml::Findings& findings_;
};

}  // namespace

BerthOptions berth_options(const Service& service) {
  BerthOptions options;
  if (const yaml::Node* ingress = options_of(service, "ingress")) {
    options.ingress = ingress->is_mapping() || ingress->as_boolean().value_or(false);
    const yaml::Node* proxy = ingress->find("proxy_protocol");
    options.proxy_protocol = proxy != nullptr && proxy->as_boolean().value_or(false);
  }
  return options;
}

void check_berth_options(const Service& service, yaml::Findings& findings) {
  Check check(service, findings);
  if (const auto* entry = service.tree.entries().find_entry(kKey)) check.all(entry->value, entry->key_position);
  check.ports();
}

bool is_behind_ingress(const Service& service) {
  if (!publishes_tcp(service)) return false;
  const bool start_first =
      service.deploy && service.deploy->update_config && service.deploy->update_config->order == "start-first";
  return berth_options(service).ingress.value_or(start_first && service.network_mode.empty());
}

}  // namespace berth::compose
