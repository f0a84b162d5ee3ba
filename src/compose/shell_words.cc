#include "compose/shell_words.h"

namespace berth::compose {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

class Splitter {
 public:
  std::optional<ShellWords> split(std::string_view line) {
    for (const char c : line) {
      if (!take(c)) return std::nullopt;
      if (result_.stopped_at) break;
    }
    if (has_word_) result_.words.push_back(word_);
    if (escaped_ || single_ || double_ || back_ || bracket_) return std::nullopt;
    return result_;
  }

 private:
  // False when the line cannot be read.
  bool take(char c) {
    if (escaped_) {
      escaped_ = false;
      add(c == 't' ? '\t' : c == 'n' ? '\n' : c);
    } else if (c == '\\' && !single_) {
      escaped_ = true;
    } else if (is_blank(c)) {
      blank(c);
    } else {
      return special(c);
    }
    return true;
  }

  void blank(char c) {
    if (single_ || double_ || back_ || bracket_) {
      word_ += c;
    } else if (has_word_) {
      result_.words.push_back(std::move(word_));
      word_.clear();
      has_word_ = false;
    }
  }

  bool special(char c) {
    if (c == '`' && !single_ && !double_ && !bracket_) {
      back_ = !back_;
    } else if (c == ')' && !single_ && !double_ && !back_) {
      bracket_ = !bracket_;
    } else if (c == '(' && !single_ && !double_ && !back_) {
      if (bracket_ || !word_.ends_with('$')) return false;
      bracket_ = true;
      word_ += '(';
      return true;
    } else if (c == '"' && !single_ && !bracket_) {
      if (double_) has_word_ = true;
      double_ = !double_;
      return true;
    } else if (c == '\'' && !double_ && !bracket_) {
      if (single_) has_word_ = true;
      single_ = !single_;
      return true;
    } else if (std::string_view(";&|<>").find(c) != std::string_view::npos &&
               !(single_ || double_ || back_ || bracket_)) {
      // A number before > is the stream that it redirects.
      if (c == '>' && !word_.empty() && word_[0] >= '0' && word_[0] <= '9') has_word_ = false;
      result_.stopped_at = c;
      return true;
    }
    add(c);
    return true;
  }

  void add(char c) {
    word_ += c;
    has_word_ = true;
  }

  ShellWords result_;
  std::string word_;
  bool has_word_ = false;
  bool escaped_ = false;
  bool single_ = false;
  bool double_ = false;
  bool back_ = false;
  bool bracket_ = false;
};

}  // namespace

std::optional<ShellWords> split_shell_words(std::string_view line) { return Splitter().split(line); }

}  // namespace berth::compose
