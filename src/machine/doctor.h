// Which step between here and a machine's engine is broken.
#pragma once

#include <functional>
#include <string>

#include "base/context.h"
#include "machine/machines.h"
#include "pki/certificate.h"

namespace berth::machine {

struct Finding {
  enum class Verdict { kGood, kWarning, kBroken };
  std::string step;  // "DNS", "route", "ssh", "sudo", ...
  Verdict verdict = Verdict::kGood;
  std::string words;  // what was found; where something is wrong, what to do
};

// Looks at each step in its order and tells of it at once; what can't be asked because of a broken step before it is
// left out. Changes nothing. Returns whether nothing was broken. Throws kCancelled.
bool examine(const Context& context, const Machines& machines, const Host& host, pki::Time now,
             const std::function<void(const Finding&)>& tell);

}  // namespace berth::machine
