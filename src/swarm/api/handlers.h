// The routes' handlers, by noun. Each answers its Call or throws an Error, which becomes an answer.
#pragma once

#include "swarm/api/call.h"

namespace berth::swarm {

// containers.cc, create.cc, container_list.cc
void list_containers(Call& call);
void create_container(Call& call);
void prune_containers(Call& call);
void inspect_container(Call& call);
// To the container's engine, as it stands; what may have changed is looked at anew.
void pass_to_container(Call& call);
void change_container(Call& call);
void remove_container(Call& call);
void rename_container(Call& call);
void create_exec(Call& call);
void commit_container(Call& call);

// exec.cc
void pass_to_exec(Call& call);

// system.cc, events.cc
void ping(Call& call);
void show_version(Call& call);
void show_info(Call& call);
void follow_events(Call& call);

}  // namespace berth::swarm
