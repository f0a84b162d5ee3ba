#include "scenario/swarm.h"

#include <csignal>
#include <filesystem>
#include <iostream>
#include <set>

#include <fcntl.h>

#include "base/error.h"
#include "base/strings.h"
#include "scenario/cli.h"

namespace berth::scenario {

namespace {

using namespace std::chrono_literals;

std::string docker_program(Generation generation) {
  if (generation == Generation::kOld) return "docker";
  return std::filesystem::absolute(Environment::of_process().get_or("BERTH_PEERS", "/nonexistent")) / "docker";
}

std::string text_of_run(const Output& output, const std::vector<std::string>& words) {
  if (!output.status.ok()) throw Error(Kind::kInternal, "docker " + join(words, " ") + ": " + output.err + output.out);
  return std::string(trim(output.out));
}

}  // namespace

Swarm::Swarm(Generation generation, std::size_t nodes, const std::vector<std::string>& flags) {
  for (std::size_t i = 1; i <= nodes; ++i) nodes_.push_back("node-" + std::to_string(i));
  lab_.add(nodes_, generation);
  lab_.add_test_images(nodes_.front());
  socket_ = lab_.storage() / "swarm.sock";
  command_ = {BERTH_PROGRAM, "swarm",      "manage", "--store", "sqlite://" + (lab_.storage() / "swarm.db").string(),
              "-H",          docker_host()};
  command_.insert(command_.end(), flags.begin(), flags.end());
  command_.push_back("machine://");
  start_manager();
  // The new client finds its plugins (buildx) in the home folder.
  if (const auto peers = Environment::of_process().get("BERTH_PEERS")) {
    const Path plugins = lab_.storage() / "home/.docker/cli-plugins";
    make_folder(plugins);
    std::error_code ignored;
    std::filesystem::create_symlink(std::filesystem::absolute(*peers) / "docker-buildx", plugins / "docker-buildx",
                                    ignored);
  }
}

void Swarm::start_manager(std::size_t away) {
  SpawnOptions options;
  options.environment = lab_.environment(nodes_.front());
  const Fd log(::open((lab_.storage() / "manage.log").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
  options.out_fd = options.err_fd = log.get();
  manager_ = spawn(command_, options);
  wait_for_nodes(nodes_.size() - away);
}

void Swarm::kill_manager() {
  manager_->kill(SIGKILL);
  manager_->wait(soon());
}

Swarm::~Swarm() {
  try {
    manager_->kill(SIGTERM);
    manager_->wait(Context().with_timeout(10s));
  } catch (const Error& e) {
    std::cerr << "scenario: ending the manager: " << e.message() << "\n";
  }
  if (testing::Test::HasFailure()) std::cerr << "the manager said:\n" << log() << "\n";
}

void Swarm::wait_for_nodes(std::size_t healthy_nodes) {
  wait_until([&] {
    const Output info = docker({"info", "--format", "{{.DriverStatus}}"});
    std::size_t healthy = 0;
    for (std::size_t at = 0; (at = info.out.find("Status Healthy", at)) != std::string::npos; ++at) ++healthy;
    return healthy == healthy_nodes;
  });
}

Output Swarm::run_docker(const std::string& host, const std::vector<std::string>& words, Generation client,
                         const std::vector<std::pair<std::string, std::string>>& variables) {
  return run_client(docker_program(client), host, words, variables);
}

Output Swarm::berth(const std::vector<std::string>& words) { return run_client(BERTH_PROGRAM, docker_host(), words); }

Output Swarm::run_client(const std::string& program, const std::string& host, const std::vector<std::string>& words,
                         const std::vector<std::pair<std::string, std::string>>& variables) {
  std::vector<std::string> command = {program};
  command.insert(command.end(), words.begin(), words.end());
  SpawnOptions options;
  options.environment = lab_.environment(nodes_.front());
  options.environment->set("DOCKER_HOST", host);
  for (const auto& [name, value] : variables) options.environment->set(name, value);
  options.folder = lab_.storage();
  return within("running '" + join(command, " ") + "'", [&] { return run(soon(), command, {}, options); });
}

Output Swarm::docker(const std::vector<std::string>& words, Generation client,
                     const std::vector<std::pair<std::string, std::string>>& variables) {
  return run_docker(docker_host(), words, client, variables);
}

Output Swarm::docker_on(const std::string& node, const std::vector<std::string>& words) {
  return run_docker(lab_.docker_host(node), words, Generation::kOld, {});
}

std::string Swarm::docker_text(const std::vector<std::string>& words) { return text_of_run(docker(words), words); }

std::string Swarm::docker_text_on(const std::string& node, const std::vector<std::string>& words) {
  return text_of_run(docker_on(node, words), words);
}

void Swarm::clear() {
  for (const std::string& node : nodes_) {
    if (const std::string ids = docker_text_on(node, {"ps", "-aq"}); !ids.empty()) {
      std::vector<std::string> words = {"rm", "-fv"};
      for (const std::string& id : split(ids, '\n')) words.push_back(id);
      docker_on(node, words);
    }
    docker_on(node, {"network", "prune", "-f"});
    if (const std::string names = docker_text_on(node, {"volume", "ls", "-q"}); !names.empty()) {
      std::vector<std::string> words = {"volume", "rm", "-f"};
      for (const std::string& name : split(names, '\n')) words.push_back(name);
      docker_on(node, words);
    }
    docker_on(node, {"image", "prune", "-af"});
  }
  lab_.add_test_images(nodes_.front());
  // What changed past the manager reaches it as events, in their time.
  const std::set<std::string> wanted = {"berth/test:1", "berth/test:2"};
  std::string images;
  std::string others;
  try {
    wait_until([&] {
      images = docker_text({"image", "ls", "--format", "{{.Repository}}:{{.Tag}}"});
      others = docker_text({"ps", "-a", "--format", "container {{.Names}} {{.Status}} "}) +
               docker_text({"volume", "ls", "--format", "volume {{.Name}} "}) +
               docker_text({"network", "ls", "--filter", "type=custom", "--format", "network {{.Name}} "});
      const auto tags = split(images, '\n');
      return std::set<std::string>(tags.begin(), tags.end()) == wanted && others.empty();
    });
  } catch (const Error& e) {
    throw e.within("all was removed, and the pool still tells of images " + images + " and of " + others);
  }
}

std::string Swarm::stored() const {
  const Path log = lab_.storage() / "swarm.db-wal";
  return read_file(lab_.storage() / "swarm.db") + (std::filesystem::exists(log) ? read_file(log) : "");
}

std::string Swarm::log() const { return read_file(lab_.storage() / "manage.log"); }

}  // namespace berth::scenario
