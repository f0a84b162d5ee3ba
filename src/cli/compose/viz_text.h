// A project as a graph that Graphviz draws. Source: docker compose 2.40, alpha viz.
#pragma once

#include <string>

#include "compose/project.h"

namespace berth::cli {

struct VizOptions {
  bool networks = false;
  bool ports = false;
  bool images = false;
  std::string indentation = "\t";
};

// A node for each service, by name, and an edge to each that it depends on.
std::string viz_text(const compose::Project& project, const VizOptions& options);

}  // namespace berth::cli
