// The loop of `keep`: listens to the engine's events, looks, and has done what the Keeper says.
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <ctime>

#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/engine_socket.h"
#include "agent/keeper.h"

namespace berth::agent {

namespace {

constexpr useconds_t kQuiet = 50'000;  // for events that come in a row
constexpr unsigned kPatience = 2;      // seconds, for an engine that is away
constexpr Seconds kLongest = 30;       // between two looks

void say(const std::string& line) {
  std::printf("%s\n", line.c_str());
  std::fflush(stdout);
}

class Loop {
 public:
  explicit Loop(const std::string& project) : filter_("\"label\":[\"com.docker.compose.project=" + project + "\"]") {}

  void run() {
    bool was_away = false;
    for (;;) {
      const int events = listen_to_engine(
          "/events?filters=" +
          percent_encoded("{" + filter_ +
                          ",\"type\":[\"container\"],\"event\":[\"health_status\",\"create\",\"start\",\"die\","
                          "\"rename\",\"destroy\",\"pause\",\"unpause\"]}"));
      if (events < 0) {
        if (!was_away) say("the engine's socket does not answer");
        was_away = true;
        ::sleep(kPatience);
        continue;
      }
      if (was_away) say("the engine is back");
      was_away = false;
      listen(events);
      ::close(events);
      ::sleep(1);
    }
  }

 private:
  // Until the engine goes.
  void listen(int events) {
    for (bool there = true; there;) {
      look();
      const Seconds now = std::time(nullptr);
      const Seconds wait = std::clamp<Seconds>(keeper_.next().value_or(now + kLongest) - now, 0, kLongest);
      pollfd ready{.fd = events, .events = POLLIN, .revents = 0};
      // A child's end interrupts it.
      if (::poll(&ready, 1, static_cast<int>(wait * 1000)) == 1) {
        ::usleep(kQuiet);
        char buffer[65536];
        there = ::recv(events, buffer, sizeof buffer, 0) > 0;
      }
      reap();
    }
  }

  void look() {
    const EngineAnswer answer =
        ask_engine("GET", "/containers/json?all=1&filters=" + percent_encoded("{" + filter_ + "}"));
    Json list;
    if (answer.status != 200 || !parse_json(answer.body, list)) return;
    for (const Action& action : keeper_.look(seen_of(list), std::time(nullptr))) begin(action);
    for (const std::string& note : keeper_.take_notes()) say(note);
  }

  // In a process of its own, as a restart takes as long as the container takes to stop.
  void begin(const Action& action) {
    say(action.why);
    const pid_t child = ::fork();
    if (child != 0) {
      if (child > 0) children_.emplace_back(child, action.id);
      if (child < 0) keeper_.done(action.id);
      return;
    }
    const bool restarts = action.kind == Action::Kind::kRestart;
    const EngineAnswer answer = ask_engine("POST", "/containers/" + action.id + (restarts ? "/restart" : "/start"));
    const bool well = answer.status >= 200 && answer.status < 400;
    if (!well) say("that failed: " + (answer.body.empty() ? "the engine does not answer" : answer.body));
    ::_exit(well ? 0 : 1);
  }

  void reap() {
    for (pid_t child = 0; (child = ::waitpid(-1, nullptr, WNOHANG)) > 0;) {
      const auto found =
          std::find_if(children_.begin(), children_.end(), [&](const auto& entry) { return entry.first == child; });
      if (found == children_.end()) continue;
      keeper_.done(found->second);
      children_.erase(found);
    }
  }

  std::string filter_;
  Keeper keeper_;
  std::vector<std::pair<pid_t, std::string>> children_;
};

}  // namespace

int keep_main(const std::vector<std::string>& words) {
  if (words.size() != 1) {
    std::fputs("usage: berth-agent keep PROJECT\n", stderr);
    return 2;
  }
  struct sigaction action{};
  action.sa_handler = [](int) {};
  ::sigaction(SIGCHLD, &action, nullptr);
  Loop(words.front()).run();
  return 1;
}

}  // namespace berth::agent
