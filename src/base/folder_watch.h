// Learning of changes in folders without looking again and again.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/context.h"
#include "base/fd.h"
#include "base/files.h"

namespace berth {

// The kernel's inotify. Files whose changes matter are watched by their folder, so that they may be replaced. Not told:
// changes on a network file system made elsewhere, and more than the kernel's queue holds, which is why who relies on
// it looks for himself once in a while. One thread at a time.
class FolderWatch {
 public:
  struct Happening {
    Path path;  // the file that was made, written, renamed or removed, or the folder that is gone
    // It was written to, and is not closed yet: what it holds may be a part. Another follows when it is closed.
    bool unfinished = false;
  };

  // Throws kInternal when the system has no more of them (fs.inotify.max_user_instances).
  FolderWatch();

  // Watches these folders and no others; those watched already miss nothing. Returns those that cannot be watched,
  // such as folders that do not exist.
  std::vector<Path> set(const std::vector<Path>& folders);

  // Waits until something happens, `most` at most, then for what follows with pauses below `quiet`, ten times that at
  // most. Nothing when nothing happened. Throws kCancelled, kTimeout.
  std::vector<Happening> wait(const Context& context, Context::Clock::duration most,
                              Context::Clock::duration quiet = std::chrono::milliseconds(20));

 private:
  void read(std::vector<Happening>& happenings);

  Fd inotify_;
  std::map<int, Path> folders_;  // by inotify's number
};

}  // namespace berth
