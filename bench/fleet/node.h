// One simulated engine: what it has, and what becomes of it. No sockets here.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "loop.h"
#include "model.h"

namespace berth::fleet {

// The computer that an engine says it runs on.
struct Profile {
  std::string name;  // "node-00001"
  std::int64_t cpus = 8;
  std::int64_t memory = std::int64_t{32} << 30;
  Labels labels;  // of the engine
};

// What engines of one thread share.
struct Shared {
  explicit Shared(Loop& event_loop, std::uint64_t seed) : loop(event_loop), random(seed) {}

  Loop& loop;
  Randomness random;
  std::map<std::string, std::shared_ptr<const Image>, std::less<>> images;  // by reference; once made, kept
  std::map<std::string, std::shared_ptr<const Labels>> labels;              // of the containers of the beginning
  std::unordered_map<std::string, std::weak_ptr<const Spec>> specs;         // by what was asked

  std::shared_ptr<const Image> image(std::string_view reference);
};

// One thread: the loop's. References to containers are good until they are removed. Errors are those of dockerd 28.5:
// kNotFound, kConflict, kInvalid, with its words.
class Node {
 public:
  using Observer = std::function<void(const Event&)>;
  using Observers = std::list<std::shared_ptr<Observer>>;

  Node(Shared& shared, Profile profile);
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  const Profile& profile() const { return profile_; }
  const std::string& id() const { return id_; }
  Shared& shared() { return shared_; }

  // Containers: by number, which is in order of creation.
  const std::map<std::uint64_t, Container>& containers() const { return containers_; }
  // By id, name, or beginning of an id.
  Container& container(std::string_view reference);
  Container* container_numbered(std::uint64_t number);
  Container& create(std::string name, std::shared_ptr<const Spec> spec, std::shared_ptr<const Labels> labels);
  void start(Container& container);
  // Returns false when it does not run.
  bool stop(Container& container);
  void restart(Container& container);
  // Ends it, or only tells it, by what the signal does.
  void kill(Container& container, int signal);
  void pause(Container& container);
  void unpause(Container& container);
  void rename(Container& container, std::string name);
  void remove(Container& container, bool force);
  // Makes `count` containers that have run for an hour, without events; for a fleet's beginning.
  void seed(std::size_t count, const std::shared_ptr<const Spec>& spec, const std::shared_ptr<const Labels>& labels);
  // What the engine finds when it starts again after its host went: nothing runs but what is to be restarted. No
  // events.
  void reboot();

  // Images: those it has.
  const std::vector<std::shared_ptr<const Image>>& images() const { return images_; }
  std::shared_ptr<const Image> image(std::string_view reference) const;
  void pull(std::string_view reference);
  // As pull(), without an event.
  std::shared_ptr<const Image> provide(std::string_view reference);
  void remove_image(std::string_view reference);

  // Networks: bridge, host and none are every engine's.
  const std::vector<Network>& networks() const { return networks_; }
  Network* find_network(std::string_view reference);
  Network& network(std::string_view reference);
  Network& create_network(Network network);
  void remove_network(std::string_view reference);

  const std::map<std::string, Volume, std::less<>>& volumes() const { return volumes_; }
  const Volume& volume(std::string_view name) const;
  const Volume& create_volume(Volume volume);
  void remove_volume(std::string_view name);

  Exec& create_exec(Container& container, Exec exec);
  Exec& exec(std::string_view id);
  void start_exec(Exec& exec);
  // Nothing when the engine has forgotten it.
  void end_exec(const Id& id, int exit_code);

  // Events: the last ones, and who is told of the next. The observer may remove itself while it is called.
  const std::deque<Event>& events() const { return events_; }
  Observers::iterator observe(Observer observer);
  void forget(Observers::iterator observer) { observers_.erase(observer); }
  std::size_t observers() const { return observers_.size(); }

  // The time, later than any before.
  std::int64_t now();

 private:
  struct Ending {
    std::chrono::milliseconds after;
    int exit_code;
  };
  static std::optional<Ending> ending_of(const Spec& spec);

  void emit(Event event);
  void emit(const Container& container, std::string action, Labels extra = {});
  void connect(const Container& container, std::string_view action);
  enum class After { kStaysStopped, kMayBeRemoved };
  void end(Container& container, int exit_code, bool stopped, After after = After::kMayBeRemoved);
  void publish_ports(Container& container);
  void free_ports(Container& container);
  void end_later(const Container& container);
  Container& add(std::string name, std::shared_ptr<const Spec> spec, std::shared_ptr<const Labels> labels);
  void check_name_is_free(const std::string& name, std::string_view doing);

  Shared& shared_;
  Profile profile_;
  std::string id_;
  std::map<std::uint64_t, Container> containers_;
  std::map<Id, Container*> by_id_;
  std::unordered_map<std::string_view, Container*> by_name_;  // keys live in the identities
  std::uint64_t next_number_ = 1;
  std::uint16_t next_port_ = 32768;
  std::set<std::pair<std::string, std::uint16_t>> taken_ports_;
  std::vector<std::shared_ptr<const Image>> images_;
  std::vector<Network> networks_;
  std::map<std::string, Volume, std::less<>> volumes_;
  std::map<Id, Exec> execs_;
  std::deque<Event> events_;
  Observers observers_;
  std::int64_t last_time_ = 0;
};

}  // namespace berth::fleet
