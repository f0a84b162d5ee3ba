// Points in time as --since and --until take them.
#pragma once

#include <optional>
#include <string_view>

#include "cli/command.h"
#include "engine/types.h"

namespace berth::cli {

// RFC 3339 with or without its end ("2024-05-01", "2024-05-01T10:00", local time where no zone is given), seconds since
// 1970 ("1714557600.5"), or a duration before `now` ("42m"). Nothing when it is none. Source: docker logs.
std::optional<engine::Time> parse_log_time(std::string_view text, engine::Time now);

// The value of such an option, nothing when it is not given. Throws kInvalid.
std::optional<engine::Time> time_flag(const Arguments& arguments, const char* name);

}  // namespace berth::cli
