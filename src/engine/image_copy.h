// Images from engine to engine, as `docker save` and `docker load` do, without the layers that the receiver has.
#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/context.h"
#include "engine/archive_filter.h"
#include "engine/client.h"

namespace berth::engine {

// Whether layers can be left out of what the sender archives for the receiver: engines from 25 on name them by digest,
// and those that keep images in containerd want every blob. `drivers` are the storage drivers of both.
bool can_leave_layers_out(const ApiVersion& sender, std::string_view sender_driver, std::string_view receiver_driver);

// The layers of an image that an engine has if it has an image of these: an engine knows a layer by all that lie below
// it. Pure.
std::size_t common_layers(const std::vector<std::string>& wanted, const std::vector<std::string>& there);

// An image's archive without these layers ("sha256:...").
ArchiveFilter without_layers(http::Reader archive, std::set<std::string> layers);

// Sends the image, with bounded memory; returns the bytes that were sent. `told` hears of them meanwhile. Throws what
// the engines say, with the name of neither.
std::uint64_t copy_image(const Context& context, Client& from, Client& to, const std::string& name,
                         const std::function<void(std::uint64_t sent)>& told = {});

}  // namespace berth::engine
