// Pieces of help pages that --help and man pages share.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/command.h"

namespace berth::cli {

// The flags listed for a command: its own and the persistent ones of those above it, by name.
std::vector<const Flag*> listed_flags(const Command& command, const std::vector<const Command*>& above);

// What a flag does, with its choices and its default.
std::string description(const Flag& flag);

// The commands that are not hidden, by name.
std::vector<const Command*> listed_commands(const std::vector<Command>& commands);

// The embedded page of a command: its name starts at the tree, whatever the user calls the program (compose/up,
// machine/create). Empty when there is none.
std::string_view long_help(const Command& command, const std::vector<const Command*>& above);

// A page with its paragraphs folded to `width` columns; examples (indented lines), tables and lists stay as they are.
std::string fold_page(std::string_view page, std::size_t width);

}  // namespace berth::cli
