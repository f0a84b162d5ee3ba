// A container as `ps --format` shows it.
#pragma once

#include <string>
#include <vector>

#include <boost/json/fwd.hpp>

#include "cli/template.h"
#include "engine/containers.h"

namespace berth::cli {

// The fields of docker compose's ps by name, in the order of its JSON. Health and exit code are read from the engine's
// status text, so that a list call alone is enough. `truncate` shortens id, command and mounts.
boost::json::value container_row(const engine::ContainerSummary& container, bool truncate, engine::Time now);

// A table's header for each field.
boost::json::value container_headers();

// {{.Label "name"}} for the rows of these containers.
TemplateOptions container_template_options(const std::vector<engine::ContainerSummary>& containers);

// As docker shows a container's ports: "443/tcp, 0.0.0.0:8080->80/tcp"; consecutive ones as "8000-8002/tcp".
std::string ports_text(std::vector<engine::Port> ports);

// From "Up 2 hours (healthy)", "Up 3 seconds (health: starting)": healthy, unhealthy, starting or empty.
std::string health_of_status(std::string_view status);
// From "Exited (3) 2 seconds ago"; 0 for others.
std::int64_t exit_code_of_status(std::string_view status);

}  // namespace berth::cli
