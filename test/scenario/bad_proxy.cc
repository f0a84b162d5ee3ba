#include "scenario/bad_proxy.h"

#include <array>
#include <utility>

#include <poll.h>

#include "base/error.h"
#include "base/strings.h"
#include "net/dial.h"

namespace berth::scenario {
namespace {

constexpr std::string_view kEndOfHead = "\r\n\r\n";

// The head of a request, with whatever of the body came with it; empty where the client says nothing.
std::string read_head(net::Stream& client, const Context& context) {
  std::string text;
  std::array<char, 16384> buffer;
  while (text.find(kEndOfHead) == std::string::npos) {
    const std::size_t got = client.read_some(context, buffer);
    if (got == 0) return {};
    text.append(buffer.data(), got);
  }
  return text;
}

BadProxy::Call call_of(std::string_view head, int number) {
  const auto words = split(head.substr(0, head.find("\r\n")), ' ');
  return {std::string(words.at(0)), std::string(words.at(1)), number};
}

// Hijacked connections are theirs until either ends; all others are closed by the engine after its answer.
void ask_to_close(std::string& head) {
  const std::string lower = to_lower(head.substr(0, head.find(kEndOfHead)));
  if (lower.find("\r\nupgrade:") != std::string::npos) return;
  head.insert(head.find("\r\n") + 2, "Connection: close\r\n");
}

// Passes bytes on as they come; false at the end of `from`.
bool pass_on(net::Stream& from, net::Stream& to, const Context& context) {
  std::array<char, 65536> buffer;
  while (const auto got = from.try_read(buffer)) {
    if (*got == 0) {
      to.shutdown_write(context);
      return false;
    }
    to.write_all(context, {buffer.data(), *got});
  }
  return true;
}

// Both ways, until the engine has said all.
void join(net::Stream& client, net::Stream& engine, const Context& context) {
  bool client_speaks = true;
  while (pass_on(engine, client, context)) {
    if (client_speaks) client_speaks = pass_on(client, engine, context);
    std::array<pollfd, 2> wait = {pollfd{.fd = engine.read_fd(), .events = POLLIN, .revents = 0},
                                  pollfd{.fd = client_speaks ? client.read_fd() : -1, .events = POLLIN, .revents = 0}};
    context.wait_any(wait);
  }
}

}  // namespace

BadProxy::BadProxy(Path engine_socket, Rule rule)
    : engine_(std::move(engine_socket)),
      rule_(std::move(rule)),
      listener_(net::Listener::unix_socket(folder_.path() / "engine.sock")),
      connections_(everything_.context()),
      acceptor_([this] { accept_all(); }) {}

BadProxy::~BadProxy() {
  everything_.cancel();
  acceptor_.join();
  servers_.clear();
}

void BadProxy::cut() {
  const std::scoped_lock lock(mutex_);
  connections_.cancel();
  connections_ = CancelSource(everything_.context());
}

void BadProxy::accept_all() {
  try {
    while (true) {
      std::shared_ptr<net::Stream> client = listener_.accept(everything_.context());
      const std::scoped_lock lock(mutex_);
      servers_.emplace_back([this, client, context = connections_.context()] {
        try {
          serve(*client, context);
        } catch (const Error&) {
          // Cut, or either side broke off: the other learns it now.
        }
        client->close();
      });
    }
  } catch (const Error&) {
    // The proxy goes.
  }
}

void BadProxy::serve(net::Stream& client, const Context& context) {
  std::string head = read_head(client, context);
  if (head.empty()) return;
  const Fate fate = rule_(call_of(head, ++calls_));
  if (fate.delay.count() > 0) context.sleep_for(fate.delay);
  if (fate.fails) {
    ++failed_;
    client.write_all(context,
                     "HTTP/1.1 500 Internal Server Error\r\nContent-Type: application/json\r\nConnection: close\r\n"
                     "Content-Length: 26\r\n\r\n{\"message\":\"out of sorts\"}");
    return;
  }
  ask_to_close(head);
  const auto engine = net::dial_unix(context, engine_);
  engine->write_all(context, head);
  join(client, *engine, context);
}

}  // namespace berth::scenario
