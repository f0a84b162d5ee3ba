#include "machine/transfer.h"

#include <algorithm>

#include "base/error.h"
#include "base/json.h"
#include "base/strings.h"
#include "machine/base_driver.h"
#include "pki/sealed.h"

namespace berth::machine {

namespace {

constexpr std::string_view kPurpose = "berth machine export 1\n";
constexpr const char* kKeyFromOutside = "exported_id";
constexpr std::size_t kLargestFile = 1U << 20;  // certificates and keys are small; disks and logs stay
// Drivers whose machines are on this computer.
constexpr std::string_view kHere[] = {"local", "qemu"};

using Files = std::map<std::string, std::string>;

Files small_files(const Path& folder) {
  Files files;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) {
    const std::string name = entry.path().filename();
    if (name[0] == '.' || name.ends_with(".log") || !entry.is_regular_file(ignored)) continue;
    if (entry.file_size(ignored) <= kLargestFile) files[name] = read_file(entry.path());
  }
  return files;
}

// The quoted text as JSON has it.
std::string quoted(const std::string& text) { return format_json(json::string(text), 0, true); }

// A key that lies outside the store goes along, under a name of its own.
void add_outside_key(const HostStore& store, const Host& host, Files& files) {
  const std::string key = read_base_driver(parse_json(host.driver)).ssh_key_path;
  if (key.empty() || key.starts_with(store.storage().string() + "/")) return;
  const auto bytes = read_file_if_exists(key);
  if (!bytes) throw Error(Kind::kNotFound, "machine '" + host.name + "': its key '" + key + "' is not there");
  files[kKeyFromOutside] = *bytes;
  std::string& record = files["config.json"];
  record = replace_all(record, quoted(key), quoted(store.folder(host.name) / kKeyFromOutside));
}

json::object json_of(const Files& files) {
  json::object object;
  for (const auto& [name, bytes] : files) object[name] = base64_encode(bytes);
  return object;
}

Files files_of(const json::value& parent, std::string_view name) {
  Files files;
  for (const auto& [file, text] : pairs_of(parent, name)) {
    const auto bytes = base64_decode(text);
    if (!bytes || file.empty() || file.find('/') != std::string::npos || file == "..") {
      throw Error(Kind::kInvalid, "the file holds '" + file + "', which cannot be");
    }
    files[file] = *bytes;
  }
  return files;
}

}  // namespace

std::string with_paths(std::string_view record, const std::string& from, const std::string& to) {
  const auto inner = [](const std::string& text) {
    const std::string whole = quoted(text);
    return whole.substr(0, whole.size() - 1);  // up to where a path may go on
  };
  std::string result = replace_all(record, quoted(from), quoted(to));
  return replace_all(result, inner(from + "/"), inner(to + "/"));
}

std::string export_machines(const HostStore& store, const std::vector<std::string>& names,
                            std::string_view passphrase) {
  if (passphrase.empty()) throw Error(Kind::kInvalid, "the passphrase is empty");
  json::object machines;
  for (const std::string& name : names) {
    const Host host = store.load(name);
    if (std::find(std::begin(kHere), std::end(kHere), host.driver_name) != std::end(kHere)) {
      throw Error(Kind::kUnsupported, "machine '" + name + "' is of driver '" + host.driver_name +
                                          "' and lives on this computer: there is nothing to take elsewhere");
    }
    if (store.unfinished(name))
      throw Error(Kind::kInvalid, "machine '" + name + "' is unfinished: create it again first");
    Files files = small_files(store.folder(name));
    add_outside_key(store, host, files);
    machines[name] = json_of(files);
  }
  const json::object whole = {{"storage", store.storage().string()},
                              {"certs", json_of(small_files(store.certificates()))},
                              {"machines", std::move(machines)}};
  return pki::seal(format_json(whole), passphrase, kPurpose);
}

Imported import_machines(const HostStore& store, std::string_view sealed, std::string_view passphrase,
                         const std::vector<std::string>& names) {
  const json::value whole = parse_json(pki::unseal(sealed, passphrase, kPurpose));
  const std::string from = text_of(whole, "storage");
  const json::object* machines = find_object(whole, "machines");
  if (machines == nullptr || from.empty()) throw Error(Kind::kInvalid, "the file holds no machines");
  Imported imported;
  imported.names = names;
  if (names.empty()) {
    for (const auto& machine : *machines) imported.names.emplace_back(machine.key());
  }
  std::map<std::string, Files> prepared;
  for (const std::string& name : imported.names) {
    if (!machines->contains(name)) throw Error(Kind::kNotFound, "machine '" + name + "' is not in the file");
    if (!is_valid_host_name(name))
      throw Error(Kind::kInvalid, "the file holds a machine '" + name + "', which is no name");
    if (store.exists(name)) throw already_exists(name);
    Files files = files_of(*machines, name);
    files["config.json"] = with_paths(files["config.json"], from, store.storage());
    parse_host(files["config.json"]);
    prepared[name] = std::move(files);
  }
  if (!std::filesystem::exists(store.certificates() / "ca.pem")) {
    make_folder(store.certificates(), 0700);
    for (const auto& [name, bytes] : files_of(whole, "certs")) write_file(store.certificates() / name, bytes, 0600);
    imported.certificates = true;
  }
  for (const auto& [name, files] : prepared) {
    const FileLock lock = store.lock(name);
    store.add_files(name, files);
  }
  return imported;
}

}  // namespace berth::machine
