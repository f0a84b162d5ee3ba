"""Writes a C++ source with the text of files: see embed.cmake."""
import os
import sys

output, namespace, function, root, *files = sys.argv[1:]


def literal(text, size=8000):
    # Raw string literals have a length limit in compilers; adjacent ones are joined.
    parts = [text[at : at + size] for at in range(0, len(text), size)] or [""]
    return "\n".join(f'R"embed({part})embed"' for part in parts)


with open(output, "w") as out:
    out.write(f"#include <string_view>\n\nnamespace {namespace} {{\n\n")
    out.write(f"std::string_view {function}(std::string_view name);\n\n")
    out.write(f"std::string_view {function}(std::string_view name) {{\n")
    for path in sorted(files):
        name = os.path.splitext(os.path.relpath(path, root))[0]
        with open(path) as source:
            out.write(f'  if (name == "{name}") return {literal(source.read())};\n')
    out.write("  static_cast<void>(name);\n  return {};\n}\n\n" + f"}}  // namespace {namespace}\n")
