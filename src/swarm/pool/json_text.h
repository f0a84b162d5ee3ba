// Finding members in JSON text without taking it apart: what the manager does not know passes through byte for byte.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace berth::swarm {

// Bytes [begin, end) of a text.
struct Span {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::size_t size() const { return end - begin; }
};

// Where the value of the object's own member `name` (not of an inner object's) is in `object`; nothing when there is
// none. The text must be one JSON object; of other text the answer is nothing, or some span within it.
std::optional<Span> find_member(std::string_view object, std::string_view name);

// The text of that value; empty when there is none.
std::string_view member_text(std::string_view object, std::string_view name);
// The value where it is a string, unescaped; empty when there is none.
std::string member_string(std::string_view object, std::string_view name);
// The object with this member's value, which is JSON text, put in its place, or as a new first member; all else as it
// was. Of text that is no JSON object: as it was.
std::string with_member(std::string_view object, std::string_view name, std::string_view value);
// A string as JSON writes it.
std::string json_string(std::string_view text);

// The elements of a JSON array, as they are written. Throws kInternal when it is none.
std::vector<std::string_view> elements_of(std::string_view array);

}  // namespace berth::swarm
