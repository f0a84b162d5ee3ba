#include "load.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <thread>

#include "base/digest.h"
#include "base/error.h"
#include "base/guarded.h"
#include "base/json.h"
#include "base/strings.h"
#include "engine/dial.h"
#include "http/client.h"
#include "http/url.h"

namespace berth::fleet {

namespace {

using Seconds = std::chrono::duration<double>;
using Clock = std::chrono::steady_clock;

constexpr const char* kLabel = "berth-fleet.load";

http::ClientOptions client_options(const engine::Endpoint& endpoint) {
  http::ClientOptions options;
  options.host = engine::http_host_of(endpoint);
  options.max_idle = 1;
  return options;
}

// One client with its connection. One thread.
class Caller {
 public:
  Caller(const LoadOptions& options, const std::vector<std::string>& targets, std::string run)
      : options_(options),
        targets_(targets),
        run_(std::move(run)),
        client_(engine::dialer_of(options.endpoint), client_options(options.endpoint)) {}

  std::uint64_t bytes() const { return bytes_; }

  // The operation of that number. Throws what the calls throw, and an Error for an answer that is one.
  void operate(const Context& context, std::size_t number) {
    switch (options_.work) {
      case Work::kPing:
        call(context, "GET", "/_ping");
        break;
      case Work::kInfo:
        call(context, "GET", "/info");
        break;
      case Work::kList:
        call(context, "GET", "/containers/json?all=1");
        break;
      case Work::kInspect:
        call(context, "GET", "/containers/" + targets_[number % targets_.size()] + "/json");
        break;
      case Work::kCreate:
      case Work::kCreateStart:
        create(context, number);
        break;
      case Work::kStopRemove:
        call(context, "POST", "/containers/" + targets_[number] + "/stop");
        call(context, "DELETE", "/containers/" + targets_[number]);
        break;
    }
  }

 private:
  void create(const Context& context, std::size_t number) {
    const json::value body{
        {"Image", options_.image},
        {"Env", json::array{"MODE=load"}},
        {"Labels", {{kLabel, run_}}},
        {"HostConfig", {{"Memory", 4 << 20}, {"RestartPolicy", {{"Name", "no"}}}}},
    };
    const std::string name = "load-" + run_ + "-" + std::to_string(number);
    const std::string made = call(context, "POST", "/containers/create?name=" + name, format_json(body));
    if (options_.work == Work::kCreate) return;
    call(context, "POST", "/containers/" + berth::text_of(parse_json(made), "Id") + "/start");
  }

  std::string call(const Context& context, std::string method, std::string target, std::string body = {}) {
    http::Request request{.method = std::move(method), .target = std::move(target)};
    if (!body.empty()) request.headers.set("Content-Type", "application/json");
    http::Response response = client_.send(context, std::move(request), std::move(body));
    if (options_.work == Work::kList && response.ok()) {
      drain(context, response);
      return {};
    }
    std::string text = response.read_all(context, std::size_t{4} << 30);
    bytes_ += text.size();
    if (response.status() >= 400) {
      throw Error(kind_of_http_status(response.status()),
                  std::to_string(response.status()) + " " + std::string(trim(text)));
    }
    return text;
  }

  // A list can have hundreds of megabytes.
  void drain(const Context& context, http::Response& response) {
    static thread_local std::array<char, 1 << 18> buffer;
    while (const std::size_t got = response.read_some(context, buffer)) bytes_ += got;
  }

  const LoadOptions& options_;
  const std::vector<std::string>& targets_;
  const std::string run_;
  http::Client client_;
  std::uint64_t bytes_ = 0;
};

// Ids of containers there are: those of earlier runs, or any.
std::vector<std::string> ids(const Context& context, const LoadOptions& options, std::string_view filters,
                             std::size_t limit) {
  http::Client client(engine::dialer_of(options.endpoint), client_options(options.endpoint));
  http::Query query;
  query.add("all", "1").add("limit", std::to_string(limit)).add_if("filters", filters);
  http::Response response = client.send(context, {.target = query.on("/containers/json")});
  const std::string text = response.read_all(context, std::size_t{4} << 30);
  if (!response.ok()) throw Error(Kind::kInternal, "listing containers: " + std::string(trim(text)));
  std::vector<std::string> found;
  const json::value list = parse_json(text);
  for (const json::value& container : list.as_array()) {
    if (found.size() < limit) found.push_back(berth::text_of(container, "Id"));
  }
  return found;
}

struct Tally {
  std::vector<float> seconds;
  std::size_t failed = 0;
  std::string first_error;
  std::uint64_t bytes = 0;
};

void drive(const Context& context, Caller& caller, std::atomic<std::size_t>& next, std::size_t count, Tally& tally) {
  for (std::size_t number; (number = next.fetch_add(1)) < count;) {
    const auto begin = Clock::now();
    try {
      caller.operate(context, number);
      tally.seconds.push_back(static_cast<float>(Seconds(Clock::now() - begin).count()));
    } catch (const Error& e) {
      if (e.kind() == Kind::kTimeout && context.deadline() <= Clock::now()) break;
      if (e.kind() == Kind::kCancelled) break;
      if (tally.failed++ == 0) tally.first_error = e.message();
    }
  }
  tally.bytes = caller.bytes();
}

void sum_up(LoadReport& report, const std::vector<Tally>& tallies) {
  std::vector<float> all;
  for (const Tally& tally : tallies) {
    all.insert(all.end(), tally.seconds.begin(), tally.seconds.end());
    report.failed += tally.failed;
    report.bytes += tally.bytes;
    if (report.first_error.empty()) report.first_error = tally.first_error;
  }
  report.done = all.size() + report.failed;
  if (all.empty()) return;
  std::sort(all.begin(), all.end());
  const auto at = [&](double part) {
    return Seconds(all[std::min(all.size() - 1, static_cast<std::size_t>(part * static_cast<double>(all.size())))]);
  };
  report.p50 = at(0.5);
  report.p90 = at(0.9);
  report.p99 = at(0.99);
  report.longest = Seconds(all.back());
}

std::string milliseconds(Seconds seconds) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3f", seconds.count() * 1000);
  return text;
}

}  // namespace

std::optional<Work> work_named(std::string_view name) {
  static constexpr std::pair<std::string_view, Work> kNames[] = {{"ping", Work::kPing},
                                                                 {"info", Work::kInfo},
                                                                 {"list", Work::kList},
                                                                 {"inspect", Work::kInspect},
                                                                 {"create", Work::kCreate},
                                                                 {"create-start", Work::kCreateStart},
                                                                 {"stop-remove", Work::kStopRemove}};
  for (const auto& [known, work] : kNames) {
    if (name == known) return work;
  }
  return std::nullopt;
}

Seconds LoadReport::cpu_each() const {
  if (!before || !after || done == 0) return {};
  return Seconds(after->cpu - before->cpu) / static_cast<double>(done);
}

LoadReport run_load(const Context& context, const LoadOptions& options) {
  const Context bounded = context.with_timeout(options.at_most);
  std::size_t count = options.count;
  std::vector<std::string> targets;
  if (options.work == Work::kInspect && !options.container.empty()) targets = {options.container};
  if (options.work == Work::kInspect && targets.empty()) targets = ids(bounded, options, "", 1000);
  if (options.work == Work::kStopRemove) {
    targets = ids(bounded, options, std::string(R"({"label":[")") + kLabel + R"("]})", count);
    count = targets.size();
  }
  if (options.work == Work::kInspect && targets.empty())
    throw Error(Kind::kNotFound, "there is no container to inspect");
  const std::string run = to_hex(random_bytes(4));
  std::vector<std::unique_ptr<Caller>> callers;
  for (std::size_t i = 0; i < options.clients; ++i) callers.push_back(std::make_unique<Caller>(options, targets, run));

  LoadReport report;
  std::vector<Tally> tallies(options.clients);
  std::atomic<std::size_t> next = 0;
  if (options.pid) report.before = cost_of(*options.pid);
  const auto begin = Clock::now();
  std::vector<std::jthread> threads;
  for (std::size_t i = 0; i < options.clients; ++i) {
    threads.emplace_back([&, i] { drive(bounded, *callers[i], next, count, tallies[i]); });
  }
  threads.clear();
  report.wall = Clock::now() - begin;
  if (options.pid) report.after = cost_of(*options.pid);
  sum_up(report, tallies);
  context.check();
  return report;
}

std::string report_line(const std::string& name, const LoadReport& report) {
  char rate[32];
  std::snprintf(rate, sizeof rate, "%.0f/s", report.rate());
  std::string line = name + ": " + std::to_string(report.done) + " in " + milliseconds(report.wall) + " ms, " + rate +
                     ", p50 " + milliseconds(report.p50) + " p90 " + milliseconds(report.p90) + " p99 " +
                     milliseconds(report.p99) + " max " + milliseconds(report.longest) + " ms, " +
                     std::to_string(report.failed) + " failed";
  if (report.after) {
    line += "; process: " + milliseconds(report.cpu_each()) + " ms CPU each, " +
            std::to_string(report.after->resident >> 20) + " MiB resident";
  }
  if (!report.first_error.empty()) line += "; first error: " + report.first_error;
  return line;
}

std::string report_json(const std::string& name, const LoadReport& report) {
  const auto ms = [](Seconds seconds) { return std::round(seconds.count() * 1e6) / 1000; };
  json::object out{{"what", name},
                   {"done", report.done},
                   {"failed", report.failed},
                   {"first_error", report.first_error},
                   {"wall_ms", ms(report.wall)},
                   {"rate", std::round(report.rate())},
                   {"p50_ms", ms(report.p50)},
                   {"p90_ms", ms(report.p90)},
                   {"p99_ms", ms(report.p99)},
                   {"max_ms", ms(report.longest)},
                   {"bytes", report.bytes}};
  if (report.after) {
    out["cpu_each_ms"] = ms(report.cpu_each());
    out["cpu_ms"] = ms(report.after->cpu - report.before->cpu);
    out["resident_bytes"] = report.after->resident;
    out["peak_bytes"] = report.after->peak;
    out["threads"] = report.after->threads;
  }
  return format_json(out);
}

}  // namespace berth::fleet
