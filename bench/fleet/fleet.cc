#include "fleet.h"

#include <algorithm>
#include <cerrno>
#include <map>

#include <arpa/inet.h>
#include <sys/resource.h>

#include "base/error.h"
#include "base/strings.h"
#include "shard.h"

namespace berth::fleet {

namespace {

constexpr std::uint32_t kInARow = 250;  // addresses, as nodes://127.10.[0:39].[1:250] names them
constexpr std::size_t kDescriptorsPerNode = 4;

// How many descriptors a thread may have. The limit is raised as far as it goes.
std::size_t descriptors() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) throw system_error(errno, "asking for the limit of descriptors");
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  return static_cast<std::size_t>(limit.rlim_cur);
}

std::uint32_t base_address(const std::string& text) {
  in_addr address{};
  if (::inet_pton(AF_INET, text.c_str(), &address) != 1) {
    throw Error(Kind::kInvalid, "the base '" + text + "' is no IPv4 address");
  }
  return ntohl(address.s_addr);
}

std::string padded(std::size_t number) {
  std::string digits = std::to_string(number);
  return std::string(5 - std::min<std::size_t>(5, digits.size()), '0') + digits;
}

// Three zones, racks of forty, one node in four with spinning disks.
Profile profile_of(std::size_t index, const FleetOptions& options) {
  Profile profile;
  profile.name = "node-" + padded(index + 1);
  profile.cpus = options.cpus;
  profile.memory = count(options.memory);
  profile.labels = {{"rack", "r" + std::to_string(index / 40 + 1)},
                    {"storage", index % 4 == 3 ? "disk" : "ssd"},
                    {"zone", std::string(1, static_cast<char>('a' + index % 3))}};
  return profile;
}

}  // namespace

Fleet::Fleet(const FleetOptions& options) {
  if (options.nodes == 0) throw Error(Kind::kInvalid, "a fleet needs at least one node");
  const std::uint32_t base = base_address(options.base);
  const std::size_t per_thread = (descriptors() - 100) / kDescriptorsPerNode;
  const std::size_t needed = (options.nodes + per_thread - 1) / per_thread;
  const std::size_t threads = std::min(std::max(options.threads, needed), options.nodes);

  std::vector<std::vector<Shard::Member>> members(threads);
  for (std::size_t i = 0; i < options.nodes; ++i) {
    const auto number = static_cast<std::uint32_t>(i);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(options.port);
    address.sin_addr.s_addr = htonl(base + number / kInARow * 256 + number % kInARow);
    char text[INET_ADDRSTRLEN] = {};
    ::inet_ntop(AF_INET, &address.sin_addr, text, sizeof text);
    addresses_.push_back(std::string(text) + ":" + std::to_string(options.port));
    members[i % threads].push_back({profile_of(i, options), address});
  }
  for (std::size_t i = 0; i < threads; ++i) {
    shards_.push_back(std::make_unique<Shard>(
        std::move(members[i]),
        Shard::Settings{options.containers, options.images, options.seed * 1000 + i, needed > 1}));
  }
}

Fleet::~Fleet() = default;

std::vector<std::size_t> Fleet::nodes_of(std::string_view text) const {
  const auto number = [&](std::string_view digits) {
    const auto value = parse_integer(digits);
    if (!value || *value < 1 || *value > static_cast<std::int64_t>(addresses_.size())) {
      throw Error(Kind::kInvalid,
                  "'" + std::string(digits) + "' is no node from 1 to " + std::to_string(addresses_.size()));
    }
    return static_cast<std::size_t>(*value - 1);
  };
  std::vector<std::size_t> nodes;
  const std::string all = "1-" + std::to_string(addresses_.size());
  for (const std::string& part : split(text == "all" ? all : text, ',')) {
    const auto [first, last] = cut(part, '-');
    const std::size_t end = number(last.value_or(first));
    for (std::size_t i = number(first); i <= end; ++i) nodes.push_back(i);
  }
  return nodes;
}

std::string Fleet::command(std::string_view line) {
  std::vector<std::string> words = split(trim(line), ' ');
  std::erase(words, "");
  const std::string verb = words.empty() ? "" : words[0];
  const auto wants = [&](std::size_t count) {
    if (words.size() != count + 1) {
      throw Error(Kind::kInvalid, "'" + verb + "' takes " + std::to_string(count) + " words");
    }
  };
  if (verb == "status") {
    wants(0);
    return status();
  }
  if (verb == "churn") {
    wants(1);
    const auto rate = parse_number(words[1]);
    if (!rate || *rate < 0) throw Error(Kind::kInvalid, "'" + words[1] + "' is no rate");
    for (const auto& shard : shards_) shard->churn(*rate / static_cast<double>(shards_.size()));
    return "ok";
  }
  std::function<void(Host&)> change;
  if (verb == "kill") change = [](Host& host) { host.kill(); };
  if (verb == "hang") change = [](Host& host) { host.hang(); };
  if (verb == "return") change = [](Host& host) { host.come_back(false); };
  if (verb == "reboot") change = [](Host& host) { host.come_back(true); };
  if (verb == "slow") {
    wants(2);
    const auto delay = parse_integer(words[2]);
    if (!delay || *delay < 0) throw Error(Kind::kInvalid, "'" + words[2] + "' is no number of milliseconds");
    change = [delay](Host& host) { host.slow(std::chrono::milliseconds(*delay)); };
  } else if (change) {
    wants(1);
  }
  if (!change)
    throw Error(Kind::kInvalid, "'" + verb + "' is no command: kill, hang, slow, return, reboot, churn, status");
  const std::vector<std::size_t> nodes = nodes_of(words[1]);
  for (std::size_t i = 0; i < shards_.size(); ++i) {
    shards_[i]->run([&](auto& hosts) {
      for (const std::size_t node : nodes) {
        if (node % shards_.size() == i) change(*hosts[node / shards_.size()]);
      }
    });
  }
  return "ok " + std::to_string(nodes.size());
}

std::string Fleet::status() {
  std::map<std::string, std::size_t> states;
  std::size_t containers = 0;
  std::size_t running = 0;
  std::size_t streams = 0;
  for (const auto& shard : shards_) {
    shard->run([&](auto& hosts) {
      for (const auto& host : hosts) {
        ++states[std::string(host->state())];
        containers += host->node().containers().size();
        for (const auto& [number, container] : host->node().containers()) running += container.alive() ? 1 : 0;
        streams += host->node().observers();
      }
    });
  }
  std::string out = R"({"nodes":)" + std::to_string(addresses_.size());
  for (const char* state : {"up", "slow", "hung", "killed"}) {
    out += ",\"" + std::string(state) + "\":" + std::to_string(states[state]);
  }
  out += R"(,"containers":)" + std::to_string(containers) + R"(,"running":)" + std::to_string(running);
  return out + R"(,"streams":)" + std::to_string(streams) + "}";
}

}  // namespace berth::fleet
