// A container's event as `events` prints it. Source: docker compose 2.40.
#pragma once

#include <string>

#include "engine/events.h"

namespace berth::cli {

// "2026-11-26 14:54:44.038042 container start ID (image=web:1, name=shop-web-1)", in the local time zone; without the
// labels of docker compose.
std::string event_text(const engine::Event& event);

// {"action": ..., "attributes": {...}, "id": ..., "service": ..., "time": ..., "type": "container"}
std::string event_json(const engine::Event& event);

}  // namespace berth::cli
