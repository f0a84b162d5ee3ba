#include "machine/host_store.h"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdio>

#include "base/error.h"
#include "base/strings.h"

namespace berth::machine {

namespace {

constexpr const char* kUnfinished = ".unfinished";

Path lock_path(const HostStore& store, const std::string& name) { return store.machines() / ("." + name + ".lock"); }

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// The number that `text` begins with, without leading zeros, taken off it.
std::string_view take_number(std::string_view& text) {
  std::size_t end = 0;
  while (end < text.size() && is_digit(text[end])) ++end;
  std::string_view digits = text.substr(0, end);
  text.remove_prefix(end);
  while (digits.size() > 1 && digits[0] == '0') digits.remove_prefix(1);
  return digits;
}

}  // namespace

Error already_exists(const std::string& name) {
  return Error(Kind::kConflict, "Docker machine \"" + name + "\" already exists");
}

Path HostStore::default_storage(const Environment& environment) {
  const std::string given = environment.get_or("MACHINE_STORAGE_PATH", "");
  return given.empty() ? Path(environment.home()) / ".docker" / "machine" : std::filesystem::absolute(given);
}

std::vector<std::string> HostStore::list() const {
  std::vector<std::string> names;
  std::error_code failure;
  for (const auto& entry : std::filesystem::directory_iterator(machines(), failure)) {
    const std::string name = entry.path().filename();
    std::error_code ignored;
    if (name[0] != '.' && entry.is_directory(ignored)) names.push_back(name);
  }
  if (failure && failure != std::errc::no_such_file_or_directory) {
    throw system_error(failure.value(), "listing '" + machines().string() + "'");
  }
  std::sort(names.begin(), names.end(), natural_less);
  return names;
}

bool HostStore::exists(const std::string& name) const {
  std::error_code ignored;
  return is_valid_host_name(name) && std::filesystem::is_directory(folder(name), ignored);
}

Host HostStore::load(const std::string& name) const {
  if (!exists(name)) {
    throw Error(Kind::kNotFound, "Docker machine \"" + name +
                                     "\" does not exist. Use \"berth machine ls\" to list machines. Use \"berth "
                                     "machine create\" to add a new one.");
  }
  const Path file = folder(name) / "config.json";
  try {
    Host host = parse_host(read_file(file));
    host.name = name;
    return host;
  } catch (const Error& e) {
    // A folder without a record is what is left of a machine that was never made: not "no such machine".
    const Kind kind = e.kind() == Kind::kNotFound ? Kind::kInvalid : e.kind();
    throw Error(kind, "machine '" + name + "' has no readable record ('" + file.string() + "': " + e.message() +
                          "); 'berth machine rm -f " + name + "' removes what is left of it");
  }
}

void HostStore::add(const Host& host) const { add_files(host.name, {{"config.json", format_host(host)}}); }

void HostStore::begin(const Host& host) const {
  add_files(host.name, {{"config.json", format_host(host)}, {kUnfinished, ""}});
}

void HostStore::add_files(const std::string& name, const std::map<std::string, std::string>& files) const {
  // A name that begins with a dot is nobody's machine.
  const Path prepared = machines() / ("." + name + ".new");
  remove_tree(prepared);
  make_folder(machines(), 0700);
  make_folder(prepared, 0700);
  for (const auto& [file, bytes] : files) write_file(prepared / file, bytes, 0600);
  if (::rename(prepared.c_str(), folder(name).c_str()) == 0) return;
  const int failure = errno;
  remove_tree(prepared);
  if (failure == ENOTEMPTY || failure == EEXIST) throw already_exists(name);
  throw system_error(failure, "adding machine '" + name + "'");
}

bool HostStore::unfinished(const std::string& name) const {
  std::error_code ignored;
  return std::filesystem::exists(folder(name) / kUnfinished, ignored);
}

void HostStore::finish(const std::string& name) const { remove_tree(folder(name) / kUnfinished); }

void HostStore::save(const Host& host) const { write_file(folder(host.name) / "config.json", format_host(host), 0600); }

void HostStore::remove(const std::string& name) const {
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(folder(name), ignored)) {
    if (entry.path().filename() != "config.json") remove_tree(entry.path());
  }
  const Path removed = machines() / ("." + name + ".removed");
  remove_tree(removed);
  if (::rename(folder(name).c_str(), removed.c_str()) != 0 && errno != ENOENT) {
    throw system_error(errno, "removing machine '" + name + "'");
  }
  remove_tree(removed);
}

FileLock HostStore::lock(const std::string& name) const {
  make_folder(machines(), 0700);
  // A program that a killed process was just starting holds its lock for a moment more.
  try {
    return FileLock::wait_for(Context().with_timeout(std::chrono::milliseconds(500)), lock_path(*this, name));
  } catch (const Error& e) {
    if (e.kind() != Kind::kTimeout) throw;
    throw Error(Kind::kConflict,
                "machine '" + name + "' is being changed by another process: try again when it is done");
  }
}

void HostStore::forget_lock(const std::string& name) const { remove_tree(lock_path(*this, name)); }

bool natural_less(std::string_view a, std::string_view b) {
  const std::string_view whole_a = a;
  const std::string_view whole_b = b;
  while (!a.empty() && !b.empty()) {
    if (is_digit(a[0]) && is_digit(b[0])) {
      const std::string_view number_a = take_number(a);
      const std::string_view number_b = take_number(b);
      if (number_a.size() != number_b.size()) return number_a.size() < number_b.size();
      if (number_a != number_b) return number_a < number_b;
      continue;
    }
    const int lower_a = std::tolower(static_cast<unsigned char>(a[0]));
    const int lower_b = std::tolower(static_cast<unsigned char>(b[0]));
    if (lower_a != lower_b) return lower_a < lower_b;
    a.remove_prefix(1);
    b.remove_prefix(1);
  }
  if (a.empty() != b.empty()) return a.empty();
  return whole_a < whole_b;
}

}  // namespace berth::machine
