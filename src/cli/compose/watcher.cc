#include "cli/compose/watcher.h"

#include <algorithm>
#include <filesystem>
#include <set>

#include "base/error.h"
#include "base/folder_watch.h"
#include "base/strings.h"
#include "cli/compose/carry_out.h"
#include "cli/compose/containers.h"
#include "cli/compose/creation.h"
#include "converge/hooks.h"
#include "converge/labels.h"
#include "converge/providers.h"
#include "engine/pack.h"
#include "engine/run_inside.h"

namespace berth::cli {

namespace {

constexpr auto kQuiet = std::chrono::milliseconds(100);  // a batch ends with such a pause
constexpr auto kIdle = std::chrono::hours(1);

std::string quoted(const std::set<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "\"" : " \"") + name + "\"";
  return "[" + text + "]";
}

}  // namespace

class Watcher::Work {
 public:
  Work(Session& session, compose::Project project, std::vector<WatchRule> rules, WatchOptions options)
      : session_(session), project_(std::move(project)), rules_(std::move(rules)), options_(options) {}

  // Brings the services up with new images.
  void bring_up() { up({}, project_); }

  // Until it is cancelled.
  void run(const Context& context) {
    follow();
    seen_ = folders_;
    say("Watch enabled");
    std::set<Path> initial;
    for (const WatchRule& rule : rules_) {
      if (rule.initial_sync) collect(rule.path, initial);
    }
    std::vector<WatchRule> initial_rules = rules_;
    std::erase_if(initial_rules, [](const WatchRule& rule) { return !rule.initial_sync; });
    attempt([&] { sync(watch_work(initial_rules, initial)); });
    while (true) handle(changes(context));
  }

 private:
  void say(const std::string& text) { session_.terminal().out_line("        ⦿ " + text); }

  // What goes wrong with one batch is told, and the next one has its chance.
  template <typename Step>
  void attempt(Step&& step) {
    try {
      step();
    } catch (const Error& error) {
      if (error.kind() == Kind::kCancelled) throw;
      session_.terminal().err_line(error.what());
    }
  }

  bool reached(const Path& folder) const {
    return std::ranges::any_of(rules_, [&](const WatchRule& rule) { return rule.reaches(folder); });
  }

  // The folder and those below that a rule reaches.
  void add_folders(const Path& folder, std::set<Path>& folders) const {
    if (!folders.insert(folder).second) return;
    std::error_code error;
    for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end;
         entry.increment(error)) {
      std::error_code ignored;
      if (entry->symlink_status(ignored).type() != std::filesystem::file_type::directory) continue;
      if (reached(entry->path())) add_folders(entry->path(), folders);
    }
  }

  // Watches all folders there are, also those made meanwhile.
  void follow() {
    while (true) {
      std::set<Path> folders;
      for (const WatchRule& rule : rules_) {
        add_folders(std::filesystem::is_directory(rule.path) ? rule.path : rule.path.parent_path(), folders);
      }
      if (folders == folders_) return;
      for (const Path& missing : watch_.set({folders.begin(), folders.end()})) {
        if (!std::filesystem::is_directory(missing)) continue;
        throw Error(Kind::kInternal, "folder '" + missing.string() +
                                         "' cannot be watched: it may not be read, or the system's watches are used "
                                         "up; raise them (sysctl fs.inotify.max_user_watches=524288) or leave "
                                         "folders out with `ignore`");
      }
      folders_ = std::move(folders);
    }
  }

  // The path, or the files below where it is a folder.
  void collect(const Path& path, std::set<Path>& files) const {
    std::error_code error;
    if (std::filesystem::symlink_status(path, error).type() != std::filesystem::file_type::directory) {
      files.insert(path);
      return;
    }
    for (std::filesystem::directory_iterator entry(path, error), end; !error && entry != end; entry.increment(error)) {
      std::error_code ignored;
      const bool folder = entry->symlink_status(ignored).type() == std::filesystem::file_type::directory;
      if (!folder || reached(entry->path())) collect(entry->path(), files);
    }
  }

  std::set<Path> changes(const Context& context) {
    const auto happenings = watch_.wait(context, kIdle, kQuiet);
    if (happenings.empty()) return {};
    follow();
    std::set<Path> files;
    for (const auto& happening : happenings) {
      if (happening.path.empty()) {  // some were lost
        for (const WatchRule& rule : rules_) collect(rule.path, files);
      } else if (!folders_.contains(happening.path) || !seen_.contains(happening.path)) {
        collect(happening.path, files);
      }
    }
    seen_ = folders_;
    return files;
  }

  void handle(const std::set<Path>& files) {
    const WatchWork work = watch_work(rules_, files);
    attempt([&] {
      if (!work.rebuild.empty()) rebuild(work.rebuild);
      sync(work);
      if (!work.restart.empty()) restart(work.restart);
      for (const WatchRule* rule : work.exec) exec(*rule);
    });
  }

  void up(const std::vector<std::string>& services, const compose::Project& project) {
    converge::UpRequest request;
    request.images.build = true;
    request.images.builder = session_.builder();
    request.up.services = services;
    request.up.ignore_orphans = true;
    create_and_start(session_, project, std::move(request),
                     {.hushed = {.builds = options_.quiet}, .quiet = options_.beside_logs});
  }

  void rebuild(const std::set<std::string>& services) {
    say("Rebuilding service(s) " + quoted(services) + " after changes were detected...");
    const std::vector<std::string> names(services.begin(), services.end());
    up(names, session_.selected_project(converge::with_providers(project_, names), false));
    if (options_.prune) prune();
    say("service(s) " + quoted(services) + " successfully built");
  }

  // Images of the project that the rebuilt ones have taken the names from.
  void prune() {
    const engine::Filters filters = {{"dangling", "true"},
                                     {"label", std::string(converge::label::kProject) + "=" + project_.name}};
    for (const engine::ImageSummary& image : session_.engine().list_images(session_.context(), {.filters = filters})) {
      try {
        session_.engine().remove_image(session_.context(), image.id.value);
      } catch (const Error& e) {
        if (e.kind() != Kind::kConflict && e.kind() != Kind::kNotFound) throw;  // a container has it still
      }
    }
  }

  void sync(const WatchWork& work) {
    for (const auto& [service, files] : work.sync) {
      say("Syncing service \"" + service + "\" after " + std::to_string(files.size()) + " changes were detected");
      for (const auto& container : project_containers(session_, project_.name, false, OneOffs::kExclude, {service})) {
        send(container.id, files);
      }
    }
  }

  void send(const engine::ContainerId& id, const std::map<std::string, Path>& files) {
    std::vector<engine::PackSource> sources;
    std::vector<std::string> gone;
    for (const auto& [target, file] : files) {
      std::error_code error;
      if (std::filesystem::exists(std::filesystem::symlink_status(file, error))) {
        sources.push_back({file, target.substr(target.find_first_not_of('/'))});
      } else {
        gone.push_back(target);
      }
    }
    if (!gone.empty()) remove(id, gone);
    if (sources.empty()) return;
    engine::Pack pack(std::move(sources), {.what = "what is synced", .may_be_gone = true});
    session_.engine().put_archive(
        session_.context(), id, "/",
        [&pack](const Context& context, std::span<char> buffer) { return pack.read(context, buffer); }, false);
  }

  void remove(const engine::ContainerId& id, const std::vector<std::string>& paths) {
    engine::ExecCreate program{.user = "root", .cmd = {"rm", "-rf", "--"}};
    program.cmd.insert(program.cmd.end(), paths.begin(), paths.end());
    const auto result = engine::run_inside(session_.context(), session_.engine(), id, std::move(program));
    if (result.exit_code == 0) return;
    throw Error(Kind::kInternal, "removing '" + paths[0] + "' in the container: rm ended with " +
                                     std::to_string(result.exit_code) + ": " + result.output);
  }

  void restart(const std::set<std::string>& services) {
    const Subject subject = observe_subject(session_);
    converge::RestartOptions options;
    options.services = {services.begin(), services.end()};
    options.no_deps = true;
    carry_out(session_, converge::plan_restart(subject.project, subject.state, options), "Restarting");
    say("service(s) " + quoted(services) + " restarted");
  }

  void exec(const WatchRule& rule) {
    for (const auto& container :
         project_containers(session_, project_.name, false, OneOffs::kExclude, {rule.service})) {
      const auto result =
          engine::run_inside(session_.context(), session_.engine(), container.id, converge::exec_of(rule.exec),
                             [&](std::string_view line) { session_.terminal().out_line(line); });
      if (result.exit_code == 0) continue;
      throw Error(Kind::kConflict, "'" + join(rule.exec.command, " ") + "' in container '" +
                                       converge::name_of(container) + "' ended with " +
                                       std::to_string(result.exit_code));
    }
  }

  Session& session_;
  const compose::Project project_;
  const std::vector<WatchRule> rules_;
  const WatchOptions options_;
  FolderWatch watch_;
  std::set<Path> folders_;  // watched
  std::set<Path> seen_;     // those before the last batch: what is in others is new
};

Watcher::Watcher(Session& session, const compose::Project& project, WatchOptions options,
                 const std::vector<std::string>& services) {
  std::vector<std::string> warnings;
  std::vector<WatchRule> rules = watch_rules(project, warnings);
  for (const std::string& warning : warnings) session.terminal().warn(warning);
  if (!services.empty()) {
    std::erase_if(rules,
                  [&](const WatchRule& rule) { return std::ranges::find(services, rule.service) == services.end(); });
  }
  if (rules.empty()) {
    throw Error(Kind::kInvalid,
                "none of the selected services is configured for watch, consider setting a 'develop' section");
  }
  work_ = std::make_unique<Work>(session, project, std::move(rules), options);
}
Watcher::~Watcher() = default;

void Watcher::bring_up() { work_->bring_up(); }
void Watcher::run(const Context& context) { work_->run(context); }

}  // namespace berth::cli
