#include "machine/cloud/hetzner.h"

#include "base/error.h"
#include "base/json.h"
#include "base/strings.h"
#include "http/url.h"
#include "machine/cloud/options.h"

namespace berth::machine {

namespace {

using berth::text_of;  // of JSON, rather than of a State

constexpr const char* kApi = "https://api.hetzner.cloud/v1";
constexpr const char* kImage = "debian-12";
constexpr const char* kType = "cx22";

using Type = DriverFlag::Type;

State state_of(std::string_view status) {
  if (status == "running") return State::kRunning;
  if (status == "initializing" || status == "starting" || status == "rebuilding" || status == "migrating") {
    return State::kStarting;
  }
  if (status == "stopping" || status == "deleting") return State::kStopping;
  if (status == "off") return State::kStopped;
  return State::kNone;
}

// Ids are numbers in the API; names, where it takes them, stay texts.
json::array ids(const std::vector<std::string>& all) {
  json::array numbers;
  for (const std::string& id : all) {
    if (const auto number = parse_integer(id)) {
      numbers.emplace_back(*number);
    } else {
      numbers.emplace_back(id);
    }
  }
  return numbers;
}

// "key=value" texts as an object. Throws kInvalid naming the option.
json::object labels_of(const std::vector<std::string>& all, std::string_view flag) {
  json::object labels;
  for (const std::string& label : all) {
    const auto [key, value] = cut(label, '=');
    if (!value) throw Error(Kind::kInvalid, "--" + std::string(flag) + " '" + label + "' is not of the form key=value");
    labels[key] = *value;
  }
  return labels;
}

class Hetzner final : public Provider {
 public:
  Hetzner(CloudSite& site, const json::value& record) : site_(site) {
    token_ = text_of(record, "AccessToken");
    image_ = text_of(record, "Image");
    image_id_ = integer_of(record, "ImageID");
    type_ = text_of(record, "Type");
    location_ = text_of(record, "Location");
    key_ = integer_of(record, "KeyID");
    own_key_ = integer_of(record, "OriginalKeyID");  // the user's, that Hetzner has
    site_.key.is_known = own_key_ != 0;
    site_.key.existing = text_of(record, "originalKey");
    server_ = integer_of(record, "ServerID");
    user_data_ = text_of(record, "userData");
    user_data_file_ = text_of(record, "userDataFile");
    networks_ = texts_of(record, "Networks");
    firewalls_ = texts_of(record, "Firewalls");
    volumes_ = texts_of(record, "Volumes");
    private_network_ = flag_of(record, "UsePrivateNetwork");
    no_ipv4_ = flag_of(record, "DisablePublic4");
    no_ipv6_ = flag_of(record, "DisablePublic6");
    server_labels_ = texts_of(record, "ServerLabels");
    key_labels_ = texts_of(record, "KeyLabels");
    endpoint_ = text_of(record, "Endpoint");
  }

  void configure(const DriverOptions& options) override {
    token_ = required_text(options, "hetzner", "hetzner-api-token");
    image_ = options.text("hetzner-image");
    image_id_ = parse_integer(options.text("hetzner-image-id")).value_or(0);
    type_ = options.text("hetzner-server-type");
    location_ = options.text("hetzner-server-location");
    own_key_ = parse_integer(options.text("hetzner-existing-key-id")).value_or(0);
    site_.key.is_known = own_key_ != 0;
    site_.key.existing = options.text("hetzner-existing-key-path");
    if (site_.key.is_known && site_.key.existing.empty()) {
      throw Error(Kind::kInvalid,
                  "--hetzner-existing-key-id needs --hetzner-existing-key-path, the private key that belongs to it");
    }
    user_data_ = options.text("hetzner-user-data");
    user_data_file_ = absolute_file(options, "hetzner-user-data-file");
    if (!user_data_.empty() && !user_data_file_.empty()) {
      throw Error(Kind::kInvalid, "--hetzner-user-data and --hetzner-user-data-file exclude each other");
    }
    networks_ = options.texts("hetzner-networks");
    firewalls_ = options.texts("hetzner-firewalls");
    volumes_ = options.texts("hetzner-volumes");
    private_network_ = options.on("hetzner-use-private-network");
    no_ipv4_ = options.on("hetzner-disable-public-ipv4") || options.on("hetzner-disable-public");
    no_ipv6_ = options.on("hetzner-disable-public-ipv6") || options.on("hetzner-disable-public");
    if (no_ipv4_ && !private_network_) {
      throw Error(Kind::kInvalid,
                  "a server without public IPv4 is reached by its private network only: give "
                  "--hetzner-use-private-network and --hetzner-networks too");
    }
    if (private_network_ && networks_.empty()) {
      throw Error(Kind::kInvalid, "--hetzner-use-private-network needs --hetzner-networks");
    }
    server_labels_ = options.texts("hetzner-server-label");
    labels_of(server_labels_, "hetzner-server-label");
    key_labels_ = options.texts("hetzner-key-label");
    labels_of(key_labels_, "hetzner-key-label");
    site_.base.ssh_user = options.text("hetzner-ssh-user");
    site_.base.ssh_port = port_option(options, "hetzner-ssh-port");
    endpoint_ = options.text("hetzner-endpoint");
    parse_api_address(endpoint_, "--hetzner-endpoint");
  }

  void check(const Context& context) override {
    read_user_data(user_data_file_);
    require_choice("server type", type_, names(context, "server_types", ""), "at Hetzner");
    if (!location_.empty()) require_choice("location", location_, names(context, "locations", ""), "at Hetzner");
    if (image_id_ != 0) {
      api().get(context, "/images/" + std::to_string(image_id_));
    } else {
      require_choice("image", image_, names(context, "images", "name=" + http::percent_encode(image_)), "at Hetzner");
    }
    if (own_key_ != 0) api().get(context, "/ssh_keys/" + std::to_string(own_key_));
  }

  void prepare(const Context& context, const std::string& public_key) override {
    if (site_.key.is_known) {
      key_ = own_key_;
      return;
    }
    const json::value answer = api().post(
        context, "/ssh_keys",
        json::object{
            {"name", site_.tag()}, {"public_key", public_key}, {"labels", with_tag(key_labels_, "hetzner-key-label")}});
    if (const json::value* key = find(answer, "ssh_key")) key_ = integer_of(*key, "id");
    site_.save();
  }

  void launch(const Context& context) override {
    json::object body = {{"name", site_.name},
                         {"server_type", type_},
                         {"image", image_id_ != 0 ? std::to_string(image_id_) : image_},
                         {"ssh_keys", json::array{key_}},
                         {"labels", with_tag(server_labels_, "hetzner-server-label")},
                         {"start_after_create", true},
                         {"public_net", json::object{{"enable_ipv4", !no_ipv4_}, {"enable_ipv6", !no_ipv6_}}}};
    if (!location_.empty()) body["location"] = location_;
    const std::string data = user_data_file_.empty() ? user_data_ : read_user_data(user_data_file_);
    if (!data.empty()) body["user_data"] = data;
    if (!networks_.empty()) body["networks"] = ids(networks_);
    if (!volumes_.empty()) {
      body["volumes"] = ids(volumes_);
      body["automount"] = false;
    }
    if (!firewalls_.empty()) {
      json::array all;
      for (const json::value& id : ids(firewalls_)) all.push_back(json::object{{"firewall", id}});
      body["firewalls"] = all;
    }
    const json::value answer = api().post(context, "/servers", body);
    if (const json::value* server = find(answer, "server")) server_ = integer_of(*server, "id");
    if (server_ == 0) throw Error(Kind::kInternal, "Hetzner's answer names no server");
    site_.save();
  }

  std::optional<Instance> look(const Context& context) override {
    if (server_ == 0) return std::nullopt;
    const RestAnswer answer = api().send(context, {.target = server_path(), .body = {}});
    if (answer.status == 404) return std::nullopt;
    if (!answer.ok()) throw api().error_of(answer);
    const json::value value = answer.json();
    const json::value* server = find(value, "server");
    if (server == nullptr) throw Error(Kind::kInternal, "Hetzner's answer names no server");
    return Instance{.state = state_of(text_of(*server, "status")), .address = address_of(*server), .reason = {}};
  }

  void power(const Context& context, Power power) override {
    const char* const actions[] = {"poweron", "shutdown", "poweroff", "reboot"};
    api().post(context, server_path() + "/actions/" + actions[static_cast<int>(power)], json::object{});
  }

  void destroy(const Context& context) override {
    if (server_ != 0) api().remove(context, server_path());
    if (!site_.id.empty()) remove_labelled(context, "servers");
    if (site_.key.is_known) return;
    if (key_ != 0) api().remove(context, "/ssh_keys/" + std::to_string(key_));
    if (!site_.id.empty()) remove_labelled(context, "ssh_keys");
  }

  void write(json::object& record) const override {
    record["AccessToken"] = token_;
    record["Image"] = image_;
    record["ImageID"] = image_id_;
    record["Type"] = type_;
    record["Location"] = location_;
    record["KeyID"] = key_;
    record["IsExistingKey"] = site_.key.is_known;
    record["OriginalKeyID"] = own_key_;
    record["originalKey"] = site_.key.existing.string();
    record["ServerID"] = server_;
    record["userData"] = user_data_;
    record["userDataFile"] = user_data_file_;
    record["Networks"] = array_of(networks_);
    record["Firewalls"] = array_of(firewalls_);
    record["Volumes"] = array_of(volumes_);
    record["UsePrivateNetwork"] = private_network_;
    record["DisablePublic4"] = no_ipv4_;
    record["DisablePublic6"] = no_ipv6_;
    record["ServerLabels"] = array_of(server_labels_);
    record["KeyLabels"] = array_of(key_labels_);
    record["Endpoint"] = endpoint_;
  }

 private:
  Rest& api() {
    if (!api_) {
      const auto address = parse_api_address(endpoint_.empty() ? kApi : endpoint_, "--hetzner-endpoint");
      api_.emplace(address, with_bearer("Hetzner", token_, site_.patience));
    }
    return *api_;
  }

  std::string server_path() const { return "/servers/" + std::to_string(server_); }

  json::object with_tag(const std::vector<std::string>& given, std::string_view flag) const {
    json::object labels = labels_of(given, flag);
    labels["berth-machine"] = site_.id;
    return labels;
  }

  std::string address_of(const json::value& server) const {
    if (private_network_) {
      const json::array* nets = find_array(server, "private_net");
      return nets != nullptr && !nets->empty() ? text_of((*nets)[0], "ip") : std::string();
    }
    const json::value* net = find(server, "public_net");
    const json::value* v4 = net != nullptr ? find(*net, "ipv4") : nullptr;
    return v4 != nullptr ? text_of(*v4, "ip") : std::string();
  }

  // One member of each object of a list, over all its pages.
  json::array list(const Context& context, const std::string& kind, const std::string& query) {
    json::array all;
    for (std::int64_t page = 1; page != 0;) {
      const json::value answer = api().get(
          context, "/" + kind + "?per_page=50&page=" + std::to_string(page) + (query.empty() ? "" : "&" + query));
      if (const json::array* part = find_array(answer, kind)) all.insert(all.end(), part->begin(), part->end());
      const json::value* meta = find(answer, "meta");
      const json::value* pages = meta != nullptr ? find(*meta, "pagination") : nullptr;
      page = pages != nullptr ? integer_of(*pages, "next_page") : 0;
    }
    return all;
  }

  std::vector<std::string> names(const Context& context, const std::string& kind, const std::string& query) {
    std::vector<std::string> all;
    for (const json::value& one : list(context, kind, query)) all.push_back(text_of(one, "name"));
    return all;
  }

  void remove_labelled(const Context& context, const std::string& kind) {
    for (const json::value& one : list(context, kind, "label_selector=berth-machine%3D" + site_.id)) {
      api().remove(context, "/" + kind + "/" + std::to_string(integer_of(one, "id")));
    }
  }

  CloudSite& site_;
  std::optional<Rest> api_;
  std::string token_;
  std::string image_;
  std::int64_t image_id_ = 0;
  std::string type_;
  std::string location_;
  std::int64_t key_ = 0;
  std::int64_t own_key_ = 0;
  std::int64_t server_ = 0;
  std::string user_data_;
  std::string user_data_file_;
  std::vector<std::string> networks_;
  std::vector<std::string> firewalls_;
  std::vector<std::string> volumes_;
  bool private_network_ = false;
  bool no_ipv4_ = false;
  bool no_ipv6_ = false;
  std::vector<std::string> server_labels_;
  std::vector<std::string> key_labels_;
  std::string endpoint_;
};

}  // namespace

std::vector<DriverFlag> hetzner_flags() {
  return {
      {"hetzner-api-token", Type::kText, "API token of the project", "", "HETZNER_API_TOKEN"},
      {"hetzner-disable-public", Type::kBool, "No public addresses", "", "HETZNER_DISABLE_PUBLIC"},
      {"hetzner-disable-public-ipv4", Type::kBool, "No public IPv4 address", "", "HETZNER_DISABLE_PUBLIC_IPV4"},
      {"hetzner-disable-public-ipv6", Type::kBool, "No public IPv6 address", "", "HETZNER_DISABLE_PUBLIC_IPV6"},
      {"hetzner-endpoint", Type::kText, "URL of the API", kApi, "HETZNER_ENDPOINT"},
      {"hetzner-existing-key-id", Type::kInteger, "Id of a key that Hetzner has", "", "HETZNER_EXISTING_KEY_ID"},
      {"hetzner-existing-key-path", Type::kText, "Private key to use", "", "HETZNER_EXISTING_KEY_PATH"},
      {"hetzner-firewalls", Type::kTexts, "Ids of firewalls for the server", "", "HETZNER_FIREWALLS"},
      {"hetzner-image", Type::kText, "Image", kImage, "HETZNER_IMAGE"},
      {"hetzner-image-id", Type::kInteger, "Id of an image, instead of its name", "", "HETZNER_IMAGE_ID"},
      {"hetzner-key-label", Type::kTexts, "Labels of the key, key=value", "", "HETZNER_KEY_LABELS"},
      {"hetzner-networks", Type::kTexts, "Ids of private networks for the server", "", "HETZNER_NETWORKS"},
      {"hetzner-server-label", Type::kTexts, "Labels of the server, key=value", "", "HETZNER_SERVER_LABELS"},
      {"hetzner-server-location", Type::kText, "Location (default: Hetzner's choice)", "", "HETZNER_LOCATION"},
      {"hetzner-server-type", Type::kText, "Server type", kType, "HETZNER_TYPE"},
      {"hetzner-ssh-port", Type::kInteger, "SSH port", "22", "HETZNER_SSH_PORT"},
      {"hetzner-ssh-user", Type::kText, "SSH user", "root", "HETZNER_SSH_USER"},
      {"hetzner-use-private-network", Type::kBool, "Reach the server by its private network", "",
       "HETZNER_USE_PRIVATE_NETWORK"},
      {"hetzner-user-data", Type::kText, "Cloud-init user data", "", "HETZNER_USER_DATA"},
      {"hetzner-user-data-file", Type::kText, "File with cloud-init user data", "", "HETZNER_USER_DATA_FILE"},
      {"hetzner-volumes", Type::kTexts, "Ids of volumes to attach", "", "HETZNER_VOLUMES"},
  };
}

std::unique_ptr<Provider> make_hetzner(CloudSite& site, const json::value& record) {
  return std::make_unique<Hetzner>(site, record);
}

}  // namespace berth::machine
