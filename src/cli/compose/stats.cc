#include <map>
#include <thread>

#include "base/clock.h"
#include "base/error.h"
#include "base/guarded.h"
#include "base/json.h"
#include "base/log.h"
#include "base/parallel.h"
#include "cli/compose/commands.h"
#include "cli/compose/containers.h"
#include "cli/compose/stats_row.h"
#include "cli/template.h"
#include "converge/labels.h"

namespace berth::cli {

namespace {

using namespace std::chrono_literals;
using engine::ContainerId;

constexpr std::string_view kTable =
    "table {{.ID}}\t{{.Name}}\t{{.CPUPerc}}\t{{.MemUsage}}\t{{.MemPerc}}\t{{.NetIO}}\t{{.BlockIO}}\t{{.PIDs}}";
constexpr auto kRedraw = 1s;

// What is shown, and which containers are.
struct View {
  Session& session;
  std::string project;
  std::vector<std::string> services;
  std::string_view shape;

  std::vector<engine::ContainerSummary> list() const {
    return project_containers(session, project, session.arguments().on("all"), OneOffs::kInclude, services);
  }
  std::string text(const std::vector<json::value>& rows) const { return format_rows(shape, rows, stats_headers()); }
  json::value row(const engine::ContainerSummary& container, const engine::Stats* sample) const {
    return stats_row(container, sample, !session.arguments().on("no-trunc"));
  }
};

int print_once(const View& view) {
  struct Sampled {
    engine::ContainerSummary container;
    std::optional<engine::Stats> sample;
  };
  std::vector<Sampled> all;
  for (auto& container : view.list()) all.push_back({std::move(container), std::nullopt});
  for_each_parallel(all, all.size(), [&](Sampled& sampled) {
    sampled.sample = view.session.engine().container_stats_once(view.session.context(), sampled.container.id);
  });
  view.session.context().check();
  std::vector<json::value> rows;
  for (const Sampled& sampled : all) {
    rows.push_back(view.row(sampled.container, sampled.sample ? &*sampled.sample : nullptr));
  }
  view.session.terminal().out(view.text(rows));
  return 0;
}

// A stream for each container that runs, read on a thread of its own; the display takes the last sample of each.
class Samples {
 public:
  Samples(Session& session, const Context& context) : session_(session), over_(context) {}
  ~Samples() { over_.cancel(); }

  // Begins reading where nothing reads yet.
  void follow(const std::vector<engine::ContainerSummary>& containers) {
    std::erase_if(threads_, [&](const auto& entry) { return !last_.lock()->contains(entry.first); });
    for (const auto& container : containers) {
      if (!converge::is_up(container) || threads_.contains(container.id)) continue;
      (*last_.lock())[container.id];
      threads_[container.id] = std::jthread([this, id = container.id] { read(id); });
    }
  }

  std::optional<engine::Stats> of(const ContainerId& id) {
    const auto last = last_.lock();
    const auto found = last->find(id);
    return found == last->end() ? std::nullopt : found->second;
  }

 private:
  void read(const ContainerId& id) {
    try {
      engine::StatsStream stream = session_.engine().container_stats(over_.context(), id);
      while (auto sample = stream.next(over_.context())) {
        if (!sample->read) break;  // it does not run any more
        (*last_.lock())[id] = std::move(sample);
      }
    } catch (const Error& e) {
      log(LogLevel::kDebug, e.message());
    }
    last_.lock()->erase(id);
  }

  Session& session_;
  CancelSource over_;
  Guarded<std::map<ContainerId, std::optional<engine::Stats>>> last_;  // of those that are read
  std::map<ContainerId, std::jthread> threads_;
};

// The whole screen, over what was there before.
void draw(Terminal& terminal, std::string_view rows, bool first) {
  std::string text = first ? "\033[2J\033[H" : "\033[H";
  for (const char c : rows) {
    if (c == '\n') text += "\033[K";
    text += c;
  }
  terminal.out(text + "\033[J");
}

// Until Ctrl-C: on a terminal over what was there before, else one below the other.
int print_on_and_on(const View& view) {
  const Context& context = view.session.context();
  Terminal& terminal = view.session.terminal();
  Samples samples(view.session, context);
  for (bool first = true;; first = false) {
    const auto containers = view.list();
    samples.follow(containers);
    std::vector<json::value> rows;
    for (const auto& container : containers) {
      const auto sample = samples.of(container.id);
      rows.push_back(view.row(container, sample ? &*sample : nullptr));
    }
    const std::string text = view.text(rows);
    terminal.out_is_terminal() ? draw(terminal, text, first) : terminal.out(text);
    context.sleep_for(kRedraw);
  }
}

int stats(Invocation& invocation) {
  Session session(invocation);
  const std::string format = invocation.arguments.text("format");
  View view{.session = session,
            .project = session.project_name(),
            .services = invocation.arguments.rest,
            .shape = format.empty() || format == "table" ? kTable : std::string_view(format)};
  return invocation.arguments.on("no-stream") ? print_once(view) : print_on_and_on(view);
}

}  // namespace

Command stats_command() {
  Command command;
  command.name = "stats";
  command.usage = "[OPTIONS] [SERVICE]";
  command.summary = "Display a live stream of container(s) resource usage statistics";
  command.completes = "service";
  command.at_most = 1;
  command.flags = {
      flag("all", 'a', "Show all containers (default shows just running)"),
      text_flag("format", 0, "Format the output: table, table TEMPLATE, json, or a Go template"),
      flag("no-stream", 0, "Disable streaming stats and only pull the first result"),
      flag("no-trunc", 0, "Do not truncate output"),
  };
  command.run = stats;
  return command;
}

}  // namespace berth::cli
