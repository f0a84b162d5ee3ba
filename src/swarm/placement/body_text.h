// Changes in the text of a JSON object that leave every other byte as it is. Go programs read the names of members
// without regard to case, so does this.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace berth::swarm::placement {

// A part of the text: [begin, end).
struct Span {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::string_view of(std::string_view text) const { return text.substr(begin, end - begin); }
};

struct Member {
  std::string name;  // without quotes and escapes
  Span value;
};

class BodyText {
 public:
  // Throws kInvalid when the text is not one JSON object.
  explicit BodyText(std::string_view text);

  // Of the object at this place; nothing when it is none, such as null.
  std::vector<Member> members_of(Span object) const;
  std::vector<Span> elements_of(Span array) const;
  // The value of the member of this name, whatever its case. Throws kInvalid when there are several: programs do not
  // agree which one counts.
  std::optional<Span> find(Span object, std::string_view name) const;
  Span whole() const { return {0, text_.size()}; }
  std::string_view at(Span span) const { return span.of(text_); }

  // Puts text in the place of `span`; spans of several changes must not overlap.
  void replace(Span span, std::string with);
  // Sets members of the top-level object "Labels", which is made where there is none.
  void set_labels(const std::vector<std::pair<std::string, std::string>>& labels);

  // The text with all changes.
  std::string result() const;

 private:
  struct Change {
    Span span;
    std::string with;
  };
  std::string_view text_;
  std::vector<Change> changes_;
};

}  // namespace berth::swarm::placement
