// The least time that an engine takes: the calls of `up`, `down` and a chain of dependencies from a bare loop, with
// nothing planned, observed or shown. bench_floor up|down|chain COUNT prints wall seconds, with the number of calls in
// flight that was quickest. What it makes it removes.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "base/environment.h"
#include "base/parallel.h"
#include "engine/client.h"

namespace {

using namespace berth;
using Steady = std::chrono::steady_clock;

constexpr char kNetwork[] = "bench_floor";
constexpr char kImage[] = "berth/test:1";

double seconds(const auto& work) {
  const auto begin = Steady::now();
  work();
  return std::chrono::duration<double>(Steady::now() - begin).count();
}

void throw_first(const std::vector<std::optional<Error>>& outcomes) {
  for (const auto& outcome : outcomes) {
    if (outcome) throw *outcome;
  }
}

class Floor {
 public:
  Floor(engine::Client& client, int count) : client_(client) {
    for (int i = 0; i < count; ++i) names_.push_back("bench_floor-" + std::to_string(i));
  }

  double up(std::size_t in_flight) {
    return seconds([&] {
      create_network();
      throw_first(for_each_parallel(names_, in_flight,
                                    [&](const std::string& name) { client_.start_container({}, create(name)); }));
    });
  }

  double down(std::size_t in_flight) {
    return seconds([&] {
      throw_first(for_each_parallel(names_, in_flight, [&](const std::string& name) {
        client_.stop_container({}, engine::ContainerId(name), {std::chrono::seconds(1), ""});
        client_.remove_container({}, engine::ContainerId(name));
      }));
      client_.remove_network({}, engine::NetworkId(kNetwork));
    });
  }

  // Each starts when the one before has become healthy.
  double chain() {
    engine::HealthConfig health;
    health.test = {"CMD", "true"};
    health.interval = std::chrono::milliseconds(50);
    health.timeout = std::chrono::seconds(5);
    health.retries = 3;
    return seconds([&] {
      create_network();
      std::vector<engine::ContainerId> ids(names_.size());
      std::vector<std::size_t> indices(names_.size());
      for (std::size_t i = 0; i < indices.size(); ++i) indices[i] = i;
      throw_first(for_each_parallel(indices, 6, [&](std::size_t i) { ids[i] = create(names_[i], health); }));
      engine::EventStream events = client_.events({}, {{{"event", "health_status"}}, {}, {}, true});
      for (std::size_t i = 0; i < ids.size(); ++i) {
        client_.start_container({}, ids[i]);
        if (i + 1 < ids.size()) wait_healthy(events, ids[i]);
      }
    });
  }

 private:
  void create_network() {
    engine::NetworkCreate request;
    request.name = kNetwork;
    client_.create_network({}, request);
  }

  engine::ContainerId create(const std::string& name, const std::optional<engine::HealthConfig>& health = {}) {
    engine::ContainerCreate request;
    request.name = name;
    request.config.image = kImage;
    request.config.healthcheck = health;
    request.host_config.network_mode = kNetwork;
    return client_.create_container({}, request).id;
  }

  static void wait_healthy(engine::EventStream& events, const engine::ContainerId& id) {
    while (const auto event = events.next(Context().with_timeout(std::chrono::seconds(60)))) {
      if (event->actor_id == id.value && event->action == "health_status: healthy") return;
    }
  }

  engine::Client& client_;
  std::vector<std::string> names_;
};

int measure(const std::string& what, int count) {
  engine::Client client(engine::find_endpoint({}, Environment::of_process()));
  Floor floor(client, count);
  double best = 1e9;
  if (what == "chain") {
    best = floor.chain();
    floor.down(6);
  } else {
    for (const std::size_t in_flight : {4, 6, 8}) {
      const double up = floor.up(in_flight);
      const double down = floor.down(in_flight);
      best = std::min(best, what == "up" ? up : down);
    }
  }
  std::printf("%.3f\n", best);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fputs("usage: bench_floor up|down|chain COUNT\n", stderr);
    return 2;
  }
  try {
    return measure(argv[1], std::atoi(argv[2]));
  } catch (const std::exception& e) {
    std::fprintf(stderr, "bench_floor: %s\n", e.what());
    return 1;
  }
}
