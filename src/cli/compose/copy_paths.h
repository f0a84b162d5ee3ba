// The paths of `cp`: what they name, and where what is copied comes to lie. Source: docker cp, "Extended description".
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace berth::cli {

// One of the two arguments of cp: "SERVICE:PATH", or a path of this computer.
struct CopySpec {
  std::optional<std::string> service;
  std::string path;
};
// A colon in a path of this computer needs a slash in front of it ("./a:b"), as with docker.
CopySpec parse_copy_spec(std::string_view text);

// Its last part without slashes at the end; "/" for the root.
std::string base_of(std::string_view path);
std::string parent_of(std::string_view path);
// Ends with "/.": what is in the folder is meant, not the folder.
bool means_content(std::string_view path);

struct CopySource {
  std::string path;
  bool is_folder = false;
};
struct CopyTarget {
  std::string path;
  bool exists = false;
  bool is_folder = false;
};

// The source becomes `name` in `folder`; with an empty name its content goes into it.
struct CopyPlace {
  std::string folder;
  std::string name;
};
// Throws kConflict (a folder onto a file), kNotFound (a file into a folder that isn't there).
CopyPlace copy_place(const CopySource& source, const CopyTarget& target);

}  // namespace berth::cli
