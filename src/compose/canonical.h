// Short forms of a compose file to their long forms, and the defaults that depend on nothing else.
#pragma once

#include "yaml/node.h"

namespace berth::compose {

// Every short form in `model` becomes its long form: ports, volumes, build, depends_on, networks, env_file, secrets,
// devices, ... With `keep_malformed` a short form that cannot be read stays as it is, because it may hold variables
// that were not interpolated; else it is a fault.
void make_canonical(yaml::Node& model, bool keep_malformed, yaml::Findings& findings);

// What the specification says attributes are when they are left out: a build's context, a port's protocol and mode, the
// target of a secret, the count of a device request.
void set_defaults(yaml::Node& model);

// What the schema cannot say about single values: addresses, attributes that exclude each other.
void check_values(const yaml::Node& model, yaml::Findings& findings);

}  // namespace berth::compose
