#include "swarm/reschedule.h"

#include <algorithm>
#include <variant>
#include <vector>

#include "base/error.h"
#include "base/log.h"
#include "swarm/recipe_files.h"

namespace berth::swarm {

namespace {

constexpr std::chrono::milliseconds kPace{200};
constexpr std::chrono::seconds kCallLimit{10};
constexpr std::chrono::seconds kStrikeLimit{2};
constexpr std::chrono::seconds kNextTry{5};
// Recipes of engines that discovery does not know of are kept for so long after a manager's start.
constexpr std::chrono::minutes kTidyPause{10};
constexpr std::chrono::milliseconds kStartTime{200};
// Recipes asked for in one step, so that a death is not noticed late while thousands are created.
constexpr std::size_t kLearnedAtOnce = 100;

}  // namespace

void Rescheduler::run(const Context& context) {
  for (;;) {
    step(context);
    context.sleep_for(kPace);
  }
}

void Rescheduler::told_removed(const Context& context, const std::string& engine, const std::string& container) {
  try {
    book_.strike(context.detached().with_timeout(kStrikeLimit), engine, container);
  } catch (const Error& e) {
    // learn() drops it once the store answers again.
    log(LogLevel::kWarning, e.within("the recipe of removed container " + container.substr(0, 12)).message());
  }
}

// A manager that does not lead leaves the book to the one that does.
void Rescheduler::step(const Context& context) {
  for (const std::string& id : pool_.take_rescheduled_changes()) to_learn_.emplace(id, Context::Clock::now());
  if (!leads()) {
    if (!recalled_) open(context);
    opened_.reset();
    to_learn_.clear();
    return;
  }
  if (!opened_) open(context);
  learn(context);
  remove_stale(context);
  remove_left(context);
  all_tried_ = all_tried_ || all_nodes_tried();
  if (!all_tried_) return;
  tidy(context);
  mover_.finish_leftovers(context);
  for (const NodePtr& node : pool_.unwell()) {
    if (is_lost(*node)) rescue(context, *node);
  }
}

// At the start, and each time that this manager comes to lead: another one has written since.
void Rescheduler::open(const Context& context) {
  pool_.recall(book_.open(context.with_timeout(kCallLimit)));
  for (const ContainerPtr& container : pool_.rescheduled()) to_learn_.emplace(container->id(), Time{});
  recalled_ = true;
  all_tried_ = false;
  opened_ = next_tidy_ = Context::Clock::now();
}

// Asks for recipes while their engines can still be asked.
void Rescheduler::learn(const Context& context) {
  std::vector<BookEntry> learned;
  std::vector<std::string> gone;
  std::vector<std::string> done;
  for (const auto& [id, since] : to_learn_) {
    if (learned.size() == kLearnedAtOnce) break;
    const ContainerLookup found = pool_.find_container(id);
    const auto* container = std::get_if<ContainerPtr>(&found);
    if (container == nullptr || (*container)->id() != id || !pool_.is_rescheduled(**container)) {
      gone.push_back(id);
      continue;
    }
    const NodePtr node = pool_.node((*container)->node());
    if (!node || !node->healthy()) continue;
    // Whoever creates a container starts it next: then once is enough.
    if ((*container)->state() == "created" && Context::Clock::now() - since < kStartTime) continue;
    done.push_back(id);
    if (!(*container)->replaces().empty() || book_.confirm(**container)) continue;
    try {
      const std::string text = pool_.get(context.with_timeout(kCallLimit), node->number, "/containers/" + id + "/json");
      if (!book_.has(id)) {
        log(LogLevel::kInfo, "knows how to make '" + (*container)->name() + "' anew should '" + node->name() + "' die");
      }
      learned.push_back(
          {*container, node, recipe_with_files(context.with_timeout(kCallLimit), pool_, node->number, text)});
    } catch (const Error& e) {
      context.check();
      const bool for_good = e.kind() == Kind::kUnsupported;
      log(for_good ? LogLevel::kWarning : LogLevel::kDebug,
          e.within("recipe of '" + (*container)->name() + "'").message());
    }
  }
  const Context limited = context.with_timeout(kCallLimit);
  book_.put(limited, learned);
  book_.drop(limited, gone);
  for (const std::string& id : done) to_learn_.erase(id);
  for (const std::string& id : gone) to_learn_.erase(id);
}

void Rescheduler::tidy(const Context& context) {
  const Time now = Context::Clock::now();
  if (now < next_tidy_) return;
  next_tidy_ = now + kTidyPause;
  std::map<std::string, bool> healthy;  // by engine
  for (const NodePtr& node : pool_.nodes()) healthy.emplace(node->info.id, node->healthy());
  const auto gone = book_.select([&](const std::string& engine, const std::string& id) {
    const auto node = healthy.find(engine);
    if (node == healthy.end()) return now - *opened_ >= kTidyPause;
    return node->second && !std::holds_alternative<ContainerPtr>(pool_.find_container(id));
  });
  book_.drop(context.with_timeout(kCallLimit), gone);
}

void Rescheduler::remove_stale(const Context& context) {
  for (const ContainerPtr& copy : pool_.take_stale()) {
    const NodePtr node = pool_.node(copy->node());
    if (!node || !node->healthy()) continue;  // told again when the node is back
    try {
      pool_.call(context.with_timeout(kCallLimit), node->number, "DELETE", "/containers/" + copy->id() + "?force=1");
      if (options_.changed) options_.changed("REMOVE", copy->name(), {node->name()});
      log(LogLevel::kInfo, "removed the copy of '" + copy->name() + "' that '" + node->name() + "' still had");
    } catch (const Error& e) {
      context.check();
      if (e.kind() == Kind::kNotFound) continue;
      log(LogLevel::kWarning, e.within("removing an old copy of '" + copy->name() + "'").message());
      pool_.touch(copy->node(), copy->id());  // told again
    }
  }
}

void Rescheduler::remove_left(const Context& context) {
  if (book_.left_behind().empty()) return;
  for (const NodePtr& node : pool_.nodes()) {
    const auto left = book_.left_behind().find(node->info.id);
    if (!node->healthy() || left == book_.left_behind().end()) continue;
    for (const std::string& id : std::set<std::string>(left->second)) {
      const Context limited = context.with_timeout(kCallLimit);
      try {
        pool_.call(limited, node->number, "DELETE", "/containers/" + id + "?force=1");
        if (options_.changed) options_.changed("REMOVE", id, {node->name()});
        log(LogLevel::kInfo, "removed container " + id.substr(0, 12) + ", which '" + node->name() + "' still had");
      } catch (const Error& e) {
        context.check();
        if (e.kind() != Kind::kNotFound) {
          log(LogLevel::kWarning, e.within("removing what '" + node->name() + "' still had").message());
          continue;
        }
      }
      book_.forget_left(limited, node->info.id, id);
    }
  }
}

// Until then what is missed may be on a node that was not looked at yet.
bool Rescheduler::all_nodes_tried() const {
  const auto nodes = pool_.nodes();
  return std::none_of(nodes.begin(), nodes.end(), [](const NodePtr& node) { return !node->tried; });
}

bool Rescheduler::is_lost(const Node& known) const {
  if (!pool_.awake()) return false;  // before the look at the node: what it says may be as old as our sleep
  const NodePtr node = pool_.node(known.number);
  if (!node || !node->tried) return false;
  const auto away = std::chrono::system_clock::now() - node->state_since;
  switch (node->state) {
    case NodeState::kHealthy:
    case NodeState::kPending:
      return false;
    case NodeState::kUnhealthy:
      return away >= options_.patience_with_hung;
    case NodeState::kUnreachable:
    case NodeState::kDisconnected:
      return away >= options_.patience;
  }
  return false;
}

void Rescheduler::rescue(const Context& context, const Node& node) {
  for (const ContainerPtr& lost : pool_.containers_of(node.number)) {
    if (!leads() || !is_lost(node)) return;
    if (!pool_.is_rescheduled(*lost)) continue;
    const auto put_off = put_off_.find(lost->id());
    if (put_off != put_off_.end() && Context::Clock::now() < put_off->second) continue;
    try {
      const auto recipe = book_.find(context.with_timeout(kCallLimit), lost->id());
      if (!recipe) throw Error(Kind::kNotFound, "its node died before it could be asked what it takes to make it");
      mover_.remake(context, lost, *recipe);
      book_.leave_behind(context.with_timeout(kCallLimit), node.info.id, lost->id());
      put_off_.erase(lost->id());
    } catch (const Error& e) {
      context.check();
      const bool told = put_off != put_off_.end();
      log(told ? LogLevel::kDebug : LogLevel::kWarning,
          e.within("rescheduling '" + lost->name() + "' of '" + node.name() + "'").message());
      put_off_.insert_or_assign(lost->id(), Context::Clock::now() + kNextTry);
    }
  }
}

}  // namespace berth::swarm
