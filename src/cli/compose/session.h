// What the commands of `berth compose` share: the project's files, its name, the engine and how progress is shown.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/compose/early_engine.h"
#include "compose/load.h"
#include "compose/project.h"
#include "converge/build_source.h"
#include "converge/buildx.h"
#include "converge/history.h"
#include "converge/provider.h"
#include "engine/client.h"
#include "engine/credentials.h"
#include "remote/reader.h"

namespace berth::cli {

// Made at the start of a command from the options of `compose`; loads and connects only when asked. One thread.
class Session {
 public:
  // Everything waits on the invocation's context, until set_context().
  explicit Session(Invocation& invocation, compose::Platforms platforms = compose::Platforms::kOne);

  // The project of the files, all its services; warnings are printed once. Throws kInvalid with every error that was
  // found, kNotFound when there are no files.
  const compose::Project& project();
  // As project(), for what creates containers or images: refuses, kUnsupported, what Berth cannot do.
  const compose::Project& supported_project();
  // The supported project with these services and, unless `dependencies` is false, what they depend on; all when empty.
  // Without networks, volumes and files that none of them uses, unless --all-resources. Throws kNotFound too.
  compose::Project selected_project(const std::vector<std::string>& services, bool dependencies = true);
  // What is done to a project before anything is made of it: it gets the user's proxies, and `use_api_socket` is
  // written out.
  void complete(compose::Project& project);
  // The project where there are files, else nothing: for commands that work on what the engine has (ps, down, logs).
  const compose::Project* project_if_any();
  // -p, COMPOSE_PROJECT_NAME, or the project's. Needs no files when one of the former is set.
  std::string project_name();

  // The services of `names` in the project, or kNotFound "no such service: x".
  void check_services(const std::vector<std::string>& names);

  // Whether -p alone says which project is meant, so that its files are not asked (as docker compose has it).
  bool names_project_only() const;

  // For commands that need the engine whatever the files say: connects beside what follows, until engine() is called.
  void connect_early();
  // Throws what EarlyEngine::take() does after connect_early(), else what find_endpoint() does.
  engine::Client& engine();
  // The engine of this computer where engine() is another one: $BERTH_IMAGES_FROM (empty: none), else the usual socket,
  // where there is one. Null otherwise. What it has is not known; it need not answer.
  engine::Client* images_from();
  // What builds with BuildKit; absent: the engine's classic builder builds.
  const converge::Buildx* buildx();
  // Where the programs are that make providers' services and serve models.
  const converge::Programs& programs();
  converge::Builder builder();
  // Of this project on this engine; kept below $BERTH_HISTORY, else in the user's state folder.
  converge::History history();
  // Registry credentials of docker's config.json.
  const engine::Credentials& credentials();

  // Options for load(), for commands that load in another way (config), and what they read files with.
  compose::LoadOptions load_options() const;
  const compose::FileReader& reader() const { return reader_; }

  Invocation& invocation() { return invocation_; }
  const Context& context() const { return context_; }
  // For commands with phases that Ctrl-C ends differently.
  void set_context(const Context& context) { context_ = context; }
  const Arguments& arguments() const { return invocation_.arguments; }
  Terminal& terminal() { return invocation_.terminal; }

  bool dry_run() const { return arguments().on("dry-run"); }
  // Engine calls at a time: --parallel where it is positive.
  std::optional<std::size_t> parallel() const;

 private:
  void warn(const std::vector<yaml::Diagnostic>& warnings);
  std::unique_ptr<engine::Client> make_client() const;

  Invocation& invocation_;
  Context context_;
  const compose::Platforms platforms_;
  remote::Reader reader_;
  std::optional<compose::Project> project_;
  std::unique_ptr<EarlyEngine> early_engine_;
  std::unique_ptr<engine::Client> engine_;
  std::optional<std::unique_ptr<engine::Client>> images_from_;  // once looked for
  std::optional<converge::Programs> programs_;
  std::optional<std::optional<converge::Buildx>> buildx_;  // once looked for
  std::optional<engine::Credentials> credentials_;
};

}  // namespace berth::cli
