// Reading the options that cloud drivers share the habits of. All throw kInvalid or kNotFound naming the option.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "machine/driver.h"

namespace berth::machine {

// In docker-machine's words where it is missing: `hetzner driver requires the --hetzner-api-token option`.
std::string required_text(const DriverOptions& options, std::string_view driver, std::string_view flag);
// A port, 22 where none is given.
std::int64_t port_option(const DriverOptions& options, std::string_view flag);
// The file's absolute path; empty when none is given.
std::string absolute_file(const DriverOptions& options, std::string_view flag);
// The bytes of a file of user data; none for no file.
std::string read_user_data(const std::string& file);
// Whether all are PORT, PORT/tcp or PORT/udp.
void check_ports(const std::vector<std::string>& ports, std::string_view flag);
// Throws kNotFound where `choice` is none of `offered`, with the nearest or all of them.
void require_choice(std::string_view what, const std::string& choice, const std::vector<std::string>& offered,
                    std::string_view where);

}  // namespace berth::machine
