// Where in a text something stands, and what is wrong there.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace berth::yaml {

// A file's name in four bytes, so that every node can carry it. Names are interned and live as long as the program; any
// thread may make and read them.
class FileName {
 public:
  FileName() = default;  // no file: the name is empty
  explicit FileName(std::string_view name);
  const std::string& str() const;
  bool operator==(const FileName&) const = default;

 private:
  std::uint32_t index_ = 0;
};

// Line and column count from 1, columns in characters; a line of 0 means that the thing was not read from a text.
struct Position {
  FileName file;
  std::uint32_t line = 0;
  std::uint32_t column = 0;

  bool known() const { return line != 0; }
  // "compose.yaml:7:9", or only the file's name, or nothing, as far as known.
  std::string str() const;
  bool operator==(const Position&) const = default;
};

// One fault found in a text. A value: a reader collects as many as it can find.
struct Diagnostic {
  Position position;
  std::string path;  // such as services.web.ports[0]; empty for the text as a whole
  std::string message;
  bool of_one_value = false;  // it can stand as it is written while the rest is judged

  // "compose.yaml:7:9: services.web.ports[0]: must be a string", parts that are not known left out.
  std::string str() const;
};

// What a reader has to say besides its result.
struct Findings {
  std::vector<Diagnostic> faults;
  std::vector<Diagnostic> warnings;

  // Whether there is nothing but faults of single values, so that what comes next can look for more. What was found
  // about such a value, or below it, after its own fault is no news: it is dropped first.
  bool may_go_on();

  // Adds a warning unless the same message is there already, wherever it stands.
  void warn_once(Position position, std::string message);
};

// One diagnostic a line, in the order of their positions; what is said twice is said once.
std::string to_text(std::vector<Diagnostic> diagnostics);

// A kInvalid error with all of them in its message. `diagnostics` must not be empty.
Error to_error(std::vector<Diagnostic> diagnostics);

}  // namespace berth::yaml
