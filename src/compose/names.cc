#include "compose/names.h"

#include "base/strings.h"

namespace berth::compose {

std::string normalize_project_name(std::string_view name) {
  std::string kept;
  for (const char c : to_lower(name)) {
    const bool is_letter_or_digit = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (is_letter_or_digit || (!kept.empty() && (c == '-' || c == '_'))) kept += c;
  }
  return kept;
}

bool is_project_name(std::string_view name) { return !name.empty() && normalize_project_name(name) == name; }

}  // namespace berth::compose
