// A service's published ports, for as long as the service is there: connections go to whichever of its containers can
// take them, and wait where none can at the moment. So containers come and go without a failed request.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "agent/backends.h"
#include "agent/http_turns.h"

namespace berth::agent {

// What of `route` is to be done: names with '+' join, names with '-' leave.
struct Route {
  std::vector<std::string> joins;
  std::vector<std::string> leaves;
  bool must_answer = false;        // who joins accepts a connection first
  std::chrono::seconds drain{10};  // for connections of those who leave
};
// The words after the program's "route"; false for what can't be understood.
bool parse_route(const std::vector<std::string>& words, Route& route);

struct IngressOptions {
  std::vector<std::uint16_t> ports;  // listened on, and connected to
  std::string list = "/backends";
  bool proxy_protocol = false;  // begins each connection with the client's address (PROXY protocol, version 1)
};

// One thread, one epoll. Listens, and answers `route` on a socket in the abstract namespace, which containers do not
// share. Returns only when it can't go on, with the exit code.
class Ingress {
 public:
  explicit Ingress(IngressOptions options);
  ~Ingress();
  Ingress(const Ingress&) = delete;
  Ingress& operator=(const Ingress&) = delete;

  int run();

 private:
  struct Connection;
  struct Job;
  struct Watched;

  bool listen_all();
  void watch(int fd, std::uint32_t interest, Watched watched);
  void forget(int fd);
  void on_event(int fd, std::uint32_t happened);
  void accept_all(const Watched& listener);
  void tick();
  int milliseconds_to_tick() const;

  void find_server(Connection& c);
  void connect_to(Connection& c, Backend& backend);
  void on_connected(Connection& c);
  void leave_server(Connection& c, bool failed);
  void read_client(Connection& c);
  void read_server(Connection& c);
  void on_server_gone(Connection& c);
  void flush(Connection& c);
  void update_interest(Connection& c);
  void close_connection(Connection& c, bool reset);
  bool is_idle(const Connection& c) const;

  void accept_job();
  void begin_job(Job& job);
  bool probe(const Backend& backend) const;
  // Whether it is over and answered.
  bool advance_job(Job& job);
  void answer(Job& job, const std::string& text);
  bool has_drained(const Backend& backend) const;

  IngressOptions options_;
  Backends backends_;
  Clock::time_point now_;
  int epoll_ = -1;
  int control_ = -1;
  std::vector<Watched> watched_;  // by descriptor
  std::vector<std::unique_ptr<Connection>> connections_;
  std::vector<std::unique_ptr<Job>> jobs_;
};

// `route`: asks the ingress of this container, and waits until it is done. Returns the exit code.
int route_main(const std::vector<std::string>& words);

}  // namespace berth::agent
