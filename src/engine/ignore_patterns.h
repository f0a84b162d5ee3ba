// Which files of a build's context aren't sent.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace berth::engine {

// Patterns of a .dockerignore file; the last that matches a path decides. Source: the Dockerfile reference,
// ".dockerignore file", and how moby's patternmatcher reads it. A value; const calls from any thread.
class IgnorePatterns {
 public:
  IgnorePatterns();  // ignores nothing
  // Throws kInvalid with the line of a malformed pattern.
  explicit IgnorePatterns(std::string_view text);
  ~IgnorePatterns();
  IgnorePatterns(const IgnorePatterns&);
  IgnorePatterns& operator=(const IgnorePatterns&);

  // One more pattern, "!name" to bring it back. Throws kInvalid.
  void add(std::string_view pattern);

  // Whether `path` (relative, '/' between its parts) is left out, by itself or with a folder that it is in.
  bool ignores(std::string_view path) const;
  // Whether a `!` pattern may bring back something under the ignored folder `path`, so that it must be walked.
  bool may_include_below(std::string_view path) const;

 private:
  struct Pattern;
  std::vector<Pattern> patterns_;
};

}  // namespace berth::engine
