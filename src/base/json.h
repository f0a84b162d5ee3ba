// JSON values (Boost.JSON) with the look-ups that the Docker API needs. Heavy (1.1 s): include it in .cc files only,
// and <boost/json/fwd.hpp> in headers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json.hpp>

namespace berth {

namespace json = boost::json;

// The value of the text. Throws kInvalid with the byte's offset when it is not JSON.
json::value parse_json(std::string_view text);

// Text of the value. With `indent` 0 on one line, as Go's json.Marshal spaces it; else one member a line. Numbers are
// written as people read them (1.5, not 1.5E0). `escape_html` writes < > & as Go does (\u003c).
std::string format_json(const json::value& value, int indent = 0, bool escape_html = false);

// Members of `value`, where it is an object: nothing, or the fallback, when it is no object, has no such member, or
// that is null or of another type. An engine may leave out any member.
const json::value* find(const json::value& value, std::string_view name);
const json::object* find_object(const json::value& value, std::string_view name);
const json::array* find_array(const json::value& value, std::string_view name);
std::string text_of(const json::value& value, std::string_view name);
std::optional<std::string> optional_text_of(const json::value& value, std::string_view name);
std::int64_t integer_of(const json::value& value, std::string_view name);  // floating numbers are cut
bool flag_of(const json::value& value, std::string_view name);
std::vector<std::string> texts_of(const json::value& value, std::string_view name);
// The other way round: an array of strings.
json::array array_of(const std::vector<std::string>& texts);
// Members of an object of strings, in the order of the text.
std::vector<std::pair<std::string, std::string>> pairs_of(const json::value& value, std::string_view name);

}  // namespace berth
