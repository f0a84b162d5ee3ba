#include "machine/cloud/openstack.h"

#include <algorithm>

#include "base/error.h"
#include "base/json.h"
#include "base/strings.h"
#include "http/url.h"
#include "machine/cloud/openstack_api.h"
#include "machine/cloud/openstack_settings.h"
#include "machine/cloud/options.h"

namespace berth::machine {

namespace {

using berth::text_of;  // of JSON, rather than of a State

constexpr const char* kTagKey = "berth-machine";  // of a server's metadata
constexpr std::int64_t kActiveTimeout = 200;      // seconds, where a record has none

// Source: Compute API 2.1, "Server states".
State state_of(std::string_view status, std::string_view task) {
  if (task == "powering-off" || task == "deleting") return State::kStopping;
  if (task == "powering-on") return State::kStarting;
  if (status == "ACTIVE") return State::kRunning;
  if (status == "BUILD" || status == "REBOOT" || status == "HARD_REBOOT" || status == "REBUILD") {
    return State::kStarting;
  }
  if (status == "SHUTOFF" || status == "SHELVED" || status == "SHELVED_OFFLOADED") return State::kStopped;
  if (status == "PAUSED") return State::kPaused;
  if (status == "SUSPENDED") return State::kSaved;
  if (status == "ERROR") return State::kError;
  return State::kNone;
}

class OpenStack final : public Provider {
 public:
  OpenStack(CloudSite& site, const json::value& record)
      : site_(site),
        settings_(OpenStackSettings::read(record, site)),
        server_(text_of(record, "MachineId")),
        pool_id_(text_of(record, "FloatingIpPoolId")),
        floating_(text_of(record, "BerthFloatingIp")) {}

  void configure(const DriverOptions& options) override { settings_ = OpenStackSettings::of(options, site_); }

  void check(const Context& context) override { resolve(context); }

  void prepare(const Context& context, const std::string& public_key) override {
    resolve(context);
    if (!site_.key.is_known) {
      settings_.key_pair = site_.tag();
      const json::object pair = {{"name", settings_.key_pair}, {"public_key", public_key}};
      RestRequest request{
          .method = "POST", .target = "/os-keypairs", .body = format_json(json::object{{"keypair", pair}})};
      request.headers.add("Content-Type", "application/json");
      request.repeatable = true;  // names are unique: a second one is refused with 409
      const RestAnswer answer = api_->compute(context).send(context, request);
      if (answer.status >= 400 && answer.status != 409) throw api_->compute(context).error_of(answer);
    }
    site_.save();
  }

  void launch(const Context& context) override {
    const json::value answer = api().compute(context).post(context, "/servers", creation());
    if (const json::value* server = find(answer, "server")) server_ = text_of(*server, "id");
    if (server_.empty()) throw Error(Kind::kInternal, "OpenStack's answer names no server");
    site_.save();
    await_active(context);
    if (!settings_.floating_pool.empty()) give_floating(context);
  }

  std::optional<Instance> look(const Context& context) override {
    if (server_.empty()) return std::nullopt;
    const RestAnswer answer = api().compute(context).send(context, {.target = server_path(), .body = {}});
    if (answer.status == 404) return std::nullopt;
    if (!answer.ok()) throw api().compute(context).error_of(answer);
    const json::value value = answer.json();
    const json::value* server = find(value, "server");
    if (server == nullptr) throw Error(Kind::kInternal, "OpenStack's answer names no server");
    const std::string status = text_of(*server, "status");
    if (status == "DELETED" || status == "SOFT_DELETED") return std::nullopt;
    const json::value* fault = find(*server, "fault");
    return Instance{.state = state_of(status, text_of(*server, "OS-EXT-STS:task_state")),
                    .address = address_of(*server),
                    .reason = fault != nullptr ? text_of(*fault, "message") : std::string()};
  }

  void power(const Context& context, Power power) override {
    json::object action;
    switch (power) {
      case Power::kOn:
        action["os-start"] = nullptr;
        break;
      case Power::kShutDown:
      case Power::kOff:  // Nova knows one way: it asks the guest, and cuts the power after a minute
        action["os-stop"] = nullptr;
        break;
      case Power::kReboot:
        action["reboot"] = json::object{{"type", "SOFT"}};
        break;
    }
    api().compute(context).post(context, server_path() + "/action", action);
  }

  void destroy(const Context& context) override {
    Rest& compute = api().compute(context);
    std::vector<std::string> servers;
    if (!server_.empty()) servers.push_back(server_);
    if (!site_.id.empty()) {
      for (const json::value& server :
           api_->list(context, compute, "servers", "/servers/detail?name=" + http::percent_encode(site_.name))) {
        const json::value* metadata = find(server, "metadata");
        if (metadata != nullptr && text_of(*metadata, kTagKey) == site_.id) servers.push_back(text_of(server, "id"));
      }
    }
    for (const std::string& id : servers) compute.remove(context, "/servers/" + id);
    if (!site_.id.empty() && !settings_.floating_pool.empty()) remove_floating(context);
    if (!site_.key.is_known) {
      const std::string key = site_.id.empty() ? settings_.key_pair : site_.tag();
      if (!key.empty()) compute.remove(context, "/os-keypairs/" + http::percent_encode(key));
    }
    // An address in use holds the server's port, so that it is gone only with the server.
    for (const std::string& id : servers) await_gone(context, id);
  }

  void write(json::object& record) const override {
    settings_.write(record);
    record["PrivateKeyFile"] = site_.key.existing.string();
    record["ExistingKey"] = site_.key.is_known;
    record["MachineId"] = server_;
    record["FloatingIpPoolId"] = pool_id_;
    record["BerthFloatingIp"] = floating_;
  }

 private:
  OpenStackApi& api() {
    if (!api_) api_.emplace(settings_, site_.patience);
    return *api_;
  }

  std::string server_path() const { return "/servers/" + server_; }

  // Ids of what was given by name; whether what was given by id exists.
  void resolve(const Context& context) {
    Rest& compute = api().compute(context);
    settings_.flavor_id =
        choose(context, compute, "flavors", "/flavors", "flavor", settings_.flavor_name, settings_.flavor_id);
    Rest& image = api().image(context);
    settings_.image_id =
        choose(context, image, "images",
               "/images" + (settings_.image_name.empty() ? "" : "?name=" + http::percent_encode(settings_.image_name)),
               "image", settings_.image_name, settings_.image_id);
    if (!settings_.network_name.empty() || !settings_.network_id.empty()) {
      settings_.network_id = choose(context, api().network(context), "networks", "/networks", "network",
                                    settings_.network_name, settings_.network_id);
    }
    if (!settings_.floating_pool.empty()) {
      pool_id_ = choose(context, api().network(context), "networks", "/networks?router:external=true",
                        "external network", settings_.floating_pool, "");
    }
    if (site_.key.is_known) compute.get(context, "/os-keypairs/" + http::percent_encode(settings_.key_pair));
  }

  std::string choose(const Context& context, Rest& service, const std::string& list, const std::string& target,
                     const char* what, const std::string& name, const std::string& id) {
    if (name.empty()) {
      service.get(context, "/" + list + "/" + http::percent_encode(id));
      return id;
    }
    std::vector<std::string> names;
    std::string found;
    for (const json::value& item : api().list(context, service, list, target)) {
      names.push_back(text_of(item, "name"));
      if (names.back() != name) continue;
      const std::string other = text_of(item, "id");
      if (!found.empty() && found != other) {
        throw Error(Kind::kConflict, "the cloud has more than one " + std::string(what) + " '" + name +
                                         "': give the id of one ('" + found + "', '" + other + "')");
      }
      found = other;
    }
    if (found.empty()) require_choice(what, name, names, "in the cloud");
    return found;
  }

  json::object creation() const {
    json::object metadata;
    const auto words = settings_.metadata.empty() ? std::vector<std::string>() : split(settings_.metadata, ',');
    for (std::size_t i = 0; i + 1 < words.size(); i += 2) metadata[words[i]] = words[i + 1];
    metadata[kTagKey] = site_.id;
    json::object server = {{"name", site_.name},
                           {"flavorRef", settings_.flavor_id},
                           {"key_name", settings_.key_pair},
                           {"metadata", metadata}};
    if (settings_.volume) {
      server["block_device_mapping_v2"] = json::array{json::object{{"boot_index", 0},
                                                                   {"uuid", settings_.image_id},
                                                                   {"source_type", "image"},
                                                                   {"destination_type", "volume"},
                                                                   {"volume_size", settings_.volume_size},
                                                                   {"delete_on_termination", true}}};
    } else {
      server["imageRef"] = settings_.image_id;
    }
    if (!settings_.network_id.empty()) server["networks"] = json::array{json::object{{"uuid", settings_.network_id}}};
    if (!settings_.zone.empty()) server["availability_zone"] = settings_.zone;
    if (!settings_.user_data.empty()) server["user_data"] = base64_encode(settings_.user_data);
    if (settings_.config_drive) server["config_drive"] = true;
    if (!settings_.security_groups.empty()) {
      json::array groups;
      for (const std::string& name : settings_.security_groups) groups.push_back(json::object{{"name", trim(name)}});
      server["security_groups"] = groups;
    }
    return {{"server", server}};
  }

  void await_active(const Context& context) {
    const std::int64_t seconds = settings_.active_timeout > 0 ? settings_.active_timeout : kActiveTimeout;
    const Context limited = context.with_timeout(std::chrono::seconds(seconds));
    try {
      poll(limited, site_.patience, [&] {
        const auto instance = look(limited);
        if (instance && instance->state == State::kError) {
          throw Error(Kind::kInternal, "OpenStack could not make the server: " + instance->reason);
        }
        return instance && instance->state == State::kRunning;
      });
    } catch (const Error& e) {
      context.check();
      if (e.kind() != Kind::kTimeout) throw;
      throw Error(Kind::kTimeout,
                  "the server is not active after " + std::to_string(seconds) + " s (--openstack-active-timeout)");
    }
  }

  void await_gone(const Context& context, const std::string& id) {
    Rest& compute = api().compute(context);
    poll(context, site_.patience, [&] {
      const RestAnswer answer = compute.send(context, {.target = "/servers/" + id, .body = {}});
      if (answer.status == 404) return true;
      if (!answer.ok()) throw compute.error_of(answer);
      const json::value value = answer.json();
      const json::value* server = find(value, "server");
      return server != nullptr && text_of(*server, "status") == "SOFT_DELETED";
    });
  }

  // A free address of the pool, else a new one.
  void give_floating(const Context& context) {
    const std::string port = find_port(context);
    Rest& network = api().network(context);
    for (const json::value& address : api().list(
             context, network, "floatingips", "/floatingips?floating_network_id=" + http::percent_encode(pool_id_))) {
      if (text_of(address, "port_id").empty() && take(context, address, port)) return;
    }
    const json::value answer = network.post(context, "/floatingips",
                                            json::object{{"floatingip", json::object{{"floating_network_id", pool_id_},
                                                                                     {"port_id", port},
                                                                                     {"description", site_.tag()}}}});
    if (const json::value* made = find(answer, "floatingip")) floating_ = text_of(*made, "floating_ip_address");
    if (floating_.empty()) throw Error(Kind::kInternal, "OpenStack's answer names no floating address");
    site_.save();
  }

  // Of several machines that are made at once one gets it: the revision that was seen must still hold.
  bool take(const Context& context, const json::value& address, const std::string& port) {
    RestRequest request{.method = "PUT",
                        .target = "/floatingips/" + text_of(address, "id"),
                        .body = format_json(json::object{{"floatingip", json::object{{"port_id", port}}}})};
    request.headers.add("Content-Type", "application/json");
    request.headers.add("If-Match", "revision_number=" + std::to_string(integer_of(address, "revision_number")));
    const RestAnswer answer = api().network(context).send(context, request);
    if (answer.status == 412 || answer.status == 409) return false;
    if (!answer.ok()) throw api().network(context).error_of(answer);
    floating_ = text_of(address, "floating_ip_address");
    site_.save();
    return true;
  }

  // The port of the server that a floating address goes to.
  std::string find_port(const Context& context) {
    std::string port;
    poll(context, site_.patience, [&] {
      const auto ports =
          api().list(context, api().network(context), "ports",
                     http::Query().add("device_id", server_).add_if("network_id", settings_.network_id).on("/ports"));
      if (!ports.empty()) port = text_of(ports.front(), "id");
      return !port.empty();
    });
    return port;
  }

  // Those that were made for this machine; what was the user's before stays.
  void remove_floating(const Context& context) {
    Rest& network = api().network(context);
    for (const json::value& address :
         api().list(context, network, "floatingips", "/floatingips?description=" + site_.tag())) {
      if (text_of(address, "description") == site_.tag()) {
        network.remove(context, "/floatingips/" + text_of(address, "id"));
      }
    }
  }

  std::string address_of(const json::value& server) const {
    if (!floating_.empty()) return floating_;  // Nova lists it only later
    const std::string wanted = settings_.floating_pool.empty() ? "fixed" : "floating";
    const json::object* networks = find_object(server, "addresses");
    if (networks == nullptr) return {};
    for (const auto& [name, addresses] : *networks) {
      const json::array* all = addresses.if_array();
      if (all == nullptr) continue;
      for (const json::value& address : *all) {
        const std::string type = text_of(address, "OS-EXT-IPS:type");
        const bool version = integer_of(address, "version") == (settings_.ip_version == 6 ? 6 : 4);
        if (version && (type.empty() ? "fixed" : type) == wanted) return text_of(address, "addr");
      }
    }
    return {};
  }

  CloudSite& site_;
  std::optional<OpenStackApi> api_;
  OpenStackSettings settings_;
  std::string server_;
  std::string pool_id_;
  std::string floating_;  // the address
};

}  // namespace

std::unique_ptr<Provider> make_openstack(CloudSite& site, const json::value& record) {
  return std::make_unique<OpenStack>(site, record);
}

}  // namespace berth::machine
