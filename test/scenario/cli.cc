#include "scenario/cli.h"

#include <algorithm>
#include <iostream>

#include <fcntl.h>

#include "base/error.h"
#include "converge/labels.h"

namespace berth::scenario {

namespace {

using namespace std::chrono_literals;

Environment user_environment(const std::string& docker_host, const Path& home) {
  Environment result = Environment::of_process();
  const auto variables = result.variables();
  for (const auto& [name, value] : variables) {
    for (const char* ours : {"DOCKER_", "COMPOSE_", "MACHINE_", "BERTH_"}) {
      if (name.starts_with(ours)) result.unset(name);
    }
  }
  result.set("DOCKER_HOST", docker_host);
  result.set("HOME", home);
  return result;
}

engine::Filters of_project(const std::string& project) {
  return {{"label", std::string(converge::label::kProject) + "=" + project}};
}

Fd file_for_output(const Path& path) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0) throw system_error(errno, "opening '" + path.string() + "'");
  return Fd(fd);
}

}  // namespace

Context soon() { return Context().with_timeout(60s); }

void wait_until(const std::function<bool()>& holds) {
  const Context context = soon();
  while (!holds()) context.sleep_for(10ms);
}

void UserFolder::Running::says(const std::string& text) const {
  try {
    wait_until([&] { return out().find(text) != std::string::npos; });
  } catch (const Error& e) {
    throw e.within("waiting for '" + text + "', after it said:\n" + out() + err());
  }
}

UserFolder::UserFolder(const std::string& docker_host, const std::string& project)
    : docker_host_(docker_host),
      project_(project),
      path_(temporary_.path() / project),
      client_(engine::endpoint_of(docker_host)) {
  make_folder(path_);
  make_folder(temporary_.path() / "home");
  environment = user_environment(docker_host, temporary_.path() / "home");
  clear();
}

Path UserFolder::engine_socket() const { return docker_host_.substr(std::string_view("unix://").size()); }

UserFolder::~UserFolder() {
  try {
    clear();
  } catch (const Error& e) {
    std::cerr << "scenario: clearing project " << project_ << ": " << e.message() << "\n";
  }
}

void UserFolder::write(const Path& name, std::string_view text, mode_t mode) { write_file(path_ / name, text, mode); }

Output UserFolder::run_here(std::vector<std::string> argv) {
  SpawnOptions options;
  options.environment = environment;
  options.folder = path_;
  return run(soon(), argv, {}, options);
}

Output UserFolder::berth(std::vector<std::string> words) {
  words.insert(words.begin(), BERTH_PROGRAM);
  return run_here(std::move(words));
}

Output UserFolder::compose(std::vector<std::string> words) {
  words.insert(words.begin(), "compose");
  return berth(std::move(words));
}

UserFolder::Running UserFolder::start_compose(std::vector<std::string> words) {
  words.insert(words.begin(), {BERTH_PROGRAM, "compose"});
  const std::string name = "run" + std::to_string(++runs_);
  const Path out = temporary_.path() / (name + ".out");
  const Path err = temporary_.path() / (name + ".err");
  const Fd out_fd = file_for_output(out);
  const Fd err_fd = file_for_output(err);
  SpawnOptions options;
  options.environment = environment;
  options.folder = path_;
  options.out_fd = out_fd.get();
  options.err_fd = err_fd.get();
  return {spawn(words, options), out, err};
}

std::optional<Output> UserFolder::docker_compose(std::vector<std::string> words) {
  const auto peers = Environment::of_process().get("BERTH_PEERS");
  if (!peers) return std::nullopt;
  words.insert(words.begin(), std::filesystem::absolute(*peers) / "docker-compose");
  return run_here(std::move(words));
}

std::map<std::string, std::string> UserFolder::states() {
  std::map<std::string, std::string> states;
  for (const auto& container : client_.list_containers(soon(), {.all = true, .filters = of_project(project_)})) {
    states[container.names.at(0)] = container.state;
  }
  return states;
}

std::map<std::string, std::string> UserFolder::ids() {
  std::map<std::string, std::string> ids;
  for (const auto& container : client_.list_containers(soon(), {.all = true, .filters = of_project(project_)})) {
    ids[container.names.at(0)] = container.id.value;
  }
  return ids;
}

engine::ContainerInspect UserFolder::inspect(const std::string& container) {
  return client_.inspect_container(soon(), engine::ContainerId(container));
}

std::vector<std::string> UserFolder::objects() {
  std::vector<std::string> objects;
  for (const auto& [name, state] : states()) objects.push_back("container " + name);
  for (const auto& network : client_.list_networks(soon(), of_project(project_))) {
    objects.push_back("network " + network.name);
  }
  for (const auto& volume : client_.list_volumes(soon(), of_project(project_)).volumes) {
    objects.push_back("volume " + volume.name);
  }
  std::sort(objects.begin(), objects.end());
  return objects;
}

std::string UserFolder::in_container(const std::string& container, std::vector<std::string> command) {
  engine::ExecCreate create;
  create.attach_stdout = true;
  create.attach_stderr = true;
  create.cmd = std::move(command);
  auto stream = client_.start_exec(soon(), client_.create_exec(soon(), engine::ContainerId(container), create));
  std::string text;
  while (const auto chunk = stream.next(soon())) text += chunk->data;
  return text;
}

std::string UserFolder::logs(const std::string& container) {
  auto stream = client_.container_logs(soon(), engine::ContainerId(container), {});
  std::string text;
  while (const auto chunk = stream.next(soon())) text += chunk->data;
  return text;
}

void UserFolder::clear() {
  for (const auto& [name, id] : ids()) {
    client_.remove_container(soon(), engine::ContainerId(id), {.force = true, .volumes = true});
  }
  for (const auto& network : client_.list_networks(soon(), of_project(project_))) {
    client_.remove_network(soon(), network.id);
  }
  for (const auto& volume : client_.list_volumes(soon(), of_project(project_)).volumes) {
    client_.remove_volume(soon(), volume.name);
  }
}

}  // namespace berth::scenario
