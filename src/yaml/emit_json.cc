#include <array>
#include <charconv>
#include <cmath>
#include <string_view>

#include "base/strings.h"
#include "yaml/emit.h"
#include "yaml/text.h"

namespace berth::yaml {
namespace {

// Go's float64 in JSON: like %f, with an exponent only for the very large and the very small.
std::string format_json_float(double value) {
  if (!std::isfinite(value)) return "null";  // JSON has no such number
  std::array<char, 64> buffer;
  const auto written =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::scientific);
  std::string text(buffer.data(), written.ptr);
  const double size = std::abs(value);
  if (size != 0 && (size < 1e-6 || size >= 1e21)) {
    if (const auto at = text.find("e-0"); at != std::string::npos) text.erase(at + 2, 1);  // 1e-07 is written 1e-7
    return text;
  }
  if (size < 1e15) return format_number(value);
  // The shortest digits, filled up with zeros: 18446744073709552000.
  const auto exponent = parse_integer(text.substr(text.find("e+") + 2)).value_or(0);
  text.erase(text.find('e'));
  std::erase(text, '.');
  const std::size_t digits = static_cast<std::size_t>(exponent) + (value < 0 ? 2 : 1);
  if (text.size() <= digits) return text + std::string(digits - text.size(), '0');
  return text.insert(digits, 1, '.');
}

class JsonEmitter {
 public:
  JsonEmitter(int indent, bool escape_html) : indent_(indent), escape_html_(escape_html) {}

  void emit(const Node& node, int level) {
    switch (node.kind()) {
      case NodeKind::kNull:
        out_ += "null";
        return;
      case NodeKind::kFloat:
        out_ += format_json_float(*node.as_number());
        return;
      case NodeKind::kString:
        emit_text(node.text());
        return;
      case NodeKind::kSequence:
        emit_sequence(node.items(), level);
        return;
      case NodeKind::kMapping:
        emit_mapping(node.entries(), level);
        return;
      default:
        out_ += node.to_display();
        return;
    }
  }

  std::string take() { return std::move(out_); }

 private:
  void emit_sequence(const Node::Sequence& items, int level) {
    out_ += '[';
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (i > 0) out_ += ',';
      begin_line(level + 1);
      emit(items[i], level + 1);
    }
    if (!items.empty()) begin_line(level);
    out_ += ']';
  }

  void emit_mapping(const Mapping& entries, int level) {
    out_ += '{';
    for (std::size_t i = 0; i < entries.size(); ++i) {
      if (i > 0) out_ += ',';
      begin_line(level + 1);
      emit_text(entries[i].key);
      out_ += indent_ > 0 ? ": " : ":";
      emit(entries[i].value, level + 1);
    }
    if (!entries.empty()) begin_line(level);
    out_ += '}';
  }

  void begin_line(int level) {
    if (indent_ == 0) return;
    out_ += '\n';
    out_.append(static_cast<std::size_t>(level * indent_), ' ');
  }

  void emit_text(std::string_view text) {
    out_ += '"';
    for (std::size_t i = 0; i < text.size();) {
      const Character c = read_character(text, i);
      if (c.code == '"' || c.code == '\\') {
        out_ += '\\';
        out_ += text[i];
      } else if (const auto escape = escape_of(c.code); !escape.empty()) {
        out_ += escape;
      } else if (c.code < 0x20 || c.code == 0x2028 || c.code == 0x2029 ||
                 (escape_html_ && (c.code == '<' || c.code == '>' || c.code == '&')) ||
                 (c.code == 0xFFFD && c.width == 1)) {
        out_ += "\\u";
        for (int shift = 12; shift >= 0; shift -= 4) out_ += "0123456789abcdef"[(c.code >> shift) & 0xF];
      } else {
        out_ += text.substr(i, c.width);
      }
      i += c.width;
    }
    out_ += '"';
  }

  static std::string_view escape_of(char32_t code) {
    switch (code) {
      case '\b':
        return "\\b";
      case '\f':
        return "\\f";
      case '\n':
        return "\\n";
      case '\r':
        return "\\r";
      case '\t':
        return "\\t";
      default:
        return {};
    }
  }

  const int indent_;
  const bool escape_html_;
  std::string out_;
};

}  // namespace

std::string to_json(const Node& node, int indent, bool escape_html) {
  JsonEmitter emitter(indent, escape_html);
  emitter.emit(node, 0);
  return emitter.take();
}

}  // namespace berth::yaml
