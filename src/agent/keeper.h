// What a keeper does for the containers of a project: restarts those that are unhealthy, and starts jobs at their
// times.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/json.h"
#include "base/cron.h"

namespace berth::agent {

using Seconds = std::int64_t;  // since 1970

// A container as the engine lists it.
struct Seen {
  std::string id;
  std::string name;
  std::string service;
  std::string state;      // "running", "exited", ...
  std::string health;     // "healthy", "unhealthy", "starting" or empty
  std::string exit_code;  // of one that has exited
  std::vector<std::string> depends_on;
  // Of one that is to be restarted when it is unhealthy: seconds.
  std::optional<std::pair<Seconds, Seconds>> delays;
  std::string overlap;  // of a job
  std::string cron;
};

// Of GET /containers/json; those that an update is just about to put in another's place are left out.
std::vector<Seen> seen_of(const Json& list);

struct Action {
  enum class Kind { kStart, kRestart };
  Kind kind = Kind::kStart;
  std::string id;
  std::string why;  // a line for the log: "restart shop-web-1: it is unhealthy"
};

// Decides, and does nothing itself. One thread.
class Keeper {
 public:
  // What is to be done now. Each action is to be told of with done() when it has ended.
  std::vector<Action> look(const std::vector<Seen>& containers, Seconds now);
  void done(const std::string& id);
  // When to look again though nothing has happened; nothing: never.
  std::optional<Seconds> next() const { return next_; }
  // Lines for the log that have come up since, such as "run backup 1795617690 1795617702 0": service, begin, end and
  // exit code of a job's run.
  std::vector<std::string> take_notes();

 private:
  struct Record {
    bool acting = false;
    int streak = 0;  // restarts in a row
    Seconds restarted_at = 0;
    Seconds healthy_since = 0;
    std::string cron_text;
    std::optional<Cron> cron;
    std::optional<Seconds> due;
    bool waits = false;  // to be started when it has ended
    bool ran = false;
    Seconds began = 0;
  };

  void mend(const Seen& seen, const std::vector<Seen>& all, Seconds now, std::vector<Action>& actions);
  void run(const Seen& seen, Seconds now, std::vector<Action>& actions);
  bool is_recovering(const Seen& seen) const;
  void look_again(Seconds at);

  std::map<std::string, Record> records_;  // by id
  std::optional<Seconds> next_;
  std::vector<std::string> notes_;
};

// `keep PROJECT`: never returns but for an exit code.
int keep_main(const std::vector<std::string>& words);

}  // namespace berth::agent
