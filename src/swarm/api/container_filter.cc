#include "swarm/api/container_filter.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <unordered_set>
#include <utility>

#include <re2/re2.h>

#include "base/error.h"
#include "base/json.h"
#include "base/parallel.h"
#include "base/strings.h"
#include "engine/json.h"
#include "http/url.h"
#include "swarm/api/resolve.h"

namespace berth::swarm {

namespace {

using Test = std::function<bool(const Container&)>;

constexpr std::size_t kAskedAtOnce = 32;
constexpr std::string_view kAskedEngines[] = {"ancestor",  "exited",  "expose",  "health", "is-task",
                                              "isolation", "network", "publish", "volume"};

Test any_of(std::vector<Test> tests) {
  return [tests = std::move(tests)](const Container& container) {
    return std::any_of(tests.begin(), tests.end(), [&](const Test& test) { return test(container); });
  };
}

Test id_test(const std::string& value) {
  return [value](const Container& container) { return container.id().starts_with(value); };
}

// Exact or a regular expression, with or without the slash. Source: moby, daemon/list.go.
Test name_test(const std::string& value) {
  const auto pattern = std::make_shared<const RE2>(value, RE2::Quiet);
  return [value, pattern](const Container& container) {
    if (container.name() == value || "/" + container.name() == value) return true;
    return pattern->ok() &&
           (RE2::PartialMatch(container.name(), *pattern) || RE2::PartialMatch("/" + container.name(), *pattern));
  };
}

// "key" or "key=value". The text is searched first, as taking it apart costs more.
Test label_test(const std::string& value) {
  const auto [key, wanted] = cut(value, '=');
  return [key = std::string(key),
          wanted = wanted ? std::optional<std::string>(*wanted) : std::nullopt](const Container& container) {
    const std::string& text = container.json();
    if (text.find(key) == std::string::npos) return false;
    const auto labels = find_member(text, "Labels");
    if (!labels) return false;
    const json::value all = parse_json(std::string_view(text).substr(labels->begin, labels->size()));
    if (!all.is_object()) return false;
    const json::value* found = all.get_object().if_contains(key);
    return found != nullptr && (!wanted || (found->is_string() && std::string_view(found->get_string()) == *wanted));
  };
}

Test status_test(const std::string& value) {
  constexpr std::string_view kStates[] = {"created", "restarting", "running", "removing", "paused", "exited", "dead"};
  if (std::find(std::begin(kStates), std::end(kStates), value) == std::end(kStates)) {
    throw Error(Kind::kInvalid, "invalid filter 'status=" + value + "'");
  }
  return [value](const Container& container) { return container.state() == value; };
}

// Name of a node, as classic Swarm has it.
Test node_test(const Call& call, const std::string& value) {
  const NodePtr node = call.pool.find_node(value);
  return [number = node ? std::optional(node->number) : std::nullopt](const Container& container) {
    return number && container.node() == *number;
  };
}

// Ids of those that pass the filters which only engines can tell.
std::unordered_set<std::string> ids_by_engines(const Call& call, const engine::Filters& filters) {
  std::vector<NodePtr> nodes = call.pool.nodes();
  std::erase_if(nodes, [](const NodePtr& node) { return !node->healthy(); });
  const std::string path =
      http::Query().add("all", "1").add("filters", engine::filters_text(filters)).on("/containers/json");
  Guarded<std::unordered_set<std::string>> ids;
  const auto outcomes = for_each_parallel(nodes, kAskedAtOnce, [&](const NodePtr& node) {
    const std::string body = call.pool.get(call.context, node->number, path);
    for (const std::string_view element : elements_of(body)) {
      std::string id = text_of(parse_json(element), "Id");
      ids.lock()->insert(std::move(id));
    }
  });
  for (const auto& outcome : outcomes) {
    if (outcome && (outcome->kind() == Kind::kInvalid || outcome->kind() == Kind::kCancelled)) throw *outcome;
  }
  return std::move(*ids.lock());
}

// Made before, or after, the container that is named.
Test created_test(const Call& call, const std::string& value, bool before) {
  const Found other = container_of(call, value);
  return [created = other.container->created(), id = other.container->id(), before](const Container& container) {
    if (container.id() == id) return false;
    return before ? container.created() <= created : container.created() >= created;
  };
}

Test test_of(const Call& call, const std::string& name, const std::string& value) {
  if (name == "id") return id_test(value);
  if (name == "name") return name_test(value);
  if (name == "label") return label_test(value);
  if (name == "status") return status_test(value);
  if (name == "node") return node_test(call, value);
  if (name == "before" || name == "since") return created_test(call, value, name == "before");
  throw Error(Kind::kInvalid, "invalid filter '" + name + "'");
}

}  // namespace

std::vector<ContainerPtr> filtered(const Call& call, std::vector<ContainerPtr> containers, const FilterMap& filters) {
  engine::Filters for_engines;
  std::vector<Test> tests;
  for (const auto& [name, values] : filters) {
    if (std::find(std::begin(kAskedEngines), std::end(kAskedEngines), name) != std::end(kAskedEngines)) {
      for (const std::string& value : values) for_engines.emplace(name, value);
      continue;
    }
    std::vector<Test> alternatives;
    for (const std::string& value : values) alternatives.push_back(test_of(call, name, value));
    // Several labels must all be there; of all else one is enough.
    if (name == "label") {
      std::move(alternatives.begin(), alternatives.end(), std::back_inserter(tests));
    } else {
      tests.push_back(any_of(std::move(alternatives)));
    }
  }
  if (!for_engines.empty()) {
    tests.push_back(
        [ids = ids_by_engines(call, for_engines)](const Container& container) { return ids.contains(container.id()); });
  }
  std::erase_if(containers, [&](const ContainerPtr& container) {
    return !std::all_of(tests.begin(), tests.end(), [&](const Test& test) { return test(*container); });
  });
  return containers;
}

}  // namespace berth::swarm
