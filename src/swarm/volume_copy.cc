#include "swarm/volume_copy.h"

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include <sys/stat.h>

#include "base/digest.h"
#include "base/error.h"
#include "base/json.h"
#include "base/log.h"
#include "engine/tar_reader.h"
#include "http/url.h"
#include "swarm/api/fan_out.h"
#include "swarm/api/forward.h"
#include "swarm/api/volumes.h"
#include "swarm/placement/rebalance.h"

namespace berth::swarm {

namespace {

constexpr std::chrono::seconds kCallLimit{30};
// Without a byte of an archive for so long, an engine is taken for hung.
constexpr std::chrono::seconds kMostPause{60};
constexpr std::size_t kPiece = std::size_t{64} << 10;

std::string target_of(std::size_t i) { return "/volume-" + std::to_string(i); }

// Of the volumes that the container mounts, by its engine's listing.
std::vector<std::string> mounted(const Container& container) {
  std::vector<std::string> names;
  const json::value listed = parse_json(container.json());
  const json::array* mounts = find_array(listed, "Mounts");
  if (mounts == nullptr) return names;
  for (const json::value& mount : *mounts) {
    std::string name = text_of(mount, "Name");
    if (text_of(mount, "Type") != "volume" || placement::is_made_up_volume(name)) continue;
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(std::move(name));
  }
  return names;
}

std::optional<FoundVolume> find_on(const Pool& pool, NodeNumber node, const std::string& name) {
  for (FoundVolume& volume : find_volumes(pool, name)) {
    if (volume.node->number == node) return std::move(volume);
  }
  return std::nullopt;
}

std::string policy_of(const Container& container) {
  return member_string(member_text(container.json(), "Labels"), placement::label::kVolumes);
}

// Another container of the node that has the volume, running or not; empty when there is none.
std::string other_user(const Pool& pool, const Container& container, const std::string& volume) {
  for (const ContainerPtr& other : pool.containers_of(container.node())) {
    if (other->id() == container.id() || other->replaces() == container.id()) continue;
    if (other->json().find(volume) == std::string::npos) continue;
    const std::vector<std::string> volumes = mounted(*other);
    if (std::find(volumes.begin(), volumes.end(), volume) != volumes.end()) return other->name();
  }
  return {};
}

std::string versioned(const Node& node, const std::string& path) { return "/v" + node.api_version.text() + path; }

// An archive of what the holder's mount holds.
http::Response open_archive(const Context& context, const Pool& pool, const NodePtr& node, const std::string& holder,
                            const std::string& mount) {
  const std::string path = http::Query().add_if("path", mount).on("/containers/" + holder + "/archive");
  http::Response archive = client_of(pool, *node)->send(context, {"GET", versioned(*node, path), {}});
  if (archive.ok()) return archive;
  const Reply reply{node, archive.status(), archive.read_all(context)};
  throw Error(kind_of_http_status(reply.status), reply.message()).within("node '" + node->name() + "'");
}

// What a tree holds, whatever the order of its archive.
struct Summary {
  std::array<char, 64> digest{};  // of its members, added up
  std::size_t members = 0;
  std::uint64_t bytes = 0;
  bool operator==(const Summary&) const = default;
};

Summary summary_of(const Context& context, http::Response archive) {
  engine::TarReader reader([&archive](const Context& reading, std::span<char> buffer) {
    return archive.read_some(reading.with_timeout(kMostPause), buffer);
  });
  Summary summary;
  const auto buffer = std::make_unique_for_overwrite<char[]>(kPiece);
  while (const auto entry = reader.next(context)) {
    Sha256 digest;
    const bool is_file = S_ISREG(entry->mode) && !entry->is_hard_link;
    digest.update(entry->path + '\0' + std::to_string(entry->mode) + ' ' + std::to_string(entry->uid) + ' ' +
                  std::to_string(entry->gid) + ' ' + std::to_string(entry->device) + ' ' +
                  (is_file ? std::to_string(entry->mtime) : "") + '\0' + entry->link + '\0');
    while (const std::size_t got = reader.read(context, {buffer.get(), kPiece})) {
      digest.update({buffer.get(), got});
      summary.bytes += got;
    }
    const std::string hex = digest.finish_hex();
    for (std::size_t i = 0; i < hex.size(); ++i) summary.digest[i] = static_cast<char>(summary.digest[i] ^ hex[i]);
    ++summary.members;
  }
  return summary;
}

}  // namespace

std::vector<std::string> volumes_to_move(const Pool& pool, const Container& container) {
  std::vector<std::string> names = mounted(container);
  std::erase_if(names, [&](const std::string& name) {
    const auto volume = find_on(pool, container.node(), name);
    return volume && !volume->is_local();
  });
  return names;
}

std::optional<std::string> reason_for_volumes_to_stay(const Pool& pool, const Container& container) {
  for (const std::string& name : volumes_to_move(pool, container)) {
    const std::string quoted = "volume '" + name + "'";
    if (policy_of(container) == "stay") return quoted + " is to stay, says the label " + placement::label::kVolumes;
    const auto volume = find_on(pool, container.node(), name);
    if (!volume) return quoted + " has not been looked at yet";
    const std::string driver = member_string(volume->json, "Driver");
    if (driver != "local") return quoted + " is of driver '" + driver + "', which keeps it on the node";
    const json::value listed = parse_json(volume->json);
    const json::object* options = find_object(listed, "Options");
    if (options != nullptr && !options->empty()) return quoted + " has options, which are of the node";
    if (const std::string other = other_user(pool, container, name); !other.empty()) {
      return quoted + " is used by '" + other + "', too";
    }
  }
  return std::nullopt;
}

std::optional<std::string> reason_to_wait_for_volumes(const Pool& pool, const std::vector<std::string>& names,
                                                      const std::string& policy) {
  if (policy == "abandon") return std::nullopt;
  for (const std::string& name : names) {
    const std::vector<FoundVolume> volumes = find_volumes(pool, name);
    const bool is_everywhere =
        std::any_of(volumes.begin(), volumes.end(), [](const FoundVolume& volume) { return !volume.is_local(); });
    if (is_everywhere || placement::is_made_up_volume(name)) continue;
    return "the data of its volume '" + name + "' is there: it waits for the node (with the label " +
           placement::label::kVolumes + "=abandon it would be made anew with empty volumes)";
  }
  return std::nullopt;
}

std::string VolumeCopy::make_holder(const Context& context, const NodePtr& node, const std::string& name) const {
  json::array mounts;
  for (std::size_t i = 0; i < volumes_.size(); ++i) {
    mounts.push_back(json::object{{"Type", "volume"},
                                  {"Source", volumes_[i]},
                                  {"Target", target_of(i)},
                                  {"VolumeOptions", json::object{{"NoCopy", true}}}});
  }
  const json::object body{
      {"Image", image_},
      {"Cmd", json::array{"true"}},
      {"Labels", json::object{{kReplacesLabel, container_.id()}, {kVolumeHolderLabel, container_.name()}}},
      {"HostConfig", json::object{{"NetworkMode", "none"}, {"Mounts", std::move(mounts)}}}};
  const std::string path =
      http::Query().add_if("name", name_while_replacing(container_.id(), name)).on("/containers/create");
  return text_of(parse_json(pool_.call(context, node->number, "POST", path, format_json(body))), "Id");
}

void VolumeCopy::prepare(const Context& context, const std::vector<std::string>& volumes) {
  const Context limited = context.with_timeout(kCallLimit);
  volumes_ = volumes;
  for (const std::string& name : volumes_) {
    const auto original = find_on(pool_, from_->number, name);
    if (!original) throw Error(Kind::kConflict, "volume '" + name + "' has gone");
    // Creating one that is there already would be no error.
    const Reply there = ask(limited, pool_, to_, {"GET", "/volumes/" + http::percent_encode(name), ""});
    if (there.ok()) {
      throw Error(Kind::kConflict, "node '" + to_->name() + "' has a volume '" + name + "' of its own");
    }
    if (there.status != 404) throw Error(kind_of_http_status(there.status), there.message());
    pool_.call(limited, to_->number, "POST", "/volumes/create",
               definition_of(*original, {{kCopyOf, container_.id() + "@" + from_->info.id}}));
    made_.push_back(name);
    pool_.touch(to_->number, Listing::kVolumes);
  }
  source_ = make_holder(limited, from_, container_.name() + "-volumes-from");
  target_ = make_holder(limited, to_, container_.name() + "-volumes-to");
}

void VolumeCopy::run(const Context& context) const {
  for (std::size_t i = 0; i < volumes_.size(); ++i) {
    within("copying volume '" + volumes_[i] + "'", [&] {
      http::Response archive = open_archive(context, pool_, from_, source_, target_of(i));
      http::Body body = http::Body::streamed([&](const Context& reading, std::span<char> buffer) {
        return archive.read_some(reading.with_timeout(kMostPause), buffer);
      });
      // Into the folder above it, as engines leave out what an archive says of "." itself: owner and mode.
      const std::string path = http::Query().add_if("path", "/").on("/containers/" + target_ + "/archive");
      http::Request put{"PUT", versioned(*to_, path), {{"Content-Type", "application/x-tar"}}};
      http::Response answer = client_of(pool_, *to_)->send(context, std::move(put), std::move(body));
      const Reply reply{to_, answer.status(), answer.read_all(context)};
      if (!reply.ok()) throw Error(kind_of_http_status(reply.status), reply.message());

      const Summary sent = summary_of(context, open_archive(context, pool_, from_, source_, target_of(i)));
      const Summary arrived = summary_of(context, open_archive(context, pool_, to_, target_, target_of(i)));
      if (sent != arrived) {
        throw Error(Kind::kInternal, "what arrived is not what was sent: " + std::to_string(arrived.members) + " of " +
                                         std::to_string(sent.members) + " files and folders, " +
                                         std::to_string(arrived.bytes) + " of " + std::to_string(sent.bytes) +
                                         " bytes");
      }
      log(LogLevel::kInfo, "copied volume '" + volumes_[i] + "' of '" + container_.name() + "' from '" + from_->name() +
                               "' to '" + to_->name() + "': " + std::to_string(sent.bytes) + " bytes in " +
                               std::to_string(sent.members) + " files and folders");
    });
  }
}

void VolumeCopy::remove(const Context& context, const NodePtr& node, const std::string& path) const {
  try {
    pool_.call(context.detached().with_timeout(kCallLimit), node->number, "DELETE", path);
  } catch (const Error& e) {
    if (e.kind() == Kind::kNotFound) return;
    log(LogLevel::kWarning, e.within("moving '" + container_.name() + "': removing " + path).message());
  }
}

void VolumeCopy::release(const Context& context) {
  for (const auto& [node, id] : {std::pair(from_, &source_), std::pair(to_, &target_)}) {
    if (id->empty()) continue;
    remove(context, node, "/containers/" + *id + "?force=1&v=1");
    pool_.touch(node->number, *id);
    id->clear();
  }
}

void VolumeCopy::drop(const Context& context) {
  release(context);
  for (const std::string& name : std::exchange(made_, {})) {
    remove(context, to_, "/volumes/" + http::percent_encode(name));
  }
  pool_.touch(to_->number, Listing::kVolumes);
}

void VolumeCopy::remove_originals(const Context& context) const {
  for (const std::string& name : volumes_) remove(context, from_, "/volumes/" + http::percent_encode(name));
  pool_.touch(from_->number, Listing::kVolumes);
}

}  // namespace berth::swarm
