#include "cli/parser.h"

#include <algorithm>
#include <stdexcept>

#include "base/error.h"
#include "base/strings.h"

namespace berth::cli {

namespace {

Flag make_flag(Flag::Type type, std::string type_name, std::string name, char shorthand, std::string help) {
  Flag flag;
  flag.name = std::move(name);
  flag.shorthand = shorthand;
  flag.type = type;
  flag.type_name = std::move(type_name);
  flag.help = std::move(help);
  return flag;
}

[[noreturn]] void refuse(const std::string& message) { throw Error(Kind::kInvalid, message); }

std::optional<bool> parse_bool(std::string_view text) {
  for (const std::string_view yes : {"1", "t", "T", "true", "TRUE", "True"}) {
    if (text == yes) return true;
  }
  for (const std::string_view no : {"0", "f", "F", "false", "FALSE", "False"}) {
    if (text == no) return false;
  }
  return std::nullopt;
}

// The flag as the user knows it: "-d, --detach".
std::string display(const Flag& flag) {
  std::string text = flag.shorthand != 0 ? std::string("-") + flag.shorthand + ", " : std::string();
  return text + "--" + flag.name;
}

void check_value(const Flag& flag, const std::string& value) {
  const auto invalid = [&](const std::string& reason) {
    refuse("invalid argument \"" + value + "\" for \"" + display(flag) + "\" flag: " + reason);
  };
  if (flag.type == Flag::Type::kInteger && !parse_integer(value)) invalid("not a whole number");
  if (flag.type == Flag::Type::kBool && !parse_bool(value)) invalid("neither true nor false");
  if (!flag.choices.empty() && std::find(flag.choices.begin(), flag.choices.end(), value) == flag.choices.end()) {
    invalid("must be one of " + join(flag.choices, ", "));
  }
}

}  // namespace

Flag flag(std::string name, char shorthand, std::string help) {
  return make_flag(Flag::Type::kBool, "", std::move(name), shorthand, std::move(help));
}
Flag text_flag(std::string name, char shorthand, std::string help) {
  return make_flag(Flag::Type::kText, "string", std::move(name), shorthand, std::move(help));
}
Flag integer_flag(std::string name, char shorthand, std::string help) {
  return make_flag(Flag::Type::kInteger, "int", std::move(name), shorthand, std::move(help));
}
Flag texts_flag(std::string name, char shorthand, std::string help) {
  return make_flag(Flag::Type::kTexts, "stringArray", std::move(name), shorthand, std::move(help));
}

const Arguments::Value& Arguments::find(std::string_view name) const {
  // Later commands come last, so that a command's own flag hides one of the same name above it.
  for (auto value = values_.rbegin(); value != values_.rend(); ++value) {
    if (value->flag->name == name) return *value;
  }
  throw std::logic_error("no flag --" + std::string(name));
}

bool Arguments::given(std::string_view name) const { return find(name).given; }

bool Arguments::on(std::string_view name) const {
  const Value& value = find(name);
  return !value.values.empty() && parse_bool(value.values.back()).value_or(false);
}

std::string Arguments::text(std::string_view name) const { return optional_text(name).value_or(std::string()); }

std::optional<std::string> Arguments::optional_text(std::string_view name) const {
  const Value& value = find(name);
  if (value.values.empty()) return std::nullopt;
  return value.values.back();
}

std::optional<long long> Arguments::integer(std::string_view name) const {
  const auto text = optional_text(name);
  return text ? parse_integer(*text) : std::nullopt;
}

std::vector<std::string> Arguments::texts(std::string_view name) const { return find(name).values; }

// Walks down the tree and the words together.
class Parser {
 public:
  Parser(const Command& root, const std::vector<std::string>& words, const Environment& environment)
      : words_(words), environment_(environment) {
    enter(root);
  }

  Parsed parse() {
    for (; at_ < words_.size(); ++at_) {
      const std::string& word = words_[at_];
      if (flags_end_ || word.size() < 2 || word[0] != '-') {
        take_argument(word);
      } else if (word == "--") {
        flags_end_ = true;
      } else if (word[1] == '-') {
        take_long(word);
      } else {
        take_short(word);
      }
    }
    return std::move(parsed_);
  }

 private:
  void enter(const Command& found) {
    if (found.adapt) {
      parsed_.adapted = std::make_unique<Command>(found);
      const auto rest = words_.begin() + static_cast<std::ptrdiff_t>(std::min(at_ + 1, words_.size()));
      found.adapt(*parsed_.adapted, environment_, {rest, words_.end()});
    }
    const Command& command = found.adapt ? *parsed_.adapted : found;
    parsed_.path.push_back(&command);
    for (const Flag& flag : command.flags) {
      Arguments::Value value{&flag, {}, false};
      const auto from_environment = flag.environment.empty() ? std::nullopt : environment_.get(flag.environment);
      if (from_environment && !from_environment->empty()) {
        value.values = {*from_environment};
      } else if (!flag.default_text.empty()) {
        value.values = {flag.default_text};
      }
      parsed_.arguments.values_.push_back(std::move(value));
    }
  }

  void take_argument(const std::string& word) {
    const Command& command = *parsed_.path.back();
    if (command.children.empty() || flags_end_) {
      parsed_.arguments.rest.push_back(word);
      if (command.stops_at_first_argument) flags_end_ = true;
      return;
    }
    if (word == "help" && !command.run) {
      parsed_.help = true;
      return;
    }
    std::vector<std::string> names;
    for (const Command& child : command.children) {
      names.push_back(child.name);
      const bool alias = std::find(child.aliases.begin(), child.aliases.end(), word) != child.aliases.end();
      if (child.name == word || alias) return enter(child);
    }
    if (command.run) {
      parsed_.arguments.rest.push_back(word);
      return;
    }
    const auto meant = nearest(word, names);
    refuse("unknown command: \"" + word + "\"" + (meant ? ", did you mean \"" + *meant + "\"?" : std::string()));
  }

  // The value slot of a flag that may be given here: the command's own, or a persistent one from above.
  template <typename Matches>
  Arguments::Value* find(Matches matches) {
    const Command& command = *parsed_.path.back();
    auto& values = parsed_.arguments.values_;
    for (auto value = values.rbegin(); value != values.rend(); ++value) {
      const Flag* own = command.flags.data();
      const bool is_own = value->flag >= own && value->flag < own + command.flags.size();
      if ((is_own || value->flag->persistent) && matches(*value->flag)) return &*value;
    }
    return nullptr;
  }

  static void store(Arguments::Value& slot, std::string value) {
    check_value(*slot.flag, value);
    if (!slot.given || slot.flag->type != Flag::Type::kTexts) slot.values.clear();
    slot.given = true;
    slot.values.push_back(std::move(value));
  }

  std::string next_word(const std::string& for_flag) {
    if (at_ + 1 >= words_.size()) refuse("flag needs an argument: " + for_flag);
    return words_[++at_];
  }

  void take_long(const std::string& word) {
    const auto [name, value] = cut(std::string_view(word).substr(2), '=');
    Arguments::Value* slot = find([&, wanted = name](const Flag& flag) { return flag.name == wanted; });
    if (slot == nullptr && name == "help") {
      parsed_.help = true;
      return;
    }
    if (slot == nullptr) refuse_unknown(std::string(name));
    if (value) return store(*slot, std::string(*value));
    store(*slot, slot->flag->type == Flag::Type::kBool ? "true" : next_word(word));
  }

  [[noreturn]] void refuse_unknown(const std::string& name) {
    std::vector<std::string> names;
    for (const Flag& flag : parsed_.path.back()->flags) names.push_back(flag.name);
    const auto meant = nearest(name, names);
    refuse("unknown flag: --" + name + (meant ? ", did you mean --" + *meant + "?" : std::string()));
  }

  void take_short(const std::string& word) {
    for (std::size_t i = 1; i < word.size(); ++i) {
      const char letter = word[i];
      Arguments::Value* slot = find([&](const Flag& flag) { return flag.shorthand == letter; });
      if (slot == nullptr && letter == 'h') {
        parsed_.help = true;
        continue;
      }
      if (slot == nullptr) refuse("unknown shorthand flag: '" + std::string(1, letter) + "' in " + word);
      const bool assigned = i + 1 < word.size() && word[i + 1] == '=';
      if (slot->flag->type == Flag::Type::kBool && !assigned) {
        store(*slot, "true");
        continue;
      }
      const std::string value = word.substr(std::min(word.size(), assigned ? i + 2 : i + 1));
      store(*slot, value.empty() && !assigned ? next_word("'" + std::string(1, letter) + "' in " + word) : value);
      return;
    }
  }

  const std::vector<std::string>& words_;
  const Environment& environment_;
  Parsed parsed_;
  std::size_t at_ = 0;
  bool flags_end_ = false;
};

Parsed parse(const Command& root, const std::vector<std::string>& words, const Environment& environment) {
  return Parser(root, words, environment).parse();
}

}  // namespace berth::cli
