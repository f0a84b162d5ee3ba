#include "engine/stats.h"

#include "base/json.h"
#include "base/units.h"

namespace berth::engine {

namespace {

std::uint64_t count_of(const json::value* value, std::string_view name) {
  return value == nullptr ? 0 : static_cast<std::uint64_t>(integer_of(*value, name));
}

Stats::Cpu cpu_of(const json::value& stats, std::string_view name) {
  const json::value* cpu = find(stats, name);
  if (cpu == nullptr) return {};
  Stats::Cpu out;
  const json::value* usage = find(*cpu, "cpu_usage");
  out.total_usage = count_of(usage, "total_usage");
  out.system_usage = count_of(cpu, "system_cpu_usage");
  out.online_cpus = static_cast<std::uint32_t>(count_of(cpu, "online_cpus"));
  if (out.online_cpus == 0 && usage != nullptr) {
    if (const json::array* each = find_array(*usage, "percpu_usage")) {
      out.online_cpus = static_cast<std::uint32_t>(each->size());
    }
  }
  return out;
}

// cgroup v2 has inactive_file, v1 total_inactive_file; either can be dropped at once, so it isn't counted as used.
std::uint64_t memory_usage_of(const json::value& memory) {
  const std::uint64_t usage = count_of(&memory, "usage");
  const json::value* details = find(memory, "stats");
  std::uint64_t cache = count_of(details, "total_inactive_file");
  if (cache == 0) cache = count_of(details, "inactive_file");
  return cache < usage ? usage - cache : usage;
}

void read_block_io(const json::value& stats, Stats& out) {
  const json::value* blkio = find(stats, "blkio_stats");
  const json::array* entries = blkio == nullptr ? nullptr : find_array(*blkio, "io_service_bytes_recursive");
  if (entries == nullptr) return;
  for (const json::value& entry : *entries) {
    const std::string operation = text_of(entry, "op");
    if (operation == "read" || operation == "Read") out.block_read += count_of(&entry, "value");
    if (operation == "write" || operation == "Write") out.block_write += count_of(&entry, "value");
  }
}

}  // namespace

Stats decode_stats(std::string_view text) {
  const json::value stats = parse_json(text);
  Stats out;
  if (const std::string read = text_of(stats, "read"); !read.starts_with("0001-")) out.read = parse_time(read);
  out.name = text_of(stats, "name");
  if (out.name.starts_with('/')) out.name.erase(0, 1);
  out.id = ContainerId(text_of(stats, "id"));
  out.cpu = cpu_of(stats, "cpu_stats");
  out.precpu = cpu_of(stats, "precpu_stats");
  if (const json::value* memory = find(stats, "memory_stats")) {
    out.memory_usage = memory_usage_of(*memory);
    out.memory_limit = count_of(memory, "limit");
  }
  if (const json::object* networks = find_object(stats, "networks")) {
    for (const auto& [name, network] : *networks) {
      out.networks[std::string(name)] = {count_of(&network, "rx_bytes"), count_of(&network, "tx_bytes")};
    }
  }
  read_block_io(stats, out);
  if (const json::value* pids = find(stats, "pids_stats")) out.pids = count_of(pids, "current");
  return out;
}

double Stats::cpu_percent() const {
  if (cpu.total_usage <= precpu.total_usage || cpu.system_usage <= precpu.system_usage) return 0;
  const auto used = static_cast<double>(cpu.total_usage - precpu.total_usage);
  const auto passed = static_cast<double>(cpu.system_usage - precpu.system_usage);
  return used / passed * cpu.online_cpus * 100;
}

}  // namespace berth::engine
