// The kinds of discovery, each behind Discovery; what is common to them is told there.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/folder_watch.h"
#include "swarm/discovery/discovery.h"

namespace berth::swarm {

class Told;

// Sorted, and each address once: the first of those that are the same stays.
EngineAddresses sorted(EngineAddresses addresses);

// "a:2375,n[1:3]:2375".
class FixedDiscovery : public Discovery {
 public:
  // Throws kInvalid.
  explicit FixedDiscovery(std::string_view text);
  std::string_view scheme() const override { return "nodes"; }
  EngineAddresses list(const Context&) override { return addresses_; }
  void watch(const Context& context, const OnChange& changed, const OnTrouble& trouble) override;

 private:
  EngineAddresses addresses_;
};

// What lies in folders is listed anew whenever something happens there, and every ten seconds all the same.
class FolderDiscovery : public Discovery {
 public:
  void watch(const Context& context, const OnChange& changed, const OnTrouble& trouble) override;

 protected:
  // Folders in which a change may change the list.
  virtual std::vector<Path> folders() const = 0;
  // Whether the list may be read after these: not while what it is read from is half written.
  virtual bool concerned(const std::vector<FolderWatch::Happening>& happenings) = 0;
};

// Addresses of a file's text: a line for each, "PATTERN [certs=FOLDER]"; # begins a comment. Throws kInvalid with the
// file and line.
EngineAddresses parse_nodes_file(std::string_view text, const Path& path);

class FileDiscovery : public FolderDiscovery {
 public:
  explicit FileDiscovery(Path path) : path_(std::move(path)) {}
  std::string_view scheme() const override { return "file"; }
  EngineAddresses list(const Context&) override;

 protected:
  std::vector<Path> folders() const override;
  bool concerned(const std::vector<FolderWatch::Happening>& happenings) override;

 private:
  const Path path_;
};

class MachineDiscovery : public FolderDiscovery {
 public:
  // `names` as in the URL; empty: all machines. Throws kInvalid.
  MachineDiscovery(MachineSource source, std::string_view names);
  std::string_view scheme() const override { return "machine"; }
  EngineAddresses list(const Context&) override;

 protected:
  std::vector<Path> folders() const override;
  bool concerned(const std::vector<FolderWatch::Happening>& happenings) override;

 private:
  const MachineSource source_;
  std::vector<std::string> names_;
};

// Nodes that list themselves in a store: key PATH/ADDRESS, value ADDRESS, under a lease. What is there and is no
// address is left out with a warning in the log.
class StoreDiscovery : public Discovery {
 public:
  // `path` is kv.path, without '/' at its ends.
  StoreDiscovery(std::unique_ptr<store::Store> store, std::string_view path);
  std::string_view scheme() const override { return "etcd"; }
  EngineAddresses list(const Context& context) override;
  void watch(const Context& context, const OnChange& changed, const OnTrouble& trouble) override;
  void join(const Context& context, const std::string& address, const Heartbeat& heartbeat,
            const OnTrouble& trouble) override;
  void leave(const Context& context, const std::string& address) override;

 private:
  using Values = std::map<std::string, std::string>;  // of keys
  // Until the store has forgotten some of the changes.
  void follow(const Context& context, Told& told);
  // False when some are missing.
  bool apply(const store::Changes& changes, Values& values) const;
  // Takes what else is happening just now, so that a thousand nodes that come at once are told as a few sets.
  bool collect(const Context& context, store::Watch& watch, Values& values) const;

  const std::unique_ptr<store::Store> store_;
  const std::string prefix_;
};

}  // namespace berth::swarm
