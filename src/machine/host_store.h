// The folder of machines, shared with docker-machine.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/context.h"
#include "base/environment.h"
#include "base/error.h"
#include "base/files.h"
#include "machine/host.h"

namespace berth::machine {

// Layout: `STORAGE/machines/NAME/config.json` beside the machine's certificates, and `STORAGE/certs`. Any thread, any
// number of processes: records change in one step, and whoever changes a machine holds its lock.
class HostStore {
 public:
  explicit HostStore(Path storage) : storage_(std::move(storage)) {}

  // $MACHINE_STORAGE_PATH, else ~/.docker/machine.
  static Path default_storage(const Environment& environment);

  const Path& storage() const { return storage_; }
  Path certificates() const { return storage_ / "certs"; }
  Path machines() const { return storage_ / "machines"; }
  Path folder(const std::string& name) const { return machines() / name; }

  // Names in order, as people count: node2 before node10. Also of machines whose record cannot be read.
  std::vector<std::string> list() const;
  bool exists(const std::string& name) const;
  // Throws kNotFound in docker-machine's words; kInvalid, kUnsupported naming the file and what to do.
  Host load(const std::string& name) const;
  // Adds a machine, in one step: its folder never lies there without a record. Throws
  // kConflict when the name is taken, kForbidden, kInternal (disk full).
  void add(const Host& host) const;
  // The same for one whose creation begins: it is unfinished() until finish().
  void begin(const Host& host) const;
  // The same for a machine that comes with all its files (name and bytes, config.json among them).
  void add_files(const std::string& name, const std::map<std::string, std::string>& files) const;
  // Whether its creation has not come to its end: it goes on, failed, or was cut short.
  bool unfinished(const std::string& name) const;
  void finish(const std::string& name) const;
  // Replaces the record. Throws kForbidden, kInternal (disk full); the old record stays then.
  void save(const Host& host) const;
  // Removes the machine's folder. The record goes last and in one step with the folder, so that a half-removed machine
  // can be removed again.
  void remove(const std::string& name) const;

  // Until the lock goes no other process or thread changes the machine. Throws kConflict when
  // one does, after half a second.
  [[nodiscard]] FileLock lock(const std::string& name) const;
  // For the holder of the lock: leaves no lock file behind.
  void forget_lock(const std::string& name) const;

 private:
  Path storage_;
};

// In docker-machine's words.
Error already_exists(const std::string& name);

// Order of names as people count: digits are numbers, letters' case does not matter.
bool natural_less(std::string_view a, std::string_view b);

}  // namespace berth::machine
