#include "cli/compose/session.h"

#include <filesystem>

#include "base/error.h"
#include "base/strings.h"
#include "cli/compose/builder.h"
#include "cli/version.h"
#include "compose/api_socket.h"
#include "compose/file_contents.h"
#include "compose/models.h"

namespace berth::cli {

Session::Session(Invocation& invocation, compose::Platforms platforms)
    : invocation_(invocation),
      context_(invocation.context),
      platforms_(platforms),
      reader_(invocation.context, invocation.environment) {
  const std::string ansi = arguments().text("ansi");
  if (ansi != "auto") terminal().set_ansi(ansi == "always" ? Ansi::kAlways : Ansi::kNever);
}

compose::LoadOptions Session::load_options() const {
  compose::LoadOptions options;
  options.files = arguments().texts("file");
  options.project_dir = arguments().text("project-directory");
  options.project_name = arguments().text("project-name");
  options.profiles = arguments().texts("profile");
  options.env_files = arguments().texts("env-file");
  options.environment = invocation_.environment;
  options.current_dir = std::filesystem::current_path().string();
  options.platforms = platforms_;
  return options;
}

void Session::warn(const std::vector<yaml::Diagnostic>& warnings) {
  for (const yaml::Diagnostic& warning : warnings) terminal().warn(warning.str());
}

const compose::Project& Session::project() {
  if (!project_) {
    std::vector<yaml::Diagnostic> warnings;
    project_ = compose::load_or_throw(load_options(), reader_, warnings);
    warn(warnings);
  }
  return *project_;
}

const compose::Project& Session::supported_project() {
  const compose::Project& loaded = project();
  warn(loaded.without_effect);
  std::vector<yaml::Diagnostic> refused = loaded.unsupported;
  const auto wishes = converge::wishes_of_buildkit(loaded);
  const auto needs = converge::needs_of_buildkit(loaded);
  // The engine is asked only where it matters.
  if (!(wishes.empty() && needs.empty()) && builder() == converge::Builder::kClassic) {
    warn(wishes);
    refused.insert(refused.end(), needs.begin(), needs.end());
  }
  if (!refused.empty()) throw Error(Kind::kUnsupported, yaml::to_text(refused));
  compose::write_out_models(*project_);
  if (!loaded.secrets.empty() || !loaded.configs.empty()) {
    // An engine behind an address does not mount files of this host.
    compose::read_file_contents(*project_, reader_, !engine::is_local(engine().endpoint()));
  }
  return loaded;
}

compose::Project Session::selected_project(const std::vector<std::string>& services, bool dependencies) {
  const compose::Project& whole = supported_project();
  check_services(services);
  compose::Project selected = whole.select(services, dependencies);
  if (!arguments().on("all-resources")) selected = std::move(selected).without_unused_resources();
  complete(selected);
  return selected;
}

void Session::complete(compose::Project& project) {
  project.default_variables = credentials().proxy_variables(engine().endpoint().host);
  if (!compose::uses_api_socket(project)) return;
  compose::write_out_api_socket(project, engine::socket_of(engine().endpoint()),
                                engine::docker_config_text(credentials().all(context())));
}

const compose::Project* Session::project_if_any() {
  try {
    return &project();
  } catch (const Error& e) {
    if (e.kind() == Kind::kNotFound && arguments().texts("file").empty()) return nullptr;
    throw;
  }
}

std::string Session::project_name() {
  const std::string given = arguments().text("project-name");
  std::string name = given.empty() ? invocation_.environment.get_or("COMPOSE_PROJECT_NAME", "") : given;
  if (name.empty()) return project().name;
  if (!compose::is_project_name(name)) {
    throw Error(Kind::kInvalid, "invalid project name '" + name +
                                    "': must consist only of lowercase letters, digits, dashes and underscores, and "
                                    "begin with a letter or digit");
  }
  return name;
}

void Session::check_services(const std::vector<std::string>& names) {
  const compose::Project& loaded = project();
  std::vector<std::string> known;
  for (const auto& [name, service] : loaded.services) known.push_back(name);
  for (const std::string& name : names) {
    if (loaded.find_service(name) != nullptr) continue;
    const auto meant = nearest(name, known);
    throw Error(Kind::kNotFound, "no such service: " + name + (meant ? ", did you mean " + *meant + "?" : ""));
  }
}

bool Session::names_project_only() const {
  return arguments().texts("file").empty() && !arguments().text("project-name").empty();
}

const engine::Credentials& Session::credentials() {
  if (!credentials_) credentials_.emplace(invocation_.environment);
  return *credentials_;
}

std::unique_ptr<engine::Client> Session::make_client() const {
  engine::EndpointArguments endpoint;
  endpoint.host = arguments().text("host");
  engine::ClientOptions options;
  options.headers = engine::Credentials(invocation_.environment).http_headers();
  options.user_agent = "berth/" + std::string(version());
  return std::make_unique<engine::Client>(engine::find_endpoint(endpoint, invocation_.environment), options);
}

void Session::connect_early() {
  if (!engine_) early_engine_ = std::make_unique<EarlyEngine>(context_, [this] { return make_client(); });
}

engine::Client& Session::engine() {
  if (!engine_) {
    const auto early = std::move(early_engine_);
    engine_ = early ? early->take() : make_client();
  }
  return *engine_;
}

engine::Client* Session::images_from() {
  if (!images_from_) {
    images_from_.emplace();
    const engine::Endpoint here = engine::endpoint_of("");
    std::error_code ignored;
    const bool helps =
        !engine::is_local(engine().endpoint()) && std::filesystem::is_socket(engine::socket_of(here), ignored);
    const std::string host = invocation_.environment.get("BERTH_IMAGES_FROM").value_or(helps ? here.host : "");
    if (!host.empty()) *images_from_ = std::make_unique<engine::Client>(engine::endpoint_of(host));
  }
  return images_from_->get();
}

const converge::Buildx* Session::buildx() {
  if (!buildx_) {
    const auto program = find_buildx(invocation_.environment);
    buildx_.emplace();
    if (program) buildx_->emplace(*program, programs().told_of_engine(invocation_.environment));
  }
  return *buildx_ ? &**buildx_ : nullptr;
}

converge::Builder Session::builder() {
  if (buildx() != nullptr) return converge::Builder::kBuildx;
  const bool may =
      wants_buildkit(invocation_.environment) && engine().supports(invocation_.context, engine::Feature::kBuildKit);
  return may ? converge::Builder::kBuildKit : converge::Builder::kClassic;
}

const converge::Programs& Session::programs() {
  if (!programs_) {
    programs_ = {.plugin_folders = plugin_folders(invocation_.environment), .engine_host = arguments().text("host")};
  }
  return *programs_;
}

converge::History Session::history() {
  const Environment& environment = invocation_.environment;
  const Path state = environment.get_or("XDG_STATE_HOME", environment.home() + "/.local/state");
  const Path folder = environment.get_or("BERTH_HISTORY", (state / "berth" / "history").string());
  return {folder, engine().endpoint().host, project_name()};
}

std::optional<std::size_t> Session::parallel() const {
  const auto given = arguments().integer("parallel");
  return given && *given > 0 ? std::optional(static_cast<std::size_t>(*given)) : std::nullopt;
}

}  // namespace berth::cli
