// Clusters and answers as text, for tests.
#pragma once

#include <string>
#include <string_view>

#include "swarm/placement/scheduler.h"

namespace berth::swarm::placement {

// A line for each node, its containers behind a colon:
//   node-1 cpus=2 memory=1g zone=a state=down|pause|drain image=redis:7 os=linux arch=x86_64 : web db
// Other words with "=" are engine labels. A container is
// NAME[@GROUP][,port=80][,cpus=1][,net=N][,volume=V][,label=K:V].
Cluster cluster_of(std::string_view text);

// The request of `docker create` with this body; apostrophes stand for quotation marks.
Request request_for(std::string_view body, std::string_view name = "new");

// The node's name and what was given up, or the refusal's message.
std::string text_of(const Placement& placement);

// Places `count` containers one after the other, each being there for the next: "node-1 node-2 node-1".
std::string placed(Cluster& cluster, const Request& request, int count, const Options& options = {});

}  // namespace berth::swarm::placement
