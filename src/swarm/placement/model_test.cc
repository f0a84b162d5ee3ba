// The scheduler against a naive one: random nodes and containers come, change and go, and after each step a random
// request must be answered as by looking at every node and every container.
#include <algorithm>
#include <array>
#include <map>
#include <random>
#include <set>

#include <gtest/gtest.h>

#include "base/strings.h"
#include "swarm/placement/scheduler.h"

namespace berth::swarm::placement {
namespace {

// Everything as plain values, looked at from the beginning each time.
struct Model {
  std::map<std::string, Node> nodes;            // by id
  std::map<std::string, Container> containers;  // by id
};

class Naive {
 public:
  Naive(const Model& of, const Request& asked, const Options& how) : model(of), request(asked), options(how) {
    for (const auto& [id, container] : model.containers) by_node[container.node.value].push_back(&container);
  }

  // Names of the nodes that may be answered: one, or several where chance decides; none.
  std::set<std::string> answer() const;

 private:
  const Model& model;
  const Request& request;
  const Options& options;
  std::map<std::string, std::vector<const Container*>> by_node;

  const std::vector<const Container*>& on(const Node& node) const {
    static const std::vector<const Container*> kNone;
    const auto found = by_node.find(node.id.value);
    return found == by_node.end() ? kNone : found->second;
  }

  static std::string text_at(const StringMap& map, const std::string& key) {
    return map.contains(key) ? map.at(key) : "";
  }

  bool meets_constraint(const Expression& constraint, const Node& node) const {
    std::vector<std::string> values;
    if (constraint.key == "node") {
      values = {node.id.value, node.name};
    } else if (constraint.key.starts_with("node.labels.")) {
      values = {text_at(node.labels, constraint.key.substr(12))};
    } else {
      values = {text_at(node.labels, constraint.key)};
      if (values[0].empty()) values = {text_at(node.engine_labels, constraint.key)};
    }
    bool any = false;
    for (const std::string& value : values) any |= !value.empty() && constraint.value.matches(value);
    return any == constraint.equal;
  }

  bool meets_affinity(const Expression& affinity, const Node& node) const {
    bool any = false;
    if (affinity.key == "image") {
      for (const std::string& image : node.images) any |= affinity.value.matches(image);
      return any == affinity.equal;
    }
    for (const Container* container : on(node)) {
      if (affinity.key == "container") {
        any |= affinity.value.matches(container->name) || affinity.value.matches(container->id.value);
      } else {
        const auto label = container->labels.find(affinity.key);
        any |= label != container->labels.end() && affinity.value.matches(label->second);
      }
    }
    return any == affinity.equal;
  }

  bool has_room(const Node& node) const {
    Resources used;
    std::int64_t gpus = 0;
    for (const Container* container : on(node)) {
      used.nano_cpus += container->reservation.nano_cpus;
      used.memory = Bytes(count(used.memory) + count(container->reservation.memory));
      if (container->reservation.generic.contains("gpu")) gpus += container->reservation.generic.at("gpu");
    }
    const Resources& wanted = request.reservation;
    const Resources& has = node.capacity;
    const std::int64_t gpus_wanted = wanted.generic.contains("gpu") ? wanted.generic.at("gpu") : 0;
    const std::int64_t gpus_there = has.generic.contains("gpu") ? has.generic.at("gpu") : 0;
    return (wanted.nano_cpus == 0 || used.nano_cpus + wanted.nano_cpus <= has.nano_cpus) &&
           (wanted.memory == Bytes() || count(used.memory) + count(wanted.memory) <= count(has.memory)) &&
           (gpus_wanted == 0 || gpus + gpus_wanted <= gpus_there);
  }

  bool ports_free(const Node& node) const {
    for (const HostPort& wanted : request.ports) {
      for (const Container* container : on(node)) {
        for (const HostPort& port : container->ports) {
          if (port.first == wanted.first && port.protocol == wanted.protocol) return false;
        }
      }
    }
    return true;
  }

  bool together(const Node& node) const {
    for (const Dependency& dependency : request.dependencies) {
      const auto& here = on(node);
      if (std::none_of(here.begin(), here.end(), [&](auto* c) { return c->name == dependency.container; }))
        return false;
    }
    for (const std::string& network : request.networks) {
      bool used = false;
      bool here = false;
      for (const auto& [id, container] : model.containers) {
        if (std::count(container.networks.begin(), container.networks.end(), network) == 0) continue;
        const Node& other = model.nodes.at(container.node.value);
        used |= other.healthy && other.availability == Availability::kActive;
        here |= container.node == node.id;
      }
      if (used && !here) return false;
    }
    return true;
  }

  std::string group_of(const Container& container) const { return text_at(container.labels, "com.docker.swarm.group"); }

  bool few_replicas(const Node& node) const {
    std::int64_t replicas = 0;
    for (const Container* container : on(node)) replicas += group_of(*container) == request.group ? 1 : 0;
    return !request.max_replicas_per_node || replicas < *request.max_replicas_per_node;
  }

  bool has_slot(const Node& node) const {
    const auto slots = parse_integer(text_at(node.engine_labels, "containerslots"));
    return !slots || static_cast<std::int64_t>(on(node).size()) < *slots;
  }

  std::vector<const Node*> candidates(const std::set<const Expression*>& given_up) const {
    std::vector<const Node*> found;
    for (const auto& [id, node] : model.nodes) {
      bool good = node.healthy && node.availability == Availability::kActive && has_room(node) && ports_free(node) &&
                  together(node) && few_replicas(node) && has_slot(node);
      for (const Expression& constraint : request.constraints) {
        good = good && (given_up.contains(&constraint) || meets_constraint(constraint, node));
      }
      for (const Expression& affinity : request.affinities) {
        good = good && (given_up.contains(&affinity) || meets_affinity(affinity, node));
      }
      if (good) found.push_back(&node);
    }
    return found;
  }

  // Replicas of the group among the nodes that share the node's values, for one preference after the other.
  std::vector<int> crowding(const Node& node) const {
    std::vector<int> counts;
    std::vector<std::string> values;
    for (const std::string& preference : request.preferences) {
      values.push_back(preference.substr(12));
      int replicas = 0;
      for (const auto& [id, other] : model.nodes) {
        const bool same = std::all_of(values.begin(), values.end(), [&](const std::string& label) {
          return text_at(other.labels, label) == text_at(node.labels, label);
        });
        if (!same) continue;
        for (const Container* container : on(other)) replicas += group_of(*container) == request.group ? 1 : 0;
      }
      counts.push_back(replicas);
    }
    return counts;
  }

  static std::uint64_t share(std::int64_t amount, std::int64_t capacity) {
    int low = 0;
    while (capacity >> low >= 32) ++low;
    const std::int64_t size = capacity >> low << low;
    return static_cast<std::uint64_t>(static_cast<double>(amount) / static_cast<double>(size) * (1 << 30));
  }

  // Lower is better.
  auto order(const Node& node) const {
    std::int64_t cpus = 0;
    std::int64_t memory = 0;
    std::int64_t containers = 0;
    for (const Container* container : on(node)) {
      cpus += container->reservation.nano_cpus;
      memory += count(container->reservation.memory);
      ++containers;
    }
    std::uint64_t shares = 0;
    const Resources& wanted = request.reservation;
    if (wanted.nano_cpus > 0) {
      shares += share(cpus, node.capacity.nano_cpus) + share(wanted.nano_cpus, node.capacity.nano_cpus);
    }
    if (wanted.memory != Bytes()) {
      shares += share(memory, count(node.capacity.memory)) + share(count(wanted.memory), count(node.capacity.memory));
    }
    auto score = static_cast<std::int64_t>(shares);
    if (options.strategy == Strategy::kBinpack) {
      score = -score;
      containers = -containers;
    }
    return std::tuple(crowding(node), score, containers, node.name);
  }
};

// Soft expressions are taken in one by one, affinities first, as long as there is a node.
std::set<std::string> Naive::answer() const {
  std::vector<const Expression*> soft;
  for (const auto* expressions : {&request.affinities, &request.constraints}) {
    for (const Expression& expression : *expressions) {
      if (expression.soft) soft.push_back(&expression);
    }
  }
  std::set<const Expression*> given_up(soft.begin(), soft.end());
  for (const Expression* expression : soft) {
    given_up.erase(expression);
    if (candidates(given_up).empty()) given_up.insert(expression);
  }
  const std::vector<const Node*> found = candidates(given_up);
  if (found.empty()) return {};
  if (options.strategy == Strategy::kRandom) {
    std::map<std::vector<int>, std::set<std::string>> by_crowding;
    for (const Node* node : found) by_crowding[crowding(*node)].insert(node->name);
    return by_crowding.begin()->second;
  }
  auto best = order(*found[0]);
  for (const Node* node : found) best = std::min(best, order(*node));
  return {std::get<3>(best)};
}

class Walk {
 public:
  explicit Walk(std::uint32_t seed, std::size_t nodes) : random_(seed), most_nodes_(nodes) {}

  void step() {
    switch (below(12)) {
      case 0:
        change_node();
        break;
      case 1:
        if (model_.nodes.size() > most_nodes_ / 2 && below(4) == 0) remove_node();
        break;
      case 2:
      case 3:
        remove_container();
        break;
      case 4:
        promote_container();
        break;
      default:
        break;
    }
    if (model_.nodes.size() < most_nodes_) change_node();
    create();
  }

 private:
  std::uint32_t below(std::uint32_t bound) { return static_cast<std::uint32_t>(random_() % bound); }
  bool one_in(std::uint32_t n) { return below(n) == 0; }
  std::string pick(const std::vector<std::string>& of) { return of[below(static_cast<std::uint32_t>(of.size()))]; }

  template <typename Map>
  typename Map::iterator any(Map& map) {
    return std::next(map.begin(), static_cast<std::ptrdiff_t>(random_() % map.size()));
  }

  void change_node() {
    Node node;
    const bool known = !model_.nodes.empty() && (one_in(2) || model_.nodes.size() >= most_nodes_);
    if (known) {
      node = any(model_.nodes)->second;
    } else {
      node.id = NodeId("ID" + std::to_string(++made_));
      node.name = "node-" + std::to_string(random_() % 1000) + "-" + std::to_string(made_);
    }
    node.healthy = !one_in(6);
    node.availability = one_in(8) ? Availability::kDrain : Availability::kActive;
    node.labels = {{"zone", pick({"a", "b", "c"})}};
    if (one_in(2)) node.labels["rack"] = pick({"1", "2"});
    node.engine_labels = {{"disk", pick({"ssd", "hdd"})}};
    if (one_in(4)) node.engine_labels["containerslots"] = std::to_string(below(6));
    node.capacity = {(1 + below(4)) * 2'000'000'000LL, Bytes((1 + below(3)) * 1000LL), {}};
    if (one_in(3)) node.capacity.generic["gpu"] = 2;
    node.images = {pick({"redis:7", "nginx:1"})};
    model_.nodes[node.id.value] = node;
    cluster_.set_node(node);
  }

  void remove_node() {
    const auto gone = any(model_.nodes);
    const NodeId id = gone->second.id;
    std::erase_if(model_.containers, [&](const auto& entry) { return entry.second.node == id; });
    model_.nodes.erase(gone);
    EXPECT_TRUE(cluster_.remove_node(id));
  }

  void remove_container() {
    if (model_.containers.empty()) return;
    const auto gone = any(model_.containers);
    EXPECT_TRUE(cluster_.remove_container(gone->second.id));
    model_.containers.erase(gone);
  }

  void promote_container() {
    if (model_.containers.empty()) return;
    const auto found = any(model_.containers);
    Container container = found->second;
    model_.containers.erase(found);
    const ContainerId before = container.id;
    container.id = ContainerId("real" + std::to_string(++made_));
    container.pending = false;
    EXPECT_TRUE(cluster_.promote_container(before, container.id));
    model_.containers[container.id.value] = container;
  }

  Request random_request() {
    Request request;
    request.name = pick({"web-", "db-", "app-"}) + std::to_string(++made_);
    request.image = pick({"redis:7", "nginx:1"});
    request.group = pick({"shop", "blog"});
    request.labels = {{"com.docker.swarm.group", request.group}, {"tier", pick({"front", "back"})}};
    if (one_in(3)) request.reservation.nano_cpus = (1 + below(4)) * 250'000'000LL;
    if (one_in(3)) request.reservation.memory = Bytes(50LL * (1 + below(4)));
    if (one_in(12)) request.reservation.generic["gpu"] = 1;
    for (const char* text : {"zone==a", "zone!=~b", "disk==~ssd", "node.labels.rack==1", "node!=node-1*", "rack==*",
                             "disk==/^s/", "zone==~nowhere"}) {
      if (one_in(16)) request.constraints.push_back(parse_expression(text));
    }
    for (const char* text : {"container!=web-1*", "tier==front", "tier!=back", "tier==~back", "image==redis:7",
                             "container!=~*-2*", "image!=~redis*", "tier!=fr*"}) {
      if (one_in(16)) request.affinities.push_back(parse_expression(text));
    }
    if (!model_.containers.empty() && one_in(16)) {
      const std::string name = any(model_.containers)->second.name;
      request.affinities.push_back(parse_expression("container" + pick({"==", "!=", "==~"}) + name));
    }
    if (!model_.containers.empty() && one_in(20)) {
      const std::string name = any(model_.containers)->second.name;
      request.dependencies.push_back({"--link=" + name, name});
    }
    if (one_in(8)) {
      const auto port = static_cast<std::uint16_t>(80 + below(3));
      request.ports.push_back({Protocol::kTcp, "", port, port});
    }
    if (one_in(10)) request.networks.push_back(pick({"front", "back", "side"}));
    if (one_in(4)) request.preferences.push_back("node.labels.zone");
    if (one_in(6)) request.preferences.push_back("node.labels.rack");
    if (one_in(6)) request.max_replicas_per_node = 1 + below(2);
    return request;
  }

  // For a reader of a failure.
  static std::string text(const Request& request, const Options& options) {
    std::string text = std::string(name_of(options.strategy)) + " " + request.group;
    for (const Expression& expression : request.constraints) text += " constraint:" + expression.text;
    for (const Expression& expression : request.affinities) text += " affinity:" + expression.text;
    for (const std::string& preference : request.preferences) text += " spread=" + preference;
    for (const Dependency& dependency : request.dependencies) text += " " + dependency.option;
    for (const std::string& network : request.networks) text += " network:" + network;
    for (const HostPort& port : request.ports) text += " port:" + to_string(port);
    if (request.max_replicas_per_node) text += " most:" + std::to_string(*request.max_replicas_per_node);
    return text + " cpus:" + std::to_string(request.reservation.nano_cpus) +
           " memory:" + std::to_string(count(request.reservation.memory));
  }

  void create() {
    const Request request = random_request();
    Options options;
    options.strategy = Strategy(below(3));
    options.seed = random_();
    const std::set<std::string> expected = Naive(model_, request, options).answer();
    const Placement placement = place(cluster_, request, options);
    if (const auto* refusal = std::get_if<Refusal>(&placement)) {
      ASSERT_TRUE(expected.empty()) << text(request, options) << "\n"
                                    << refusal->message() << "\nbut there is " << *expected.begin();
      ASSERT_EQ(refusal->nodes, model_.nodes.size());
      return;
    }
    const auto& decision = std::get<Decision>(placement);
    ASSERT_TRUE(expected.contains(decision.node->name))
        << text(request, options) << "\n"
        << decision.why() << "\nbut expected is " << (expected.empty() ? "a refusal" : *expected.begin());
    ++placed_;
    if (model_.containers.size() > most_nodes_ * 5) remove_container();
    const Container container =
        container_of(request, decision.node->id, ContainerId("pending" + std::to_string(++made_)));
    cluster_.set_container(container);
    model_.containers[container.id.value] = container;
  }

 public:
  std::size_t placed_ = 0;

 private:
  std::mt19937 random_;
  const std::size_t most_nodes_;
  std::size_t made_ = 0;
  Model model_;
  Cluster cluster_;
};

void walk(std::uint32_t seed, std::size_t nodes, int steps) {
  Walk walk(seed, nodes);
  for (int i = 0; i < steps; ++i) {
    walk.step();
    if (testing::Test::HasFatalFailure()) {
      ADD_FAILURE() << "seed " << seed << ", step " << i;
      return;
    }
  }
  EXPECT_GT(walk.placed_, static_cast<std::size_t>(steps) / 4);
}

TEST(Model, FewNodesThatChangeOften) {
  for (std::uint32_t seed = 1; seed <= 30; ++seed) walk(seed, 1 + seed % 5, 1000);
}

TEST(Model, NodesOfSeveralLevelsOfTheTree) {
  for (std::uint32_t seed = 100; seed < 104; ++seed) walk(seed, 30 + 10 * (seed % 4), 1500);
}

TEST(Model, MoreNodesThanOneBranchHolds) { walk(1000, 150, 600); }

}  // namespace
}  // namespace berth::swarm::placement
