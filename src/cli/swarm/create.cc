// create: a place of its own in a store for a new swarm.
#include "base/digest.h"
#include "base/error.h"
#include "base/strings.h"
#include "base/units.h"
#include "cli/swarm/commands.h"
#include "cli/swarm/sources.h"
#include "machine/swarm_role.h"

namespace berth::cli {

namespace {

std::string store_argument(const Invocation& invocation) {
  if (invocation.arguments.rest.empty()) {
    throw Error(
        Kind::kUnsupported,
        "the discovery service of Docker Hub, where `create` made its tokens, is gone since 2019: name a store of "
        "your own, such as create etcd://10.0.0.2:2379 (or consul://, zk://), or make a swarm on this machine with "
        "`init`");
  }
  const std::string& url = invocation.arguments.rest[0];
  if (!machine::takes_joins(url)) {
    discovery_source(invocation, url);  // says what is wrong with it, where something is
    throw Error(Kind::kInvalid,
                "'" + url + "' lists its nodes itself: there is nothing to create, give it to `manage`");
  }
  return url;
}

int create(Invocation& invocation) {
  const auto timeout = parse_duration(invocation.arguments.text("timeout"));
  if (!timeout || *timeout <= timeout->zero()) throw Error(Kind::kInvalid, "--timeout should be a positive number");
  std::string url = store_argument(invocation);
  while (url.ends_with('/')) url.pop_back();
  url += "/" + to_hex(random_bytes(16));
  // The id is as good as its store: one that does not answer would only be found out by the nodes.
  const auto discovery = discovery_source(invocation, url);
  within("asking the store", [&] { discovery->list(invocation.context.with_timeout(*timeout)); });
  invocation.terminal.out_line(url);
  return 0;
}

}  // namespace

Command swarm_create_command() {
  Command command;
  command.name = "create";
  command.aliases = {"c"};
  command.usage = "[OPTIONS] STORE";
  command.summary = "Make the discovery of a new swarm: an id of its own in a store";
  command.at_most = 1;
  command.flags = {text_flag("timeout", 0, "How long to wait for the store").with_default("10s").named("duration"),
                   discovery_option_flag()};
  command.run = create;
  return command;
}

}  // namespace berth::cli
