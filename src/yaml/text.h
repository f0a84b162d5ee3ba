// UTF-8 characters as the emitters see them, and texts that other readers of YAML take for more than a string.
#pragma once

#include <cstddef>
#include <string_view>

namespace berth::yaml {

struct Character {
  char32_t code = 0;
  std::size_t width = 1;  // in bytes

  // Line feed, carriage return, next line, line and paragraph separator.
  bool is_break() const;
  // What YAML lets stand in a document unescaped. Not the tab, which is judged apart, and not the byte order mark.
  bool is_printable() const;
};

// The character at `offset`, which must be in the text. A malformed byte counts as one character of width 1, U+FFFD.
Character read_character(std::string_view text, std::size_t offset);

bool is_utf8(std::string_view text);

// YAML 1.1's sexagesimal numbers, such as 12:30:45.
bool is_base_60_number(std::string_view text);

// A date, or a date and time, as go-yaml reads one: 2001-12-14, 2001-12-14T21:59:43.10Z, 2001-12-14 21:59:43.
bool is_timestamp(std::string_view text);

// go-yaml's order of keys: numbers in them by their value, other signs before letters.
bool naturally_less(std::string_view a, std::string_view b);

}  // namespace berth::yaml
