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
void update_container(Call& call);
void remove_container(Call& call);
void rename_container(Call& call);
void create_exec(Call& call);
void commit_container(Call& call);

// images.cc, image_list.cc, image_streams.cc
void list_images(Call& call);
void pass_to_image(Call& call);
void save_images(Call& call);
void tag_image(Call& call);
void remove_image(Call& call);
void push_image(Call& call);
void prune_images(Call& call);
void create_image(Call& call);
void load_images(Call& call);

// network_calls.cc
void list_networks(Call& call);
void inspect_network(Call& call);
void create_network(Call& call);
void connect_network(Call& call);
void remove_network(Call& call);
void prune_networks(Call& call);

// volume_calls.cc
void list_volumes(Call& call);
void pass_to_volume(Call& call);
void create_volume(Call& call);
void remove_volume(Call& call);
void prune_volumes(Call& call);

// build.cc
void build_image(Call& call);
void pass_to_builder(Call& call);
void prune_builds(Call& call);

// nodes.cc
void list_nodes(Call& call);
void inspect_node(Call& call);
void update_node(Call& call);
void remove_node(Call& call);

// rebalance.cc: Berth's own.
void plan_rebalance(Call& call);
void rebalance(Call& call);

// exec.cc
void pass_to_exec(Call& call);

// system.cc, events.cc
// What any engine can answer.
void pass_to_any_node(Call& call);
void show_disk_usage(Call& call);
void list_plugins(Call& call);
// Swarm mode's endpoints, in the words of an engine that is no swarm manager.
void refuse_swarm_mode(Call& call);
void ping(Call& call);
void show_version(Call& call);
void show_metrics(Call& call);
void show_info(Call& call);
void follow_events(Call& call);

}  // namespace berth::swarm
