#include "engine/ignore_patterns.h"

#include <filesystem>

#include "base/error.h"
#include "base/strings.h"

namespace berth::engine {

namespace {

// One step of a pattern.
struct Token {
  enum class Type {
    kCharacter,
    kAny,      // ? : one character but '/'
    kClass,    // [a-z], [^a-z]
    kStar,     // * : any number of characters but '/'
    kFolders,  // **/ and ** before more: nothing, or anything that ends with '/'
    kAll,      // ** at the end: anything
  };
  Type type = Type::kCharacter;
  char character = 0;
  bool negated = false;
  std::vector<std::pair<char, char>> ranges;
};

// Takes "[...]" at `i`, which is left after it. False when malformed.
bool read_class(std::string_view pattern, std::size_t& i, Token& token) {
  token.type = Token::Type::kClass;
  ++i;
  if (i < pattern.size() && pattern[i] == '^') {
    token.negated = true;
    ++i;
  }
  const auto next = [&]() -> int {
    if (i < pattern.size() && pattern[i] == '\\') ++i;
    return i < pattern.size() ? static_cast<unsigned char>(pattern[i++]) : -1;
  };
  while (i < pattern.size() && (pattern[i] != ']' || token.ranges.empty())) {
    if (pattern[i] == ']' || pattern[i] == '-') return false;  // Go's filepath.Match takes neither unescaped here
    const int low = next();
    int high = low;
    if (i < pattern.size() && pattern[i] == '-') {
      ++i;
      if (i >= pattern.size() || pattern[i] == ']' || pattern[i] == '-') return false;
      high = next();
    }
    if (low < 0 || high < low) return false;
    token.ranges.emplace_back(static_cast<char>(low), static_cast<char>(high));
  }
  if (i >= pattern.size()) return false;
  ++i;
  return true;
}

// Takes the stars at `i`, which is left after them.
Token read_stars(std::string_view pattern, std::size_t& i) {
  ++i;
  if (i >= pattern.size() || pattern[i] != '*') return {.type = Token::Type::kStar};
  ++i;
  if (i < pattern.size() && pattern[i] == '/') ++i;
  return {.type = i >= pattern.size() ? Token::Type::kAll : Token::Type::kFolders};
}

// False when malformed.
bool tokenize(std::string_view pattern, std::vector<Token>& out) {
  for (std::size_t i = 0; i < pattern.size();) {
    Token token;
    switch (pattern[i]) {
      case '*':
        token = read_stars(pattern, i);
        break;
      case '?':
        token.type = Token::Type::kAny;
        ++i;
        break;
      case '[':
        if (!read_class(pattern, i, token)) return false;
        break;
      case '\\':
        if (++i == pattern.size()) return false;
        [[fallthrough]];
      default:
        token.character = pattern[i++];
    }
    out.push_back(std::move(token));
  }
  return true;
}

bool in_class(const Token& token, char c) {
  const auto byte = [](char x) { return static_cast<unsigned char>(x); };
  bool found = false;
  for (const auto& [low, high] : token.ranges) found = found || (byte(low) <= byte(c) && byte(c) <= byte(high));
  return found != token.negated;
}

// Follows all ways through the pattern at once: `at[t]` says that the tokens before t match the path so far. So no
// pattern takes longer than its length times the path's.
bool matches(const std::vector<Token>& tokens, std::string_view path) {
  using Type = Token::Type;
  const auto pass_over_empty = [&](std::vector<bool>& at) {
    for (std::size_t t = 0; t < tokens.size(); ++t) {
      const Type type = tokens[t].type;
      if (at[t] && (type == Type::kStar || type == Type::kAll || type == Type::kFolders)) at[t + 1] = true;
    }
  };
  std::vector<bool> at(tokens.size() + 1);
  std::vector<bool> in_folders(tokens.size());  // inside the "anything" of a kFolders
  at[0] = true;
  pass_over_empty(at);
  for (const char c : path) {
    std::vector<bool> next(tokens.size() + 1);
    for (std::size_t t = 0; t < tokens.size(); ++t) {
      const Token& token = tokens[t];
      if (token.type == Type::kFolders) {
        in_folders[t] = in_folders[t] || at[t];
        if (in_folders[t] && c == '/') next[t + 1] = true;
        continue;
      }
      if (!at[t]) continue;
      switch (token.type) {
        case Type::kCharacter:
          if (c == token.character) next[t + 1] = true;
          break;
        case Type::kAny:
          if (c != '/') next[t + 1] = true;
          break;
        case Type::kClass:
          if (in_class(token, c)) next[t + 1] = true;
          break;
        case Type::kStar:
          if (c != '/') next[t] = true;
          break;
        case Type::kAll:
          next[t] = true;
          break;
        case Type::kFolders:
          break;
      }
    }
    pass_over_empty(next);
    at = std::move(next);
  }
  return at[tokens.size()];
}

// As Go's filepath.Clean: no "." parts, no "a/..", no '/' at the end.
std::string clean(std::string_view path) {
  std::string text = std::filesystem::path(path).lexically_normal().string();
  while (text.size() > 1 && text.ends_with('/')) text.pop_back();
  return text;
}

}  // namespace

struct IgnorePatterns::Pattern {
  std::string text;  // without the '!'
  bool brings_back = false;
  std::vector<Token> tokens;
};

IgnorePatterns::IgnorePatterns() = default;
IgnorePatterns::~IgnorePatterns() = default;
IgnorePatterns::IgnorePatterns(const IgnorePatterns&) = default;
IgnorePatterns& IgnorePatterns::operator=(const IgnorePatterns&) = default;

IgnorePatterns::IgnorePatterns(std::string_view text) {
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
  std::size_t number = 0;
  for (const std::string& line : split(text, '\n')) {
    ++number;
    if (line.starts_with('#')) continue;
    within("line " + std::to_string(number), [&] { add(line); });
  }
}

void IgnorePatterns::add(std::string_view line) {
  std::string_view rest = trim(line);
  if (rest.empty()) return;
  Pattern pattern;
  if (rest.starts_with('!')) {
    pattern.brings_back = true;
    rest = trim(rest.substr(1));
    if (rest.empty()) throw Error(Kind::kInvalid, "'!' alone isn't a pattern");
  }
  pattern.text = clean(rest);
  if (pattern.text.size() > 1 && pattern.text.front() == '/') pattern.text.erase(0, 1);
  if (!tokenize(pattern.text, pattern.tokens)) {
    throw Error(Kind::kInvalid, "'" + std::string(trim(line)) + "' is a malformed pattern");
  }
  patterns_.push_back(std::move(pattern));
}

// Goes down from the first folder, as docker's walk does: a pattern that matched a folder goes on matching below it.
// Where a pattern could change nothing it isn't looked at, and so doesn't count for what is below either.
bool IgnorePatterns::ignores(std::string_view path) const {
  std::vector<bool> matched_above(patterns_.size());
  bool ignored = false;
  for (std::size_t begin = 0, end = 0; end != std::string_view::npos; begin = end + 1) {
    end = path.find('/', begin);
    const std::string_view part = path.substr(0, end);
    ignored = false;
    for (std::size_t i = 0; i < patterns_.size(); ++i) {
      const Pattern& pattern = patterns_[i];
      if (!matched_above[i]) {
        if (pattern.brings_back != ignored) continue;
        matched_above[i] = matches(pattern.tokens, part);
      }
      if (matched_above[i]) ignored = !pattern.brings_back;
    }
  }
  return ignored;
}

bool IgnorePatterns::may_include_below(std::string_view path) const {
  const std::string folder = std::string(path) + "/";
  for (const Pattern& pattern : patterns_) {
    if (!pattern.brings_back) continue;
    const bool literal = pattern.text.find_first_of("*?[\\") == std::string::npos;
    if (!literal || (pattern.text + "/").starts_with(folder)) return true;
  }
  return false;
}

}  // namespace berth::engine
