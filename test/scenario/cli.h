// The program run as a user does: in a folder with a compose.yaml, against one engine. What it did is asked of the
// engine.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/context.h"
#include "base/environment.h"
#include "base/files.h"
#include "base/process.h"
#include "engine/client.h"

namespace berth::scenario {

// Long enough for whatever a test waits for; what takes longer hangs.
Context soon();

// Waits until `holds`, looking again every few milliseconds. Throws kTimeout.
void wait_until(const std::function<bool()>& holds);

// A folder, named as the project, whose user has an empty home. Everything that the engine has of the project is
// removed when this goes, without the program under test. One thread.
class UserFolder {
 public:
  // A running berth whose output goes to files.
  struct Running {
    Child child;
    Path out_file, err_file;
    std::string out() const { return read_file(out_file); }
    std::string err() const { return read_file(err_file); }
    ExitStatus wait() { return child.wait(soon()); }
    // Waits until it has written `text` to its standard output. Throws kTimeout with all that it wrote.
    void says(const std::string& text) const;
  };

  UserFolder(const std::string& docker_host, const std::string& project);
  ~UserFolder();
  UserFolder(const UserFolder&) = delete;
  UserFolder& operator=(const UserFolder&) = delete;

  const Path& path() const { return path_; }
  const std::string& project() const { return project_; }
  engine::Client& engine() { return client_; }
  // Of the engine, which must be on a unix socket: for what stands between it and berth.
  Path engine_socket() const;
  // No variables of ours or of docker but DOCKER_HOST; a test may change it.
  Environment environment;

  void write(const Path& name, std::string_view text, mode_t mode = 0644);
  // Writes compose.yaml.
  void compose_file(std::string_view text) { write("compose.yaml", text); }

  // Runs `berth compose WORDS` to its end.
  Output compose(std::vector<std::string> words);
  Output berth(std::vector<std::string> words);
  Running start_compose(std::vector<std::string> words);
  // docker compose of $BERTH_PEERS; nothing where there is none.
  std::optional<Output> docker_compose(std::vector<std::string> words);

  // Of the project's containers, by name: states as the engine calls them, ids, inspection.
  std::map<std::string, std::string> states();
  std::map<std::string, std::string> ids();
  engine::ContainerInspect inspect(const std::string& container);
  // What the engine has of the project, sorted: "container shop-web-1", "network shop_default", "volume shop_data".
  std::vector<std::string> objects();
  // Output of a program run in the container.
  std::string in_container(const std::string& container, std::vector<std::string> command);
  // Whole output of a container until now.
  std::string logs(const std::string& container);

  // Kills and removes all that the project has.
  void clear();

 private:
  Output run_here(std::vector<std::string> argv);

  TemporaryFolder temporary_;
  std::string docker_host_;
  std::string project_;
  Path path_;
  engine::Client client_;
  int runs_ = 0;
};

}  // namespace berth::scenario
