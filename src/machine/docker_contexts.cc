#include "machine/docker_contexts.h"

#include "base/digest.h"
#include "base/error.h"
#include "base/json.h"

namespace berth::machine {

namespace {

constexpr const char* kStore = "com.berth.machine.store";

}  // namespace

DockerContexts::DockerContexts(const Environment& environment, Path storage) : storage_(std::move(storage)) {
  const Path own = Path(environment.home()) / ".docker";
  folder_ = Path(environment.get_or("DOCKER_CONFIG", own.string())) / "contexts";
  const auto wish = environment.get("MACHINE_DOCKER_CONTEXTS");
  kept_ = wish ? environment.is_true("MACHINE_DOCKER_CONTEXTS") : storage_ == own / "machine";
}

Path DockerContexts::meta(const std::string& name) const { return folder_ / "meta" / sha256_hex(name); }
Path DockerContexts::tls(const std::string& name) const { return folder_ / "tls" / sha256_hex(name); }

bool DockerContexts::is_ours(const std::string& name) const {
  const auto text = read_file_if_exists(meta(name) / "meta.json");
  if (!text) return false;
  try {
    const json::value value = parse_json(*text);
    const json::value* metadata = find(value, "Metadata");
    return metadata != nullptr && text_of(*metadata, kStore) == storage_.string();
  } catch (const Error&) {
    return false;  // whatever it is, we did not write it
  }
}

DockerContexts::Outcome DockerContexts::write(const std::string& name, const engine::Endpoint& endpoint) const {
  // docker reserves "default" and wants two characters.
  if (!kept_ || name.size() < 2 || name == "default") return Outcome::kNotKept;
  const bool exists = std::filesystem::exists(meta(name)) || std::filesystem::exists(tls(name));
  if (exists && !is_ours(name)) return Outcome::kTakenByOthers;
  remove_tree(tls(name));
  if (endpoint.tls) {
    const Path folder = tls(name) / "docker";
    write_file(folder / "ca.pem", endpoint.tls->ca, 0600);
    write_file(folder / "cert.pem", endpoint.tls->cert, 0600);
    write_file(folder / "key.pem", endpoint.tls->key, 0600);
  }
  const json::object context = {
      {"Name", name},
      {"Metadata", {{"Description", "Machine " + name + " of Berth"}, {kStore, storage_.string()}}},
      {"Endpoints", {{"docker", {{"Host", endpoint.host}, {"SkipTLSVerify", false}}}}}};
  write_file(meta(name) / "meta.json", format_json(context), 0644);
  return Outcome::kDone;
}

void DockerContexts::remove(const std::string& name) const {
  if (!is_ours(name)) return;
  remove_tree(tls(name));
  remove_tree(meta(name));
}

}  // namespace berth::machine
