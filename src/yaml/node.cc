#include "yaml/node.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <functional>
#include <limits>

#include "yaml/scalar.h"
#include "yaml/text.h"

namespace berth::yaml {
namespace {

const std::string kNoText;
const Node::Sequence kNoItems;
const Mapping kNoEntries;
constexpr std::size_t kFewEntries = 12;  // below this a scan beats hashing

}  // namespace

std::string_view describe(NodeKind kind) {
  switch (kind) {
    case NodeKind::kNull:
      return "null";
    case NodeKind::kBoolean:
      return "a boolean";
    case NodeKind::kInteger:
      return "an integer";
    case NodeKind::kFloat:
      return "a number";
    case NodeKind::kString:
      return "a string";
    case NodeKind::kSequence:
      return "a list";
    case NodeKind::kMapping:
      return "a mapping";
  }
  return "a value";
}

Node Node::scalar(NodeKind kind, std::string text, Position position, ScalarStyle style) {
  Node node;
  node.value_ = std::move(text);
  node.position_ = position;
  node.kind_ = kind;
  node.style_ = style;
  return node;
}

Node Node::boolean(bool value, Position position) {
  return scalar(NodeKind::kBoolean, value ? "true" : "false", position);
}

Node Node::integer(std::int64_t value, Position position) {
  return scalar(NodeKind::kInteger, std::to_string(value), position);
}

Node Node::floating(double value, Position position) { return scalar(NodeKind::kFloat, format_float(value), position); }

Node Node::string(std::string text, Position position, ScalarStyle style) {
  return scalar(NodeKind::kString, std::move(text), position, style);
}

Node Node::sequence(Sequence items, Position position) {
  Node node;
  node.value_ = std::make_shared<Sequence>(std::move(items));
  node.kind_ = NodeKind::kSequence;
  node.position_ = position;
  return node;
}

Node Node::mapping(Mapping entries, Position position) {
  Node node;
  node.value_ = std::make_shared<Mapping>(std::move(entries));
  node.kind_ = NodeKind::kMapping;
  node.position_ = position;
  return node;
}

Node Node::mapping(Position position) { return mapping(Mapping(), position); }

const std::string& Node::text() const {
  const auto* text = std::get_if<std::string>(&value_);
  return text ? *text : kNoText;
}

std::optional<bool> Node::as_boolean() const {
  if (!is_boolean()) return std::nullopt;
  return text().front() == 't' || text().front() == 'T';
}

std::optional<std::int64_t> Node::as_integer() const {
  if (!is_integer()) return std::nullopt;
  const auto value = read_integer(text());
  if (!value) return std::nullopt;
  constexpr auto kMax = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (value->magnitude > kMax + (value->negative ? 1 : 0)) return std::nullopt;
  return static_cast<std::int64_t>(value->negative ? ~value->magnitude + 1 : value->magnitude);
}

std::optional<std::uint64_t> Node::as_unsigned() const {
  if (!is_integer()) return std::nullopt;
  const auto value = read_integer(text());
  if (!value || value->negative) return std::nullopt;
  return value->magnitude;
}

std::optional<double> Node::as_number() const {
  if (is_float()) return read_float(text());
  if (!is_integer()) return std::nullopt;
  const auto value = read_integer(text());
  if (!value) return std::nullopt;
  const auto magnitude = static_cast<double>(value->magnitude);
  return value->negative ? -magnitude : magnitude;
}

std::string Node::to_display() const {
  switch (kind_) {
    case NodeKind::kBoolean:
      return *as_boolean() ? "true" : "false";
    case NodeKind::kInteger:
      if (const auto value = read_integer(text())) return value->str();
      return text();
    case NodeKind::kFloat:
      return format_float(as_number().value_or(0));
    case NodeKind::kString:
      return text();
    default:
      return {};
  }
}

const Node::Sequence& Node::items() const {
  const auto* items = std::get_if<std::shared_ptr<Sequence>>(&value_);
  return items ? **items : kNoItems;
}

const Mapping& Node::entries() const {
  const auto* entries = std::get_if<std::shared_ptr<Mapping>>(&value_);
  return entries ? **entries : kNoEntries;
}

std::size_t Node::size() const { return is_sequence() ? items().size() : entries().size(); }

bool Node::is_shared() const {
  if (const auto* items = std::get_if<std::shared_ptr<Sequence>>(&value_)) return items->use_count() != 1;
  const auto* entries = std::get_if<std::shared_ptr<Mapping>>(&value_);
  return entries && entries->use_count() != 1;
}

Node::Sequence& Node::edit_items() {
  auto* items = std::get_if<std::shared_ptr<Sequence>>(&value_);
  if (!items) {
    value_ = std::make_shared<Sequence>();
    kind_ = NodeKind::kSequence;
    items = std::get_if<std::shared_ptr<Sequence>>(&value_);
  } else if (items->use_count() != 1) {
    *items = std::make_shared<Sequence>(**items);
  }
  return **items;
}

Mapping& Node::edit_entries() {
  auto* entries = std::get_if<std::shared_ptr<Mapping>>(&value_);
  if (!entries) {
    value_ = std::make_shared<Mapping>();
    kind_ = NodeKind::kMapping;
    entries = std::get_if<std::shared_ptr<Mapping>>(&value_);
  } else if (entries->use_count() != 1) {
    *entries = std::make_shared<Mapping>(**entries);
  }
  return **entries;
}

const Node* Node::find(std::string_view key) const { return entries().find(key); }

Node* Node::find_for_edit(std::string_view key) {
  if (!entries().contains(key)) return nullptr;
  return edit_entries().find(key);
}

const Node* Node::find_path(std::initializer_list<std::string_view> keys) const {
  const Node* node = this;
  for (const auto key : keys) {
    node = node->find(key);
    if (!node) return nullptr;
  }
  return node;
}

bool same_value(const Node& a, const Node& b) {
  if (a.is_number() && b.is_number()) {
    if (a.is_integer() != b.is_integer()) return a.as_number() == b.as_number();
    return a.to_display() == b.to_display();
  }
  if (a.kind_ != b.kind_ || a.size() != b.size()) return false;
  if (a.value_ == b.value_) return true;  // the same text, or shared
  switch (a.kind_) {
    case NodeKind::kNull:
      return true;
    case NodeKind::kBoolean:
      return a.as_boolean() == b.as_boolean();
    case NodeKind::kSequence:
      return std::equal(a.items().begin(), a.items().end(), b.items().begin(), same_value);
    case NodeKind::kMapping:
      return std::all_of(a.entries().begin(), a.entries().end(), [&](const Mapping::Entry& entry) {
        const Node* other = b.find(entry.key);
        return other && same_value(entry.value, *other);
      });
    default:
      return false;
  }
}

std::size_t Mapping::index_of(std::string_view key) const {
  if (slots_.empty()) {
    for (std::size_t i = 0; i < entries_.size(); ++i) {
      if (entries_[i].key == key) return i;
    }
    return kNone;
  }
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t slot = std::hash<std::string_view>()(key) & mask; slots_[slot] != 0; slot = (slot + 1) & mask) {
    if (entries_[slots_[slot] - 1].key == key) return slots_[slot] - 1;
  }
  return kNone;
}

void Mapping::index_last() {
  if (entries_.size() <= kFewEntries) return;
  if (slots_.size() < entries_.size() * 2) return rebuild_index();
  const std::size_t mask = slots_.size() - 1;
  std::size_t slot = std::hash<std::string_view>()(entries_.back().key) & mask;
  while (slots_[slot] != 0) slot = (slot + 1) & mask;
  slots_[slot] = static_cast<std::uint32_t>(entries_.size());
}

void Mapping::rebuild_index() {
  slots_.clear();
  if (entries_.size() <= kFewEntries) return;
  std::size_t size = 64;
  while (size < entries_.size() * 4) size *= 2;
  slots_.resize(size);
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    std::size_t slot = std::hash<std::string_view>()(entries_[i].key) & (size - 1);
    while (slots_[slot] != 0) slot = (slot + 1) & (size - 1);
    slots_[slot] = static_cast<std::uint32_t>(i + 1);
  }
}

const Node* Mapping::find(std::string_view key) const {
  const std::size_t index = index_of(key);
  return index == kNone ? nullptr : &entries_[index].value;
}

Node* Mapping::find(std::string_view key) {
  const std::size_t index = index_of(key);
  return index == kNone ? nullptr : &entries_[index].value;
}

const Mapping::Entry* Mapping::find_entry(std::string_view key) const {
  const std::size_t index = index_of(key);
  return index == kNone ? nullptr : &entries_[index];
}

std::pair<Node*, bool> Mapping::insert(std::string_view key, Node value, std::optional<Position> key_position) {
  if (Node* present = find(key)) return {present, false};
  append(key, std::move(value), key_position);
  return {&entries_.back().value, true};
}

void Mapping::append(std::string_view key, Node value, std::optional<Position> key_position) {
  const Position position = key_position.value_or(value.position());
  entries_.push_back({std::string(key), position, std::move(value)});
  index_last();
}

Node& Mapping::insert_or_assign(std::string_view key, Node value, std::optional<Position> key_position) {
  const std::size_t index = index_of(key);
  if (index == kNone) return *insert(key, std::move(value), key_position).first;
  Entry& entry = entries_[index];
  entry.key_position = key_position.value_or(value.position());
  entry.value = std::move(value);
  return entry.value;
}

bool Mapping::erase(std::string_view key) {
  const std::size_t index = index_of(key);
  if (index == kNone) return false;
  entries_.erase(entries_.begin() + static_cast<std::ptrdiff_t>(index));
  rebuild_index();
  return true;
}

template <typename Less>
void Mapping::sort(Less less) {
  const auto by_key = [&](const Entry& a, const Entry& b) { return less(a.key, b.key); };
  if (std::is_sorted(entries_.begin(), entries_.end(), by_key)) return;
  std::stable_sort(entries_.begin(), entries_.end(), by_key);
  rebuild_index();
}

void Mapping::sort_by_key() { sort(std::less<std::string_view>()); }

void Mapping::sort_by_key_naturally() { sort(naturally_less); }

}  // namespace berth::yaml
