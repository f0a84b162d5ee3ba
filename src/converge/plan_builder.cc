#include "converge/plan_builder.h"

#include <algorithm>
#include <queue>

#include "base/error.h"

namespace berth::converge {

namespace {

std::size_t index_of(OperationNumber number) { return static_cast<std::size_t>(number) - 1; }

OperationNumber number_of_index(std::size_t index) { return static_cast<OperationNumber>(index + 1); }

}  // namespace

OperationNumber PlanBuilder::add(Action action, const Numbers& after, Options options) {
  Operation operation;
  operation.number = number_of_index(plan_.operations.size());
  operation.action = std::move(action);
  operation.service = std::move(options.service);
  operation.reason = std::move(options.reason);
  operation.replaces = options.replaces;
  const OperationNumber number = operation.number;
  for_each_container(operation.action, [&](ContainerRef& container) {
    if (std::holds_alternative<CreateContainer>(operation.action) && container.id.empty() &&
        container.created_by == OperationNumber::kNone) {
      container.created_by = number;
    }
  });
  plan_.operations.push_back(std::move(operation));
  for (const OperationNumber earlier : after) order(number, earlier);
  return number;
}

void PlanBuilder::order(OperationNumber later, OperationNumber earlier, When when) {
  if (later == OperationNumber::kNone || earlier == OperationNumber::kNone || later == earlier) return;
  if (const auto begin = begins_.find(later); begin != begins_.end()) later = begin->second;
  auto& after = plan_.operations[index_of(later)].after;
  const auto same = std::find_if(after.begin(), after.end(), [&](const After& a) { return a.operation == earlier; });
  if (same == after.end()) {
    after.push_back({.operation = earlier, .when = when});
  } else if (same->when == When::kEnded) {
    same->when = when;
  }
}

void PlanBuilder::begin_with(OperationNumber last, OperationNumber first) {
  if (last != first) begins_[last] = first;
}

const Operation& PlanBuilder::operation(OperationNumber number) const { return plan_.operations[index_of(number)]; }

Plan PlanBuilder::finish() {
  const std::size_t size = plan_.operations.size();
  std::vector<std::size_t> waits_for(size);
  std::vector<std::vector<std::size_t>> followers(size);
  for (std::size_t i = 0; i < size; ++i) {
    waits_for[i] = plan_.operations[i].after.size();
    for (const After& after : plan_.operations[i].after) followers[index_of(after.operation)].push_back(i);
  }
  std::priority_queue<std::size_t, std::vector<std::size_t>, std::greater<>> ready;
  for (std::size_t i = 0; i < size; ++i) {
    if (waits_for[i] == 0) ready.push(i);
  }
  std::vector<std::size_t> order;
  std::vector<OperationNumber> renumbered(size);
  while (!ready.empty()) {
    const std::size_t i = ready.top();
    ready.pop();
    renumbered[i] = number_of_index(order.size());
    order.push_back(i);
    for (const std::size_t follower : followers[i]) {
      if (--waits_for[follower] == 0) ready.push(follower);
    }
  }
  if (order.size() != size) throw Error(Kind::kInternal, "the plan's operations wait for each other");

  Plan plan = std::move(plan_);
  std::vector<Operation> operations;
  operations.reserve(size);
  for (const std::size_t i : order) {
    Operation& operation = operations.emplace_back(std::move(plan.operations[i]));
    operation.number = renumbered[i];
    for (After& after : operation.after) after.operation = renumbered[index_of(after.operation)];
    std::sort(operation.after.begin(), operation.after.end());
    for_each_container(operation.action, [&](ContainerRef& container) {
      if (container.created_by != OperationNumber::kNone)
        container.created_by = renumbered[index_of(container.created_by)];
    });
    if (auto* create = std::get_if<CreateContainer>(&operation.action)) {
      for (LateVariable& late : create->variables) late.given_by = renumbered[index_of(late.given_by)];
    }
  }
  plan.operations = std::move(operations);
  return plan;
}

}  // namespace berth::converge
