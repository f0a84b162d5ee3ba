// The releases of a project: each model that `up` has applied, with the content of its configs and secrets, so that it
// can be returned to (docs/decisions/0045).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/files.h"
#include "compose/file_reader.h"
#include "compose/project.h"
#include "engine/types.h"

namespace berth::converge {

struct Release {
  enum class Result { kConverged, kFailed, kRolledBack };
  int number = 0;  // counts up from 1
  engine::Time applied_at;
  Result result = Result::kConverged;
  std::vector<std::string> services;             // those it was applied to; empty: all
  std::optional<int> returns_to;                 // the release that a rollback returned to
  std::map<std::string, std::string> image_ids;  // by the image's name: what it stood for
  std::string model;                             // canonical text
  // By "secrets.NAME" and "configs.NAME".
  std::map<std::string, std::string> contents;
  std::string working_dir;
  std::vector<std::string> compose_files;

  // Whether the same things would be made of both.
  bool is_like(const Release& other) const;
};

// "converged", "failed", "rolled back"
std::string_view name_of(Release::Result result);

// The project as it is now; its number, time and result are left open. Its contents are those that were read.
Release release_of(const compose::Project& project);
// The project that it was made of. A secret or config whose file holds something else by now, as `files` tells, comes
// with its content instead, and so do all with `ship` (compose/file_contents.h). Throws kInvalid.
compose::Project project_of(const Release& release, const compose::FileReader& files, bool ship);

// Services of `after` that are not as in `before`, and those that are not there any more; sorted.
std::vector<std::string> changed_services(const Release& before, const Release& after);

// The last ten releases of one project on one engine, a file each that only its user can read. Any process may add one
// at any time.
class History {
 public:
  // `folder` is that of all projects.
  History(const Path& folder, std::string_view engine_host, std::string_view project);

  // Oldest first; files that can't be understood are passed over. Throws kForbidden.
  std::vector<Release> list() const;
  // Keeps it, unless the last one is like it and has the same result, and drops those that are too many. Returns the
  // number of the one that stands for it. Throws kForbidden, kInternal.
  int add(Release release);

  const Path& folder() const { return folder_; }

 private:
  Path folder_;
};

// The release that a rollback without a number returns to: the newest that converged, is older than what the last one
// stands for and would make a difference. Nothing when there is none.
const Release* release_before(const std::vector<Release>& releases);

}  // namespace berth::converge
