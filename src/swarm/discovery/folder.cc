// What is listed by looking into folders: a file of nodes, this host's machines.
#include <algorithm>
#include <system_error>

#include "base/strings.h"
#include "swarm/discovery/address.h"
#include "swarm/discovery/sources.h"
#include "swarm/discovery/told.h"

namespace berth::swarm {

namespace {

// Changes that nobody tells of are seen after this: file systems of other hosts, folders that were not there.
constexpr std::chrono::seconds kLookAnyway{10};
constexpr std::chrono::seconds kLookForFolder{1};

// The words of a line, without its comment.
std::vector<std::string> words_of(std::string_view line) {
  std::vector<std::string> words;
  for (const std::string& word : split(replace_all(cut(line, '#').first, "\t", " "), ' ')) {
    if (const std::string_view plain = trim(word); !plain.empty()) words.emplace_back(plain);
  }
  return words;
}

EngineAddresses addresses_of(const std::vector<std::string>& words) {
  constexpr std::string_view kCertificates = "certs=";
  Path certificates;
  for (std::size_t i = 1; i < words.size(); ++i) {
    if (!words[i].starts_with(kCertificates)) {
      throw Error(Kind::kInvalid,
                  "'" + words[i] + "' is not known here: after the address there may be 'certs=FOLDER'");
    }
    certificates = words[i].substr(kCertificates.size());
    if (!certificates.is_absolute()) {
      throw Error(Kind::kInvalid, "'" + words[i] + "' needs an absolute path, as it counts for whoever reads the file");
    }
  }
  EngineAddresses addresses;
  for (const std::string& address : expand_ranges(words.front())) {
    addresses.push_back({.address = checked_address(address), .certificates = certificates});
  }
  return addresses;
}

}  // namespace

void FolderDiscovery::watch(const Context& context, const OnChange& changed, const OnTrouble& trouble) {
  Told told(changed, trouble);
  FolderWatch watch;
  try {
    for (;;) {
      // Watched before they are read, so that nothing falls between.
      const bool all_there = watch.set(folders()).empty();
      try {
        told.set(list(context));
      } catch (const Error& e) {
        context.check();
        told.trouble(e);
      }
      std::vector<FolderWatch::Happening> happenings;
      do {
        happenings = watch.wait(context, all_there ? kLookAnyway : kLookForFolder);
      } while (!concerned(happenings));
    }
  } catch (const Error&) {
    if (!context.cancelled() && (!context.deadline() || Context::Clock::now() < *context.deadline())) throw;
  }
}

EngineAddresses parse_nodes_file(std::string_view text, const Path& path) {
  EngineAddresses addresses;
  int number = 0;
  for (const std::string& line : split(text, '\n')) {
    ++number;
    const auto words = words_of(line);
    if (words.empty()) continue;
    const EngineAddresses more =
        within(path.string() + ":" + std::to_string(number), [&] { return addresses_of(words); });
    addresses.insert(addresses.end(), more.begin(), more.end());
  }
  return sorted(std::move(addresses));
}

EngineAddresses FileDiscovery::list(const Context&) { return parse_nodes_file(read_file(path_), path_); }

std::vector<Path> FileDiscovery::folders() const {
  const Path absolute = std::filesystem::absolute(path_);
  std::vector<Path> folders = {absolute.parent_path()};
  // Where the name is a link, what it leads to may be replaced as well.
  std::error_code ignored;
  const Path real = std::filesystem::canonical(absolute, ignored).parent_path();
  if (!real.empty() && real != folders.front()) folders.push_back(real);
  return folders;
}

bool FileDiscovery::concerned(const std::vector<FolderWatch::Happening>& happenings) {
  // Whoever writes it in place has it empty, or half done, for a while: wait until it is closed.
  bool unfinished = false;
  for (const auto& happening : happenings) {
    if (happening.path.filename() == path_.filename()) unfinished = happening.unfinished;
  }
  return !unfinished;
}

MachineDiscovery::MachineDiscovery(MachineSource source, std::string_view names) : source_(std::move(source)) {
  if (!source_.list) throw Error(Kind::kUnsupported, "'machine://' is not offered here");
  if (names.empty()) return;
  for (const std::string& name : split(names, ',')) {
    if (name.empty()) throw Error(Kind::kInvalid, "'machine://" + std::string(names) + "' has an empty name");
    for (std::string& one : expand_ranges(name)) names_.push_back(std::move(one));
  }
}

EngineAddresses MachineDiscovery::list(const Context&) {
  EngineAddresses addresses = source_.list();
  std::erase_if(addresses, [&](const EngineAddress& one) {
    return !names_.empty() && std::find(names_.begin(), names_.end(), one.name) == names_.end();
  });
  return sorted(std::move(addresses));
}

std::vector<Path> MachineDiscovery::folders() const {
  std::vector<Path> folders = {source_.folder};
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(source_.folder, ignored)) {
    if (entry.is_directory(ignored)) folders.push_back(entry.path());
  }
  return folders;
}

bool MachineDiscovery::concerned(const std::vector<FolderWatch::Happening>& happenings) {
  // Engines may write their logs beside the record.
  return happenings.empty() || std::any_of(happenings.begin(), happenings.end(), [&](const auto& happening) {
           const Path& path = happening.path;
           return path.parent_path() == source_.folder || path == source_.folder || path.extension() == ".json" ||
                  path.extension() == ".pem" || path.empty();
         });
}

}  // namespace berth::swarm
