#include "converge/perform.h"

#include <algorithm>

#include <sys/stat.h>

#include "base/clock.h"
#include "base/lines.h"
#include "base/strings.h"
#include "base/units.h"
#include "buildkit/build.h"
#include "converge/agent_image.h"
#include "converge/hooks.h"
#include "converge/labels.h"
#include "converge/model.h"
#include "converge/provider.h"
#include "converge/references.h"
#include "engine/image_copy.h"
#include "engine/run_inside.h"
#include "engine/tar.h"

namespace berth::converge {

namespace {

constexpr std::size_t kHookLines = 10;  // of what a hook that failed wrote

// For what is still to be done after Ctrl-C.
constexpr auto kFarewell = std::chrono::seconds(5);

// How long calls of a process that is gone may still be at work in the engine.
constexpr auto kOnItsWay = std::chrono::seconds(3);
constexpr auto kOnItsWayPause = std::chrono::milliseconds(50);

std::string tar_of(const std::vector<CopyFiles::File>& files, engine::Time modified) {
  std::string tar;
  for (const CopyFiles::File& file : files) {
    engine::TarEntry entry;
    entry.path = file.path.substr(std::min(file.path.find_first_not_of('/'), file.path.size()));
    entry.mode = S_IFREG | file.mode;
    entry.uid = static_cast<uid_t>(file.uid);
    entry.gid = static_cast<gid_t>(file.gid);
    entry.mtime = std::chrono::system_clock::to_time_t(modified);
    tar += engine::tar_file(std::move(entry), file.content);
  }
  return tar + engine::tar_end();
}

}  // namespace

// One overload for each action.
class Performer::Call {
 public:
  Call(Performer& performer, const Context& context, const Operation& operation)
      : self_(performer), client_(performer.client_), context_(context), operation_(operation) {}

  engine::ContainerId operator()(const CreateNetwork& a) {
    try {
      const engine::NetworkId made = client_.create_network(context_, a.request).id;
      if (client_.api_version(context_) < engine::ApiVersion{1, 44}) give_way(a.request, made);
    } catch (const Error& e) {
      if (e.kind() != Kind::kConflict || networks_like(a.request).empty()) throw;
    }
    return {};
  }

  engine::ContainerId operator()(const RemoveNetwork& a) {
    return unless_used(a.keep_if_used, [&] { client_.remove_network(context_, a.id); });
  }

  engine::ContainerId operator()(const CreateVolume& a) {
    client_.create_volume(context_, a.request);
    return {};
  }

  engine::ContainerId operator()(const RemoveVolume& a) {
    return unless_used(a.keep_if_used, [&] { client_.remove_volume(context_, a.name, true); });
  }

  engine::ContainerId operator()(const PullImage& a) {
    try {
      engine::PullOptions options{.platform = a.platform, .auth = self_.auth_of(context_, a.image)};
      follow(client_.pull_image(context_, a.image, options));
    } catch (const Error& e) {
      if (!a.may_fail || e.kind() == Kind::kCancelled) throw;
      warn(e.message());
    }
    return {};
  }

  engine::ContainerId operator()(const BuildImage& a) {
    if (a.buildx) {
      if (self_.buildx_ == nullptr) throw Error(Kind::kInternal, "a build with BuildKit and no buildx to run it");
      run_buildx(context_, *self_.buildx_, *a.buildx, [this](std::string_view line) { tell(line); });
      return {};
    }
    if (a.buildkit) {
      const buildkit::Surroundings surroundings{
          .credentials_of = [this](const Context& context,
                                   const std::string& registry) { return self_.auth_at(context, registry); },
          .ssh_agent = self_.ssh_agent_};
      buildkit::build(context_, client_, *a.buildkit, surroundings, [this](std::string_view line) { tell(line); });
      return {};
    }
    engine::BuildOptions options = a.options;
    if (self_.credentials_ != nullptr) {
      const std::lock_guard lock(self_.credentials_mutex_);
      options.auth = self_.credentials_->all(context_);
    }
    if (!a.context) {
      follow(client_.build_image(context_, engine::bytes_of(""), options));
      return {};
    }
    engine::BuildContext files(*a.context);
    options.dockerfile = files.dockerfile();
    const engine::ByteSource tar = [&files](const Context& context, std::span<char> buffer) {
      return files.read(context, buffer);
    };
    follow(client_.build_image(context_, tar, options));
    return {};
  }

  engine::ContainerId operator()(const PushImage& a) {
    try {
      follow(client_.push_image(context_, a.image, {.platform = {}, .auth = self_.auth_of(context_, a.image)}));
    } catch (const Error& e) {
      if (!a.may_fail || e.kind() == Kind::kCancelled) throw;
      warn(e.message());
    }
    return {};
  }

  engine::ContainerId operator()(const CopyImage& a) {
    if (self_.images_from_ == nullptr) throw Error(Kind::kInternal, "an image to copy and no engine to copy it from");
    std::uint64_t told = 0;
    engine::copy_image(context_, *self_.images_from_, client_, a.image, [&](std::uint64_t sent) {
      constexpr std::uint64_t kStep = std::uint64_t{16} << 20;
      if (sent < told + kStep) return;
      told = sent;
      engine::Progress progress{.id = a.image, .status = "Copying " + human_size(Bytes(sent))};
      self_.report_(operation_, Event::Kind::kProgress, progress.status, progress);
    });
    return {};
  }

  engine::ContainerId operator()(const RemoveImage& a) {
    return unless_used(a.keep_if_used, [&] { client_.remove_image(context_, a.image); });
  }

  engine::ContainerId operator()(const LoadAgentImage& a) {
    const engine::Version version = client_.version(context_);
    if (version.arch != agent_architecture()) {
      throw Error(Kind::kUnsupported, "image '" + a.image + "' is for " + std::string(agent_architecture()) +
                                          ", the engine runs on " + version.arch +
                                          ": set x-berth.ingress to false, and update_config.order to stop-first");
    }
    const std::string tar = agent_image_tar();
    client_.load_images(context_, engine::bytes_of(tar)).finish(context_);
    return {};
  }

  engine::ContainerId operator()(const RouteIngress& a) {
    std::vector<std::string> command = {std::string(kAgentProgram), "route", "--drain",
                                        std::to_string(a.drain.count())};
    if (a.must_answer) command.emplace_back("--must-answer");
    for (const ContainerRef& container : a.joins) command.push_back("+" + self_.id_of_(container).brief());
    for (const ContainerRef& container : a.leaves) command.push_back("-" + self_.id_of_(container).brief());
    const auto result = engine::run_inside(context_, client_, id(a), {.cmd = std::move(command)});
    if (result.exit_code != 0) throw Error(Kind::kConflict, result.output);
    if (!result.output.empty()) warn(result.output);
    return {};
  }

  engine::ContainerId operator()(const CreateContainer& a) {
    const engine::ContainerCreated created = create_under_its_name(with_variables(a, bind_references(a, self_.id_of_)));
    for (const std::string& warning : created.warnings) warn(warning);
    return created.id;
  }

  engine::ContainerId operator()(const RenameContainer& a) {
    client_.rename_container(context_, id(a), a.name);
    return {};
  }

  engine::ContainerId operator()(const ConnectNetwork& a) {
    client_.connect_network(context_, engine::NetworkId(a.network), id(a), a.endpoint);
    return {};
  }

  engine::ContainerId operator()(const DisconnectNetwork& a) {
    client_.disconnect_network(context_, engine::NetworkId(a.network), id(a), true);
    return {};
  }

  engine::ContainerId operator()(const CopyFiles& a) {
    client_.put_archive(context_, id(a), "/", engine::bytes_of(tar_of(a.files, system_clock().now())), a.to_its_user);
    return {};
  }

  engine::ContainerId operator()(const StartContainer& a) {
    client_.start_container(context_, id(a));
    return {};
  }

  engine::ContainerId operator()(const StopContainer& a) {
    return unless_gone([&] { client_.stop_container(context_, id(a), {.timeout = a.timeout, .signal = {}}); });
  }

  engine::ContainerId operator()(const RunHook& a) {
    try {
      const engine::RunResult result = run(a);
      if (result.exit_code == 0) return {};
      std::string text = std::string(name_of(a.point)) + " hook '" + join(a.hook.command, " ") + "' of container '" +
                         a.container.name + (a.point == RunHook::Point::kPreStart ? "', which is kept," : "'") +
                         " ended with code " + std::to_string(result.exit_code);
      if (!result.output.empty()) text += ":\n" + last_lines(result.output, kHookLines);
      throw Error(Kind::kConflict, std::move(text));
    } catch (const Error& e) {
      // What has ended by itself needs no preparation for its stop.
      const bool is_over = e.kind() == Kind::kNotFound || e.message().find("is not running") != std::string::npos;
      if (a.point != RunHook::Point::kPreStop || !is_over) throw;
    }
    return {};
  }

  engine::ContainerId operator()(const RunProvider& a) {
    if (self_.programs_ == nullptr) throw Error(Kind::kInternal, "a provider and nothing to find its program with");
    compose::TextMap given =
        run_provider(context_, *self_.programs_, a, [this](std::string_view message) { tell(message); });
    (*self_.given_.lock())[operation_.number] = std::move(given);
    return {};
  }

  engine::ContainerId operator()(const ServeModel& a) {
    if (self_.programs_ == nullptr) throw Error(Kind::kInternal, "a model and nothing to find its program with");
    std::string address = serve_model(context_, *self_.programs_, a, [&](std::string status, std::string_view detail) {
      const engine::Progress progress{.id = a.model, .status = std::move(status)};
      self_.report_(operation_, Event::Kind::kProgress, std::string(detail), progress);
    });
    (*self_.given_.lock())[operation_.number] = {{"", std::move(address)}};
    return {};
  }

  engine::ContainerId operator()(const KillContainer& a) {
    return unless_gone([&] {
      try {
        client_.kill_container(context_, id(a), a.signal);
      } catch (const Error& e) {
        if (e.kind() != Kind::kConflict) throw;  // it has ended by itself
      }
    });
  }

  engine::ContainerId operator()(const RestartContainer& a) {
    client_.restart_container(context_, id(a), {.timeout = a.timeout, .signal = {}});
    return {};
  }

  engine::ContainerId operator()(const PauseContainer& a) {
    client_.pause_container(context_, id(a));
    return {};
  }

  engine::ContainerId operator()(const UnpauseContainer& a) {
    client_.unpause_container(context_, id(a));
    return {};
  }

  engine::ContainerId operator()(const RemoveContainer& a) {
    if (id(a).empty()) return {};  // its creation failed
    if (a.tells) tell_last_words(id(a));
    return unless_gone([&] {
      try {
        client_.remove_container(context_, id(a), {.force = a.force, .volumes = a.volumes});
      } catch (const Error& e) {
        // Somebody else is removing it.
        if (e.kind() != Kind::kConflict || e.message().find("already in progress") == std::string::npos) throw;
      }
    });
  }

  engine::ContainerId operator()(const CheckFailures&) { throw Error(Kind::kInternal, "a check is not a call"); }
  engine::ContainerId operator()(const Pause&) { throw Error(Kind::kInternal, "a pause is not a call"); }
  engine::ContainerId operator()(const WaitFor&) { throw Error(Kind::kInternal, "a wait is not a call"); }

 private:
  template <typename A>
  engine::ContainerId id(const A& action) {
    return self_.id_of_(action.container);
  }

  // A container that there is for the hook alone is not left at work when nobody waits for it any more.
  engine::RunResult run(const RunHook& a) {
    const engine::LineSink told = [this](std::string_view line) {
      self_.report_(operation_, Event::Kind::kHookOutput, std::string(line), {});
    };
    if (a.point != RunHook::Point::kPreStart) {
      return engine::run_inside(context_, client_, id(a), exec_of(a.hook), told);
    }
    try {
      return engine::run_container(context_, client_, id(a), told);
    } catch (const Error& e) {
      if (e.kind() == Kind::kCancelled || e.kind() == Kind::kTimeout) {
        unless_gone([&] {
          client_.remove_container(context_.detached().with_timeout(kFarewell), id(a),
                                   {.force = true, .volumes = true});
        });
      }
      throw;
    }
  }

  // A line of what a program or a build says of itself.
  void tell(std::string_view line) {
    engine::Progress progress;
    progress.stream = line;
    self_.report_(operation_, Event::Kind::kProgress, {}, progress);
  }

  void warn(std::string text) { self_.report_(operation_, Event::Kind::kWarning, std::move(text), {}); }

  // For whoever looks for the reason why it is given up; it is no fault when that can't be had.
  void tell_last_words(const engine::ContainerId& container) {
    constexpr int kLines = 10;
    constexpr auto kMost = std::chrono::seconds(5);
    try {
      const Context context = context_.with_timeout(kMost);
      const bool tty = client_.inspect_container(context, container).config.tty;
      engine::LogStream log =
          client_.container_logs(context, container, {.out = true, .err = true, .tail = kLines}, tty);
      std::string text;
      while (const auto chunk = log.next(context)) text += chunk->data;
      for (const std::string& line : split(trim(text), '\n')) {
        if (!line.empty()) self_.report_(operation_, Event::Kind::kOutput, line, {});
      }
    } catch (const Error&) {
      return;
    }
  }

  void follow(engine::ProgressStream stream) {
    while (const auto progress = stream.next(context_)) {
      self_.report_(operation_, Event::Kind::kProgress, progress->status, *progress);
    }
  }

  template <typename Body>
  engine::ContainerId unless_gone(Body body) {
    try {
      body();
    } catch (const Error& e) {
      if (e.kind() != Kind::kNotFound) throw;
    }
    return {};
  }

  // An engine answers 403 for a network with endpoints, 409 for a volume or image in use.
  template <typename Body>
  engine::ContainerId unless_used(bool keep_if_used, Body body) {
    try {
      return unless_gone(body);
    } catch (const Error& e) {
      const bool used = e.kind() == Kind::kConflict || e.kind() == Kind::kForbidden;
      if (!used || !keep_if_used) throw;
      warn("Resource is still in use");
    }
    return {};
  }

  // The request with the addresses that operations before gave.
  engine::ContainerCreate with_variables(const CreateContainer& create, engine::ContainerCreate request) {
    if (create.variables.empty()) return request;
    const auto given = self_.given_.lock();
    for (const LateVariable& late : create.variables) {
      const auto values = given->find(late.given_by);
      if (values == given->end()) continue;
      add_variables({{late.name, values->second.at("")}}, request.config.env);
    }
    return request;
  }

  // An `up` that was killed may have left a call on its way, so that the engine makes a container that was not there
  // when this one looked.
  engine::ContainerCreated create_under_its_name(const engine::ContainerCreate& request) {
    for (const auto give_up = Context::Clock::now() + kOnItsWay;;) {
      try {
        return client_.create_container(context_, request);
      } catch (const Error& e) {
        if (e.kind() != Kind::kConflict || Context::Clock::now() > give_up || !clear_name(request)) throw;
      }
    }
  }

  // Removes what has the name if it is of this service and was never started. Whether to try again.
  bool clear_name(const engine::ContainerCreate& request) {
    const engine::ContainerId holder(request.name);
    const auto same = [&](const engine::StringMap& labels, const char* label) {
      return label_of(labels, label) == label_of(request.config.labels, label);
    };
    try {
      const engine::ContainerInspect there = client_.inspect_container(context_, holder);
      const engine::StringMap& labels = there.config.labels;
      if (there.state.status != "created" || !same(labels, label::kProject) || !same(labels, label::kService)) {
        return false;
      }
      client_.remove_container(context_, there.id);
    } catch (const Error& e) {
      if (e.kind() != Kind::kNotFound) throw;
      context_.sleep_for(kOnItsWayPause);  // the engine has given the name away, but is still making the container
    }
    return true;
  }

  // The project's networks of that name: another `up` may have made one just now.
  std::vector<engine::Network> networks_like(const engine::NetworkCreate& request) {
    std::vector<engine::Network> networks = client_.list_networks(context_, {{"name", request.name}});
    std::erase_if(networks, [&](const engine::Network& network) {
      return network.name != request.name ||
             label_of(network.labels, label::kProject) != label_of(request.labels, label::kProject);
    });
    return networks;
  }

  // Engines before 25 make two networks of one name when asked at the same time, as by an `up` that was killed and the
  // next one; neither can be used then. The later one goes.
  void give_way(const engine::NetworkCreate& request, const engine::NetworkId& made) {
    const auto age = [](const engine::Network& network) { return std::pair(network.created, network.id); };
    const std::vector<engine::Network> networks = networks_like(request);
    const auto oldest = std::min_element(networks.begin(), networks.end(),
                                         [&](const auto& a, const auto& b) { return age(a) < age(b); });
    if (oldest != networks.end() && oldest->id != made) client_.remove_network(context_, made);
  }

  Performer& self_;
  engine::Client& client_;
  const Context& context_;
  const Operation& operation_;
};

engine::ContainerId Performer::perform(const Context& context, const Operation& operation) {
  return std::visit(Call(*this, context, operation), operation.action);
}

std::optional<compose::TextMap> Performer::given_by(OperationNumber number) {
  const auto given = given_.lock();
  const auto found = given->find(number);
  return found == given->end() ? std::nullopt : std::optional(found->second);
}

engine::AuthConfig Performer::auth_of(const Context& context, const std::string& image) {
  if (credentials_ == nullptr) return {};
  const std::lock_guard lock(credentials_mutex_);
  return credentials_->of_image(context, image);
}

engine::AuthConfig Performer::auth_at(const Context& context, const std::string& registry) {
  if (credentials_ == nullptr) return {};
  const std::lock_guard lock(credentials_mutex_);
  return credentials_->of_registry(context, registry == "registry-1.docker.io" ? "docker.io" : registry);
}

}  // namespace berth::converge
