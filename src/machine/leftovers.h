// What is in a store without a machine behind it.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "machine/machines.h"

namespace berth::machine {

struct Leftover {
  enum class What {
    kUnfinished,  // a machine whose creation was cut short: remove() takes what was made of it
    kGone,        // a record whose host the driver does not know any more
    kFile,        // what a killed process left beside the machines
  };
  What what;
  std::string name;  // of the machine, or the file
  std::string why;
  bool operator==(const Leftover&) const = default;
};

// Asks every machine's driver, several at a time, each for as long as `context` allows; one that does not answer is not
// gone. Machines that another process is changing are passed over. Changes nothing.
std::vector<Leftover> find_leftovers(const Context& context, const Machines& machines);
// Throws what Machines::remove throws.
void remove_leftover(const Context& context, const Machines& machines, const Leftover& leftover, const Say& say);

}  // namespace berth::machine
