// JSON as text: laid out anew without being read, so that numbers and escapes stay as their writer had them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace berth {

// `text`, which must be JSON (parse_json says), with the blanks between its tokens laid out anew: none with `indent` 0,
// else as Go's json.Indent has them. `escape_html` writes < > & in strings as Go's json.Marshal does (\u003c).
std::string lay_out_json(std::string_view text, int indent, bool escape_html = false);

// The text of an object's member, as it is written there; nothing where there is none. `text` must be JSON.
std::optional<std::string_view> json_member_text(std::string_view text, std::string_view name);

}  // namespace berth
