#include "swarm/recipe_book.h"

#include <map>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "base/json.h"
#include "base/log.h"
#include "base/strings.h"
#include "swarm/pool/json_text.h"

namespace berth::swarm {

namespace {

constexpr std::string_view kPrefix = "recipes/";
// Of one transaction, well below what stores take.
constexpr std::size_t kChangesAtOnce = 50;
constexpr std::size_t kBytesAtOnce = 500'000;

std::string key_of(const std::string& engine, const std::string& container) {
  return std::string(kPrefix) + engine + "/" + container;
}

constexpr std::string_view kLeftPrefix = "left/";

std::string left_key(const std::string& engine, const std::string& container) {
  return std::string(kLeftPrefix) + engine + "/" + container;
}

std::string member(std::string_view name, std::string_view value) {
  return json_string(name) + ":" + std::string(value);
}

// Bodies are JSON and stand in it as they are.
std::string format_entry(const BookEntry& entry) {
  std::vector<std::string> connects;
  for (const auto& [network, body] : entry.recipe.connects) connects.push_back(member(network, body));
  return "{" +
         join({member("Address", json_string(entry.node->address)), member("Node", json_string(entry.node->name())),
               member("Name", json_string(entry.recipe.name)), member("Listed", entry.container->json()),
               member("Create", entry.recipe.create_body), member("Connects", "{" + join(connects, ",") + "}"),
               member("Files", json_string(base64_encode(entry.recipe.files)))},
              ",") +
         "}";
}

Recipe parse_recipe(const std::string& value) {
  Recipe recipe;
  recipe.name = member_string(value, "Name");
  recipe.create_body = std::string(member_text(value, "Create"));
  if (recipe.create_body.empty()) throw Error(Kind::kInvalid, "it has no member 'Create'");
  const json::value connects = parse_json(member_text(value, "Connects"));
  for (const auto& network : connects.as_object()) {
    recipe.connects.emplace(network.key(), format_json(network.value()));
  }
  recipe.files = base64_decode(member_string(value, "Files")).value_or("");
  return recipe;
}

}  // namespace

std::vector<Recalled> RecipeBook::open(const Context& context) {
  known_.clear();
  std::map<std::string, Recalled> engines;
  for (const store::Entry& entry : store_.list(context, std::string(kPrefix)).entries) {
    const auto [engine, id] = cut(std::string_view(entry.key).substr(kPrefix.size()), '/');
    try {
      std::string listed(member_text(entry.value, "Listed"));
      const Container container(NodeNumber{}, listed, std::chrono::system_clock::now());
      if (!id || container.id() != *id) throw Error(Kind::kInvalid, "it is of another container");
      Recalled& recalled = engines[std::string(engine)];
      recalled.engine_id = engine;
      recalled.address = member_string(entry.value, "Address");
      recalled.name = member_string(entry.value, "Node");
      recalled.containers.push_back(std::move(listed));
      known_[container.id()] = {std::string(engine), container.fingerprint(), std::hash<std::string>()(entry.value)};
    } catch (const Error& e) {
      log(LogLevel::kWarning, e.within("recipe in the store, '" + entry.key + "'").message());
    }
  }
  left_.clear();
  for (const store::Entry& entry : store_.list(context, std::string(kLeftPrefix)).entries) {
    const auto [engine, id] = cut(std::string_view(entry.key).substr(kLeftPrefix.size()), '/');
    if (id) left_[std::string(engine)].emplace(*id);
  }
  std::vector<Recalled> all;
  for (auto& [engine, recalled] : engines) all.push_back(std::move(recalled));
  return all;
}

bool RecipeBook::confirm(const Container& container) {
  const auto known = known_.find(container.id());
  return known != known_.end() && std::exchange(known->second.listed, 0) == container.fingerprint();
}

std::optional<Recipe> RecipeBook::find(const Context& context, const std::string& container) {
  const auto known = known_.find(container);
  if (known == known_.end()) return std::nullopt;
  const auto entry = store_.get(context, key_of(known->second.engine, container));
  if (!entry) return std::nullopt;
  return parse_recipe(entry->value);
}

void RecipeBook::put(const Context& context, const std::vector<BookEntry>& entries) {
  std::vector<Writing> batch;
  std::size_t bytes = 0;
  const auto flush = [&] {
    write(context, std::exchange(batch, {}));
    bytes = 0;
  };
  for (const BookEntry& entry : entries) {
    std::string value = format_entry(entry);
    const std::string& id = entry.container->id();
    Known now{entry.node->info.id, 0, std::hash<std::string>()(value)};
    if (const auto known = known_.find(id); known != known_.end() && known->second.value == now.value) continue;
    if (bytes + value.size() > kBytesAtOnce || batch.size() == kChangesAtOnce) flush();
    bytes += value.size();
    store::Change change = store::put(key_of(now.engine, id), std::move(value));
    batch.push_back({id, std::move(now), std::move(change)});
  }
  flush();
}

void RecipeBook::write(const Context& context, std::vector<Writing> batch) {
  const auto struck = struck_.lock();
  std::erase_if(batch, [&](const Writing& writing) { return struck->contains(writing.container); });
  if (batch.empty()) return;
  std::vector<store::Change> changes;
  for (Writing& writing : batch) changes.push_back(std::move(writing.change));
  commit(context, std::move(changes));
  for (Writing& writing : batch) known_.insert_or_assign(writing.container, std::move(writing.known));
}

void RecipeBook::strike(const Context& context, const std::string& engine, const std::string& container) {
  struck_.lock()->insert(container);
  commit(context, {store::removal(key_of(engine, container))});
}

void RecipeBook::drop(const Context& context, const std::vector<std::string>& containers) {
  std::vector<store::Change> changes;
  for (const std::string& id : containers) {
    const auto known = known_.find(id);
    if (known == known_.end()) continue;
    changes.push_back(store::removal(key_of(known->second.engine, id)));
    if (changes.size() == kChangesAtOnce) commit(context, std::exchange(changes, {}));
  }
  if (!changes.empty()) commit(context, std::move(changes));
  const auto struck = struck_.lock();
  for (const std::string& id : containers) {
    known_.erase(id);
    struck->erase(id);
  }
}

void RecipeBook::leave_behind(const Context& context, const std::string& engine, const std::string& container) {
  commit(context, {store::put(left_key(engine, container), "1"), store::removal(key_of(engine, container))});
  known_.erase(container);
  left_[engine].insert(container);
}

void RecipeBook::forget_left(const Context& context, const std::string& engine, const std::string& container) {
  commit(context, {store::removal(left_key(engine, container))});
  const auto of_engine = left_.find(engine);
  if (of_engine == left_.end()) return;
  of_engine->second.erase(container);
  if (of_engine->second.empty()) left_.erase(of_engine);
}

std::vector<std::string> RecipeBook::select(
    const std::function<bool(const std::string& engine, const std::string& container)>& gone) const {
  std::vector<std::string> ids;
  for (const auto& [id, known] : known_) {
    if (gone(known.engine, id)) ids.push_back(id);
  }
  return ids;
}

void RecipeBook::commit(const Context& context, std::vector<store::Change> changes) {
  store::Transaction transaction;
  if (fence_) {
    const auto condition = fence_();
    if (!condition) throw Error(Kind::kUnavailable, "another manager leads now");
    transaction.conditions.push_back(*condition);
  }
  transaction.changes = std::move(changes);
  if (!store_.commit(context, transaction)) throw Error(Kind::kUnavailable, "another manager leads now");
}

}  // namespace berth::swarm
