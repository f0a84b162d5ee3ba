#include "cli/commands.h"
#include "cli/completion.h"
#include "cli/compose/commands.h"

namespace berth::cli {

Command compose_command() {
  Command root;
  root.name = "compose";
  root.usage = "[OPTIONS] COMMAND";
  root.summary = "Define and run multi-container applications with Docker";
  root.flags = {
      flag("all-resources", 0, "Include all resources, even those not used by services"),
      text_flag("ansi", 0, "Control when to print ANSI control characters (\"never\"|\"always\"|\"auto\")")
          .with_default("auto")
          .from_environment("COMPOSE_ANSI")
          .one_of({"never", "always", "auto"}),
      flag("compatibility", 0, "Run compose in backward compatibility mode").from_environment("COMPOSE_COMPATIBILITY"),
      flag("dry-run", 0, "Show what would be done, change nothing").everywhere(),
      texts_flag("env-file", 0, "Specify an alternate environment file").completing("file"),
      texts_flag("file", 'f', "Compose configuration files").completing("file"),
      text_flag("host", 'H', "Docker engine to connect to").from_environment(""),
      integer_flag("parallel", 0, "Control max parallelism, -1 for unlimited")
          .with_default("-1")
          .from_environment("COMPOSE_PARALLEL_LIMIT"),
      texts_flag("profile", 0, "Specify a profile to enable"),
      text_flag("progress", 0, "Set type of progress output")
          .with_default("auto")
          .from_environment("COMPOSE_PROGRESS")
          .one_of({"auto", "tty", "plain", "json", "quiet"}),
      text_flag("project-directory", 0,
                "Specify an alternate working directory (default: the path of the, first specified, Compose file)")
          .completing("folder"),
      text_flag("project-name", 'p', "Project name"),
  };
  // clang-format off: one a line merges well
  root.children = {
      alpha_command(),
      attach_command(),
      bridge_command(),
      build_command(),
      commit_command(),
      config_command(),
      cp_command(),
      create_command(),
      doctor_command(),
      down_command(),
      events_command(),
      exec_command(),
      export_command(),
      history_command(),
      images_command(),
      jobs_command(),
      kill_command(),
      logs_command(),
      ls_command(),
      pause_command(),
      plan_command(),
      port_command(),
      ps_command(),
      publish_command(),
      pull_command(),
      push_command(),
      restart_command(),
      rm_command(),
      rollback_command(),
      run_command(),
      scale_command(),
      start_command(),
      stats_command(),
      stop_command(),
      top_command(),
      unpause_command(),
      up_command(),
      volumes_command(),
      wait_command(),
      watch_command(),
      compose_version_command(),
  };
  // clang-format on
  root.children.push_back(complete_command());
  return root;
}

}  // namespace berth::cli
