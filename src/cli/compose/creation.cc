#include "cli/compose/creation.h"

#include <algorithm>
#include <filesystem>

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
  if (!session.engine().endpoint().host.starts_with("unix://")) return;
  std::vector<std::string> missing;
  for (const auto& [name, service] : project.services) {
    find_missing(project.secrets, service.secrets, "secret", name, missing);
    find_missing(project.configs, service.configs, "config", name, missing);
  }
  if (!missing.empty()) throw Error(Kind::kNotFound, join(missing, "\n"));
}

// What containers of the services that failed said last, for whoever looks for the reason.
void show_last_words(Session& session, const compose::Project& project, const converge::Outcome& outcome) {
  constexpr auto kMost = std::chrono::seconds(5);
  if (session.context().cancelled()) return;
  const Context context = session.context().with_timeout(kMost);
  try {
    for (const engine::ContainerSummary& container :
         converge::observe(context, session.engine(), project.name).containers) {
      const std::string name = converge::name_of(container);
      const bool named = std::any_of(outcome.operations.begin(), outcome.operations.end(), [&](const auto& operation) {
        return operation.error && operation.error->message().find("'" + name + "'") != std::string::npos;
      });
      if (!named || container.state == "created") continue;
      const auto inspect = session.engine().inspect_container(context, container.id);
      engine::LogStream log = session.engine().container_logs(
          context, container.id, {.out = true, .err = true, .tail = 10}, inspect.config.tty);
      std::string text;
      while (const auto chunk = log.next(context)) text += chunk->data;
      for (const std::string& line : split(trim(text), '\n')) {
        if (!line.empty()) session.terminal().err_line(name + " | " + line);
      }
    }
  } catch (const Error&) {
    // The failure itself is told in any case.
  }
}

}  // namespace

void create_and_start(Session& session, const compose::Project& project, converge::UpRequest request, Hushed hushed) {
  check_files(session, project);
  if (session.dry_run()) {
    const converge::Plan plan = converge::preview(session.context(), session.engine(), project, request);
    return show_plan(session, plan, "Running");
  }
  const bool yes = session.arguments().on("yes");
  const auto progress = progress_of(session, "Running");
  request.may_recreate_volumes = [&](const std::vector<std::string>& volumes) {
    return yes || may_recreate(session, volumes);
  };
  const converge::Outcome outcome = converge::up(session.context(), session.engine(), project, request,
                                                 execute_options(session), progress_sink(*progress, hushed));
  progress->finish();
  if (outcome.failure) {
    show_last_words(session, project, outcome);
    throw *outcome.failure;
  }
}

}  // namespace berth::cli
