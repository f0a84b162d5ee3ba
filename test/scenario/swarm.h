// A swarm manager over a few real machines, and the docker CLIs of both generations as its clients.
#pragma once

#include <string>
#include <vector>

#include "base/process.h"
#include "scenario/engines.h"

namespace berth::scenario {

// `berth swarm manage machine://` on a unix socket, over machines node-1, node-2, ... of a lab. One thread.
class Swarm {
 public:
  // Returns when all nodes are healthy.
  Swarm(Generation generation, std::size_t nodes, const std::vector<std::string>& flags = {});
  ~Swarm();
  Swarm(const Swarm&) = delete;
  Swarm& operator=(const Swarm&) = delete;

  Lab& lab() { return lab_; }
  const std::vector<std::string>& nodes() const { return nodes_; }
  // Address of the manager, "unix:///...".
  std::string docker_host() const { return "unix://" + socket_.string(); }

  // Runs a docker CLI against the manager, or against one node past it.
  Output docker(const std::vector<std::string>& words, Generation client = Generation::kOld,
                const std::vector<std::pair<std::string, std::string>>& variables = {});
  Output docker_on(const std::string& node, const std::vector<std::string>& words);
  // Runs `berth WORDS` with DOCKER_HOST set to the manager.
  Output berth(const std::vector<std::string>& words);
  // Standard output without its last line end. Throws kInternal with what it said when it fails.
  std::string docker_text(const std::vector<std::string>& words);
  std::string docker_text_on(const std::string& node, const std::vector<std::string>& words);

  // Removes all containers, networks and volumes, and all images but those of tools/test-image, which node-1 has.
  void clear();
  // Ends the manager with SIGKILL.
  void kill_manager();
  // Starts it again; returns when all nodes but those that are away are healthy.
  void start_manager(std::size_t away = 0);
  // Process id of the manager.
  pid_t manager() const { return manager_->pid(); }
  // What the manager said so far.
  std::string log() const;
  // The bytes of its store.
  std::string stored() const;

 private:
  Output run_client(const std::string& program, const std::string& host, const std::vector<std::string>& words,
                    const std::vector<std::pair<std::string, std::string>>& variables = {});
  Output run_docker(const std::string& host, const std::vector<std::string>& words, Generation client,
                    const std::vector<std::pair<std::string, std::string>>& variables);
  void wait_for_nodes(std::size_t healthy_nodes);

  Lab lab_;
  std::vector<std::string> nodes_;
  Path socket_;
  std::vector<std::string> command_;
  std::optional<Child> manager_;
};

}  // namespace berth::scenario
