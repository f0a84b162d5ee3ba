#include "remote/git_checkout.h"

#include <algorithm>

#include "base/error.h"
#include "base/process.h"
#include "base/strings.h"
#include "remote/cache.h"

namespace berth::remote {

namespace {

constexpr std::size_t kDigits = 40;

bool is_commit(std::string_view text) {
  return text.size() == kDigits && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

class Git {
 public:
  Git(const Context& context, const GitAddress& address, Environment environment)
      : context_(context), address_(address), environment_(std::move(environment)) {
    if (environment_.get_or("GIT_TERMINAL_PROMPT", "").empty()) environment_.set("GIT_TERMINAL_PROMPT", "0");
    if (environment_.get_or("GIT_SSH", "").empty() && environment_.get_or("GIT_SSH_COMMAND", "").empty()) {
      environment_.set("GIT_SSH_COMMAND", "ssh -o ControlMaster=no -o BatchMode=yes");
    }
    if (!find_program("git", environment_)) {
      throw Error(Kind::kNotFound,
                  "'" + address.remote + "' is a git repository, and there is no git here: install it");
    }
  }

  // The commit (or tag) that the ref means.
  std::string resolve() const {
    if (is_commit(address_.ref)) return address_.ref;
    const Output output = git({"ls-remote", "--exit-code", address_.remote, address_.ref});
    if (output.status.code == 2) {
      throw Error(Kind::kNotFound, "repository '" + address_.remote + "' has no ref '" + address_.ref + "'");
    }
    check(output);
    std::string commit = output.out.substr(0, kDigits);
    if (!is_commit(commit)) throw Error(Kind::kInternal, "git says '" + commit + "' where a commit should be");
    return commit;
  }

  void fetch_into(const Path& folder, const std::string& commit) const {
    check(git({"init", "--quiet", folder.string()}));
    check(git({"-C", folder.string(), "fetch", "--quiet", "--depth=1", address_.remote, commit}));
    check(git({"-C", folder.string(), "-c", "advice.detachedHead=false", "checkout", "--quiet", "FETCH_HEAD"}));
  }

 private:
  Output git(std::vector<std::string> words) const {
    words.insert(words.begin(), "git");
    SpawnOptions options;
    options.environment = environment_;
    return run(context_, words, {}, std::move(options));
  }

  void check(const Output& output) const {
    if (output.status.ok()) return;
    throw Error(Kind::kNotFound, "git cannot fetch '" + address_.ref + "' of '" + address_.remote +
                                     "': " + std::string(trim(output.err)));
  }

  const Context& context_;
  const GitAddress& address_;
  Environment environment_;
};

}  // namespace

Path check_out(const Context& context, const GitAddress& address, const Path& cache, const Environment& environment) {
  const Git git(context, address, environment);
  const std::string commit = git.resolve();
  return cached(cache, commit, [&](const Path& folder) { git.fetch_into(folder, commit); });
}

}  // namespace berth::remote
