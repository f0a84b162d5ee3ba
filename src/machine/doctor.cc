#include "machine/doctor.h"

#include <algorithm>

#include <netdb.h>

#include "base/error.h"
#include "base/strings.h"
#include "engine/client.h"
#include "machine/provision/provisioner.h"
#include "machine/ssh_session.h"
#include "net/dial.h"

namespace berth::machine {

namespace {

using namespace std::chrono_literals;
using Verdict = Finding::Verdict;

constexpr auto kStepLimit = 10s;
// TLS and package signatures begin to fail when clocks differ by more.
constexpr std::int64_t kClockTolerance = 60;
constexpr std::int64_t kLowDisk = 512 * 1024;

class Examination {
 public:
  Examination(const Context& context, const Machines& machines, const Host& host, pki::Time now,
              const std::function<void(const Finding&)>& tell)
      : context_(context), machines_(machines), host_(host), now_(now), tell_(tell) {}

  bool run() {
    certificates();
    if (state() && reach() && log_in()) look();
    if (whole_) ask_engine();
    return whole_;
  }

 private:
  void good(const std::string& step, const std::string& words) { tell_({step, Verdict::kGood, words}); }
  void warn(const std::string& step, const std::string& words) { tell_({step, Verdict::kWarning, words}); }
  bool broken(const std::string& step, const std::string& words) {
    tell_({step, Verdict::kBroken, words});
    whole_ = false;
    return false;
  }
  Context limited() const { return context_.with_timeout(kStepLimit); }

  // Runs one step; an Error of it is what is broken.
  template <typename Body>
  bool attempt(const std::string& step, Body body) {
    try {
      body();
      return true;
    } catch (const Error& e) {
      context_.check();
      return broken(step, e.message());
    }
  }

  void certificates() {
    attempt("certificates", [&] {
      if (host_.engine.via == "ssh") return;
      if (const auto warning = machines_.certificate_warning(host_)) {
        const auto pem = read_file_if_exists(machines_.store().folder(host_.name) / "server.pem");
        if (pem && pki::read_certificate(*pem).expired(now_)) throw Error(Kind::kInvalid, *warning);
        return warn("certificates", *warning);
      }
      good("certificates", "good for 30 days and more");
    });
  }

  bool state() {
    return attempt("driver", [&] {
      const State state = machines_.driver(host_)->state(limited());
      // A generic host counts as stopped when its ssh is silent: the next steps say why.
      if (state != State::kRunning && host_.driver_name != "generic") {
        throw Error(Kind::kUnavailable, "the machine is '" + std::string(machine::text_of(state)) +
                                            "': 'berth machine start " + host_.name + "'");
      }
      good("driver", host_.driver_name + " says " + std::string(machine::text_of(state)));
    });
  }

  bool reach() {
    std::optional<SshTarget> target;
    if (!attempt("address", [&] { target = machines_.driver(host_)->ssh(limited()); })) return false;
    if (!target) return false;  // no ssh to look through
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (const int failure = ::getaddrinfo(target->host.c_str(), nullptr, &hints, &found); failure != 0) {
      return broken("DNS", "'" + target->host + "' has no address: " + ::gai_strerror(failure));
    }
    ::freeaddrinfo(found);
    good("DNS", "'" + target->host + "' has an address");
    const int port = target->port == 0 ? 22 : target->port;
    return attempt("route", [&] {
      net::dial_tcp(limited(), target->host, static_cast<std::uint16_t>(port));
      good("route", "port " + std::to_string(port) + " of '" + target->host + "' answers");
    });
  }

  bool log_in() {
    return attempt("ssh", [&] {
      session_.emplace(machines_.ssh_host(limited(), host_));
      facts_ = look_at(limited(), *session_);
      good("ssh", "logged in as '" + facts_.user + "' on " + name_of(facts_));
    });
  }

  void look() {
    if (facts_.root) {
      good("sudo", "'" + facts_.user + "' may become root");
    } else {
      broken("sudo", "'" + facts_.user + "' may not become root: " + facts_.root_error);
    }
    const auto now = now_.time_since_epoch() + (Context::Clock::now() - began_);
    const auto here = std::chrono::duration_cast<std::chrono::seconds>(now).count();
    if (const auto skew = facts_.time - here; skew > kClockTolerance || skew < -kClockTolerance) {
      warn("clock",
           "the host's clock is " + std::to_string(skew) + " s off ours: let it keep time (chrony, systemd-timesyncd)");
    } else {
      good("clock", "as ours");
    }
    if (facts_.free_kilobytes < kLowDisk) {
      warn("disk", std::to_string(facts_.free_kilobytes / 1024) + " MB free below /var");
    } else {
      good("disk", std::to_string(facts_.free_kilobytes / 1024) + " MB free below /var");
    }
    if (!facts_.locked.empty()) {
      warn("packages", "another process holds the package manager's lock: " + join(facts_.locked, ", "));
    } else {
      good("packages", "the package manager is free");
    }
    if (facts_.dockerd.empty()) {
      broken("engine", "none is installed: 'berth machine provision " + host_.name + "'");
    } else if (!facts_.root) {
      warn("engine", "it is installed; only root can tell whether it runs");
    } else if (facts_.engine_version.empty()) {
      broken("engine",
             "it is installed, but does not run: look at 'journalctl -u docker' there, then 'berth machine provision " +
                 host_.name + "'");
    } else {
      good("engine", "version " + facts_.engine_version + ", " + std::to_string(facts_.running_containers) +
                         " containers running");
    }
  }

  void ask_engine() {
    attempt("endpoint", [&] {
      const engine::Endpoint endpoint = machines_.endpoint(limited(), host_);
      try {
        engine::Client(endpoint).ping(limited());
      } catch (const Error& e) {
        const bool unreachable = e.kind() == Kind::kTimeout || e.kind() == Kind::kUnavailable;
        if (!unreachable || facts_.engine_version.empty()) throw;
        throw Error(e.kind(), e.message() + "; it runs there, so look for a firewall on the way to this port");
      }
      good("endpoint", "the engine answers at '" + endpoint.host + "'");
    });
  }

  const Context& context_;
  const Machines& machines_;
  const Host& host_;
  const pki::Time now_;  // at its beginning
  const Context::Clock::time_point began_ = Context::Clock::now();
  const std::function<void(const Finding&)>& tell_;
  bool whole_ = true;
  std::optional<SshSession> session_;
  HostFacts facts_;
};

}  // namespace

bool examine(const Context& context, const Machines& machines, const Host& host, pki::Time now,
             const std::function<void(const Finding&)>& tell) {
  return Examination(context, machines, host, now, tell).run();
}

}  // namespace berth::machine
