// join and leave: what a node, or who looks after it, tells discovery.
#include <random>

#include "base/error.h"
#include "base/log.h"
#include "base/units.h"
#include "cli/swarm/commands.h"
#include "cli/swarm/own_manager.h"
#include "cli/swarm/sources.h"

namespace berth::cli {

namespace {

using std::chrono::milliseconds;

milliseconds duration(const Invocation& invocation, const std::string& flag) {
  const std::string text = invocation.arguments.text(flag);
  const auto parsed = parse_duration(text);
  if (!parsed) throw Error(Kind::kInvalid, "invalid --" + flag + ": '" + text + "' is no duration such as 60s");
  return std::chrono::duration_cast<milliseconds>(*parsed);
}

// In classic Swarm's words.
swarm::Heartbeat heartbeat(const Invocation& invocation) {
  const swarm::Heartbeat heartbeat{.every = duration(invocation, "heartbeat"), .ttl = duration(invocation, "ttl")};
  if (heartbeat.every < std::chrono::seconds(1)) {
    throw Error(Kind::kInvalid, "--heartbeat should be at least one second");
  }
  if (heartbeat.ttl <= heartbeat.every) {
    throw Error(Kind::kInvalid, "--ttl must be strictly superior to the heartbeat value");
  }
  return heartbeat;
}

std::string advertised(const Invocation& invocation) {
  std::string address = invocation.arguments.text("addr");
  if (address.empty()) address = invocation.arguments.text("advertise");
  if (address.empty()) throw Error(Kind::kInvalid, "missing mandatory --advertise flag");
  if (address.find("://") != std::string::npos || address.find(':') == std::string::npos) {
    throw Error(Kind::kInvalid, "--advertise should be of the form ip:port or hostname:port");
  }
  return address;
}

// A thousand nodes that are started at once do not all come at the same moment.
void delay(const Invocation& invocation) {
  const milliseconds most = duration(invocation, "delay");
  if (most < milliseconds::zero()) throw Error(Kind::kInvalid, "--delay should not be a negative number");
  if (most == milliseconds::zero()) return;
  std::random_device random;
  const milliseconds chosen(std::uniform_int_distribution<milliseconds::rep>(0, most.count())(random));
  log(LogLevel::kInfo, "Add a random delay " + format_duration(chosen) + " to avoid synchronized registration");
  invocation.interrupted.sleep_for(chosen);
}

int join_swarm(Invocation& invocation) {
  set_log_level(LogLevel::kInfo);
  const std::string url = discovery_argument(invocation);
  const std::string address = advertised(invocation);
  const swarm::Heartbeat beat = heartbeat(invocation);
  const auto discovery = discovery_source(invocation, url);
  delay(invocation);
  log(LogLevel::kInfo,
      "Registering '" + address + "' on the discovery service every " + format_duration(beat.every) + "...");
  discovery->join(invocation.interrupted, address, beat,
                  [](const Error& error) { log(LogLevel::kError, error.message()); });
  return 0;
}

bool names_a_node(const Invocation& invocation) {
  return !invocation.arguments.rest.empty() || invocation.arguments.given("advertise") ||
         invocation.arguments.given("addr") || !invocation.environment.get_or("SWARM_DISCOVERY", "").empty();
}

// Without a word of a node it is the swarm of `init` that is left.
int leave_swarm(Invocation& invocation) {
  if (!names_a_node(invocation)) {
    if (!OwnManager(invocation.environment).stop(invocation.context)) {
      throw Error(
          Kind::kNotFound,
          "no swarm was made on this machine with `init`; to take a node off a list give DISCOVERY and --advertise");
    }
    invocation.terminal.out_line("The manager has ended; containers run on.");
    return 0;
  }
  const std::string url = discovery_argument(invocation);
  discovery_source(invocation, url)->leave(invocation.context, advertised(invocation));
  return 0;
}

std::vector<Flag> advertise_flags() {
  return {text_flag("advertise", 0, "Address of the Docker Engine; the swarm's managers must be able to reach it there")
              .from_environment("SWARM_ADVERTISE"),
          text_flag("addr", 0, "The same as --advertise").unlisted()};
}

}  // namespace

Command swarm_join_command() {
  Command command;
  command.name = "join";
  command.aliases = {"j"};
  command.usage = "[OPTIONS] DISCOVERY";
  command.summary = "Keep a node listed, so that managers find it";
  command.at_most = 1;
  command.graceful = true;
  command.flags = advertise_flags();
  command.flags.push_back(
      text_flag("heartbeat", 0, "Period between each heartbeat").with_default("60s").named("duration"));
  command.flags.push_back(text_flag("ttl", 0, "After which a node that is not heard of is off the list")
                              .with_default("180s")
                              .named("duration"));
  command.flags.push_back(text_flag("delay", 0, "Wait at random, this long at most, before the first")
                              .with_default("0s")
                              .named("duration"));
  command.flags.push_back(discovery_option_flag());
  command.run = join_swarm;
  return command;
}

Command swarm_leave_command() {
  Command command;
  command.name = "leave";
  command.usage = "[OPTIONS] [DISCOVERY]";
  command.summary = "Take a node off the list at once; without DISCOVERY, end the manager that init has started";
  command.at_most = 1;
  command.flags = advertise_flags();
  command.flags.push_back(discovery_option_flag());
  command.run = leave_swarm;
  return command;
}

}  // namespace berth::cli
