#include "cli/help.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/files.h"
#include "base/strings.h"
#include "cli/commands.h"
#include "cli/parser.h"

namespace berth::cli {
namespace {

// Words of an example up to its comment, pipe or end, as a shell takes them apart. No example has more than quotes.
std::vector<std::string> words_of(std::string_view example) {
  std::vector<std::string> words;
  std::string word;
  bool begun = false;
  char quote = 0;
  for (const char c : example) {
    if (quote == 0 && !begun && (c == '#' || c == '|' || c == '>' || c == '&')) break;
    if (quote != 0 ? c == quote : c == '\'' || c == '"') {
      quote = quote != 0 ? 0 : c;
      begun = true;
    } else if (quote == 0 && (c == ' ' || c == ')')) {
      if (begun) words.push_back(std::exchange(word, ""));
      begun = false;
    } else {
      word += c;
      begun = true;
    }
  }
  if (begun) words.push_back(word);
  return words;
}

// Calls `visit` with each page's name and text.
void for_each_page(const Command& command, std::vector<const Command*>& above, const auto& visit) {
  std::string name;
  for (const Command* parent : above) name += parent->name + " ";
  visit(name + command.name, long_help(command, above));
  above.push_back(&command);
  for (const Command& child : command.children) for_each_page(child, above, visit);
  above.pop_back();
}

// Parses each example of the text; returns how many there are.
std::size_t check_examples(const std::string& page, std::string_view text) {
  static const Command root = berth_command();
  std::size_t examples = 0;
  for (const std::string& line : split(text, '\n')) {
    const std::size_t begin = line.find("berth ");
    if (!line.starts_with("    ") || begin == std::string::npos) continue;
    if (begin != 4 && line[begin - 1] != '(' && line[begin - 1] != ' ') continue;
    SCOPED_TRACE(page + ": " + line);
    ++examples;
    const std::vector<std::string> words = words_of(std::string_view(line).substr(begin));
    try {
      const Parsed parsed = parse(root, {words.begin() + 1, words.end()}, Environment());
      EXPECT_TRUE(parsed.help || parsed.path.back()->run) << "it names a group of commands";
    } catch (const Error& e) {
      ADD_FAILURE() << e.message();
    }
  }
  return examples;
}

TEST(Help, ItsExamplesAreCommandsThatThereAre) {
  std::size_t examples = 0;
  std::vector<const Command*> above;
  for_each_page(berth_command(), above,
                [&](const std::string& page, std::string_view text) { examples += check_examples(page, text); });
  EXPECT_GT(examples, 60U);
}

TEST(Help, SoAreThoseOfTheDocuments) {
  const Path source(BERTH_SOURCE_DIR);
  std::size_t examples = check_examples("README.md", read_file(source / "README.md"));
  for (const auto& entry : std::filesystem::directory_iterator(source / "docs")) {
    if (entry.path().extension() != ".md") continue;
    examples += check_examples(entry.path().filename(), read_file(entry.path()));
  }
  EXPECT_GT(examples, 40U);
}

// Indented lines are examples: a paragraph has none among its own.
TEST(Help, ItsParagraphsBeginAtTheMargin) {
  const Command root = berth_command();
  std::vector<const Command*> above;
  for_each_page(root, above, [&](const std::string& page, std::string_view text) {
    bool in_paragraph = false;
    for (const std::string& line : split(text, '\n')) {
      const bool indented = line.starts_with("  ");
      EXPECT_FALSE(in_paragraph && indented) << page << ": " << line;
      in_paragraph = !line.empty() && !indented;
    }
  });
}

}  // namespace
}  // namespace berth::cli
