#include <cctype>
#include <optional>

#include "base/error.h"
#include "base/strings.h"
#include "cli/template_ast.h"

namespace berth::cli::template_ast {

namespace {

[[noreturn]] void refuse(const std::string& message) { throw Error(Kind::kInvalid, "template: " + message); }

bool is_name_start(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_'; }
bool is_name(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

struct Token {
  enum class Kind { kName, kField, kDot, kVariable, kLiteral, kMark, kEnd };
  Kind kind = Kind::kEnd;
  std::string text;  // name, field, variable (without $) or mark: | ( ) , := =
  json::value literal;
  bool glued = false;  // no blank before: `.A.B`, `$x.A`, `(...).A`
};

// What stands between {{ and }}, as tokens.
class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  std::vector<Token> tokens() {
    std::vector<Token> all;
    for (;;) {
      const std::size_t before = at_;
      while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])) != 0) ++at_;
      if (at_ == text_.size()) break;
      const bool glued = at_ == before && at_ != 0;
      all.push_back(next());
      all.back().glued = glued;
    }
    all.emplace_back();
    return all;
  }

 private:
  Token next() {
    const char c = text_[at_];
    if (c == '"') return {Token::Kind::kLiteral, "", json::value(json::string(quoted())), false};
    if (c == '`') return {Token::Kind::kLiteral, "", json::value(json::string(raw())), false};
    if (c == '.' && at_ + 1 < text_.size() && is_name_start(text_[at_ + 1])) {
      ++at_;
      return {Token::Kind::kField, name(), nullptr, false};
    }
    if (c == '.') return ++at_, Token{Token::Kind::kDot, "", nullptr, false};
    if (c == '$') return ++at_, Token{Token::Kind::kVariable, name(), nullptr, false};
    if (std::isdigit(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '+') return number();
    if (is_name_start(c)) return {Token::Kind::kName, name(), nullptr, false};
    if (text_.substr(at_, 2) == ":=") return at_ += 2, Token{Token::Kind::kMark, ":=", nullptr, false};
    if (std::string_view("|(),=").find(c) == std::string_view::npos) {
      refuse("unexpected '" + std::string(1, c) + "' in '{{" + std::string(text_) + "}}'");
    }
    return ++at_, Token{Token::Kind::kMark, std::string(1, c), nullptr, false};
  }

  std::string name() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && is_name(text_[at_])) ++at_;
    return std::string(text_.substr(begin, at_ - begin));
  }

  Token number() {
    const std::size_t begin = at_++;
    while (at_ < text_.size() && (is_name(text_[at_]) || text_[at_] == '.')) ++at_;
    const std::string_view text = text_.substr(begin, at_ - begin);
    if (const auto whole = parse_integer(text)) return {Token::Kind::kLiteral, "", json::value(*whole), false};
    if (const auto real = parse_number(text)) return {Token::Kind::kLiteral, "", json::value(*real), false};
    refuse("bad number '" + std::string(text) + "'");
  }

  std::string raw() {
    const std::size_t end = text_.find('`', at_ + 1);
    if (end == std::string_view::npos) refuse("unterminated raw string");
    std::string value(text_.substr(at_ + 1, end - at_ - 1));
    at_ = end + 1;
    return value;
  }

  std::string quoted() {
    std::string value;
    for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_) {
      if (text_[at_] != '\\') {
        value += text_[at_];
        continue;
      }
      if (++at_ == text_.size()) break;
      switch (text_[at_]) {
        case 'n':
          value += '\n';
          break;
        case 't':
          value += '\t';
          break;
        case 'r':
          value += '\r';
          break;
        case '"':
        case '\\':
        case '\'':
          value += text_[at_];
          break;
        default:
          refuse("unknown escape '\\" + std::string(1, text_[at_]) + "' in a string");
      }
    }
    if (at_ == text_.size()) refuse("unterminated string in '{{" + std::string(text_) + "}}'");
    ++at_;
    return value;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

// The tokens of one action to a pipeline.
class PipelineParser {
 public:
  PipelineParser(std::string_view action, const std::vector<Token>& tokens, std::size_t at)
      : action_(action), tokens_(tokens), at_(at) {}

  Pipeline whole() {
    Pipeline pipeline = parse();
    if (tokens_[at_].kind != Token::Kind::kEnd) fail("unexpected '" + tokens_[at_].text + "'");
    return pipeline;
  }

 private:
  [[noreturn]] void fail(const std::string& message) const {
    refuse(message + " in '{{" + std::string(action_) + "}}'");
  }

  bool is_mark(std::string_view text, std::size_t ahead = 0) const {
    const std::size_t index = at_ + ahead;
    return index < tokens_.size() && tokens_[index].kind == Token::Kind::kMark && tokens_[index].text == text;
  }

  Pipeline parse() {
    Pipeline pipeline;
    take_variables(pipeline);
    for (;;) {
      pipeline.commands.push_back(command());
      if (!is_mark("|")) return pipeline;
      ++at_;
    }
  }

  void take_variables(Pipeline& pipeline) {
    if (tokens_[at_].kind != Token::Kind::kVariable) return;
    const bool two = is_mark(",", 1);
    const std::size_t mark = two ? 3 : 1;
    if (!is_mark(":=", mark) && !is_mark("=", mark)) return;
    pipeline.variables.push_back(tokens_[at_].text);
    if (two) {
      if (tokens_[at_ + 2].kind != Token::Kind::kVariable) fail("a variable must follow ','");
      pipeline.variables.push_back(tokens_[at_ + 2].text);
    }
    pipeline.declares = is_mark(":=", mark);
    at_ += mark + 1;
  }

  Command command() {
    Command result;
    while (tokens_[at_].kind != Token::Kind::kEnd && !is_mark("|") && !is_mark(")")) {
      result.words.push_back(operand());
    }
    if (result.words.empty()) fail("missing value");
    const Operand& first = result.words.front();
    if (first.base == Operand::Base::kLiteral && result.words.size() > 1) fail("a literal takes no arguments");
    return result;
  }

  Operand operand() {
    const Token& token = tokens_[at_++];
    Operand result;
    switch (token.kind) {
      case Token::Kind::kDot:
        break;
      case Token::Kind::kField:
        result.fields.push_back(token.text);
        break;
      case Token::Kind::kVariable:
        result.base = token.text.empty() ? Operand::Base::kRoot : Operand::Base::kVariable;
        result.name = token.text;
        break;
      case Token::Kind::kLiteral:
        result.base = Operand::Base::kLiteral;
        result.literal = token.literal;
        break;
      case Token::Kind::kName:
        name_operand(token.text, result);
        break;
      default:
        if (token.text != "(") fail("unexpected '" + token.text + "'");
        result.base = Operand::Base::kParenthesis;
        result.inner = std::make_shared<const Pipeline>(parse());
        if (!is_mark(")")) fail("missing ')'");
        ++at_;
    }
    while (tokens_[at_].kind == Token::Kind::kField && tokens_[at_].glued) {
      result.fields.push_back(tokens_[at_++].text);
    }
    return result;
  }

  void name_operand(const std::string& name, Operand& result) const {
    result.base = Operand::Base::kLiteral;
    if (name == "true" || name == "false") {
      result.literal = name == "true";
    } else if (name != "nil") {
      if (!is_function(name)) fail("function '" + name + "' is not known");
      result.base = Operand::Base::kFunction;
      result.name = name;
    }
  }

  std::string_view action_;
  const std::vector<Token>& tokens_;
  std::size_t at_;
};

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  std::vector<Node> whole() {
    std::vector<Node> nodes = list();
    if (!closing_.empty()) refuse("'{{" + closing_ + "}}' without a block to close");
    return nodes;
  }

 private:
  // Nodes up to the end of the text, or {{end}} or {{else ...}}, whose words are then in closing_.
  std::vector<Node> list() {
    std::vector<Node> nodes;
    closing_.clear();
    while (at_ < text_.size()) {
      std::size_t open = text_.find("{{", at_);
      take_text(nodes, text_.substr(at_, open == std::string_view::npos ? open : open - at_), open);
      if (open == std::string_view::npos) break;
      const std::string action = take_action();
      if (!action.empty() && !add(nodes, action)) return nodes;
    }
    at_ = text_.size();
    return nodes;
  }

  void take_text(std::vector<Node>& nodes, std::string_view text, std::size_t open) {
    if (trim_next_) text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
    trim_next_ = false;
    const std::string_view after = open == std::string_view::npos ? "" : text_.substr(open + 2, 2);
    if (after.size() == 2 && after[0] == '-' && std::isspace(static_cast<unsigned char>(after[1])) != 0) {
      text = text.substr(0, text.find_last_not_of(" \t\r\n") + 1);
    }
    at_ = open == std::string_view::npos ? text_.size() : open + 2;
    if (text.empty()) return;
    Node node;
    node.text = std::string(text);
    nodes.push_back(std::move(node));
  }

  // The words up to }}, which is passed; empty for a comment.
  std::string take_action() {
    const std::size_t begin = at_;
    char quote = 0;
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (quote != 0) {
        if (c == '\\' && quote == '"') ++at_;
        if (c == quote) quote = 0;
      } else if (c == '"' || c == '`') {
        quote = c;
      } else if (text_.substr(at_, 2) == "/*") {
        const std::size_t end = text_.find("*/", at_);
        if (end == std::string_view::npos) refuse("unclosed comment");
        at_ = end + 1;
      } else if (text_.substr(at_, 2) == "}}") {
        std::string_view action = trim(text_.substr(begin, at_ - begin));
        at_ += 2;
        if (action.starts_with("- ") || action == "-") action.remove_prefix(1);
        if (action.ends_with(" -") || action == "-") {
          action.remove_suffix(1);
          trim_next_ = true;
        }
        action = trim(action);
        if (action.starts_with("/*") && action.ends_with("*/")) return {};
        if (action.empty()) refuse("missing value in '{{}}'");
        return std::string(action);
      }
    }
    refuse("unclosed action '{{" + std::string(text_.substr(begin)) + "'");
  }

  // False when the action closes the list.
  bool add(std::vector<Node>& nodes, const std::string& action) {
    const std::vector<Token> tokens = Lexer(action).tokens();
    const std::string word = tokens[0].kind == Token::Kind::kName ? tokens[0].text : std::string();
    if (word == "end" || word == "else") {
      closing_ = action;
      return false;
    }
    Node node;
    if (word == "if" || word == "range" || word == "with") {
      node.kind = word == "if" ? Node::Kind::kIf : word == "range" ? Node::Kind::kRange : Node::Kind::kWith;
      take_block(node, action, tokens, 1);
    } else if (word == "break" || word == "continue") {
      node.kind = word == "break" ? Node::Kind::kBreak : Node::Kind::kContinue;
      if (ranges_ == 0) refuse("'{{" + word + "}}' outside of a range");
    } else if (word == "define" || word == "template" || word == "block") {
      refuse("'{{" + word + "}}' is not supported");
    } else {
      node.kind = Node::Kind::kAction;
      node.pipeline = PipelineParser(action, tokens, 0).whole();
    }
    nodes.push_back(std::move(node));
    return true;
  }

  void take_block(Node& node, const std::string& action, const std::vector<Token>& tokens, std::size_t from) {
    node.pipeline = PipelineParser(action, tokens, from).whole();
    if (node.kind == Node::Kind::kRange) ++ranges_;
    node.body = list();
    if (node.kind == Node::Kind::kRange) --ranges_;
    if (closing_.empty()) refuse("'{{" + action + "}}' has no '{{end}}'");
    const std::string closing = closing_;
    const std::vector<Token> words = Lexer(closing).tokens();
    if (words[0].text == "else" && words[1].kind == Token::Kind::kEnd) {
      node.otherwise = list();
      if (closing_ != "end") refuse("'{{" + action + "}}' has no '{{end}}'");
    } else if (words[0].text == "else") {  // {{else if x}}: an if inside, which takes the {{end}} too
      if (words[1].text != "if" && words[1].text != "with") refuse("unexpected '{{" + closing + "}}'");
      Node inner;
      inner.kind = words[1].text == "if" ? Node::Kind::kIf : Node::Kind::kWith;
      take_block(inner, closing, words, 2);
      node.otherwise.push_back(std::move(inner));
    }
    closing_.clear();
  }

  std::string_view text_;
  std::size_t at_ = 0;
  bool trim_next_ = false;
  int ranges_ = 0;
  std::string closing_;
};

}  // namespace

std::vector<Node> parse_template(std::string_view text) { return Parser(text).whole(); }

}  // namespace berth::cli::template_ast
