// Finding members in JSON text without taking it apart: what the manager does not know passes through byte for byte.
#pragma once

#include <cstddef>
#include <optional>
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

// The elements of a JSON array, as they are written. Throws kInternal when it is none.
std::vector<std::string_view> elements_of(std::string_view array);

}  // namespace berth::swarm
