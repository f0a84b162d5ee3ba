// The choices of style are those of Go's yaml.v3 emitter at indent 2 and unlimited width, so that `config` prints the
// same bytes as docker compose; the names below follow YAML's own.
#include "yaml/emit.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <string_view>

#include "base/strings.h"
#include "yaml/parse.h"
#include "yaml/scalar.h"
#include "yaml/text.h"

namespace berth::yaml {
namespace {

constexpr std::size_t kLongestSimpleKey = 128;

bool is_old_boolean(std::string_view text) {
  if (text.size() > 3) return false;
  static constexpr std::array<std::string_view, 16> kSpellings{"y", "Y", "yes", "Yes", "YES", "on",  "On",  "ON",
                                                               "n", "N", "no",  "No",  "NO",  "off", "Off", "OFF"};
  return std::find(kSpellings.begin(), kSpellings.end(), text) != kSpellings.end();
}

// Which styles a text may have; what the YAML grammar and the emitter's taste allow.
struct Allowed {
  bool plain = true;
  bool single_quoted = true;
  bool block = true;
  bool multiline = false;
};

bool begins_with_indicator(std::string_view text) {
  if (text.starts_with("---") || text.starts_with("...")) return true;
  const bool alone = text.size() == 1 || text[1] == ' ' || text[1] == '\t';
  switch (text[0]) {
    case '?':
    case ':':
    case '-':
      return alone;
    default:
      return std::string_view("#,[]{}&*!|>'\"%@`").find(text[0]) != std::string_view::npos;
  }
}

// Letters, digits and what never means anything to YAML: most texts are made of these alone.
constexpr std::array<bool, 256> kHarmless = [] {
  std::array<bool, 256> table{};
  for (const char c : std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-./+=()^;$~")) {
    table[static_cast<unsigned char>(c)] = true;
  }
  return table;
}();

bool is_harmless(std::string_view text) {
  return !text.empty() && text[0] != '-' && text[0] != '.' &&
         std::all_of(text.begin(), text.end(), [](char c) { return kHarmless[static_cast<unsigned char>(c)]; });
}

Allowed analyse(std::string_view text) {
  Allowed allowed;
  if (text.empty()) return {.block = false};
  if (is_harmless(text)) return allowed;
  bool indicators = begins_with_indicator(text);
  bool special = false;  // what only double quotes can hold
  bool tab = false;
  bool space_break = false;
  bool break_space = false;
  char before = '\0';  // 's' blank, 'b' line break, else 0
  bool after_whitespace = true;
  for (std::size_t i = 0; i < text.size();) {
    const Character c = read_character(text, i);
    const std::size_t next = i + c.width;
    const bool before_whitespace = next >= text.size() || text[next] == ' ' || text[next] == '\t';
    if (i > 0 && ((c.code == ':' && before_whitespace) || (c.code == '#' && after_whitespace))) indicators = true;
    if (c.code == '\t') {
      tab = true;
    } else if (!c.is_printable()) {
      special = true;
    }
    if (c.code == ' ') {
      break_space = break_space || before == 'b';
      before = 's';
    } else if (c.is_break()) {
      allowed.multiline = true;
      special = special || c.code != '\n';  // other readers disagree on what ends a line
      space_break = space_break || before == 's';
      before = 'b';
    } else {
      before = '\0';
    }
    after_whitespace = c.code == ' ' || c.code == '\t' || c.code == 0 || c.is_break();
    i = next;
  }
  const Character first = read_character(text, 0);
  const bool edge_space = first.code == ' ' || first.is_break() || before != '\0';
  allowed.plain = !edge_space && !break_space && !space_break && !tab && !special && !allowed.multiline && !indicators;
  allowed.single_quoted = !break_space && !space_break && !tab && !special;
  allowed.block = !space_break && !special && before != 's';
  return allowed;
}

class Emitter {
 public:
  std::string emit(const Node& node) {
    emit_node(node, 0, Place::kRoot);
    if (out_.empty() || out_.back() != '\n') out_ += '\n';
    return std::move(out_);
  }

 private:
  enum class Place {
    kRoot,   // at the document's start
    kItem,   // after "- ", or after ": " of a long key: a collection begins on the same line
    kValue,  // after "key:": a collection begins on the next line
  };

  void emit_node(const Node& node, std::size_t indent, Place place) {
    if (node.is_mapping()) return emit_mapping(node.entries(), indent, place);
    if (node.is_sequence()) return emit_sequence(node.items(), indent, place);
    if (place != Place::kRoot) out_ += ' ';
    emit_scalar(node, indent);
  }

  // Begins the line of a collection's entry; the first entry after "- " stands on the line of the dash.
  void begin_entry(std::size_t index, std::size_t indent, Place place) {
    if (index == 0 && place == Place::kRoot) return;
    if (index == 0 && place == Place::kItem) {
      out_ += ' ';
      return;
    }
    if (!out_.empty() && out_.back() != '\n') out_ += '\n';
    out_.append(indent, ' ');
  }

  void emit_mapping(const Mapping& entries, std::size_t indent, Place place) {
    if (entries.empty()) {
      out_ += place == Place::kRoot ? "{}" : " {}";
      return;
    }
    for (std::size_t i = 0; i < entries.size(); ++i) {
      begin_entry(i, indent, place);
      const auto& [key, position, value] = entries[i];
      if (is_simple_key(key)) {
        emit_text(key, 0);
        out_ += ':';
        emit_node(value, indent + 2, Place::kValue);
        continue;
      }
      out_ += "? ";
      emit_text(key, indent + 2);
      if (out_.back() != '\n') out_ += '\n';
      out_.append(indent, ' ');
      out_ += ':';
      emit_node(value, indent + 2, Place::kItem);
    }
  }

  void emit_sequence(const Node::Sequence& items, std::size_t indent, Place place) {
    if (items.empty()) {
      out_ += place == Place::kRoot ? "[]" : " []";
      return;
    }
    for (std::size_t i = 0; i < items.size(); ++i) {
      begin_entry(i, indent, place);
      out_ += '-';
      emit_node(items[i], indent + 2, Place::kItem);
    }
  }

  void emit_scalar(const Node& node, std::size_t indent) {
    switch (node.kind()) {
      case NodeKind::kNull:
        out_ += "null";
        return;
      case NodeKind::kString:
        emit_text(node.text(), indent);
        return;
      case NodeKind::kFloat:
        emit_float(*node.as_number());
        return;
      default:
        out_ += node.to_display();
        return;
    }
  }

  void emit_float(double value) {
    if (std::isnan(value)) {
      out_ += ".nan";
    } else if (std::isinf(value)) {
      out_ += value > 0 ? ".inf" : "-.inf";
    } else {
      out_ += format_float(value);
    }
  }

  // Whether the key can stand before a colon; else it needs the "? key" form.
  static bool is_simple_key(std::string_view key) {
    return key.size() <= kLongestSimpleKey && is_utf8(key) && !analyse(key).multiline;
  }

  void emit_text(std::string_view text, std::size_t indent) {
    if (!is_utf8(text)) {
      out_ += "!!binary ";
      return emit_text(base64_encode(text), indent);
    }
    const Allowed allowed = analyse(text);
    const bool has_line_feed = text.find('\n') != std::string_view::npos;
    if (has_line_feed && allowed.block) return write_literal(text, indent);
    if (has_line_feed || !is_plain_string(text)) return write_double_quoted(text);
    if (allowed.plain) {
      out_ += text;
    } else if (allowed.single_quoted) {
      write_single_quoted(text);
    } else {
      write_double_quoted(text);
    }
  }

  // Whether a reader of YAML 1.1 or 1.2 takes the unquoted text for a string.
  static bool is_plain_string(std::string_view text) {
    return kind_of_plain(text) == NodeKind::kString && text != "<<" && !is_old_boolean(text) &&
           !is_base_60_number(text) && !is_timestamp(text);
  }

  void write_literal(std::string_view text, std::size_t indent) {
    out_ += '|';
    // A reader cannot tell the indentation from text that begins with a blank. (Go forgets the tab and writes what
    // nobody can read.)
    if (text.front() == ' ' || text.front() == '\n' || text.front() == '\t') out_ += '2';
    if (!text.ends_with('\n')) {
      out_ += '-';
    } else if (text.size() == 1 || text[text.size() - 2] == '\n') {
      out_ += '+';
    }
    out_ += '\n';
    while (!text.empty()) {
      const std::size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
      const std::string_view line = text.substr(0, end);
      if (line != "\n") out_.append(std::max<std::size_t>(indent, 2), ' ');
      out_ += line;
      text.remove_prefix(end);
    }
  }

  void write_single_quoted(std::string_view text) {
    out_ += '\'';
    for (const char c : text) {
      if (c == '\'') out_ += '\'';
      out_ += c;
    }
    out_ += '\'';
  }

  void write_double_quoted(std::string_view text) {
    out_ += '"';
    for (std::size_t i = 0; i < text.size();) {
      const Character c = read_character(text, i);
      if (c.code == '"' || c.code == '\\' || !c.is_printable() || c.is_break()) {
        write_escape(c.code);
      } else {
        out_ += text.substr(i, c.width);
      }
      i += c.width;
    }
    out_ += '"';
  }

  void write_escape(char32_t code) {
    out_ += '\\';
    switch (code) {
      case 0x00:
        out_ += '0';
        return;
      case 0x07:
        out_ += 'a';
        return;
      case 0x08:
        out_ += 'b';
        return;
      case 0x09:
        out_ += 't';
        return;
      case 0x0A:
        out_ += 'n';
        return;
      case 0x0B:
        out_ += 'v';
        return;
      case 0x0C:
        out_ += 'f';
        return;
      case 0x0D:
        out_ += 'r';
        return;
      case 0x1B:
        out_ += 'e';
        return;
      case '"':
      case '\\':
        out_ += static_cast<char>(code);
        return;
      case 0x85:
        out_ += 'N';
        return;
      case 0x2028:
        out_ += 'L';
        return;
      case 0x2029:
        out_ += 'P';
        return;
      default:
        break;
    }
    const int digits = code <= 0xFF ? 2 : code <= 0xFFFF ? 4 : 8;
    out_ += digits == 2 ? 'x' : digits == 4 ? 'u' : 'U';
    for (int shift = (digits - 1) * 4; shift >= 0; shift -= 4) out_ += "0123456789ABCDEF"[(code >> shift) & 0xF];
  }

  std::string out_;
};

}  // namespace

std::string to_yaml(const Node& node) { return Emitter().emit(node); }

}  // namespace berth::yaml
