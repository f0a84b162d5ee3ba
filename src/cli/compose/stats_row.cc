#include "cli/compose/stats_row.h"

#include <cstdio>

#include "base/json.h"
#include "base/units.h"
#include "converge/labels.h"

namespace berth::cli {

namespace {

std::string percent(double value) {
  char text[64];
  return std::string(text, static_cast<std::size_t>(std::snprintf(text, sizeof text, "%.2f%%", value)));
}

std::string pair(const std::string& one, const std::string& other) { return one + " / " + other; }

Bytes bytes(std::uint64_t count) { return Bytes(static_cast<std::int64_t>(count)); }

}  // namespace

json::value stats_row(const engine::ContainerSummary& container, const engine::Stats* sample, bool truncate) {
  json::object row{{"BlockIO", "--"},
                   {"CPUPerc", "--"},
                   {"Container", container.id.value},
                   {"ID", truncate ? container.id.brief() : container.id.value},
                   {"MemPerc", "--"},
                   {"MemUsage", "-- / --"},
                   {"Name", converge::name_of(container)},
                   {"NetIO", "--"},
                   {"PIDs", "--"}};
  if (sample == nullptr) return row;
  std::uint64_t received = 0;
  std::uint64_t sent = 0;
  for (const auto& [name, network] : sample->networks) {
    received += network.rx_bytes;
    sent += network.tx_bytes;
  }
  const double share = sample->memory_limit == 0 ? 0
                                                 : static_cast<double>(sample->memory_usage) /
                                                       static_cast<double>(sample->memory_limit) * 100;
  row["BlockIO"] = pair(human_size(bytes(sample->block_read)), human_size(bytes(sample->block_write)));
  row["CPUPerc"] = percent(sample->cpu_percent());
  row["MemPerc"] = percent(share);
  row["MemUsage"] = pair(binary_size(bytes(sample->memory_usage)), binary_size(bytes(sample->memory_limit)));
  row["NetIO"] = pair(human_size(bytes(received)), human_size(bytes(sent)));
  row["PIDs"] = std::to_string(sample->pids);
  return row;
}

json::value stats_headers() {
  return json::object{
      {"BlockIO", "BLOCK I/O"}, {"CPUPerc", "CPU %"}, {"Container", "CONTAINER"},
      {"ID", "CONTAINER ID"},   {"MemPerc", "MEM %"}, {"MemUsage", "MEM USAGE / LIMIT"},
      {"Name", "NAME"},         {"NetIO", "NET I/O"}, {"PIDs", "PIDS"},
  };
}

}  // namespace berth::cli
