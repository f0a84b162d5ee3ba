// Which files of a folder BuildKit asks for.
#pragma once

#include <string>
#include <vector>

#include "base/files.h"
#include "engine/folder_walk.h"

namespace berth::buildkit {

// As a request for files says it. Source: session/filesync of moby/buildkit and the filter of tonistiigi/fsutil.
struct FolderWish {
  std::vector<std::string> include;  // patterns as in .dockerignore; all where there are none
  std::vector<std::string> exclude;
  std::vector<std::string> follow;  // paths, also with wildcards, that are wanted with what their links lead to
};

// Reads links in `folder` for what is to be followed. Throws kInvalid for a malformed pattern.
engine::FolderFilter filter_of(const Path& folder, const FolderWish& wish);

// The paths and all that their symbolic links lead to inside the folder, sorted; an absolute link starts at the folder.
std::vector<std::string> followed(const Path& folder, const std::vector<std::string>& paths);

}  // namespace berth::buildkit
