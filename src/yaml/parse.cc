// libyaml scans and gives events with positions; what a tree needs beyond is here: anchors, aliases, merge keys,
// typing, duplicate keys and limits.
#include "yaml/parse.h"

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

#include <yaml.h>

#include "base/strings.h"
#include "yaml/path.h"
#include "yaml/scalar.h"

namespace berth::yaml {
namespace {

constexpr std::string_view kStandardTags = "tag:yaml.org,2002:";

// Thrown when the text cannot be read any further; its fault is recorded already.
struct Abandoned {};

class Event {
 public:
  Event() = default;
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
  ~Event() { yaml_event_delete(&event_); }
  yaml_event_t* operator->() { return &event_; }
  yaml_event_t* get() { return &event_; }

 private:
  yaml_event_t event_{};
};

std::string_view text_of(const yaml_char_t* text) {
  return text ? reinterpret_cast<const char*>(text) : std::string_view();
}

ScalarStyle style_of(yaml_scalar_style_t style) {
  switch (style) {
    case YAML_SINGLE_QUOTED_SCALAR_STYLE:
      return ScalarStyle::kSingleQuoted;
    case YAML_DOUBLE_QUOTED_SCALAR_STYLE:
      return ScalarStyle::kDoubleQuoted;
    case YAML_LITERAL_SCALAR_STYLE:
      return ScalarStyle::kLiteral;
    case YAML_FOLDED_SCALAR_STYLE:
      return ScalarStyle::kFolded;
    default:
      return ScalarStyle::kPlain;
  }
}

// A node, and how many nodes it is with its aliases written out.
struct Built {
  Node node;
  std::size_t weight = 1;
};

class Reader {
 public:
  Reader(std::string_view text, std::string_view file_name, const ParseLimits& limits)
      : text_(text), file_(file_name), limits_(limits) {
    if (!yaml_parser_initialize(&parser_)) throw Error(Kind::kInternal, "out of memory");
    const char* begin = text.empty() ? "" : text.data();  // libyaml wants no null pointer
    yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(begin), text.size());
  }
  ~Reader() { yaml_parser_delete(&parser_); }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  ParseResult read() {
    try {
      read_stream();
    } catch (const Abandoned&) {
      // What was complete before stays in the result.
    }
    return std::move(result_);
  }

 private:
  struct Anchor {
    std::optional<Built> built;  // absent while its node is being read
  };

  void read_stream() {
    for (;;) {
      Event event;
      next(event);
      if (event->type == YAML_STREAM_END_EVENT) return;
      if (event->type != YAML_DOCUMENT_START_EVENT) continue;
      anchors_.clear();
      nodes_ = 0;
      Event root;
      next(root);
      result_.documents.push_back(read_node(root, NodePath(), 0).node);
    }
  }

  void next(Event& event) {
    if (yaml_parser_parse(&parser_, event.get())) return;
    report_malformed();
    throw Abandoned();
  }

  Position position(const yaml_mark_t& mark) const {
    return {file_, static_cast<std::uint32_t>(mark.line + 1), static_cast<std::uint32_t>(mark.column + 1)};
  }

  void fault(Position position, const NodePath& path, std::string message) {
    result_.faults.push_back({position, path.str(), std::move(message)});
  }

  void count(std::size_t nodes, Position position, const NodePath& path) {
    nodes_ += nodes;
    if (nodes_ <= limits_.nodes) return;
    fault(position, path,
          "the document grows too large: more than " + std::to_string(limits_.nodes) +
              " values with all aliases written out");
    throw Abandoned();
  }

  Built read_node(Event& event, const NodePath& path, std::size_t depth) {
    const Position start = position(event->start_mark);
    if (depth > limits_.depth) {
      fault(start, path, "nested more than " + std::to_string(limits_.depth) + " levels deep");
      throw Abandoned();
    }
    switch (event->type) {
      case YAML_ALIAS_EVENT:
        return read_alias(event, path);
      case YAML_SCALAR_EVENT: {
        count(1, start, path);
        const auto& scalar = event->data.scalar;
        Built built{read_scalar(event, path)};
        if (scalar.anchor) anchors_[std::string(text_of(scalar.anchor))].built = built;
        return built;
      }
      case YAML_SEQUENCE_START_EVENT: {
        count(1, start, path);
        const auto& head = event->data.sequence_start;
        return read_collection(head.anchor, text_of(head.tag), "seq", start, path,
                               [&] { return read_sequence(start, path, depth); });
      }
      case YAML_MAPPING_START_EVENT: {
        count(1, start, path);
        const auto& head = event->data.mapping_start;
        return read_collection(head.anchor, text_of(head.tag), "map", start, path,
                               [&] { return read_mapping(start, path, depth); });
      }
      default:
        return {};  // libyaml gives no other event here
    }
  }

  // What sequences and mappings share: an anchor that is open while they are read, and a tag.
  template <typename ReadBody>
  Built read_collection(const yaml_char_t* anchor_text, std::string_view tag, std::string_view standard_tag,
                        Position start, const NodePath& path, ReadBody read_body) {
    const std::string anchor(text_of(anchor_text));
    if (!anchor.empty()) anchors_[anchor].built.reset();
    Built built = read_body();
    if (const auto own = own_tag(tag)) {
      built.node.set_tag(*own);
    } else if (!tag.empty() && tag != "!" && tag != std::string(kStandardTags).append(standard_tag)) {
      report_tag(tag, start, path);
    }
    if (!anchor.empty()) anchors_[anchor].built = built;
    return built;
  }

  Built read_sequence(Position start, const NodePath& path, std::size_t depth) {
    Node::Sequence items;
    std::size_t weight = 1;
    for (;;) {
      Event event;
      next(event);
      if (event->type == YAML_SEQUENCE_END_EVENT) break;
      Built item = read_node(event, NodePath(path, items.size()), depth + 1);
      weight += item.weight;
      items.push_back(std::move(item.node));
    }
    return {Node::sequence(std::move(items), start), weight};
  }

  Built read_mapping(Position start, const NodePath& path, std::size_t depth) {
    Mapping entries;
    std::size_t weight = 1;
    std::optional<Built> merged;
    Position merge_position;
    for (;;) {
      Event event;
      next(event);
      if (event->type == YAML_MAPPING_END_EVENT) break;
      const Position key_position = position(event->start_mark);
      const bool is_merge = is_merge_key(event);
      const std::string key = read_key(event, path, depth);
      const NodePath value_path(path, key);
      Event value_event;
      next(value_event);
      Built value = read_node(value_event, value_path, depth + 1);
      weight += value.weight;
      if (is_merge && !merged) {
        merged = std::move(value);
        merge_position = key_position;
      } else if (is_merge) {
        report_duplicate(key, key_position, merge_position, path);
      } else if (!entries.insert(key, std::move(value.node), key_position).second) {
        report_duplicate(key, key_position, entries.find_entry(key)->key_position, path);
      }
    }
    if (merged) merge(merged->node, entries, path);
    return {Node::mapping(std::move(entries), start), weight};
  }

  void report_duplicate(const std::string& key, Position second, Position first, const NodePath& path) {
    fault(second, path, "key '" + key + "' is given twice, first at " + first.str());
  }

  static bool is_merge_key(Event& event) {
    if (event->type != YAML_SCALAR_EVENT) return false;
    const auto& scalar = event->data.scalar;
    const std::string_view tag = text_of(scalar.tag);
    return text_of(scalar.value) == "<<" && scalar.style == YAML_PLAIN_SCALAR_STYLE &&
           (tag.empty() || tag == "tag:yaml.org,2002:merge");
  }

  // Keys are strings in compose files; others are faults and keep their text.
  std::string read_key(Event& event, const NodePath& path, std::size_t depth) {
    const Position start = position(event->start_mark);
    if (is_merge_key(event)) return "<<";
    const Node key = read_node(event, path, depth + 1).node;
    if (!key.is_scalar()) {
      fault(start, path, "a key must be a string, not " + std::string(describe(key.kind())));
    } else if (!key.is_string()) {
      fault(start, path,
            "key " + (key.text().empty() ? "null" : key.text()) + " must be a string, not " +
                std::string(describe(key.kind())) + ": put it in quotes");
    }
    return key.text();
  }

  Built read_alias(Event& event, const NodePath& path) {
    const Position start = position(event->start_mark);
    const std::string name(text_of(event->data.alias.anchor));
    const auto found = anchors_.find(name);
    if (found == anchors_.end()) {
      fault(start, path, "alias '*" + name + "' has no anchor '&" + name + "' before it");
      return {Node::scalar(NodeKind::kNull, "", start)};
    }
    if (!found->second.built) {
      fault(start, path, "anchor '&" + name + "' contains itself");
      return {Node::scalar(NodeKind::kNull, "", start)};
    }
    Built built = *found->second.built;
    count(built.weight, start, path);
    built.node.set_position(start);
    return built;
  }

  // `<<: value`: the entries of `value`, a mapping or a list of them, that `entries` does not have yet.
  void merge(const Node& value, Mapping& entries, const NodePath& path) {
    if (value.is_mapping()) {
      for (const auto& entry : value.entries()) entries.insert(entry.key, entry.value, entry.key_position);
      return;
    }
    if (value.is_sequence()) {
      for (const Node& item : value.items()) {
        if (item.is_mapping()) {
          merge(item, entries, path);
        } else {
          report_unmergeable(item, path);
        }
      }
      return;
    }
    report_unmergeable(value, path);
  }

  void report_unmergeable(const Node& value, const NodePath& path) {
    fault(value.position(), path,
          "the merge key '<<' wants a mapping or a list of mappings, not " + std::string(describe(value.kind())));
  }

  static std::optional<NodeTag> own_tag(std::string_view tag) {
    if (tag == "!reset") return NodeTag::kReset;
    if (tag == "!override") return NodeTag::kOverride;
    return std::nullopt;
  }

  Node read_scalar(Event& event, const NodePath& path) {
    const auto& scalar = event->data.scalar;
    const Position start = position(event->start_mark);
    const ScalarStyle style = style_of(scalar.style);
    std::string text(reinterpret_cast<const char*>(scalar.value), scalar.length);
    const std::string_view tag = text_of(scalar.tag);
    const NodeKind untagged = style == ScalarStyle::kPlain ? kind_of_plain(text) : NodeKind::kString;
    if (tag.empty()) return Node::scalar(untagged, std::move(text), start, style);
    if (const auto own = own_tag(tag)) {
      Node node = Node::scalar(untagged, std::move(text), start, style);
      node.set_tag(*own);
      return node;
    }
    if (tag == "!") return Node::scalar(NodeKind::kString, std::move(text), start, style);
    return read_tagged_scalar(tag, std::move(text), start, style, path);
  }

  void report_tag(std::string_view tag, Position position, const NodePath& path) {
    const bool standard = tag.starts_with(kStandardTags);
    const std::string written = (standard ? "!!" : "") + std::string(tag.substr(standard ? kStandardTags.size() : 0));
    fault(position, path, "unsupported tag '" + written + "'");
  }

  // `!!int "8080"` and its kin.
  Node read_tagged_scalar(std::string_view tag, std::string text, Position start, ScalarStyle style,
                          const NodePath& path) {
    const std::string_view name =
        tag.starts_with(kStandardTags) ? tag.substr(kStandardTags.size()) : std::string_view();
    if (name == "str" || name == "timestamp") return Node::scalar(NodeKind::kString, std::move(text), start, style);
    if (name == "binary") {
      if (auto bytes = base64_decode(text)) return Node::string(std::move(*bytes), start, style);
      fault(start, path, "the value of '!!binary' is not base64");
      return Node::string(std::move(text), start, style);
    }
    static constexpr std::array<std::pair<std::string_view, NodeKind>, 4> kKinds{{{"null", NodeKind::kNull},
                                                                                  {"bool", NodeKind::kBoolean},
                                                                                  {"int", NodeKind::kInteger},
                                                                                  {"float", NodeKind::kFloat}}};
    for (const auto& [kind_name, kind] : kKinds) {
      if (name != kind_name) continue;
      const NodeKind actual = kind_of_plain(text);
      if (actual == kind) return Node::scalar(kind, std::move(text), start, style);
      if (kind == NodeKind::kFloat && actual == NodeKind::kInteger) {
        return Node::floating(*Node::scalar(actual, std::move(text), start).as_number(), start);
      }
      fault(start, path, "'" + text + "' is not what its tag '!!" + std::string(name) + "' says");
      return Node::string(std::move(text), start, style);
    }
    report_tag(tag, start, path);
    return Node::string(std::move(text), start, style);
  }

  void report_malformed() {
    const std::string problem = parser_.problem ? parser_.problem : "not YAML";
    if (parser_.error == YAML_READER_ERROR) return fault(position_of_offset(parser_.problem_offset), {}, problem);
    if (parser_.error == YAML_MEMORY_ERROR) throw Error(Kind::kInternal, "out of memory");
    const yaml_mark_t& mark = parser_.problem_mark;
    if (starts_with_tab(mark)) {
      return fault(position(mark), {}, "a tab cannot indent or begin a value here: use blanks");
    }
    std::string message = problem;
    if (parser_.context) {
      message += std::string(", ") + parser_.context;
      if (parser_.context_mark.line != mark.line) {
        message += " that begins at line " + std::to_string(parser_.context_mark.line + 1);
      }
    }
    fault(position(mark), {}, message);
  }

  // Whether there are only blanks and at least one tab before the mark's place, or a tab at it.
  bool starts_with_tab(const yaml_mark_t& mark) const {
    const std::size_t at = std::min(mark.index, text_.size());
    if (at < text_.size() && text_[at] == '\t') return true;
    const std::size_t line_start = at == 0 ? 0 : text_.rfind('\n', at - 1) + 1;
    const std::string_view before = text_.substr(line_start, at - line_start);
    return before.find('\t') != std::string_view::npos && before.find_first_not_of(" \t") == std::string_view::npos;
  }

  Position position_of_offset(std::size_t offset) const {
    const std::string_view before = text_.substr(0, offset);
    yaml_mark_t mark{};
    for (const char c : before) {
      if (c == '\n') {
        ++mark.line;
        mark.column = 0;
      } else if ((static_cast<unsigned char>(c) & 0xC0) != 0x80) {
        ++mark.column;
      }
    }
    return position(mark);
  }

  yaml_parser_t parser_;
  std::string_view text_;
  FileName file_;
  ParseLimits limits_;
  ParseResult result_;
  std::unordered_map<std::string, Anchor> anchors_;
  std::size_t nodes_ = 0;
};

}  // namespace

NodeKind kind_of_plain(std::string_view text) {
  if (text.empty()) return NodeKind::kNull;
  const auto is_one_of = [&](std::initializer_list<std::string_view> spellings) {
    for (const auto spelling : spellings) {
      if (text == spelling) return true;
    }
    return false;
  };
  switch (text[0]) {
    case '~':
    case 'n':
    case 'N':
      return is_one_of({"~", "null", "Null", "NULL"}) ? NodeKind::kNull : NodeKind::kString;
    case 't':
    case 'T':
      return is_one_of({"true", "True", "TRUE"}) ? NodeKind::kBoolean : NodeKind::kString;
    case 'f':
    case 'F':
      return is_one_of({"false", "False", "FALSE"}) ? NodeKind::kBoolean : NodeKind::kString;
    case '.':
      return read_float(text) ? NodeKind::kFloat : NodeKind::kString;
    default:
      break;
  }
  if (text[0] != '-' && text[0] != '+' && (text[0] < '0' || text[0] > '9')) return NodeKind::kString;
  if (read_integer(text)) return NodeKind::kInteger;
  return read_float(text) ? NodeKind::kFloat : NodeKind::kString;
}

ParseResult parse(std::string_view text, std::string_view file_name, const ParseLimits& limits) {
  return Reader(text, file_name, limits).read();
}

}  // namespace berth::yaml
