#include "machine/cloud/digitalocean.h"

#include "base/error.h"
#include "base/json.h"
#include "base/strings.h"
#include "http/url.h"
#include "machine/cloud/options.h"

namespace berth::machine {

namespace {

using berth::text_of;  // of JSON, rather than of a State

constexpr const char* kApi = "https://api.digitalocean.com";
constexpr const char* kImage = "debian-12-x64";

using Type = DriverFlag::Type;

State state_of(std::string_view status) {
  if (status == "new") return State::kStarting;
  if (status == "active") return State::kRunning;
  if (status == "off" || status == "archive") return State::kStopped;
  return State::kNone;
}

// The first address of a type ("public", "private") of version 4; empty when there is none.
std::string address_of(const json::value& droplet, std::string_view type) {
  const json::value* networks = find(droplet, "networks");
  const json::array* v4 = networks != nullptr ? find_array(*networks, "v4") : nullptr;
  if (v4 == nullptr) return {};
  for (const json::value& network : *v4) {
    if (text_of(network, "type") == type) return text_of(network, "ip_address");
  }
  return {};
}

class DigitalOcean final : public Provider {
 public:
  DigitalOcean(CloudSite& site, const json::value& record) : site_(site) {
    token_ = text_of(record, "AccessToken");
    droplet_ = integer_of(record, "DropletID");
    image_ = text_of(record, "Image");
    region_ = text_of(record, "Region");
    key_ = integer_of(record, "SSHKeyID");
    fingerprint_ = text_of(record, "SSHKeyFingerprint");
    site_.key.is_known = !fingerprint_.empty();
    site_.key.existing = text_of(record, "SSHKey");
    size_ = text_of(record, "Size");
    ipv6_ = flag_of(record, "IPv6");
    backups_ = flag_of(record, "Backups");
    private_networking_ = flag_of(record, "PrivateNetworking");
    user_data_ = text_of(record, "UserDataFile");
    monitoring_ = flag_of(record, "Monitoring");
    tags_ = text_of(record, "Tags");
    endpoint_ = text_of(record, "Endpoint");
  }

  void configure(const DriverOptions& options) override {
    token_ = required_text(options, "digitalocean", "digitalocean-access-token");
    image_ = options.text("digitalocean-image");
    region_ = options.text("digitalocean-region");
    size_ = options.text("digitalocean-size");
    ipv6_ = options.on("digitalocean-ipv6");
    private_networking_ = options.on("digitalocean-private-networking");
    backups_ = options.on("digitalocean-backups");
    user_data_ = absolute_file(options, "digitalocean-userdata");
    monitoring_ = options.on("digitalocean-monitoring");
    tags_ = options.text("digitalocean-tags");
    fingerprint_ = options.text("digitalocean-ssh-key-fingerprint");
    site_.key.is_known = !fingerprint_.empty();
    site_.key.existing = options.text("digitalocean-ssh-key-path");
    if (!site_.key.existing.empty() && fingerprint_.empty()) {
      throw Error(Kind::kInvalid,
                  "--digitalocean-ssh-key-path needs --digitalocean-ssh-key-fingerprint, which names the "
                  "same key at DigitalOcean");
    }
    site_.base.ssh_user = options.text("digitalocean-ssh-user");
    site_.base.ssh_port = port_option(options, "digitalocean-ssh-port");
    endpoint_ = options.text("digitalocean-endpoint");
    parse_api_address(endpoint_, "--digitalocean-endpoint");
  }

  void check(const Context& context) override {
    read_user_data(user_data_);
    const json::value answer = api().get(context, "/v2/regions?per_page=200");
    const json::array* regions = find_array(answer, "regions");
    std::vector<std::string> slugs;
    for (const json::value& region : regions != nullptr ? *regions : json::array()) {
      const bool wanted = text_of(region, "slug") == region_;
      const auto sizes = texts_of(region, "sizes");
      if (flag_of(region, "available")) slugs.push_back(text_of(region, "slug"));
      if (!wanted) continue;
      require_choice("size", size_, sizes, "in region '" + region_ + "'");
    }
    require_choice("region", region_, slugs, "at DigitalOcean");
    api().get(context, "/v2/images/" + http::percent_encode(image_));
    if (!fingerprint_.empty()) api().get(context, "/v2/account/keys/" + http::percent_encode(fingerprint_));
  }

  void prepare(const Context& context, const std::string& public_key) override {
    if (site_.key.is_known) {
      const json::value answer = api().get(context, "/v2/account/keys/" + http::percent_encode(fingerprint_));
      if (const json::value* key = find(answer, "ssh_key")) key_ = integer_of(*key, "id");
      return;
    }
    const json::value answer =
        api().post(context, "/v2/account/keys", json::object{{"name", site_.tag()}, {"public_key", public_key}});
    if (const json::value* key = find(answer, "ssh_key")) key_ = integer_of(*key, "id");
    site_.save();
  }

  void launch(const Context& context) override {
    json::array tags;
    for (const std::string& tag : split(tags_, ',')) {
      if (const auto word = trim(tag); !word.empty()) tags.emplace_back(word);
    }
    tags.emplace_back(site_.tag());
    const json::object body = {{"name", site_.name},
                               {"region", region_},
                               {"size", size_},
                               {"image", image_},
                               {"ssh_keys", json::array{key_}},
                               {"backups", backups_},
                               {"ipv6", ipv6_},
                               {"private_networking", private_networking_},
                               {"monitoring", monitoring_},
                               {"user_data", read_user_data(user_data_)},
                               {"tags", tags}};
    const json::value answer = api().post(context, "/v2/droplets", body);
    if (const json::value* droplet = find(answer, "droplet")) droplet_ = integer_of(*droplet, "id");
    if (droplet_ == 0) throw Error(Kind::kInternal, "DigitalOcean's answer names no droplet");
    site_.save();
  }

  std::optional<Instance> look(const Context& context) override {
    if (droplet_ == 0) return std::nullopt;
    const RestAnswer answer = api().send(context, {.target = droplet_path(), .body = {}});
    if (answer.status == 404) return std::nullopt;
    if (!answer.ok()) throw api().error_of(answer);
    const json::value value = answer.json();
    const json::value* droplet = find(value, "droplet");
    if (droplet == nullptr) throw Error(Kind::kInternal, "DigitalOcean's answer names no droplet");
    return Instance{
        .state = state_of(text_of(*droplet, "status")), .address = address_of(*droplet, "public"), .reason = {}};
  }

  void power(const Context& context, Power power) override {
    const char* const types[] = {"power_on", "shutdown", "power_off", "reboot"};
    api().post(context, droplet_path() + "/actions", json::object{{"type", types[static_cast<int>(power)]}});
  }

  void destroy(const Context& context) override {
    if (droplet_ != 0) api().remove(context, droplet_path());
    // What was made though its answer never came is known by the tag, and the key by its name.
    if (!site_.id.empty()) api().remove(context, "/v2/droplets?tag_name=" + site_.tag());
    if (!site_.key.is_known) {
      if (key_ == 0 && !site_.id.empty()) key_ = find_key(context);
      if (key_ != 0) api().remove(context, "/v2/account/keys/" + std::to_string(key_));
    }
    if (!site_.id.empty()) api().remove(context, "/v2/tags/" + site_.tag());
  }

  void write(json::object& record) const override {
    record["AccessToken"] = token_;
    record["DropletID"] = droplet_;
    record["DropletName"] = "";
    record["Image"] = image_;
    record["Region"] = region_;
    record["SSHKeyID"] = key_;
    record["SSHKeyFingerprint"] = fingerprint_;
    record["SSHKey"] = site_.key.existing.string();
    record["Size"] = size_;
    record["IPv6"] = ipv6_;
    record["Backups"] = backups_;
    record["PrivateNetworking"] = private_networking_;
    record["UserDataFile"] = user_data_;
    record["Monitoring"] = monitoring_;
    record["Tags"] = tags_;
    record["Endpoint"] = endpoint_;
  }

 private:
  Rest& api() {
    if (!api_) {
      const auto address = parse_api_address(endpoint_.empty() ? kApi : endpoint_, "--digitalocean-endpoint");
      api_.emplace(address, with_bearer("DigitalOcean", token_, site_.patience));
    }
    return *api_;
  }

  std::string droplet_path() const { return "/v2/droplets/" + std::to_string(droplet_); }

  // The id of our key by its name; 0 when there is none.
  std::int64_t find_key(const Context& context) {
    for (int page = 1;; ++page) {
      const json::value answer = api().get(context, "/v2/account/keys?per_page=200&page=" + std::to_string(page));
      const json::array* keys = find_array(answer, "ssh_keys");
      if (keys == nullptr || keys->empty()) return 0;
      for (const json::value& key : *keys) {
        if (text_of(key, "name") == site_.tag()) return integer_of(key, "id");
      }
    }
  }

  CloudSite& site_;
  std::optional<Rest> api_;
  std::string token_;
  std::int64_t droplet_ = 0;
  std::string image_;
  std::string region_;
  std::int64_t key_ = 0;
  std::string fingerprint_;
  std::string size_;
  bool ipv6_ = false;
  bool backups_ = false;
  bool private_networking_ = false;
  std::string user_data_;
  bool monitoring_ = false;
  std::string tags_;
  std::string endpoint_;
};

}  // namespace

std::vector<DriverFlag> digitalocean_flags() {
  return {
      {"digitalocean-access-token", Type::kText, "DigitalOcean access token", "", "DIGITALOCEAN_ACCESS_TOKEN"},
      {"digitalocean-backups", Type::kBool, "Enable backups for the droplet", "", "DIGITALOCEAN_BACKUPS"},
      {"digitalocean-endpoint", Type::kText, "URL of the API", kApi, "DIGITALOCEAN_ENDPOINT"},
      {"digitalocean-image", Type::kText, "Image", kImage, "DIGITALOCEAN_IMAGE"},
      {"digitalocean-ipv6", Type::kBool, "Enable IPv6 for the droplet", "", "DIGITALOCEAN_IPV6"},
      {"digitalocean-monitoring", Type::kBool, "Enable monitoring for the droplet", "", "DIGITALOCEAN_MONITORING"},
      {"digitalocean-private-networking", Type::kBool, "Enable private networking for the droplet", "",
       "DIGITALOCEAN_PRIVATE_NETWORKING"},
      {"digitalocean-region", Type::kText, "Region", "nyc3", "DIGITALOCEAN_REGION"},
      {"digitalocean-size", Type::kText, "Size", "s-1vcpu-1gb", "DIGITALOCEAN_SIZE"},
      {"digitalocean-ssh-key-fingerprint", Type::kText, "Fingerprint of a key that DigitalOcean has", "",
       "DIGITALOCEAN_SSH_KEY_FINGERPRINT"},
      {"digitalocean-ssh-key-path", Type::kText, "Private key of that fingerprint (default: ssh finds it)", "",
       "DIGITALOCEAN_SSH_KEY_PATH"},
      {"digitalocean-ssh-port", Type::kInteger, "SSH port", "22", "DIGITALOCEAN_SSH_PORT"},
      {"digitalocean-ssh-user", Type::kText, "SSH user", "root", "DIGITALOCEAN_SSH_USER"},
      {"digitalocean-tags", Type::kText, "Comma-separated list of tags for the droplet", "", "DIGITALOCEAN_TAGS"},
      {"digitalocean-userdata", Type::kText, "File with cloud-init user data", "", "DIGITALOCEAN_USERDATA"},
  };
}

std::unique_ptr<Provider> make_digitalocean(CloudSite& site, const json::value& record) {
  return std::make_unique<DigitalOcean>(site, record);
}

}  // namespace berth::machine
