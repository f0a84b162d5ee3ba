// What a watch has told already.
#pragma once

#include <optional>
#include <string>

#include "swarm/discovery/discovery.h"

namespace berth::swarm {

// Hands on only what is new: a set that is not the one told last, a trouble that has not been told since the last time
// that all was well.
class Told {
 public:
  Told(const Discovery::OnChange& changed, const Discovery::OnTrouble& trouble)
      : changed_(changed), trouble_(trouble) {}

  void set(const EngineAddresses& addresses) {
    fault_.clear();
    if (last_ == addresses) return;
    last_ = addresses;
    changed_(addresses);
  }
  void trouble(const Error& error) {
    if (error.message() == fault_) return;
    fault_ = error.message();
    trouble_(error);
  }
  void well() { fault_.clear(); }

 private:
  const Discovery::OnChange& changed_;
  const Discovery::OnTrouble& trouble_;
  std::optional<EngineAddresses> last_;
  std::string fault_;
};

}  // namespace berth::swarm
