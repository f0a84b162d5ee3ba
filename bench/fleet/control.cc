#include "control.h"

#include <array>

#include "base/error.h"
#include "net/dial.h"
#include "net/listener.h"

namespace berth::fleet {

namespace {

// The next line, without its line feed; nothing at the end.
std::optional<std::string> read_line(const Context& context, net::Stream& stream, std::string& rest) {
  std::array<char, 4096> buffer;
  for (;;) {
    if (const auto end = rest.find('\n'); end != std::string::npos) {
      std::string line = rest.substr(0, end);
      rest.erase(0, end + 1);
      return line;
    }
    const std::size_t got = stream.read_some(context, buffer);
    if (got == 0) return std::nullopt;
    rest.append(buffer.data(), got);
  }
}

void serve_client(const Context& context, Fleet& fleet, net::Stream& stream) {
  std::string rest;
  while (const auto line = read_line(context, stream, rest)) {
    std::string answer;
    try {
      answer = fleet.command(*line);
    } catch (const Error& e) {
      answer = "error: " + e.message();
    }
    stream.write_all(context, answer + "\n");
  }
}

}  // namespace

void serve_control(const Context& context, Fleet& fleet, const Path& path) {
  net::Listener listener = net::Listener::unix_socket(path);
  while (!context.cancelled()) {
    try {
      const auto stream = listener.accept(context);
      serve_client(context, fleet, *stream);
    } catch (const Error& e) {
      if (e.kind() == Kind::kCancelled) return;  // else the client broke off
    }
  }
}

std::string tell(const Context& context, const Path& path, const std::string& line) {
  const auto stream = net::dial_unix(context, path);
  stream->write_all(context, line + "\n");
  std::string rest;
  const auto answer = read_line(context, *stream, rest);
  if (!answer) throw Error(Kind::kUnavailable, "the fleet at '" + path.string() + "' gave no answer");
  if (answer->starts_with("error: ")) throw Error(Kind::kInvalid, answer->substr(7));
  return *answer;
}

}  // namespace berth::fleet
