// What a simulated engine keeps: compact records. A fleet of ten thousand engines has hundreds of thousands of
// containers; what many have in common is held once.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "json_text.h"

namespace berth::fleet {

// 256 bits, 64 hexadecimal digits as text.
using Id = std::array<std::uint64_t, 4>;
std::string text_of(const Id& id);
// Nothing unless `text` is 1 to 64 lower-case hexadecimal digits. The least id that begins so.
std::optional<Id> id_beginning(std::string_view text);
// An id that is a function of the text.
Id id_named(std::string_view text);

// SplitMix64: ids need to differ, not to be secret.
class Randomness {
 public:
  explicit Randomness(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next();
  std::uint64_t below(std::uint64_t limit) { return next() % limit; }
  Id id() { return {next(), next(), next(), next()}; }

 private:
  std::uint64_t state_;
};

struct Image {
  std::string reference;  // "nginx:latest"
  Id id{};
  std::int64_t size = 0;
};

// "nginx" is "nginx:latest", as is "docker.io/library/nginx".
std::string full_reference(std::string_view image);

struct Port {
  std::string address;  // "0.0.0.0", "::"
  std::uint16_t inside = 0;
  std::uint16_t outside = 0;  // 0: exposed, not published, or any free one
  std::string protocol = "tcp";
  bool published = false;
};

// What a container was asked to be, but for its name and labels; shared by all that were asked the same.
struct Spec {
  std::string image;  // as asked
  Id image_id{};
  std::string path;  // its program, and that one's words
  std::vector<std::string> words;
  std::string config;       // members of Config in JSON after Hostname, before Labels
  std::string host_config;  // HostConfig in JSON
  std::string mounts;       // Mounts in JSON
  std::string hostname;     // empty: the id's beginning
  std::string network_mode;
  std::vector<std::string> networks;  // by name; none for host, none, container:...
  std::vector<std::string> volumes;   // named ones, made with the container
  std::vector<Port> ports;
  bool tty = false;
  bool auto_remove = false;
  bool restarts = false;  // with the engine
};

// Who a container is; replaced by a rename, so that events keep the name of their time.
struct Identity {
  Id id{};
  std::string name;
  std::shared_ptr<const Spec> spec;
  std::shared_ptr<const Labels> labels;  // sorted
};

enum class Status : std::uint8_t { kCreated, kRunning, kPaused, kExited };
std::string_view text_of(Status status);

struct Container {
  std::shared_ptr<const Identity> who;
  std::uint64_t number = 0;   // on its engine, in order of creation
  std::int64_t created = 0;   // ns since 1970, as all times here
  std::int64_t started = 0;   // 0: never
  std::int64_t finished = 0;  // 0: never
  std::uint32_t runs = 0;     // times started
  std::int32_t exit_code = 0;
  Status status = Status::kCreated;
  std::unique_ptr<std::vector<Port>> ports;  // while it runs, where it has any

  bool alive() const { return status == Status::kRunning || status == Status::kPaused; }
};

struct Network {
  Id id{};
  std::string name;
  std::string driver;
  std::string options;  // JSON
  std::string labels;   // JSON
  std::int64_t created = 0;
  std::uint16_t subnet = 17;  // 172.N.0.0/16
  bool internal = false;
  bool attachable = false;
  bool builtin = false;
};

struct Volume {
  std::string name;
  std::string driver;
  std::string options;  // JSON
  std::string labels;   // JSON
  std::int64_t created = 0;
};

struct Exec {
  Id id{};
  std::uint64_t container = 0;  // its number
  Id container_id{};
  std::vector<std::string> words;
  bool in = false, out = false, err = false, tty = false, privileged = false;
  bool running = false;
  std::optional<int> exit_code;
};

enum class EventType : std::uint8_t { kContainer, kNetwork, kImage, kVolume };
std::string_view text_of(EventType type);

struct Event {
  std::int64_t time = 0;
  EventType type = EventType::kContainer;
  std::string action;
  std::shared_ptr<const Identity> container;  // whose event it is; for networks: who was connected
  std::string actor;                          // id or name of what is no container
  Labels extra;                               // further attributes
};

// One line of GET /events, with its line feed. Fields and their order are those of dockerd 28.5.
std::string text_of(const Event& event);

}  // namespace berth::fleet
