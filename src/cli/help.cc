#include "cli/help.h"

#include <algorithm>

#include "base/strings.h"

namespace berth::cli {

namespace {

// `text` in lines of at most `width` columns, broken at blanks.
std::vector<std::string> fold(std::string_view text, std::size_t width) {
  std::vector<std::string> lines(1);
  for (const std::string& word : split(text, ' ')) {
    std::string& line = lines.back();
    if (!line.empty() && display_width(line) + 1 + display_width(word) > width) {
      lines.push_back(word);
    } else {
      line += (line.empty() ? "" : " ") + word;
    }
  }
  return lines;
}

std::string left_column(const Flag& flag) {
  std::string text = flag.shorthand != 0 ? std::string("  -") + flag.shorthand + ", --" : "      --";
  text += flag.name;
  if (flag.type != Flag::Type::kBool) text += " " + flag.type_name;
  return text;
}

std::string options_text(const std::vector<const Flag*>& flags, std::size_t width) {
  std::size_t widest = 0;
  for (const Flag* flag : flags) widest = std::max(widest, left_column(*flag).size());
  std::string text = "\nOptions:\n";
  for (const Flag* flag : flags) {
    std::string left = left_column(*flag);
    for (const std::string& line : fold(description(*flag), std::max<std::size_t>(24, width - widest - 3))) {
      left.resize(widest + 3, ' ');
      text += left + line + "\n";
      left.clear();
    }
  }
  return text;
}

std::string commands_text(const std::vector<Command>& commands) {
  const std::vector<const Command*> listed = listed_commands(commands);
  std::size_t widest = 0;
  for (const Command* command : listed) widest = std::max(widest, command->name.size());
  std::string text = "\nCommands:\n";
  for (const Command* command : listed) {
    text += "  " + command->name + std::string(widest + 2 - command->name.size(), ' ') + command->summary + "\n";
  }
  return text;
}

}  // namespace

std::string description(const Flag& flag) {
  std::string text = flag.help;
  if (!flag.choices.empty() && text.find('"') == std::string::npos) text += " (" + join(flag.choices, "|") + ")";
  if (flag.default_text.empty() || flag.default_text == "false") return text;
  const bool quote = flag.type == Flag::Type::kText || flag.type == Flag::Type::kTexts;
  return text + " (default " + (quote ? "\"" + flag.default_text + "\"" : flag.default_text) + ")";
}

std::vector<const Flag*> listed_flags(const Command& command, const std::vector<const Command*>& above) {
  std::vector<const Flag*> flags;
  for (const Flag& flag : command.flags) {
    if (!flag.hidden) flags.push_back(&flag);
  }
  for (const Command* parent : above) {
    for (const Flag& flag : parent->flags) {
      if (flag.persistent && !flag.hidden) flags.push_back(&flag);
    }
  }
  std::sort(flags.begin(), flags.end(), [](const Flag* a, const Flag* b) { return a->name < b->name; });
  return flags;
}

std::vector<const Command*> listed_commands(const std::vector<Command>& commands) {
  std::vector<const Command*> listed;
  for (const Command& command : commands) {
    if (!command.hidden) listed.push_back(&command);
  }
  std::sort(listed.begin(), listed.end(), [](const Command* a, const Command* b) { return a->name < b->name; });
  return listed;
}

std::string_view long_help(const Command& command, const std::vector<const Command*>& above) {
  std::string page;
  for (const Command* parent : above) page += (parent->name == "berth" ? "" : parent->name + "/");
  return long_help(page + command.name);
}

std::string fold_page(std::string_view page, std::size_t width) {
  std::string text;
  std::string paragraph;
  const auto end_paragraph = [&] {
    if (!paragraph.empty()) text += join(fold(paragraph, width), "\n") + "\n";
    paragraph.clear();
  };
  constexpr std::string_view kKept = " |*-";  // examples, tables and lists stay as they are
  while (page.ends_with('\n')) page.remove_suffix(1);
  for (const std::string& line : split(page, '\n')) {
    const bool kept = line.empty() || (kKept.find(line.front()) != kKept.npos && !line.starts_with("--"));
    if (kept) {
      end_paragraph();
      text += line + "\n";
    } else {
      paragraph += (paragraph.empty() ? "" : " ") + line;
    }
  }
  end_paragraph();
  return text;
}

std::string help_text(const Command& command, const std::vector<const Command*>& above, const std::string& program,
                      int width) {
  std::string name = program;
  for (std::size_t i = 1; i < above.size(); ++i) name += " " + above[i]->name;
  if (!above.empty()) name += " " + command.name;
  std::string text = "Usage:  " + name + (command.usage.empty() ? "" : " " + command.usage) + "\n";
  if (!command.summary.empty()) text += "\n" + command.summary + "\n";
  if (!command.aliases.empty()) text += "\nAliases:\n  " + name + ", " + join(command.aliases, ", ") + "\n";
  const auto flags = listed_flags(command, above);
  if (!flags.empty()) text += options_text(flags, static_cast<std::size_t>(std::max(width, 60)));
  if (!command.children.empty()) text += commands_text(command.children);
  const std::string_view more = long_help(command, above);
  if (!more.empty()) text += "\n" + fold_page(more, static_cast<std::size_t>(std::max(width, 60)));
  if (!command.children.empty()) text += "\nRun '" + name + " COMMAND --help' for more information on a command.\n";
  return text;
}

}  // namespace berth::cli
