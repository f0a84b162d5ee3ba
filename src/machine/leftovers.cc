#include "machine/leftovers.h"

#include "base/error.h"
#include "base/parallel.h"

namespace berth::machine {

namespace {

constexpr std::size_t kParallel = 16;

std::optional<Leftover> judge(const Context& context, const Machines& machines, const std::string& name) {
  if (machines.store().unfinished(name)) {
    try {
      const FileLock lock = machines.store().lock(name);
    } catch (const Error&) {
      return std::nullopt;  // it is being made
    }
    return Leftover{Leftover::What::kUnfinished, name, "its creation was cut short"};
  }
  try {
    const Host host = machines.store().load(name);
    if (machines.driver(host)->state(context) == State::kNone) {
      return Leftover{Leftover::What::kGone, name, "its host is gone"};
    }
  } catch (const Error& e) {
    // Only "there is no such host" means that; a driver or record that cannot be had does not.
    if (e.kind() == Kind::kNotFound && e.message().find("Driver \"") != 0) {
      return Leftover{Leftover::What::kGone, name, e.message()};
    }
  }
  return std::nullopt;
}

}  // namespace

std::vector<Leftover> find_leftovers(const Context& context, const Machines& machines) {
  struct Judged {
    std::string name;
    std::optional<Leftover> leftover;
  };
  std::vector<Judged> all;
  for (std::string& name : machines.store().list()) all.push_back({std::move(name), std::nullopt});
  for_each_parallel(all, kParallel, [&](Judged& judged) { judged.leftover = judge(context, machines, judged.name); });
  std::vector<Leftover> found;
  for (Judged& judged : all) {
    if (judged.leftover) found.push_back(std::move(*judged.leftover));
  }
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(machines.store().machines(), ignored)) {
    const std::string file = entry.path().filename();
    if (!file.starts_with('.') || !(file.ends_with(".new") || file.ends_with(".removed"))) continue;
    found.push_back({Leftover::What::kFile, file, "a killed process left it"});
  }
  return found;
}

void remove_leftover(const Context& context, const Machines& machines, const Leftover& leftover, const Say& say) {
  switch (leftover.what) {
    case Leftover::What::kUnfinished:
      return machines.remove(context, leftover.name, false, say);
    case Leftover::What::kGone:
      return machines.remove(context, leftover.name, true, say);
    case Leftover::What::kFile:
      return remove_tree(machines.store().machines() / leftover.name);
  }
}

}  // namespace berth::machine
