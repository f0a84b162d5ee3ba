#include "swarm/api/metrics.h"

#include <chrono>
#include <filesystem>
#include <iterator>
#include <vector>

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/files.h"
#include "base/strings.h"

namespace berth::swarm {

namespace {

using Labels = std::vector<std::pair<std::string_view, std::string>>;

// Source: Prometheus' text format: backslash, quote and line end of a label's value are escaped.
std::string escaped(std::string_view value) {
  std::string text;
  for (const char c : value) {
    if (c == '\\' || c == '"') text += '\\';
    text += c == '\n' ? "\\n" : std::string(1, c);
  }
  return text;
}

// Families of samples, one after the other.
class Text {
 public:
  void family(std::string_view name, std::string_view type, std::string_view help) {
    name_ = name;
    text_.append("# HELP ").append(name).append(" ").append(help).append("\n# TYPE ").append(name).append(" ");
    text_.append(type).append("\n");
  }
  // `suffix` is for histograms: "_bucket", "_sum", "_count".
  void sample(const std::string& value, const Labels& labels = {}, std::string_view suffix = {}) {
    text_.append(name_).append(suffix);
    std::vector<std::string> parts;
    for (const auto& [name, label] : labels) parts.push_back(std::string(name) + "=\"" + escaped(label) + "\"");
    if (!parts.empty()) text_ += "{" + join(parts, ",") + "}";
    text_ += " " + value + "\n";
  }
  template <typename Number>
  void one(std::string_view name, std::string_view type, std::string_view help, Number value) {
    family(name, type, help);
    sample(format_number(static_cast<double>(value)));
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
  std::string name_;
};

struct Totals {
  std::map<std::string, std::int64_t> states;
  std::map<std::string, std::int64_t> availabilities;
  std::int64_t containers = 0;
  std::int64_t running = 0;
  double cpus = 0;
  double reserved_cpus = 0;
  double memory = 0;
  double reserved_memory = 0;
};

Totals totals_of(const Pool& pool) {
  Totals totals;
  for (const NodeState state : {NodeState::kPending, NodeState::kHealthy, NodeState::kUnhealthy,
                                NodeState::kUnreachable, NodeState::kDisconnected}) {
    totals.states[to_lower(name_of(state))] = 0;
  }
  for (const auto one :
       {placement::Availability::kActive, placement::Availability::kPause, placement::Availability::kDrain}) {
    totals.availabilities[std::string(placement::name_of(one))] = 0;
  }
  for (const NodePtr& node : pool.nodes()) {
    ++totals.states[to_lower(name_of(node->state))];
    ++totals.availabilities[std::string(placement::name_of(node->settings.availability))];
    const placement::Usage usage = pool.usage(*node);
    totals.containers += static_cast<std::int64_t>(usage.containers);
    totals.running += static_cast<std::int64_t>(usage.running);
    if (!node->healthy()) continue;
    totals.cpus += static_cast<double>(node->info.ncpu);
    totals.memory += static_cast<double>(count(node->info.mem_total));
    totals.reserved_cpus += static_cast<double>(usage.reserved.nano_cpus) / 1e9;
    totals.reserved_memory += static_cast<double>(count(usage.reserved.memory));
  }
  return totals;
}

void add_nodes(Text& text, const Pool& pool) {
  const Totals totals = totals_of(pool);
  text.family("berth_swarm_nodes", "gauge", "Nodes by state.");
  for (const auto& [state, number] : totals.states) text.sample(std::to_string(number), {{"state", state}});
  text.family("berth_swarm_nodes_available", "gauge", "Nodes by availability, the operator's word.");
  for (const auto& [name, number] : totals.availabilities) {
    text.sample(std::to_string(number), {{"availability", name}});
  }
  text.family("berth_swarm_containers", "gauge", "Containers, those being created too, by whether they run.");
  text.sample(std::to_string(totals.running), {{"state", "running"}});
  text.sample(std::to_string(totals.containers - totals.running), {{"state", "stopped"}});
  text.one("berth_swarm_cpus", "gauge", "Processors of healthy nodes.", totals.cpus);
  text.one("berth_swarm_reserved_cpus", "gauge", "Processors that containers on healthy nodes reserve.",
           totals.reserved_cpus);
  text.one("berth_swarm_memory_bytes", "gauge", "Memory of healthy nodes.", totals.memory);
  text.one("berth_swarm_reserved_memory_bytes", "gauge", "Memory that containers on healthy nodes reserve.",
           totals.reserved_memory);
}

void add_counters(Text& text, const PoolCounters& counters) {
  const auto counter = [&](std::string_view name, std::string_view help, const PoolCounters::Count& value) {
    text.one(name, "counter", help, value.load());
  };
  counter("berth_swarm_placements_total", "Containers and builds that a node was found for.", counters.placements);
  counter("berth_swarm_refusals_total", "Containers and builds that no node would do for.", counters.refusals);
  counter("berth_swarm_event_streams_opened_total", "Event streams to engines that were opened.",
          counters.event_streams);
  counter("berth_swarm_event_streams_lost_total", "Event streams to engines that broke off.",
          counters.event_stream_losses);
  counter("berth_swarm_event_stream_reconnects_total", "Event streams that were opened again after they broke off.",
          counters.event_stream_resumes);
  counter("berth_swarm_moves_total", "Containers that drains and rebalancing have moved.", counters.moves);
  counter("berth_swarm_move_failures_total", "Moves that were taken back.", counters.move_failures);
  counter("berth_swarm_reschedules_total", "Containers of lost nodes that were made anew.", counters.reschedules);
  counter("berth_swarm_reschedule_failures_total", "Containers of lost nodes that could not be made anew, by attempt.",
          counters.reschedule_failures);
}

void add_requests(Text& text, const RequestMetrics& requests) {
  text.one("berth_swarm_requests_at_work", "gauge", "Requests being answered, streams too.", requests.at_work());
  text.family("berth_swarm_request_duration_seconds", "histogram",
              "Time until the answer to a request began, by route and status.");
  for (const auto& [key, histogram] : requests.histograms()) {
    const Labels labels = {
        {"method", std::string(key.method)}, {"route", std::string(key.path)}, {"status", std::to_string(key.status)}};
    std::uint64_t below = 0;
    for (std::size_t i = 0; i < histogram.buckets.size(); ++i) {
      below += histogram.buckets[i];
      Labels bucket = labels;
      bucket.emplace_back("le", i < kLatencyBounds.size() ? format_number(kLatencyBounds[i]) : "+Inf");
      text.sample(std::to_string(below), bucket, "_bucket");
    }
    text.sample(format_number(histogram.seconds), labels, "_sum");
    text.sample(std::to_string(histogram.count), labels, "_count");
  }
}

// Newer kernels tell the number as the folder's size; counting twenty thousand takes milliseconds.
std::uint64_t open_descriptors() {
  struct stat status{};
  if (::stat("/proc/self/fd", &status) == 0 && status.st_size > 0) return static_cast<std::uint64_t>(status.st_size);
  std::error_code failure;
  const std::filesystem::directory_iterator all("/proc/self/fd", failure);
  return failure ? 0 : static_cast<std::uint64_t>(std::distance(begin(all), end(all)));
}

double seconds_of(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

// Under the names that Prometheus' own libraries give them.
void add_process(Text& text, std::chrono::system_clock::time_point began) {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  text.one("process_cpu_seconds_total", "counter", "Processor time, user and system.",
           seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime));
  // statm: all, resident, ... in pages.
  const std::vector<std::string> pages = split(read_file("/proc/self/statm"), ' ');
  const auto bytes = [&](std::size_t field) {
    const auto number = field < pages.size() ? parse_integer(pages[field]) : std::nullopt;
    return static_cast<double>(number.value_or(0)) * static_cast<double>(::sysconf(_SC_PAGESIZE));
  };
  text.one("process_resident_memory_bytes", "gauge", "Memory in use.", bytes(1));
  text.one("process_virtual_memory_bytes", "gauge", "Address space.", bytes(0));
  text.one("process_open_fds", "gauge", "Open descriptors.", open_descriptors());
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  text.one("process_max_fds", "gauge", "Descriptors that may be open.", limit.rlim_cur);
  text.one("process_start_time_seconds", "gauge", "When the manager began, in seconds since 1970.",
           std::chrono::duration<double>(began.time_since_epoch()).count());
}

}  // namespace

std::string metrics_text(Pool& pool, const RequestMetrics& requests, const ManagerFacts& facts) {
  Text text;
  text.family("berth_swarm_info", "gauge", "What the manager is; always 1.");
  text.sample("1", {{"version", facts.version},
                    {"strategy", std::string(placement::name_of(pool.options().placement.strategy))}});
  text.one("berth_swarm_leader", "gauge", "Whether this manager leads: 1 or 0.", facts.leads ? 1 : 0);
  add_nodes(text, pool);
  add_counters(text, pool.counters());
  add_requests(text, requests);
  add_process(text, requests.began());
  return text.take();
}

}  // namespace berth::swarm
