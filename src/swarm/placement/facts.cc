#include "swarm/placement/facts.h"

#include <cmath>

#include "base/error.h"

namespace berth::swarm::placement {

Resources overcommitted(Resources capacity, double ratio) {
  const auto enlarged = [ratio](std::int64_t amount) {
    return static_cast<std::int64_t>(std::floor(static_cast<double>(amount) * (1 + ratio)));
  };
  capacity.nano_cpus = enlarged(capacity.nano_cpus);
  capacity.memory = Bytes(enlarged(count(capacity.memory)));
  return capacity;
}

std::string_view name_of(Protocol protocol) {
  switch (protocol) {
    case Protocol::kTcp:
      return "tcp";
    case Protocol::kUdp:
      return "udp";
    case Protocol::kSctp:
      return "sctp";
  }
  return "tcp";
}

std::string to_string(const HostPort& port) {
  std::string text;
  if (!port.address.empty()) {
    const bool v6 = port.address.find(':') != std::string::npos;
    text = (v6 ? "[" + port.address + "]" : port.address) + ":";
  }
  text += std::to_string(port.first);
  if (port.last != port.first) text += "-" + std::to_string(port.last);
  return text.append("/").append(name_of(port.protocol));
}

std::string_view name_of(Availability availability) {
  switch (availability) {
    case Availability::kActive:
      return "active";
    case Availability::kPause:
      return "pause";
    case Availability::kDrain:
      return "drain";
  }
  return "";
}

Availability parse_availability(std::string_view name) {
  if (name.empty() || name == "active") return Availability::kActive;
  if (name == "pause") return Availability::kPause;
  if (name == "drain") return Availability::kDrain;
  throw Error(Kind::kInvalid, "availability '" + std::string(name) + "' is none of active, pause and drain");
}

}  // namespace berth::swarm::placement
