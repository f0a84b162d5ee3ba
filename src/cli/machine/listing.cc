#include "cli/machine/listing.h"

#include <algorithm>

#include <re2/re2.h>

#include "base/channel.h"
#include "base/error.h"
#include "base/parallel.h"
#include "base/strings.h"
#include "engine/client.h"
#include "machine/swarm_role.h"

namespace berth::cli {

namespace {

// Rows that come this close are shown together, in their order: people see no delay, and mostly one sorted table.
constexpr std::chrono::milliseconds kTogether{50};

using machine::Host;
using machine::State;

bool any_equal(const std::vector<std::string>& values, std::string_view text) {
  return std::any_of(values.begin(), values.end(), [&](const auto& v) { return equal_ignoring_case(v, text); });
}

bool has_label(const Host& host, const std::string& wanted) {
  const auto [name, value] = cut(wanted, '=');
  for (const std::string& label : host.engine.labels) {
    const auto [label_name, label_value] = cut(label, '=');
    if (label_name == name && equal_ignoring_case(label_value.value_or(""), value.value_or(""))) return true;
  }
  return false;
}

void ask_engine(const Context& context, const machine::Machines& machines, MachineRow& row) {
  row.docker_version = "Unknown";
  try {
    engine::Client client(machines.endpoint(context, row.host));
    row.docker_version = "v" + client.version(context).version;
  } catch (const Error& e) {
    row.error = replace_all(e.message(), "\n", "");
    if (e.kind() == Kind::kTimeout) row.state = State::kTimeout;
  }
}

void ask(const Invocation& invocation, const Context& context, const machine::Machines& machines, Asked asked,
         MachineRow& row) {
  try {
    const auto driver = machines.driver(row.host);
    row.state = driver->state(context);
    if (asked == Asked::kState) return;
    if (row.state == State::kRunning) row.url = machines.url(context, row.host);
  } catch (const Error& e) {
    row.state = e.kind() == Kind::kTimeout ? State::kTimeout : State::kError;
    row.error = replace_all(e.message(), "\n", "");
    return;
  }
  row.docker_version = "Unknown";
  if (row.url.empty()) return;
  const std::string current = invocation.environment.get_or("DOCKER_HOST", "");
  row.active_host = row.url == current;
  row.active_swarm = row.host.swarm.master && machine::swarm_url(row.url, row.host.swarm.host) == current;
  ask_engine(context, machines, row);
}

}  // namespace

MachineFilters::MachineFilters(const std::vector<std::string>& filters) {
  for (const std::string& filter : filters) {
    const auto [key, value] = cut(filter, '=');
    if (!value) throw Error(Kind::kInvalid, "Unsupported filter syntax");
    const std::string name = to_lower(key);
    if (name != "swarm" && name != "driver" && name != "state" && name != "name" && name != "label") {
      throw Error(Kind::kInvalid, "Unsupported filter key '" + name + "'");
    }
    if (name == "name") {
      const RE2 expression(*value, RE2::Quiet);
      if (!expression.ok()) throw Error(Kind::kInvalid, "filter '" + filter + "': " + expression.error());
    }
    wanted_[name].emplace_back(*value);
  }
}

const std::vector<std::string>* MachineFilters::values(const char* key) const {
  const auto found = wanted_.find(key);
  return found == wanted_.end() ? nullptr : &found->second;
}

bool MachineFilters::match(const Host& host, const std::map<std::string, std::string>& masters) const {
  if (const auto* names = values("name")) {
    const auto matches = [&](const std::string& pattern) { return RE2::PartialMatch(host.name, pattern); };
    if (!std::any_of(names->begin(), names->end(), matches)) return false;
  }
  if (const auto* drivers = values("driver"); drivers && !any_equal(*drivers, host.driver_name)) return false;
  if (const auto* labels = values("label")) {
    if (!std::any_of(labels->begin(), labels->end(), [&](const auto& l) { return has_label(host, l); })) return false;
  }
  if (const auto* swarms = values("swarm")) {
    const auto master = masters.find(host.swarm.discovery);
    if (master == masters.end() || !any_equal(*swarms, master->second)) return false;
  }
  return true;
}

bool MachineFilters::match_state(State state) const {
  const auto* states = values("state");
  return states == nullptr || any_equal(*states, machine::text_of(state));
}

std::map<std::string, std::string> swarm_masters(const std::vector<Host>& hosts) {
  std::map<std::string, std::string> masters;
  for (const Host& host : hosts) {
    if (host.swarm.master) masters[host.swarm.discovery] = host.name;
  }
  return masters;
}

MachineRow row_of(const Host& host) {
  MachineRow row;
  row.host = host;
  row.name = host.name;
  row.driver_name = host.driver_name;
  return row;
}

namespace {

// All that have come, once one has and `rest` has passed for others; none when no more come.
std::vector<MachineRow> receive_some(const Context& context, Channel<MachineRow>& arrived,
                                     std::chrono::milliseconds rest) {
  std::vector<MachineRow> rows;
  auto row = arrived.receive(context);
  const Context brief = context.with_timeout(rest);
  try {
    for (; row; row = arrived.receive(brief)) rows.push_back(std::move(*row));
  } catch (const Error& e) {
    context.check();
    if (e.kind() != Kind::kTimeout) throw;
  }
  std::sort(rows.begin(), rows.end(),
            [](const auto& a, const auto& b) { return machine::natural_less(a.name, b.name); });
  return rows;
}

}  // namespace

void ask_machines(const Invocation& invocation, const machine::Machines& machines, const std::vector<Host>& hosts,
                  Asked asked, std::chrono::seconds timeout,
                  const std::function<void(std::vector<MachineRow> rows)>& take) {
  Channel<MachineRow> arrived(hosts.size() + 1);
  std::vector<MachineRow> rows;
  for (const Host& host : hosts) rows.push_back(row_of(host));
  CancelSource source(invocation.context);
  const Context context = source.context().with_timeout(timeout);
  // A thread each: most of the time they wait.
  std::jthread asking([&] {
    const auto outcomes = for_each_parallel(rows, rows.size(), [&](MachineRow& row) {
      const auto start = std::chrono::steady_clock::now();
      ask(invocation, context, machines, asked, row);
      row.response_time =
          std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start);
      arrived.send({}, row);
    });
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (!outcomes[i]) continue;
      rows[i].error = outcomes[i]->message();
      arrived.send({}, rows[i]);
    }
    arrived.close();
  });
  try {
    for (;;) {
      std::vector<MachineRow> some = receive_some(invocation.context, arrived, kTogether);
      if (some.empty()) return;
      take(std::move(some));
    }
  } catch (...) {
    source.cancel();
    throw;
  }
}

}  // namespace berth::cli
