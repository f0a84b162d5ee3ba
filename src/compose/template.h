// The grammar of $VAR and ${VAR...}, for those who replace variables and those who list them.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace berth::compose {

// One place in a text that begins with a dollar sign.
struct TemplatePart {
  enum class Kind {
    kEscape,    // $$
    kVariable,  // $name, ${name} or ${name<operation>argument}
    kInvalid,   // "${" that begins no variable, or lacks its "}"
  };
  // What ":-", "?" and their kin ask for.
  enum class Operation { kNone, kDefault, kRequired, kAlternate };

  Kind kind = Kind::kInvalid;
  std::size_t begin = 0;  // of the dollar sign
  std::size_t end = 0;    // behind the last character
  std::string_view name;
  Operation operation = Operation::kNone;
  bool empty_is_unset = false;  // the operation has a colon
  std::string_view argument;    // may have variables itself
};

// The first part at or after `from`; nothing when there is none. A $ that begins no part is plain text. A part ends at
// the brace that closes it, or else at the last one of the line: a part never goes over a line's end.
std::optional<TemplatePart> next_template_part(std::string_view text, std::size_t from);

// How deep variables may stand in the arguments of others.
inline constexpr int kDeepestTemplate = 50;

}  // namespace berth::compose
