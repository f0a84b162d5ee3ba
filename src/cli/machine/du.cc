#include <numeric>

#include "base/error.h"
#include "base/parallel.h"
#include "base/units.h"
#include "cli/machine/commands.h"
#include "cli/machine/session.h"
#include "cli/table.h"
#include "engine/client.h"

namespace berth::cli {

namespace {

constexpr auto kProbe = std::chrono::seconds(10);

struct Usage {
  std::string name;
  std::vector<std::string> cells;
  std::string trouble;  // why its engine tells nothing
};

// What a machine's folder takes of this computer's disk; hard links and holes as the file system counts them not.
Bytes folder_size(const Path& folder) {
  std::int64_t sum = 0;
  std::error_code failure;
  std::filesystem::recursive_directory_iterator entries(folder, failure);
  for (; !failure && entries != std::filesystem::recursive_directory_iterator(); entries.increment(failure)) {
    std::error_code ignored;
    if (entries->is_symlink(ignored) || !entries->is_regular_file(ignored)) continue;
    if (const auto size = entries->file_size(ignored); !ignored) sum += static_cast<std::int64_t>(size);
  }
  return Bytes{sum};
}

template <typename Items, typename Size>
std::string total(const Items& items, Size size) {
  std::int64_t sum = 0;
  for (const auto& item : items) sum += std::max<std::int64_t>(0, count(size(item)));
  return human_size(Bytes{sum});
}

void measure(const Invocation& invocation, const machine::Machines& machines, Usage& usage) {
  const std::string here = human_size(folder_size(machines.store().folder(usage.name)));
  std::string driver;
  try {
    const machine::Host host = machines.store().load(usage.name);
    driver = host.driver_name;
    const Context context = invocation.context.with_timeout(kProbe);
    const engine::DiskUsage used = engine::Client(machines.endpoint(context, host)).disk_usage(context);
    usage.cells = {usage.name,
                   driver,
                   here,
                   human_size(used.layers_size),
                   total(used.containers, [](const auto& c) { return c.size_rw.value_or(Bytes{}); }),
                   total(used.volumes, [](const auto& v) { return v.size; }),
                   total(used.build_cache, [](const auto& b) { return b.size; })};
  } catch (const Error& e) {
    if (e.kind() == Kind::kCancelled) throw;
    usage.cells = {usage.name, driver, here, "-", "-", "-", "-"};
    usage.trouble = e.message();
  }
}

int du(Invocation& invocation) {
  const machine::Machines machines = machines_of(invocation);
  std::vector<std::string> names = invocation.arguments.rest;
  if (names.empty()) names = machines.store().list();
  for (const std::string& name : names) machines.store().load(name);
  std::vector<Usage> all;
  for (const std::string& name : names) all.push_back({name, {}, {}});
  throw_all(for_each_parallel(all, 16, [&](Usage& usage) { measure(invocation, machines, usage); }));
  std::vector<std::vector<std::string>> rows = {
      {"NAME", "DRIVER", "HERE", "IMAGES", "CONTAINERS", "VOLUMES", "BUILD CACHE"}};
  for (Usage& usage : all) rows.push_back(std::move(usage.cells));
  invocation.terminal.out(format_table(rows));
  for (const Usage& usage : all) {
    if (!usage.trouble.empty()) invocation.terminal.warn("machine '" + usage.name + "': " + usage.trouble);
  }
  return 0;
}

}  // namespace

Command machine_du_command() {
  Command command;
  command.name = "du";
  command.usage = "[MACHINE...]";
  command.summary = "Show the disk that machines use, on this computer and on their own";
  command.completes = "machine";
  command.run = du;
  return command;
}

}  // namespace berth::cli
