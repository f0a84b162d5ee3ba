#include "converge/pretend_engine_test.h"

#include <algorithm>
#include <set>

#include <gtest/gtest.h>

#include "base/digest.h"
#include "base/strings.h"
#include "compose/load.h"
#include "converge/labels.h"
#include "converge/references.h"

namespace berth::converge::testing {

namespace {

// One overload for each action: what an engine does.
class Effect {
 public:
  Effect(State& state, std::vector<engine::ContainerId>& made, OperationNumber number)
      : state_(state), made_(made), number_(number) {}

  void operator()(const CreateNetwork& a) {
    EXPECT_EQ(state_.find_network(a.request.name), nullptr) << a.request.name;
    state_.networks.push_back({.id = engine::NetworkId(new_id()), .name = a.request.name, .labels = a.request.labels});
  }
  void operator()(const RemoveNetwork& a) {
    for (const auto& c : state_.containers) EXPECT_FALSE(is_up(c) && c.networks.contains(a.name)) << name_of(c);
    EXPECT_EQ(std::erase_if(state_.networks, [&](const auto& n) { return n.id == a.id; }), 1U);
  }
  void operator()(const CreateVolume& a) {
    EXPECT_EQ(state_.find_volume(a.request.name), nullptr) << a.request.name;
    state_.volumes.push_back({.name = a.request.name, .labels = a.request.labels});
  }
  void operator()(const RemoveVolume& a) {
    for (const auto& c : state_.containers) {
      for (const auto& m : c.mounts) EXPECT_NE(m.name, a.name) << name_of(c);
    }
    EXPECT_EQ(std::erase_if(state_.volumes, [&](const auto& v) { return v.name == a.name; }), 1U);
  }
  void operator()(const PullImage& a) { state_.images[a.image] = Image{.id = engine::ImageId("sha256:" + new_id())}; }
  void operator()(const BuildImage& a) { state_.images[a.image] = Image{.id = engine::ImageId("sha256:" + new_id())}; }
  void operator()(const PushImage&) {}
  void operator()(const RemoveImage& a) { state_.images[a.image] = std::nullopt; }

  void operator()(const CreateContainer& a) {
    const engine::ContainerCreate request = bind_references(a, [this](const ContainerRef& ref) { return id(ref); });
    expect_free(request.name);
    engine::ContainerSummary c;
    c.id = engine::ContainerId(new_id());
    c.names = {request.name};
    c.labels = request.config.labels;
    c.image = request.config.image;
    const Image* image = state_.find_image(c.image);
    EXPECT_NE(image, nullptr) << c.image;
    if (image != nullptr) c.image_id = image->id;
    c.state = "created";
    c.network_mode = request.host_config.network_mode;
    for (const auto& [name, endpoint] : request.networking_config.endpoints_config) join_network(c, name);
    for (const std::string& bind : request.host_config.binds) {
      const auto parts = split(bind, ':');
      const bool named = !parts[0].starts_with('/');
      EXPECT_TRUE(!named || state_.find_volume(parts[0]) != nullptr) << parts[0];
      c.mounts.push_back(
          {.type = named ? "volume" : "bind", .name = named ? parts[0] : "", .destination = parts[1], .rw = true});
    }
    for (const engine::Mount& mount : request.host_config.mounts) {
      const std::string name = mount.type == "volume" && mount.source.empty() ? new_id() : mount.source;
      c.mounts.push_back({.type = mount.type, .name = name, .destination = mount.target, .rw = !mount.read_only});
    }
    for (const engine::PortMap::value_type& port : request.host_config.port_bindings) {
      for (const engine::PortBinding& binding : port.second) {
        const auto number = parse_integer(binding.host_port).value_or(0);
        c.ports.push_back({.public_port = static_cast<std::uint16_t>(number), .type = "tcp"});
      }
    }
    made_[static_cast<std::size_t>(number_) - 1] = c.id;
    state_.containers.push_back(std::move(c));
  }
  void operator()(const RenameContainer& a) {
    engine::ContainerSummary& c = find(a.container);
    if (name_of(c) == a.name) return;
    expect_free(a.name);
    c.names = {a.name};
  }
  void operator()(const ConnectNetwork& a) { join_network(find(a.container), a.network); }
  void operator()(const DisconnectNetwork& a) { EXPECT_EQ(find(a.container).networks.erase(a.network), 1U); }
  void operator()(const CopyFiles& a) { EXPECT_FALSE(is_up(find(a.container))); }
  void operator()(const StartContainer& a) {
    engine::ContainerSummary& c = find(a.container);
    for (const auto& [name, endpoint] : c.networks) {
      const engine::Network* network = state_.find_network(name);
      EXPECT_TRUE(network != nullptr && network->id == endpoint.network_id) << "network of " << name_of(c);
    }
    for (const auto& other : state_.containers) {
      if (other.id == c.id || !is_up(other)) continue;
      for (const auto& port : other.ports) {
        const auto same = [&](const auto& mine) {
          return mine.public_port == port.public_port && port.public_port != 0;
        };
        EXPECT_FALSE(std::any_of(c.ports.begin(), c.ports.end(), same)) << "port of " << name_of(c);
      }
    }
    c.state = "running";
    c.status = "Up 1 second (healthy)";
  }
  void operator()(const StopContainer& a) { end(find(a.container)); }
  void operator()(const RunProvider&) {}
  void operator()(const ServeModel&) {}
  void operator()(const RunHook& a) {
    const bool in_its_own = a.point == RunHook::Point::kPreStart;
    EXPECT_EQ(find(a.container).state, in_its_own ? "created" : "running") << a.container.name;
    if (in_its_own) end(find(a.container));
  }
  void operator()(const KillContainer& a) { end(find(a.container)); }
  void operator()(const RestartContainer& a) { find(a.container).state = "running"; }
  void operator()(const PauseContainer& a) { find(a.container).state = "paused"; }
  void operator()(const UnpauseContainer& a) { find(a.container).state = "running"; }
  void operator()(const RemoveContainer& a) {
    const engine::ContainerSummary& c = find(a.container);
    EXPECT_TRUE(a.force || !is_up(c)) << "removing " << name_of(c);
    const engine::ContainerId gone = c.id;
    std::erase_if(state_.containers, [&](const auto& other) { return other.id == gone; });
  }
  void operator()(const CopyImage& a) { state_.images[a.image] = Image{.id = engine::ImageId("sha256:" + a.image)}; }
  void operator()(const LoadAgentImage& a) { state_.images[a.image] = Image{.id = engine::ImageId("sha256:agent")}; }
  void operator()(const RouteIngress& a) {
    EXPECT_EQ(find(a.container).state, "running") << a.container.name;
    std::vector<std::string>& listed = state_.routes[id(a.container)];
    for (const ContainerRef& ref : a.joins) {
      EXPECT_EQ(find(ref).state, "running") << ref.name;
      listed.push_back(id(ref).brief());
    }
    for (const ContainerRef& ref : a.leaves) std::erase(listed, id(ref).brief());
  }
  void operator()(const CheckFailures&) {}
  void operator()(const Pause&) {}
  void operator()(const WaitFor& a) {
    for (const ContainerRef& ref : a.containers) EXPECT_EQ(find(ref).state, "running") << ref.name;
  }

 private:
  static std::string new_id() {
    static int counter = 0;
    return sha256_hex(std::to_string(++counter));
  }
  engine::ContainerId id(const ContainerRef& ref) const {
    return ref.id.empty() ? made_.at(static_cast<std::size_t>(ref.created_by) - 1) : ref.id;
  }
  engine::ContainerSummary& find(const ContainerRef& ref) {
    const auto wanted = id(ref);
    const auto found =
        std::find_if(state_.containers.begin(), state_.containers.end(), [&](const auto& c) { return c.id == wanted; });
    if (found == state_.containers.end()) throw Error(Kind::kNotFound, "no container " + ref.name);
    return *found;
  }
  void expect_free(const std::string& name) {
    for (const auto& c : state_.containers) EXPECT_NE(name_of(c), name);
  }
  void join_network(engine::ContainerSummary& c, const std::string& name) {
    const engine::Network* network = state_.find_network(name);
    EXPECT_NE(network, nullptr) << name;
    if (network != nullptr) c.networks[name].network_id = network->id;
  }
  static void end(engine::ContainerSummary& c) {
    c.state = "exited";
    c.status = "Exited (0) 1 second ago";
  }

  State& state_;
  std::vector<engine::ContainerId>& made_;
  OperationNumber number_;
};

}  // namespace

compose::Project project(std::string_view yaml) {
  compose::LoadOptions options;
  options.project_name = "shop";
  options.current_dir = "/shop";
  options.files = {"compose.yaml"};
  std::vector<yaml::Diagnostic> warnings;
  return compose::load_or_throw(options, compose::MemoryReader({{"/shop/compose.yaml", std::string(yaml)}}), warnings);
}

std::string with(std::string_view text, std::string_view old, std::string_view fresh) {
  std::string changed(text);
  return changed.replace(changed.find(old), old.size(), fresh);
}

State engine_with(const std::vector<std::string>& images, engine::ApiVersion api) {
  State state;
  state.api_version = api;
  for (const std::string& image : images) {
    state.images[image] = Image{.id = engine::ImageId("sha256:" + sha256_hex(image)), .inspected = true};
  }
  return state;
}

State after(State state, const Plan& plan, std::size_t count) {
  std::vector<engine::ContainerId> made(plan.operations.size());
  std::set<OperationNumber> skipped;  // nothing fails here
  for (const Operation& operation : plan.operations) {
    if (count-- == 0) break;
    const bool skip = std::any_of(operation.after.begin(), operation.after.end(), [&](const After& a) {
      return a.when == When::kFailed || (a.when != When::kEnded && skipped.contains(a.operation));
    });
    if (skip) {
      skipped.insert(operation.number);
      continue;
    }
    std::visit(Effect(state, made, operation.number), operation.action);
  }
  return state;
}

State after_up(State state, std::string_view yaml, const UpOptions& options) {
  const Plan plan = reconcile(project(yaml), state, options);
  return after(std::move(state), plan);
}

engine::ContainerSummary& container(State& state, std::string_view name) {
  for (auto& c : state.containers) {
    if (name_of(c) == name) return c;
  }
  throw Error(Kind::kNotFound, "no container " + std::string(name));
}

const CreateContainer& creation_of(const Plan& plan, std::string_view name) {
  for (const Operation& operation : plan.operations) {
    const auto* create = std::get_if<CreateContainer>(&operation.action);
    if (create != nullptr && create->container.name == name) return *create;
  }
  throw Error(Kind::kNotFound, "no creation of " + std::string(name));
}

std::string containers(const State& state) {
  std::vector<std::string> texts;
  for (const auto& c : state.containers) texts.push_back(name_of(c) + " " + c.state);
  std::sort(texts.begin(), texts.end());
  return join(texts, ", ");
}

}  // namespace berth::converge::testing
