#include "cli/compose/creation.h"

#include <algorithm>
#include <filesystem>
#include <map>

#include "base/clock.h"
#include "base/error.h"
#include "base/strings.h"
#include "cli/compose/carry_out.h"
#include "converge/labels.h"
#include "converge/observe.h"

namespace berth::cli {

namespace {

bool may_recreate(Session& session, const std::vector<std::string>& volumes) {
  const std::string names = "'" + join(volumes, "', '") + "'";
  const std::string differs = (volumes.size() == 1 ? "volume " : "volumes ") + names +
                              " exist but do not match the configuration in the compose file";
  if (!session.terminal().in_is_terminal()) {
    session.terminal().warn(differs + "; kept as they are, since recreating them loses their data");
    return false;
  }
  const std::string answer = to_lower(trim(session.terminal().ask(differs + ". Recreate (data will be lost)? [y/N] ")));
  return answer == "y" || answer == "yes";
}

// Missing files of secrets or configs of one kind, a line each.
void find_missing(const compose::ByName<compose::FileObject>& objects, const std::vector<compose::FileGrant>& grants,
                  const std::string& noun, const std::string& service, std::vector<std::string>& missing) {
  for (const compose::FileGrant& grant : grants) {
    const auto object = objects.find(grant.source);
    std::error_code ignored;
    if (object == objects.end() || object->second.file.empty()) continue;
    if (std::filesystem::exists(object->second.file, ignored)) continue;
    missing.push_back(noun + " '" + grant.source + "' of service '" + service + "': there is no file '" +
                      object->second.file + "'");
  }
}

// An engine mounts these files from its own computer, so only one on this computer can be spared the question.
void check_files(Session& session, const compose::Project& project) {
  if (!engine::is_local(session.engine().endpoint())) return;
  std::vector<std::string> missing;
  for (const auto& [name, service] : project.services) {
    find_missing(project.secrets, service.secrets, "secret", name, missing);
    find_missing(project.configs, service.configs, "config", name, missing);
  }
  if (!missing.empty()) throw Error(Kind::kNotFound, join(missing, "\n"));
}

// By the container's name: what those said that are gone by now.
using LastWords = std::map<std::string, std::vector<std::string>>;

void show_lines(Session& session, const std::string& container, const std::vector<std::string>& lines) {
  for (const std::string& line : lines) {
    if (!line.empty()) session.terminal().err_line(container + " | " + line);
  }
}

// What containers of the services that failed said last, for whoever looks for the reason.
void show_last_words(Session& session, const compose::Project& project, const converge::Outcome& outcome,
                     const LastWords& told) {
  constexpr auto kMost = std::chrono::seconds(5);
  for (const auto& [name, lines] : told) show_lines(session, name, lines);
  if (session.context().cancelled()) return;
  const Context context = session.context().with_timeout(kMost);
  try {
    for (const engine::ContainerSummary& container :
         converge::observe(context, session.engine(), project.name).containers) {
      const std::string name = converge::name_of(container);
      const bool named = std::any_of(outcome.operations.begin(), outcome.operations.end(), [&](const auto& operation) {
        return operation.error && operation.error->message().find("'" + name + "'") != std::string::npos;
      });
      if (!named || container.state == "created" || told.contains(name)) continue;
      const auto inspect = session.engine().inspect_container(context, container.id);
      engine::LogStream log = session.engine().container_logs(
          context, container.id, {.out = true, .err = true, .tail = 10}, inspect.config.tty);
      std::string text;
      while (const auto chunk = log.next(context)) text += chunk->data;
      show_lines(session, name, split(trim(text), '\n'));
    }
  } catch (const Error&) {
    // The failure itself is told in any case.
  }
}

// A history that can't be kept is no reason to fail what is done already.
void keep_release(Session& session, converge::Release release, const converge::UpOptions& up,
                  const converge::Outcome& outcome) {
  const bool began = !outcome.images.empty();  // else its images could not be had, and nothing was touched
  if (!began || (outcome.failure && outcome.failure->kind() == Kind::kCancelled)) return;
  if (outcome.failure) {
    release.result =
        outcome.only_rolled_back ? converge::Release::Result::kRolledBack : converge::Release::Result::kFailed;
  }
  release.applied_at = system_clock().now();
  release.services = up.services;
  for (const auto& [name, id] : outcome.images) release.image_ids[name] = id.value;
  try {
    session.history().add(std::move(release));
  } catch (const Error& e) {
    session.terminal().warn("this release is not kept in the history: " + e.message());
  }
}

// Says why, or throws it where there is no more to tell than that.
int exit_code_of(Session& session, const converge::Outcome& outcome) {
  if (outcome.only_rolled_back) {
    const bool one = outcome.rolled_back.size() == 1;
    session.terminal().err_line((one ? "service '" : "services '") + join(outcome.rolled_back, "', '") +
                                (one ? "' is what it was" : "' are what they were") +
                                " before, as the update failed: " + outcome.failure->message());
    return kRolledBack;
  }
  if (outcome.failure->kind() != Kind::kTimeout) throw *outcome.failure;
  session.terminal().err_line(outcome.failure->message());
  return kTimedOut;
}

}  // namespace

int create_and_start(Session& session, const compose::Project& project, converge::UpRequest request,
                     CreationOptions options) {
  check_files(session, project);
  request.images.images_from = session.images_from();
  if (session.dry_run()) {
    const converge::Plan plan =
        converge::preview(session.context(), session.engine(), project, request, &session.credentials());
    show_plan(session, plan, "Running");
    return kConverged;
  }
  const auto progress = progress_of(session, "Running", options.quiet);
  request.may_recreate_volumes = [&](const std::vector<std::string>& volumes) {
    return options.yes || may_recreate(session, volumes);
  };
  LastWords last_words;
  const converge::EventSink sink = [&, show = progress_sink(*progress, options.hushed)](const converge::Event& event) {
    if (event.kind == converge::Event::Kind::kOutput) last_words[event.name].push_back(event.detail);
    show(event);
  };
  const converge::Outcome outcome =
      converge::up(session.context(), session.engine(), project, request, execute_options(session), sink);
  progress->finish();
  keep_release(session, options.release ? std::move(*options.release) : converge::release_of(session.project()),
               request.up, outcome);
  if (!outcome.failure) return kConverged;
  show_last_words(session, project, outcome, last_words);
  return exit_code_of(session, outcome);
}

}  // namespace berth::cli
