// Sending files to a build.
#pragma once

#include <string>

#include "base/context.h"
#include "buildkit/folder_filter.h"
#include "grpc/connection.h"

namespace berth::buildkit {

// Answers moby.filesync.v1.FileSync/DiffCopy: tells of all files that are wanted, and sends the contents of those that
// the builder asks for, which are those it has not seen as they are now. They belong to root, whoever owns them here.
// Source: the protocol of tonistiigi/fsutil. Throws kNotFound, kForbidden with the file's name, which the builder is
// told too, what call.send and call.receive do.
void send_folder(const Context& context, grpc::Call& call, const Path& folder, const FolderWish& wish);
// The same for a folder that has one file, of this text.
void send_text(const Context& context, grpc::Call& call, const std::string& name, const std::string& text);

}  // namespace berth::buildkit
