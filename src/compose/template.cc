#include "compose/template.h"

namespace berth::compose {
namespace {

bool begins_name(char c) { return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool continues_name(char c) { return begins_name(c) || (c >= '0' && c <= '9'); }

std::string_view name_at(std::string_view text, std::size_t begin) {
  std::size_t end = begin;
  if (end < text.size() && begins_name(text[end])) {
    while (end < text.size() && continues_name(text[end])) ++end;
  }
  return text.substr(begin, end - begin);
}

// Place of the brace that closes the one at `open`; npos when the line has none.
std::size_t closing_brace(std::string_view text, std::size_t open) {
  const std::string_view line = text.substr(0, text.find('\n', open));
  int depth = 0;
  for (std::size_t i = open; i < line.size(); ++i) {
    if (line[i] == '{') ++depth;
    if (line[i] == '}' && --depth == 0) return i;
  }
  const std::size_t last = line.rfind('}');
  return last == std::string_view::npos || last < open ? std::string_view::npos : last;
}

std::optional<TemplatePart::Operation> operation_of(char sign) {
  switch (sign) {
    case '-':
      return TemplatePart::Operation::kDefault;
    case '?':
      return TemplatePart::Operation::kRequired;
    case '+':
      return TemplatePart::Operation::kAlternate;
    default:
      return std::nullopt;
  }
}

TemplatePart braced_part(std::string_view text, std::size_t dollar) {
  TemplatePart part{.begin = dollar, .end = dollar + 2};
  part.name = name_at(text, dollar + 2);
  std::size_t at = dollar + 2 + part.name.size();
  if (part.name.empty() || at >= text.size()) return part;
  if (text[at] == '}') {
    part.kind = TemplatePart::Kind::kVariable;
    part.end = at + 1;
    return part;
  }
  part.empty_is_unset = text[at] == ':';
  if (part.empty_is_unset) ++at;
  const auto operation = at < text.size() ? operation_of(text[at]) : std::nullopt;
  const std::size_t close = closing_brace(text, dollar + 1);
  if (!operation || close == std::string_view::npos) return part;
  part.kind = TemplatePart::Kind::kVariable;
  part.operation = *operation;
  part.argument = text.substr(at + 1, close - at - 1);
  part.end = close + 1;
  return part;
}

}  // namespace

std::optional<TemplatePart> next_template_part(std::string_view text, std::size_t from) {
  for (std::size_t dollar = text.find('$', from); dollar != std::string_view::npos;
       dollar = text.find('$', dollar + 1)) {
    if (dollar + 1 == text.size()) return std::nullopt;
    const char after = text[dollar + 1];
    if (after == '$') return TemplatePart{TemplatePart::Kind::kEscape, dollar, dollar + 2};
    if (after == '{') return braced_part(text, dollar);
    const std::string_view name = name_at(text, dollar + 1);
    if (!name.empty()) return TemplatePart{TemplatePart::Kind::kVariable, dollar, dollar + 1 + name.size(), name};
  }
  return std::nullopt;
}

}  // namespace berth::compose
