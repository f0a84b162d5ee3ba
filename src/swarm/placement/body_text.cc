#include "swarm/placement/body_text.h"

#include <algorithm>

#include "base/error.h"
#include "base/json.h"
#include "base/strings.h"

namespace berth::swarm::placement {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// Walks text that is known to be JSON.
class Walker {
 public:
  Walker(std::string_view text, std::size_t at) : text_(text), at_(at) { skip_blanks(); }

  char next() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  // Over one character of structure and the blanks behind it.
  void skip() {
    ++at_;
    skip_blanks();
  }

  // The value that begins here; stands behind it afterwards.
  Span value() {
    const std::size_t begin = at_;
    if (next() == '"') {
      string();
    } else if (next() == '{' || next() == '[') {
      nested();
    } else {
      while (at_ < text_.size() && text_.find_first_of(",]} \t\r\n", at_) != at_) ++at_;
    }
    const Span span{begin, at_};
    skip_blanks();
    return span;
  }

 private:
  void skip_blanks() {
    while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
  }

  void string() {
    for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_) {
      if (text_[at_] == '\\') ++at_;
    }
    ++at_;
  }

  void nested() {
    std::size_t depth = 0;
    do {
      if (text_[at_] == '"') {
        string();
        continue;
      }
      if (text_[at_] == '{' || text_[at_] == '[') ++depth;
      if (text_[at_] == '}' || text_[at_] == ']') --depth;
      ++at_;
    } while (depth > 0 && at_ < text_.size());
  }

  std::string_view text_;
  std::size_t at_;
};

std::string unquoted(std::string_view text) {
  if (text.find('\\') == std::string_view::npos) return std::string(text.substr(1, text.size() - 2));
  return std::string(parse_json(text).as_string());
}

std::string quoted(std::string_view text) { return format_json(json::value(text)); }

}  // namespace

BodyText::BodyText(std::string_view text) : text_(text) {
  if (!parse_json(text).is_object()) throw Error(Kind::kInvalid, "the body is not a JSON object");
}

std::vector<Member> BodyText::members_of(Span object) const {
  std::vector<Member> members;
  Walker walker(text_.substr(0, object.end), object.begin);
  if (walker.next() != '{') return members;
  walker.skip();
  while (walker.next() == '"') {
    std::string name = unquoted(at(walker.value()));
    walker.skip();
    members.push_back({std::move(name), walker.value()});
    if (walker.next() == ',') walker.skip();
  }
  return members;
}

std::vector<Span> BodyText::elements_of(Span array) const {
  std::vector<Span> elements;
  Walker walker(text_.substr(0, array.end), array.begin);
  if (walker.next() != '[') return elements;
  walker.skip();
  while (walker.next() != ']' && walker.next() != '\0') {
    elements.push_back(walker.value());
    if (walker.next() == ',') walker.skip();
  }
  return elements;
}

std::optional<Span> BodyText::find(Span object, std::string_view name) const {
  std::optional<Span> found;
  for (const Member& member : members_of(object)) {
    if (!equal_ignoring_case(member.name, name)) continue;
    if (found) throw Error(Kind::kInvalid, "member '" + std::string(name) + "' stands there twice");
    found = member.value;
  }
  return found;
}

void BodyText::replace(Span span, std::string with) { changes_.push_back({span, std::move(with)}); }

void BodyText::set_labels(const std::vector<std::pair<std::string, std::string>>& labels) {
  if (labels.empty()) return;
  const std::optional<Span> found = find(whole(), "Labels");
  const bool is_object = found && at(*found).starts_with('{');
  const std::vector<Member> present = is_object ? members_of(*found) : std::vector<Member>();
  std::string added;
  for (const auto& [name, value] : labels) {
    bool replaced = false;
    for (const Member& member : present) {
      if (member.name != name) continue;
      replace(member.value, quoted(value));
      replaced = true;
    }
    if (replaced) continue;
    if (!added.empty()) added += ',';
    added += quoted(name) + ":" + quoted(value);
  }
  if (added.empty()) return;
  if (is_object) {
    const std::size_t end = found->end - 1;
    replace({end, end}, (present.empty() ? "" : ",") + added);
  } else if (found) {
    replace(*found, "{" + added + "}");
  } else {
    const std::size_t end = text_.rfind('}');
    replace({end, end}, (members_of(whole()).empty() ? "\"Labels\":{" : ",\"Labels\":{") + added + "}");
  }
}

std::string BodyText::result() const {
  std::vector<Change> changes = changes_;
  std::stable_sort(changes.begin(), changes.end(),
                   [](const Change& a, const Change& b) { return a.span.begin < b.span.begin; });
  std::string result;
  std::size_t copied = 0;
  for (const Change& change : changes) {
    result.append(text_, copied, change.span.begin - copied).append(change.with);
    copied = change.span.end;
  }
  return result.append(text_, copied);
}

}  // namespace berth::swarm::placement
