#include "node.h"

#include <algorithm>
#include <csignal>

#include "base/error.h"
#include "base/strings.h"

namespace berth::fleet {

namespace {

// dockerd keeps 256; a manager that was away longer than these take must look anew, as with dockerd.
constexpr std::size_t kKeptEvents = 128;
// Where exec instances that ended are kept for a last look.
constexpr std::size_t kKeptExecs = 64;

[[noreturn]] void not_running(const Container& container) {
  throw Error(Kind::kConflict, "container " + text_of(container.who->id) + " is not running");
}

void check_name(const std::string& name) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
           c == '-';
  };
  const bool good = name.size() >= 2 && std::all_of(name.begin(), name.end(), fits) &&
                    std::string_view("_.-").find(name[0]) == std::string_view::npos;
  if (!good) {
    throw Error(Kind::kInvalid, "Invalid container name (" + name + "), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed");
  }
}

}  // namespace

Node::Node(Shared& shared, Profile profile) : shared_(shared), profile_(std::move(profile)) {
  const std::string digits = text_of(id_named("engine " + profile_.name));
  id_ = digits.substr(0, 8) + "-" + digits.substr(8, 4) + "-4" + digits.substr(13, 3) + "-8" + digits.substr(17, 3) +
        "-" + digits.substr(20, 12);
}

std::int64_t Node::now() {
  const auto time = std::chrono::system_clock::now().time_since_epoch();
  last_time_ = std::max<std::int64_t>(last_time_ + 1, std::chrono::nanoseconds(time).count());
  return last_time_;
}

// --- containers

Container& Node::container(std::string_view reference) {
  const std::string_view name = reference.starts_with('/') ? reference.substr(1) : reference;
  if (const auto found = by_name_.find(name); found != by_name_.end()) return *found->second;
  if (const auto least = id_beginning(reference)) {
    const auto found = by_id_.lower_bound(*least);
    const auto begins = [&](auto it) { return it != by_id_.end() && text_of(it->first).starts_with(reference); };
    if (begins(found)) {
      if (begins(std::next(found))) {
        throw Error(Kind::kInvalid, "Multiple IDs found with provided prefix: " + std::string(reference));
      }
      return *found->second;
    }
  }
  throw Error(Kind::kNotFound, "No such container: " + std::string(reference));
}

Container* Node::container_numbered(std::uint64_t number) {
  const auto found = containers_.find(number);
  return found == containers_.end() ? nullptr : &found->second;
}

void Node::check_name_is_free(const std::string& name, std::string_view doing) {
  const auto found = by_name_.find(name);
  if (found == by_name_.end()) return;
  throw Error(Kind::kConflict, std::string(doing) + "Conflict. The container name \"/" + name +
                                   "\" is already in use by container \"" + text_of(found->second->who->id) +
                                   "\". You have to remove (or rename) that container to be able to reuse that name.");
}

Container& Node::add(std::string name, std::shared_ptr<const Spec> spec, std::shared_ptr<const Labels> labels) {
  const Id id = shared_.random.id();
  if (name.starts_with('/')) name.erase(0, 1);
  if (name.empty()) name = "sim_" + text_of(id).substr(0, 12);
  check_name(name);
  check_name_is_free(name, "");
  for (const std::string& volume : spec->volumes) {
    if (!volumes_.contains(volume))
      create_volume({.name = volume, .driver = "local", .options = "null", .labels = "null"});
  }
  const std::uint64_t number = next_number_++;
  Container& container = containers_[number];
  container.who = std::make_shared<const Identity>(Identity{id, std::move(name), std::move(spec), std::move(labels)});
  container.number = number;
  container.created = now();
  by_id_[id] = &container;
  by_name_[container.who->name] = &container;
  return container;
}

Container& Node::create(std::string name, std::shared_ptr<const Spec> spec, std::shared_ptr<const Labels> labels) {
  Container& container = add(std::move(name), std::move(spec), std::move(labels));
  emit(container, "create");
  return container;
}

void Node::seed(std::size_t count, const std::shared_ptr<const Spec>& spec,
                const std::shared_ptr<const Labels>& labels) {
  constexpr std::int64_t kHour = 3'600'000'000'000;
  for (std::size_t i = 0; i < count; ++i) {
    Container& container = add(profile_.name + "-" + std::to_string(i + 1), spec, labels);
    container.created -= kHour;
    container.started = container.created + 200'000'000;
    container.status = Status::kRunning;
    container.runs = 1;
  }
}

void Node::start(Container& container) {
  if (container.status == Status::kPaused) {
    throw Error(Kind::kConflict, "cannot start a paused container, try unpause instead");
  }
  for (const std::string& name : container.who->spec->networks) network(name);
  publish_ports(container);
  container.status = Status::kRunning;
  container.started = now();
  container.exit_code = 0;
  ++container.runs;
  connect(container, "connect");
  emit(container, "start");
  end_later(container);
}

void Node::end(Container& container, int exit_code, bool stopped, After after) {
  container.status = Status::kExited;
  container.exit_code = exit_code;
  container.finished = now();
  free_ports(container);
  connect(container, "disconnect");
  const auto seconds = (container.finished - container.started) / 1'000'000'000;
  const std::uint64_t number = container.number;
  const auto who = container.who;
  if (stopped) emit(container, "stop");
  emit(container, "die", {{"execDuration", std::to_string(seconds)}, {"exitCode", std::to_string(exit_code)}});
  if (!who->spec->auto_remove || after == After::kStaysStopped) return;
  if (Container* const still = container_numbered(number)) remove(*still, false);
}

bool Node::stop(Container& container) {
  if (!container.alive()) return false;
  emit(container, "kill", {{"signal", "15"}});
  end(container, 0, true);
  return true;
}

void Node::restart(Container& container) {
  if (container.alive()) {
    emit(container, "kill", {{"signal", "15"}});
    end(container, 0, true, After::kStaysStopped);
  }
  start(container);
  emit(container, "restart");
}

void Node::kill(Container& container, int signal) {
  if (!container.alive()) {
    throw Error(Kind::kConflict, "cannot kill container: " + container.who->name + ": container " +
                                     text_of(container.who->id) + " is not running");
  }
  emit(container, "kill", {{"signal", std::to_string(signal)}});
  const bool ends = signal == SIGKILL || signal == SIGTERM || signal == SIGINT || signal == SIGQUIT;
  if (ends) end(container, 128 + signal, false);
}

void Node::pause(Container& container) {
  if (!container.alive()) not_running(container);
  if (container.status == Status::kPaused) {
    throw Error(Kind::kConflict, "container " + text_of(container.who->id) + " is already paused");
  }
  container.status = Status::kPaused;
  emit(container, "pause");
}

void Node::unpause(Container& container) {
  if (container.status != Status::kPaused) {
    throw Error(Kind::kInternal, "Container " + text_of(container.who->id) + " is not paused");
  }
  container.status = Status::kRunning;
  emit(container, "unpause");
}

void Node::rename(Container& container, std::string name) {
  if (name.starts_with('/')) name.erase(0, 1);
  if (name.empty()) throw Error(Kind::kInvalid, "Neither old nor new names may be empty");
  check_name(name);
  check_name_is_free(name, "Error when allocating new name: ");
  Identity renamed = *container.who;
  const std::string old = std::exchange(renamed.name, std::move(name));
  by_name_.erase(old);
  container.who = std::make_shared<const Identity>(std::move(renamed));
  by_name_[container.who->name] = &container;
  emit(container, "rename", {{"oldName", "/" + old}});
}

void Node::remove(Container& container, bool force) {
  if (container.alive()) {
    const bool paused = container.status == Status::kPaused;
    if (!force) {
      throw Error(Kind::kConflict, "cannot remove container \"" + container.who->name + "\": container is " +
                                       (paused ? "paused: unpause the container before removing or force remove"
                                               : "running: stop the container before removing or force remove"));
    }
    const std::uint64_t number = container.number;
    emit(container, "kill", {{"signal", "9"}});
    end(container, 137, false);
    if (container_numbered(number) == nullptr) return;
  }
  emit(container, "destroy");
  by_name_.erase(container.who->name);
  by_id_.erase(container.who->id);
  containers_.erase(container.number);
}

void Node::reboot() {
  execs_.clear();
  for (auto& [number, container] : containers_) {
    if (!container.alive()) continue;
    container.finished = now();
    if (container.who->spec->restarts) {
      container.started = now();
      container.status = Status::kRunning;
      ++container.runs;
    } else {
      free_ports(container);
      container.status = Status::kExited;
      container.exit_code = 255;
    }
  }
  events_.clear();
}

// Programs that end by themselves: true, false, echo, sleep SECONDS. All others run until they are stopped.
std::optional<Node::Ending> Node::ending_of(const Spec& spec) {
  const std::string_view program = spec.path;
  if (program == "true" || program == "echo") return Ending{std::chrono::milliseconds(10), 0};
  if (program == "false") return Ending{std::chrono::milliseconds(10), 1};
  if (program == "sleep" && !spec.words.empty()) {
    const auto seconds = parse_number(spec.words[0]);
    if (seconds && *seconds < 1e6)
      return Ending{std::chrono::milliseconds(static_cast<std::int64_t>(*seconds * 1000)), 0};
  }
  return std::nullopt;
}

void Node::end_later(const Container& container) {
  const auto ending = ending_of(*container.who->spec);
  if (!ending) return;
  shared_.loop.after(ending->after, [this, number = container.number, run = container.runs, code = ending->exit_code] {
    Container* const found = container_numbered(number);
    if (found != nullptr && found->alive() && found->runs == run) end(*found, code, false);
  });
}

void Node::publish_ports(Container& container) {
  const auto& asked = container.who->spec->ports;
  if (asked.empty()) return;
  auto ports = std::make_unique<std::vector<Port>>(asked);
  std::vector<std::pair<std::string, std::uint16_t>> mine;
  for (Port& port : *ports) {
    if (!port.published) continue;
    if (port.outside == 0) {
      while (taken_ports_.contains({port.protocol, next_port_})) ++next_port_;
      port.outside = next_port_;
      // The same port on every address.
      for (Port& other : *ports) {
        if (other.published && other.outside == 0 && other.inside == port.inside && other.protocol == port.protocol) {
          other.outside = port.outside;
        }
      }
    }
    const std::pair key(port.protocol, port.outside);
    if (std::find(mine.begin(), mine.end(), key) != mine.end()) continue;
    if (taken_ports_.contains(key)) {
      throw Error(Kind::kInternal,
                  "failed to set up container networking: driver failed programming external "
                  "connectivity on endpoint " +
                      container.who->name + ": Bind for " + port.address + ":" + std::to_string(port.outside) +
                      " failed: port is already allocated");
    }
    mine.push_back(key);
  }
  taken_ports_.insert(mine.begin(), mine.end());
  container.ports = std::move(ports);
}

void Node::free_ports(Container& container) {
  if (!container.ports) return;
  for (const Port& port : *container.ports) taken_ports_.erase({port.protocol, port.outside});
  container.ports.reset();
}

// --- events

Node::Observers::iterator Node::observe(Observer observer) {
  return observers_.insert(observers_.end(), std::make_shared<Observer>(std::move(observer)));
}

void Node::emit(Event event) {
  event.time = now();
  events_.push_back(std::move(event));
  if (events_.size() > kKeptEvents) events_.pop_front();
  if (observers_.empty()) return;
  const Event told = events_.back();
  const Observers all = observers_;  // who removes itself is still there until the end of this
  for (const auto& observer : all) (*observer)(told);
}

void Node::emit(const Container& container, std::string action, Labels extra) {
  emit({.action = std::move(action), .container = container.who, .extra = std::move(extra)});
}

void Node::connect(const Container& container, std::string_view action) {
  for (const std::string& name : container.who->spec->networks) {
    const Network* const network = find_network(name);
    if (network == nullptr) continue;
    emit({.type = EventType::kNetwork,
          .action = std::string(action),
          .container = container.who,
          .actor = text_of(network->id),
          .extra = {{"name", network->name}, {"type", network->driver}}});
  }
}

// --- exec

Exec& Node::create_exec(Container& container, Exec exec) {
  if (container.status == Status::kPaused) {
    throw Error(Kind::kConflict,
                "container " + text_of(container.who->id) + " is paused, unpause the container before exec");
  }
  if (!container.alive()) not_running(container);
  for (auto it = execs_.begin(); execs_.size() >= kKeptExecs && it != execs_.end();) {
    it = it->second.exit_code ? execs_.erase(it) : std::next(it);
  }
  exec.id = shared_.random.id();
  exec.container = container.number;
  exec.container_id = container.who->id;
  Exec& kept = execs_[exec.id] = std::move(exec);
  emit(container, "exec_create: " + join(kept.words, " "), {{"execID", text_of(kept.id)}});
  return kept;
}

Exec& Node::exec(std::string_view id) {
  const auto number = id.size() == 64 ? id_beginning(id) : std::nullopt;
  const auto found = number ? execs_.find(*number) : execs_.end();
  if (found == execs_.end()) throw Error(Kind::kNotFound, "No such exec instance: " + std::string(id));
  return found->second;
}

void Node::start_exec(Exec& exec) {
  Container* const container = container_numbered(exec.container);
  if (container == nullptr) throw Error(Kind::kNotFound, "No such container: " + text_of(exec.container_id));
  if (!container->alive()) not_running(*container);
  exec.running = true;
  emit(*container, "exec_start: " + join(exec.words, " "), {{"execID", text_of(exec.id)}});
}

void Node::end_exec(const Id& id, int exit_code) {
  const auto found = execs_.find(id);
  if (found == execs_.end() || !found->second.running) return;
  Exec& exec = found->second;
  exec.running = false;
  exec.exit_code = exit_code;
  const Container* const container = container_numbered(exec.container);
  if (container == nullptr) return;
  emit(*container, "exec_die", {{"execID", text_of(exec.id)}, {"exitCode", std::to_string(exit_code)}});
}

}  // namespace berth::fleet
