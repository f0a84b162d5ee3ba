// Processes of several containers in one table.
#pragma once

#include <string>
#include <vector>

#include "engine/containers.h"

namespace berth::cli {

struct ContainerProcesses {
  engine::ContainerId id;
  std::string service;
  std::string number;
  engine::Top top;
};

// One line a process; empty when there is none.
std::string process_table(const std::vector<ContainerProcesses>& containers);

}  // namespace berth::cli
