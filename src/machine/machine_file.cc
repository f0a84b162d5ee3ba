#include "machine/machine_file.h"

#include <algorithm>
#include <set>

#include "base/error.h"
#include "base/strings.h"
#include "yaml/parse.h"

namespace berth::machine {

namespace {

using yaml::Mapping;
using yaml::Node;

constexpr std::int64_t kMostOfOne = 1000;

const std::vector<std::string> kFileKeys = {"name", "defaults", "machines"};
const std::vector<std::string> kMachineKeys = {"count", "driver", "options", "labels", "roles", "engine", "tls-sans"};
const std::vector<std::string> kEngineKeys = {"opts",           "env",        "registry-mirrors", "insecure-registries",
                                              "storage-driver", "install-url"};

class Reader {
 public:
  Reader(const FlagsOf& flags_of, const Environment& environment) : flags_of_(flags_of), environment_(environment) {}

  MachineFile read(std::string_view text, std::string_view file_name, const std::string& fallback_name) {
    yaml::ParseResult parsed = yaml::parse(text, file_name);
    result_.faults = std::move(parsed.faults);
    result_.name = fallback_name;
    if (parsed.documents.size() != 1 || !parsed.documents[0].is_mapping()) {
      if (result_.faults.empty()) {
        const auto position =
            parsed.documents.empty() ? yaml::Position{yaml::FileName(file_name)} : parsed.documents.back().position();
        fault(position, "", "must be one mapping with 'machines'");
      }
      return std::move(result_);
    }
    whole(parsed.documents[0]);
    return std::move(result_);
  }

 private:
  void fault(yaml::Position position, std::string path, std::string message) {
    result_.faults.push_back({position, std::move(path), std::move(message)});
  }

  // Whether it is a mapping of the known keys; faults where it is not.
  void check_keys(const Node& node, const std::string& path, const std::vector<std::string>& known) {
    for (const auto& entry : node.entries()) {
      if (std::find(known.begin(), known.end(), entry.key) != known.end()) continue;
      const auto meant = nearest(entry.key, known);
      fault(entry.key_position, path,
            "unknown key '" + entry.key + "'" +
                (meant ? ", did you mean '" + *meant + "'?" : "; there are: " + join(known, ", ")));
    }
  }

  static std::string at(const std::string& path, std::string_view key) {
    return path.empty() ? std::string(key) : path + "." + std::string(key);
  }

  const Node* mapping(const Node& parent, const char* key, const std::string& path) {
    const Node* node = parent.find(key);
    if (node == nullptr || node->is_null()) return nullptr;
    if (node->is_mapping()) return node;
    fault(node->position(), at(path, key), "must be a mapping, not " + std::string(yaml::describe(node->kind())));
    return nullptr;
  }

  std::string text(const Node& parent, const char* key, const std::string& path) {
    const Node* node = parent.find(key);
    if (node == nullptr || node->is_null()) return {};
    if (node->is_scalar()) return node->to_display();
    fault(node->position(), at(path, key), "must be a text, not " + std::string(yaml::describe(node->kind())));
    return {};
  }

  std::vector<std::string> texts(const Node& node, const std::string& path) {
    std::vector<std::string> result;
    if (!node.is_sequence()) {
      fault(node.position(), path, "must be a list, not " + std::string(yaml::describe(node.kind())));
      return result;
    }
    for (std::size_t i = 0; i < node.items().size(); ++i) {
      const Node& item = node.items()[i];
      if (item.is_scalar()) {
        result.push_back(item.to_display());
      } else {
        fault(item.position(), path + "[" + std::to_string(i) + "]", "must be a text");
      }
    }
    return result;
  }
  std::vector<std::string> texts(const Node& parent, const char* key, const std::string& path) {
    const Node* node = parent.find(key);
    return node == nullptr || node->is_null() ? std::vector<std::string>() : texts(*node, at(path, key));
  }

  void whole(const Node& root) {
    check_keys(root, "", kFileKeys);
    if (const std::string name = text(root, "name", ""); !name.empty()) result_.name = name;
    if (!is_valid_host_name(result_.name)) {
      const Node* name = root.find("name");
      fault(name != nullptr ? name->position() : root.position(), "name",
            "'" + result_.name + "' must be letters, digits, '-' and '.': give the file a 'name'");
    }
    const Node none;
    const Node* defaults = mapping(root, "defaults", "");
    if (defaults != nullptr) check_keys(*defaults, "defaults", kMachineKeys);
    const Node* machines = mapping(root, "machines", "");
    if (machines == nullptr) {
      if (root.find("machines") == nullptr) fault(root.position(), "", "has no 'machines'");
      return;
    }
    for (const auto& entry : machines->entries()) {
      group(entry, defaults != nullptr ? *defaults : none);
    }
  }

  // One entry of `machines`, which may stand for several.
  void group(const Mapping::Entry& entry, const Node& defaults) {
    const std::string path = "machines." + entry.key;
    if (!entry.value.is_mapping() && !entry.value.is_null()) {
      return fault(entry.value.position(), path,
                   "must be a mapping, not " + std::string(yaml::describe(entry.value.kind())));
    }
    check_keys(entry.value, path, kMachineKeys);
    if (!is_valid_host_name(entry.key)) fault(entry.key_position, path, "a name has letters, digits, '-' and '.'");
    // What a machine does not say its defaults say; options and labels are joined key by key.
    Node merged = defaults.is_mapping() ? defaults : Node::mapping(entry.value.position());
    for (const auto& own : entry.value.entries()) {
      Node* base = merged.find_for_edit(own.key);
      if (base != nullptr && base->is_mapping() && own.value.is_mapping()) {
        for (const auto& member : own.value.entries()) base->edit_entries().insert_or_assign(member.key, member.value);
      } else {
        merged.edit_entries().insert_or_assign(own.key, own.value, own.key_position);
      }
    }
    const CreateRequest request = machine(merged, path);
    for (const std::string& name : names(merged, entry, path)) {
      if (!names_.insert(name).second) fault(entry.key_position, path, "machine '" + name + "' is there twice");
      result_.machines.push_back(request);
      result_.machines.back().name = name;
      result_.positions.push_back(entry.key_position);
    }
  }

  // "web" without a count, else "web-1", "web-2", ...
  std::vector<std::string> names(const Node& node, const Mapping::Entry& entry, const std::string& path) {
    const Node* count = node.find("count");
    if (count == nullptr || count->is_null()) return {entry.key};
    const auto number = count->as_integer();
    if (!number || *number < 0 || *number > kMostOfOne) {
      fault(count->position(), path + ".count", "must be a whole number from 0 to " + std::to_string(kMostOfOne));
      return {};
    }
    std::vector<std::string> names;
    for (std::int64_t i = 1; i <= *number; ++i) names.push_back(entry.key + "-" + std::to_string(i));
    return names;
  }

  CreateRequest machine(const Node& node, const std::string& path) {
    CreateRequest request;
    request.driver = text(node, "driver", path);
    if (request.driver.empty()) request.driver = "local";
    request.tls_sans = texts(node, "tls-sans", path);
    if (const Node* engine = mapping(node, "engine", path)) {
      const std::string inner = path + ".engine";
      check_keys(*engine, inner, kEngineKeys);
      request.engine.arbitrary_flags = texts(*engine, "opts", inner);
      request.engine.env = texts(*engine, "env", inner);
      request.engine.registry_mirror = texts(*engine, "registry-mirrors", inner);
      request.engine.insecure_registry = texts(*engine, "insecure-registries", inner);
      request.engine.storage_driver = text(*engine, "storage-driver", inner);
      request.engine.install_url = text(*engine, "install-url", inner);
    }
    labels(node, path, request.engine.labels);
    options(node, path, request);
    return request;
  }

  void labels(const Node& node, const std::string& path, std::vector<std::string>& labels) {
    if (const Node* given = mapping(node, "labels", path)) {
      for (const auto& entry : given->entries()) {
        if (!entry.value.is_scalar()) fault(entry.value.position(), path + ".labels." + entry.key, "must be a text");
        labels.push_back(entry.key + "=" + entry.value.to_display());
      }
    }
    for (const std::string& role : texts(node, "roles", path)) labels.push_back("role." + role + "=true");
    labels.push_back(std::string(kApplyLabel) + "=" + result_.name);
  }

  void options(const Node& node, const std::string& path, CreateRequest& request) {
    std::vector<DriverFlag> flags;
    try {
      flags = flags_of_(request.driver);
    } catch (const Error& e) {
      const Node* driver = node.find("driver");
      return fault(driver != nullptr ? driver->position() : node.position(), path + ".driver", e.message());
    }
    std::vector<std::string> known;
    for (const DriverFlag& flag : flags) {
      known.push_back(flag.name);
      const auto variable = flag.environment.empty() ? std::nullopt : environment_.get(flag.environment);
      if (variable && !variable->empty()) {
        request.options.set(flag.name, {*variable});
      } else if (flag.type != DriverFlag::Type::kTexts) {
        request.options.set(flag.name, {flag.type == DriverFlag::Type::kBool ? "false" : flag.default_text});
      }
    }
    const Node* given = mapping(node, "options", path);
    if (given == nullptr) return;
    const std::string inner = path + ".options";
    check_keys(*given, inner, known);
    for (const DriverFlag& flag : flags) {
      if (const Node* value = given->find(flag.name)) option(flag, *value, inner + "." + flag.name, request.options);
    }
  }

  void option(const DriverFlag& flag, const Node& value, const std::string& path, DriverOptions& options) {
    using Type = DriverFlag::Type;
    switch (flag.type) {
      case Type::kTexts:
        return options.set(flag.name, texts(value, path));
      case Type::kBool:
        if (!value.as_boolean()) fault(value.position(), path, "must be true or false");
        return options.set(flag.name, {value.as_boolean().value_or(false) ? "true" : "false"});
      case Type::kInteger:
        if (!value.as_integer()) fault(value.position(), path, "must be a whole number");
        return options.set(flag.name, {value.to_display()});
      case Type::kText:
        if (!value.is_scalar()) fault(value.position(), path, "must be a text");
        return options.set(flag.name, {value.to_display()});
    }
  }

  const FlagsOf& flags_of_;
  const Environment& environment_;
  MachineFile result_;
  std::set<std::string> names_;
};

}  // namespace

MachineFile read_machine_file(std::string_view text, std::string_view file_name, const std::string& fallback_name,
                              const FlagsOf& flags_of, const Environment& environment) {
  return Reader(flags_of, environment).read(text, file_name, fallback_name);
}

}  // namespace berth::machine
