#include "cli/man.h"

#include "base/strings.h"
#include "cli/help.h"
#include "cli/version.h"

namespace berth::cli {

namespace {

// Text that roff prints as it is.
std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    // A dot or quote at the start of a line would be a request.
    const bool request = (c == '.' || c == '\'') && (result.empty() || result.back() == '\n');
    if (request) result += "\\&";
    if (c == '\\') {
      result += "\\e";
    } else if (c == '-') {
      result += "\\-";
    } else {
      result += c;
    }
  }
  return result;
}

std::string spelling(const Flag& flag) {
  std::string text = flag.shorthand != 0 ? std::string("-") + flag.shorthand + ", --" : "--";
  text += flag.name;
  std::string line = ".TP\n\\fB" + escaped(text) + "\\fR";
  if (flag.type != Flag::Type::kBool) line += " \\fI" + escaped(flag.type_name) + "\\fR";
  return line + "\n";
}

// The embedded help: paragraphs between blank lines, lines indented by four blanks as they stand, '#' before a heading.
std::string body(std::string_view text) {
  std::string result;
  bool verbatim = false;
  for (const std::string& line : split(text, '\n')) {
    const bool indented = line.starts_with("    ");
    if (indented != verbatim && !line.empty()) {
      result += indented ? ".nf\n" : ".fi\n";
      verbatim = indented;
    }
    if (line.empty()) {
      result += verbatim ? "\n" : ".PP\n";
    } else if (line[0] == '#') {
      result += ".SS " + escaped(line.substr(line.find_first_not_of("# "))) + "\n";
    } else {
      result += escaped(line) + "\n";
    }
  }
  return verbatim ? result + ".fi\n" : result;
}

class Pages {
 public:
  std::map<std::string, std::string> take() { return std::move(pages_); }

  void add(const Command& command, std::vector<const Command*> above) {
    const std::string words = name(command, above, ' ');
    const std::string page = name(command, above, '-');
    std::string text = ".TH \"" + page + "\" 1 \"\" \"Berth " + std::string(version()) + "\" Berth\n";
    text += ".SH NAME\n" + escaped(page) + " \\- " + escaped(command.summary) + "\n";
    text += ".SH SYNOPSIS\n\\fB" + escaped(words) + "\\fR" +
            (command.usage.empty() ? "" : " " + escaped(command.usage)) + "\n";
    const std::string_view more = long_help(command, above);
    if (!more.empty()) text += ".SH DESCRIPTION\n" + body(more);
    if (!command.aliases.empty()) text += ".SH ALIASES\n" + escaped(join(command.aliases, ", ")) + "\n";
    text += options(listed_flags(command, above));
    const auto children = listed_commands(command.children);
    if (!children.empty()) text += ".SH COMMANDS\n";
    for (const Command* child : children) {
      text += ".TP\n\\fB" + escaped(page + "-" + child->name) + "\\fR(1)\n" + escaped(child->summary) + "\n";
    }
    if (!above.empty()) {
      const Command* parent = above.back();
      above.pop_back();
      text += ".SH SEE ALSO\n\\fB" + escaped(name(*parent, above, '-')) + "\\fR(1)\n";
      above.push_back(parent);
    }
    pages_[page + ".1"] = std::move(text);
    above.push_back(&command);
    for (const Command* child : children) add(*child, above);
  }

 private:
  static std::string name(const Command& command, const std::vector<const Command*>& above, char between) {
    std::string text;
    for (const Command* parent : above) text += parent->name + between;
    return text + command.name;
  }

  static std::string options(const std::vector<const Flag*>& flags) {
    std::string text = flags.empty() ? "" : ".SH OPTIONS\n";
    for (const Flag* flag : flags) text += spelling(*flag) + escaped(description(*flag)) + "\n";
    return text;
  }

  std::map<std::string, std::string> pages_;
};

}  // namespace

std::map<std::string, std::string> man_pages(const Command& root) {
  Pages pages;
  pages.add(root, {});
  return pages.take();
}

}  // namespace berth::cli
