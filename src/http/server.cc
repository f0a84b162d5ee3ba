#include "http/server.h"

#include <list>
#include <map>
#include <thread>
#include <utility>

#include "base/error.h"
#include "base/guarded.h"
#include "base/log.h"
#include "http/server_connection.h"

namespace berth::http {

namespace {

// Without the port; empty for a unix socket's client.
std::string address_of(const std::string& peer) {
  return peer.starts_with("tcp://") ? peer.substr(0, peer.rfind(':')) : std::string();
}

}  // namespace

struct Server::State {
  State(net::Listener listening, Handler answering, ServerOptions chosen)
      : listener(std::move(listening)), handler(std::move(answering)), options(std::move(chosen)) {}

  struct Worker {
    std::jthread thread;
    bool done = false;
  };
  struct Workers {
    std::list<Worker> all;  // those that are done are joined by the acceptor
    std::size_t active = 0;
    std::map<std::string, std::size_t> of_address;
  };

  void accept_all();
  void admit(std::unique_ptr<net::Stream> stream);
  void work(std::unique_ptr<net::Stream> stream);
  void reap();

  net::Listener listener;
  Handler handler;
  ServerOptions options;
  net::HangupWatch hangups;
  CancelSource idle;     // waits for connections and requests
  CancelSource working;  // requests
  Guarded<Workers> workers;
  std::jthread acceptor;
};

void Server::State::accept_all() {
  try {
    for (;;) {
      {
        auto lock = workers.lock();
        lock.wait(idle.context(), [&] { return lock->active < options.max_connections; });
      }
      admit(listener.accept(idle.context()));
      reap();
    }
  } catch (const Error& e) {
    if (e.kind() != Kind::kCancelled) log(LogLevel::kError, e.message());
  }
}

void Server::State::admit(std::unique_ptr<net::Stream> stream) {
  const std::string address = options.max_connections_of_address > 0 ? address_of(stream->peer()) : "";
  auto lock = workers.lock();
  if (!address.empty()) {
    if (lock->of_address[address] >= options.max_connections_of_address) {
      log(LogLevel::kWarning, address + " has " + std::to_string(options.max_connections_of_address) +
                                  " connections already: one more is closed");
      return;
    }
    ++lock->of_address[address];
  }
  Worker& worker = lock->all.emplace_back();
  worker.thread = std::jthread([this, &worker, address, stream = std::move(stream)]() mutable {
    work(std::move(stream));
    auto ending = workers.lock();
    if (!address.empty() && --ending->of_address[address] == 0) ending->of_address.erase(address);
    worker.done = true;
    --ending->active;
    workers.notify();
  });
  ++lock->active;
}

void Server::State::work(std::unique_ptr<net::Stream> stream) {
  const std::string peer = stream->peer();
  try {
    if (options.tls) {
      stream = net::accept_tls(idle.context().with_timeout(options.head_timeout), std::move(stream), *options.tls);
    }
    ServerConnection(std::move(stream), handler, options, hangups).serve(idle.context(), working.context());
  } catch (const Error& e) {
    log(LogLevel::kDebug, "connection of '" + peer + "': " + e.message());
  } catch (const std::exception& e) {
    log(LogLevel::kError, "connection of '" + peer + "': " + e.what());
  }
}

void Server::State::reap() {
  std::list<Worker> ended;  // joined after the lock is gone
  auto lock = workers.lock();
  for (auto worker = lock->all.begin(); worker != lock->all.end();) {
    const auto next = std::next(worker);
    if (worker->done) ended.splice(ended.end(), lock->all, worker);
    worker = next;
  }
}

Server::Server(net::Listener listener, Handler handler, ServerOptions options)
    : state_(std::make_unique<State>(std::move(listener), std::move(handler), std::move(options))) {
  state_->acceptor = std::jthread([state = state_.get()] { state->accept_all(); });
}

Server::~Server() { stop(); }

const std::string& Server::address() const { return state_->listener.address(); }
std::uint16_t Server::port() const { return state_->listener.port(); }

void Server::stop(std::chrono::milliseconds grace) {
  state_->idle.cancel();
  if (state_->acceptor.joinable()) state_->acceptor.join();
  try {
    auto lock = state_->workers.lock();
    lock.wait(Context().with_timeout(grace), [&] { return lock->active == 0; });
  } catch (const Error&) {
    // The time is up for those still at work.
  }
  state_->working.cancel();
  // Joined without the lock, which each takes at its end.
  const std::list<State::Worker> ended = std::exchange(state_->workers.lock()->all, {});
}

}  // namespace berth::http
