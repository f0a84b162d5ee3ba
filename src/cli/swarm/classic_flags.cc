#include "cli/swarm/classic_flags.h"

#include <chrono>
#include <string>

#include "base/error.h"
#include "base/units.h"

namespace berth::cli {

namespace {

struct Gone {
  const char* flag;
  const char* why;
};

// What a manager that is given them would have to do and does not.
constexpr Gone kGone[] = {
    {"engine-failure-retry",
     "engines are not polled: a node is lost when its connection is, and is tried again until it is back"},
    {"engine-refresh-retry",
     "engines are not polled: a node is lost when its connection is, and is tried again until it is back"},
    {"heartbeat", "discovery is watched, not polled: changes are seen as they happen"},
    {"api-enable-cors", "web pages may not talk to the manager: put a proxy of your own before it"},
    {"cors", "web pages may not talk to the manager: put a proxy of your own before it"},
};

std::chrono::milliseconds interval(const Arguments& arguments, const std::string& flag,
                                   std::chrono::milliseconds by_default) {
  const std::string text = arguments.text(flag);
  if (text.empty()) return by_default;
  const auto parsed = parse_duration(text);
  if (!parsed) throw Error(Kind::kInvalid, "invalid --" + flag + ": '" + text + "' is no duration such as 30s");
  return std::chrono::duration_cast<std::chrono::milliseconds>(*parsed);
}

void check_tls(Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  for (const char* name : {"tls", "tlsverify"}) {
    if (!arguments.given(name)) continue;
    if (!arguments.on(name) && !arguments.on("no-tls")) {
      throw Error(Kind::kInvalid,
                  "--" + std::string(name) + "=false: tcp listeners have TLS unless --no-tls says otherwise");
    }
    if (arguments.on(name) && arguments.on("no-tls")) {
      throw Error(Kind::kInvalid, "--" + std::string(name) + " and --no-tls contradict each other");
    }
  }
  if (arguments.on("tls") && arguments.given("tls") && !arguments.on("tlsverify")) {
    invocation.terminal.warn("--tls: clients and engines must show a certificate in any case, as with --tlsverify");
  }
}

}  // namespace

std::vector<Flag> classic_manage_flags() {
  std::vector<Flag> flags = {
      text_flag("engine-refresh-min-interval", 0,
                "Least time until a node is looked at as a whole again, should an event have been missed (default 5m)")
          .named("duration"),
      text_flag("engine-refresh-max-interval", 0, "Most time until then (default 5m)").named("duration"),
      // What they switch on is always so: what is known of nodes and names is as fresh as their events.
      flag("refresh-on-node-filter", 0, "").unlisted(),
      flag("container-name-refresh-filter", 0, "").unlisted(),
  };
  for (const Gone& gone : kGone) {
    const bool boolean = std::string_view(gone.flag).ends_with("cors");
    flags.push_back((boolean ? flag(gone.flag, 0, "") : text_flag(gone.flag, 0, "")).unlisted());
  }
  return flags;
}

void check_classic_flags(Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  for (const Gone& gone : kGone) {
    if (arguments.given(gone.flag)) {
      throw Error(Kind::kUnsupported, "--" + std::string(gone.flag) + " is not supported: " + gone.why);
    }
  }
  check_tls(invocation);
  if (arguments.on("replication")) return;
  if (arguments.given("replication-ttl")) {
    throw Error(Kind::kInvalid, "--replication-ttl goes with --replication");
  }
  if (arguments.given("advertise") || arguments.given("addr")) {
    invocation.terminal.warn("--advertise is for the other managers of --replication: it has no effect without");
  }
}

void set_refresh_interval(const Arguments& arguments, swarm::PoolOptions& pool) {
  using std::chrono::milliseconds;
  const bool least_given = !arguments.text("engine-refresh-min-interval").empty();
  const bool most_given = !arguments.text("engine-refresh-max-interval").empty();
  milliseconds least = interval(arguments, "engine-refresh-min-interval", pool.look_again);
  milliseconds most = interval(arguments, "engine-refresh-max-interval", pool.look_again_most);
  // In classic Swarm's words.
  if (least <= milliseconds::zero()) {
    throw Error(Kind::kInvalid, "minimum refresh interval should be a positive number");
  }
  if (most_given && !least_given) least = std::min(least, most);
  if (least_given && !most_given) most = std::max(least, most);
  if (most < least) throw Error(Kind::kInvalid, "max refresh interval cannot be less than min refresh interval");
  pool.look_again = least;
  pool.look_again_most = most;
}

}  // namespace berth::cli
