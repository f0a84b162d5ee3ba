// Machines in one file, for another user or computer.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "machine/host_store.h"

namespace berth::machine {

// The machines with their records, certificates and keys, and the store's certificates, under a passphrase. Throws
// kNotFound for a machine that is not there, kUnsupported for one that lives on this computer only, kInvalid for an
// empty passphrase.
std::string export_machines(const HostStore& store, const std::vector<std::string>& names, std::string_view passphrase);

struct Imported {
  std::vector<std::string> names;
  bool certificates = false;  // the store had none and has those of the file now
};

// Adds the machines of such a file to the store; paths in their records become the store's. `names` chooses some of
// them, all when empty. All or nothing of a name that is taken: kConflict, and nothing is changed. Throws also kInvalid
// for another file, kUnauthorized for a wrong passphrase, kNotFound for a name that is not in it.
Imported import_machines(const HostStore& store, std::string_view sealed, std::string_view passphrase,
                         const std::vector<std::string>& names);

// `record` (JSON) with every text that is `from` or a path below it beginning with `to` instead. All else stays as it
// is written.
std::string with_paths(std::string_view record, const std::string& from, const std::string& to);

}  // namespace berth::machine
