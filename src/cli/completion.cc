#include "cli/completion.h"

#include <functional>

#include "base/error.h"
#include "base/strings.h"

namespace berth::cli {

namespace {

// Calls visit(path of names, command, flags accepted there) for every listed command of the tree.
using Visit = std::function<void(const std::string& path, const Command&, const std::vector<const Flag*>&)>;

void walk(const Command& command, const std::string& path, std::vector<const Flag*> inherited, const Visit& visit) {
  std::vector<const Flag*> flags = inherited;
  for (const Flag& flag : command.flags) {
    if (!flag.hidden) flags.push_back(&flag);
    if (flag.persistent) inherited.push_back(&flag);
  }
  visit(path, command, flags);
  for (const Command& child : command.children) {
    if (!child.hidden) walk(child, path + " " + child.name, inherited, visit);
  }
}

std::string child_names(const Command& command) {
  std::vector<std::string> names;
  for (const Command& child : command.children) {
    if (!child.hidden) names.push_back(child.name);
  }
  return join(names, " ");
}

std::string identifier(std::string_view text) {
  std::string result;
  for (const char c : text) {
    result += (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ? c : '_';
  }
  return result;
}

// Single-quoted for a shell.
std::string quoted(std::string_view text) { return "'" + replace_all(text, "'", "'\\''") + "'"; }

std::string bash_script(const std::string& program, const Command& root) {
  std::string cases;
  std::string children;
  std::string values;
  walk(root, program, {}, [&](const std::string& path, const Command& command, const std::vector<const Flag*>& flags) {
    std::vector<std::string> words{"--help"};
    for (const Flag* flag : flags) {
      words.push_back("--" + flag->name);
      if (flag->shorthand != 0) words.push_back(std::string("-") + flag->shorthand);
      if (flag->type == Flag::Type::kBool) continue;
      const std::string spellings =
          quoted(path + " --" + flag->name) + (flag->shorthand != 0 ? "|" + quoted(path + " -" + flag->shorthand) : "");
      values += "    " + spellings + ") kind=" + quoted(flag->completes.empty() ? "-" : flag->completes) +
                " words=" + quoted(join(flag->choices, " ")) + " ;;\n";
    }
    cases += "    " + quoted(path) + ") flags=" + quoted(join(words, " ")) + " words=" + quoted(child_names(command)) +
             " kind=" + quoted(command.completes) + " ;;\n";
    for (const Command& child : command.children) {
      if (!child.hidden) children += "|" + quoted(path + " " + child.name);
    }
  });
  if (!children.empty()) children.erase(0, 1);
  const std::string function = "_" + identifier(program);
  return "# bash completion for " + program + "\n" + function + "_children() {\n  case \"$1\" in\n    " +
         (children.empty() ? "''" : children) + ") return 0 ;;\n  esac\n  return 1\n}\n" + function +
         "() {\n"
         "  local word=\"${COMP_WORDS[COMP_CWORD]}\" before=\"${COMP_WORDS[COMP_CWORD-1]}\" path=" +
         quoted(program) +
         " flags='' words='' kind='' i\n"
         "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
         "    " +
         function +
         "_children \"$path ${COMP_WORDS[i]}\" && path=\"$path ${COMP_WORDS[i]}\"\n"
         "  done\n"
         "  case \"$path\" in\n" +
         cases +
         "  esac\n"
         "  case \"$path $before\" in\n" +
         values +
         "  esac\n"
         "  case \"$word\" in -*) words=\"$flags\" kind='' ;; esac\n"
         "  case \"$kind\" in\n"
         "    service|machine) words=\"$words $(\"${COMP_WORDS[0]}\" __complete \"$kind\" 2>/dev/null)\" ;;\n"
         "    file) COMPREPLY=($(compgen -f -- \"$word\")); return ;;\n"
         "    folder) COMPREPLY=($(compgen -d -- \"$word\")); return ;;\n"
         "  esac\n"
         "  COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
         "}\n"
         "complete -F " +
         function + " " + program + "\n";
}

std::string zsh_script(const std::string& program, const Command& root) {
  // zsh runs bash's completion functions by its own compatibility layer.
  return "#compdef " + program + "\nautoload -U +X bashcompinit && bashcompinit\n" + bash_script(program, root);
}

std::string fish_script(const std::string& program, const Command& root) {
  const std::string function = "__" + identifier(program) + "_path";
  std::string script = "# fish completion for " + program + "\n";
  std::string known;
  std::string lines;
  walk(root, program, {}, [&](const std::string& path, const Command& command, const std::vector<const Flag*>& flags) {
    known += " " + quoted(path);
    const std::string when = "complete -c " + program + " -n " + quoted("test (" + function + ") = " + quoted(path));
    for (const Command& child : command.children) {
      if (!child.hidden) lines += when + " -f -a " + child.name + " -d " + quoted(child.summary) + "\n";
    }
    if (command.completes == "service" || command.completes == "machine") {
      lines += when + " -f -a " + quoted("(" + program + " __complete " + command.completes + " 2>/dev/null)") + "\n";
    }
    for (const Flag* flag : flags) {
      lines += when + " -l " + flag->name + (flag->shorthand != 0 ? std::string(" -s ") + flag->shorthand : "");
      if (flag->type != Flag::Type::kBool) lines += " -r";
      if (!flag->choices.empty()) lines += " -f -a " + quoted(join(flag->choices, " "));
      lines += " -d " + quoted(flag->help) + "\n";
    }
  });
  script += "function " + function + "\n  set -l path " + quoted(program) +
            "\n  for word in (commandline -opc)[2..-1]\n"
            "    contains -- \"$path $word\"" +
            known + "; and set path \"$path $word\"\n  end\n  echo $path\nend\n";
  return script + lines;
}

}  // namespace

std::string completion_script(std::string_view shell, const std::string& program, const Command& root) {
  if (shell == "bash") return bash_script(program, root);
  if (shell == "zsh") return zsh_script(program, root);
  if (shell == "fish") return fish_script(program, root);
  throw Error(Kind::kInvalid, "no completion for shell '" + std::string(shell) + "', choose bash, zsh or fish");
}

}  // namespace berth::cli
