#include "machine/cloud/options.h"

#include <algorithm>

#include "base/error.h"
#include "base/strings.h"

namespace berth::machine {

namespace {

constexpr std::size_t kShown = 20;  // choices in a message

}  // namespace

std::string required_text(const DriverOptions& options, std::string_view driver, std::string_view flag) {
  std::string text = options.text(flag);
  if (text.empty()) {
    throw Error(Kind::kInvalid, std::string(driver) + " driver requires the --" + std::string(flag) + " option");
  }
  return text;
}

std::int64_t port_option(const DriverOptions& options, std::string_view flag) {
  const std::string text = options.text(flag);
  if (text.empty()) return 22;
  const auto port = parse_integer(text);
  if (!port || *port < 1 || *port > 65535) {
    throw Error(Kind::kInvalid, "--" + std::string(flag) + " '" + text + "' is no port");
  }
  return *port;
}

std::string absolute_file(const DriverOptions& options, std::string_view flag) {
  const std::string text = options.text(flag);
  return text.empty() ? text : std::filesystem::absolute(text).string();
}

std::string read_user_data(const std::string& file) {
  if (file.empty()) return {};
  return within("user data", [&] { return read_file(file); });
}

void check_ports(const std::vector<std::string>& ports, std::string_view flag) {
  for (const std::string& text : ports) {
    const auto [number, protocol] = cut(text, '/');
    const auto port = parse_integer(number);
    if (port && *port > 0 && *port < 65536 && (!protocol || *protocol == "tcp" || *protocol == "udp")) continue;
    throw Error(Kind::kInvalid, "--" + std::string(flag) + " '" + text + "' is not of the form PORT or PORT/udp");
  }
}

void require_choice(std::string_view what, const std::string& choice, const std::vector<std::string>& offered,
                    std::string_view where) {
  if (std::find(offered.begin(), offered.end(), choice) != offered.end()) return;
  std::string message = "there is no " + std::string(what) + " '" + choice + "' " + std::string(where);
  if (const auto near = nearest(choice, offered)) {
    message += ": did you mean '" + *near + "'?";
  } else if (!offered.empty()) {
    std::vector<std::string> shown(offered.begin(),
                                   offered.begin() + static_cast<std::ptrdiff_t>(std::min(kShown, offered.size())));
    message += ": there are " + join(shown, ", ") + (offered.size() > kShown ? ", ..." : "");
  }
  throw Error(Kind::kNotFound, message);
}

}  // namespace berth::machine
