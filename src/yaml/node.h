// The value tree that YAML text becomes: scalars, sequences and mappings that know where they were written.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "yaml/diagnostic.h"

namespace berth::yaml {

enum class NodeKind : std::uint8_t { kNull, kBoolean, kInteger, kFloat, kString, kSequence, kMapping };

// "null", "a boolean", "an integer", "a number", "a string", "a list", "a mapping": for messages.
std::string_view describe(NodeKind kind);

// How a scalar was written.
enum class ScalarStyle : std::uint8_t { kPlain, kSingleQuoted, kDoubleQuoted, kLiteral, kFolded };

// Compose's own tags. Standard tags (!!str, ...) decide the kind and leave kNone.
enum class NodeTag : std::uint8_t { kNone, kReset, kOverride };

class Mapping;

// A value. Copies are cheap: sequences and mappings are shared until one of the copies is edited (copy on write), so an
// alias costs no more than a pointer. Different Nodes may be used by different threads, one Node by one thread unless
// all only read.
class Node {
 public:
  using Sequence = std::vector<Node>;

  Node() = default;  // null
  static Node boolean(bool value, Position position = {});
  static Node integer(std::int64_t value, Position position = {});
  static Node floating(double value, Position position = {});
  static Node string(std::string text, Position position = {}, ScalarStyle style = ScalarStyle::kPlain);
  static Node sequence(Sequence items = {}, Position position = {});
  static Node mapping(Mapping entries, Position position = {});
  static Node mapping(Position position = {});
  // A scalar whose text is of the given kind already, such as kInteger "0x1f"; the parser's door.
  static Node scalar(NodeKind kind, std::string text, Position position, ScalarStyle style = ScalarStyle::kPlain);

  NodeKind kind() const { return kind_; }
  bool is_null() const { return kind_ == NodeKind::kNull; }
  bool is_boolean() const { return kind_ == NodeKind::kBoolean; }
  bool is_integer() const { return kind_ == NodeKind::kInteger; }
  bool is_float() const { return kind_ == NodeKind::kFloat; }
  bool is_number() const { return is_integer() || is_float(); }
  bool is_string() const { return kind_ == NodeKind::kString; }
  bool is_sequence() const { return kind_ == NodeKind::kSequence; }
  bool is_mapping() const { return kind_ == NodeKind::kMapping; }
  bool is_scalar() const { return !is_sequence() && !is_mapping(); }

  Position position() const { return position_; }
  void set_position(Position position) { position_ = position; }
  NodeTag tag() const { return tag_; }
  void set_tag(NodeTag tag) { tag_ = tag; }
  ScalarStyle style() const { return style_; }

  // A scalar's text as it was written, quotes and escapes resolved ("0x1f", "~"); empty for the others.
  const std::string& text() const;

  // The value where the node is of that kind, else nothing. as_integer: also nothing above 2^63-1 (see as_unsigned).
  std::optional<bool> as_boolean() const;
  std::optional<std::int64_t> as_integer() const;
  std::optional<std::uint64_t> as_unsigned() const;
  std::optional<double> as_number() const;  // integers too
  const std::string* as_string() const { return is_string() ? &text() : nullptr; }

  // The scalar as Go's fmt.Sprint prints its value, which is what compose makes of a number or boolean where a string
  // is wanted: true, 31 (for 0x1f), 1e+06, and "" for null, sequences and mappings.
  std::string to_display() const;

  // Items of a sequence, entries of a mapping; none for the others.
  const Sequence& items() const;
  const Mapping& entries() const;
  std::size_t size() const;  // of items or entries; 0 for scalars
  bool empty() const { return size() == 0; }

  // Whether a copy of this node has the same sequence or mapping, so that an edit would have to copy it.
  bool is_shared() const;

  // For changes: the node's own copy. The node becomes an empty sequence or mapping where it was something else.
  // References into it are good until the node is copied or edited again.
  Sequence& edit_items();
  Mapping& edit_entries();

  // Value of the mapping's key; nullptr when there is none or this is no mapping.
  const Node* find(std::string_view key) const;
  Node* find_for_edit(std::string_view key);
  // find() again and again: find_path({"services", "web", "image"}).
  const Node* find_path(std::initializer_list<std::string_view> keys) const;

  friend bool same_value(const Node& a, const Node& b);

 private:
  std::variant<std::string, std::shared_ptr<Sequence>, std::shared_ptr<Mapping>> value_;
  Position position_;
  NodeKind kind_ = NodeKind::kNull;
  ScalarStyle style_ = ScalarStyle::kPlain;
  NodeTag tag_ = NodeTag::kNone;
};

// Whether both hold the same value; positions, styles, tags and the order of keys do not count.
bool same_value(const Node& a, const Node& b);

// Keys and values in the order they were written, each key once. Look-up is by hash where there are many.
class Mapping {
 public:
  struct Entry {
    std::string key;
    Position key_position;
    Node value;
  };
  using const_iterator = std::vector<Entry>::const_iterator;

  std::size_t size() const { return entries_.size(); }
  bool empty() const { return entries_.empty(); }
  const_iterator begin() const { return entries_.begin(); }
  const_iterator end() const { return entries_.end(); }
  const Entry& operator[](std::size_t index) const { return entries_[index]; }
  // The value of an entry, for change; its key stays.
  Node& value_at(std::size_t index) { return entries_[index].value; }

  bool contains(std::string_view key) const { return find(key) != nullptr; }
  const Node* find(std::string_view key) const;
  Node* find(std::string_view key);
  const Entry* find_entry(std::string_view key) const;

  // The new value of `key`: at its place when there is one, else last. Its position is that of the value unless given.
  Node& insert_or_assign(std::string_view key, Node value, std::optional<Position> key_position = {});
  // As insert_or_assign, but keeps the value that is there; the flag says whether it was inserted.
  std::pair<Node*, bool> insert(std::string_view key, Node value, std::optional<Position> key_position = {});
  // As insert() for a key that cannot be there, such as one taken from another mapping: it is not looked for.
  void append(std::string_view key, Node value, std::optional<Position> key_position = {});
  // False when there was none. The others keep their order.
  bool erase(std::string_view key);
  void reserve(std::size_t size) { entries_.reserve(size); }
  void sort_by_key();
  // In the order Go's yaml.v3 prints a map's keys: web2 before web10.
  void sort_by_key_naturally();

 private:
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);
  std::size_t index_of(std::string_view key) const;
  template <typename Less>
  void sort(Less less);
  void index_last();
  void rebuild_index();

  std::vector<Entry> entries_;
  // Open addressing: entry number + 1 at the key's hash, 0 where free; empty while there are few entries.
  std::vector<std::uint32_t> slots_;
};

}  // namespace berth::yaml
