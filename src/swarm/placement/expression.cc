#include "swarm/placement/expression.h"

#include <algorithm>

#include <re2/re2.h>

#include "base/error.h"
#include "base/strings.h"

namespace berth::swarm::placement {
namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_key_character(char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '/'; }
bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

[[noreturn]] void refuse(std::string_view expression, const std::string& reason) {
  throw Error(Kind::kInvalid, "expression '" + std::string(expression) + "' is malformed: " + reason);
}

// Keys of swarm mode have fixed words; one that is not known would never match anything.
void check_swarm_mode_key(std::string_view expression, std::string_view key) {
  static const std::vector<std::string> kKeys = {"node.id",   "node.hostname",    "node.name",         "node.ip",
                                                 "node.role", "node.platform.os", "node.platform.arch"};
  const std::string lower = to_lower(key);
  if (!lower.starts_with("node.") || lower.starts_with("node.labels.")) return;
  if (std::find(kKeys.begin(), kKeys.end(), lower) != kKeys.end()) return;
  refuse(expression, "key '" + std::string(key) + "' is none of " + join(kKeys, ", ") + ", node.labels.NAME");
}

}  // namespace

Pattern::Pattern(std::string_view text, Case matters) : case_(matters), text_(text) {
  std::string source;
  if (text.size() > 2 && text.front() == '/' && text.back() == '/') {
    source = text.substr(1, text.size() - 2);
  } else if (text.find('*') != std::string_view::npos) {
    source = replace_all(RE2::QuoteMeta(re2::StringPiece(text.data(), text.size())), R"(\*)", ".*");
    source = "(?s)^(?:" + source + ")$";
  } else {
    return;
  }
  RE2::Options options(RE2::Quiet);
  options.set_case_sensitive(matters == Case::kCounts);
  regex_ = std::make_shared<const RE2>(source, options);
  if (!regex_->ok()) {
    throw Error(Kind::kInvalid, "'" + text_ + "' is no regular expression: " + regex_->error());
  }
}

bool Pattern::matches(std::string_view text) const {
  if (regex_) return RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), *regex_);
  return case_ == Case::kCounts ? text == text_ : equal_ignoring_case(text, text_);
}

bool Expression::holds(std::span<const std::string_view> texts) const {
  const bool any = std::any_of(texts.begin(), texts.end(), [&](std::string_view text) { return value.matches(text); });
  return any == equal;
}

Expression parse_expression(std::string_view text) {
  const std::size_t at = std::min(text.find("=="), text.find("!="));
  if (at == std::string_view::npos) refuse(text, "there is neither == nor != in it");
  const std::string_view key = trim(text.substr(0, at));
  std::string_view value = trim(text.substr(at + 2));
  if (key.empty() || !is_letter(key.front()) || !std::all_of(key.begin(), key.end(), is_key_character)) {
    refuse(text, "key '" + std::string(key) + "' is not made of letters, digits and any of _-./");
  }
  const bool soft = value.starts_with('~');
  while (value.starts_with('~')) value.remove_prefix(1);
  if (value.empty()) refuse(text, "there is nothing to compare with");
  if (value.starts_with('=') || std::any_of(value.begin(), value.end(), is_control)) {
    refuse(text, "value '" + std::string(value) + "' is invalid");
  }
  check_swarm_mode_key(text, key);
  const std::string lower = to_lower(key);
  const bool swarm_mode = lower.starts_with("node.") || lower.starts_with("engine.labels.");
  try {
    Pattern pattern(value, swarm_mode ? Pattern::Case::kIgnored : Pattern::Case::kCounts);
    return {std::string(key), text[at] == '=', soft, std::move(pattern), std::string(text)};
  } catch (const Error& e) {
    refuse(text, e.message());
  }
}

}  // namespace berth::swarm::placement
