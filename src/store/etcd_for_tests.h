// Real etcd members on loopback ports, for tests.
#pragma once

#include <csignal>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/files.h"
#include "base/process.h"
#include "http/client.h"
#include "net/dial.h"
#include "net/listener.h"

namespace berth::store {

// Whether the tests can run etcd; they skip themselves otherwise.
inline bool has_etcd() { return find_program("etcd", Environment::of_process()).has_value(); }

// Members that know each other, with data in a temporary folder; ended with the object.
class EtcdCluster {
 public:
  enum class Pace { kDefault, kQuick };  // of elections: quick ones allow leases of a second
  struct Tls {
    Path ca, cert, key;  // clients must show a certificate of the CA
  };

  explicit EtcdCluster(std::size_t members, Pace pace = Pace::kQuick, std::optional<Tls> tls = std::nullopt)
      : pace_(pace), tls_(std::move(tls)) {
    std::vector<net::Listener> taken;  // until all are known, so that no two are the same
    for (std::size_t i = 0; i < 2 * members; ++i) taken.push_back(net::Listener::tcp("127.0.0.1", 0));
    for (std::size_t i = 0; i < members; ++i) {
      members_.push_back({.client = taken[2 * i].port(), .peer = taken[2 * i + 1].port()});
    }
    taken.clear();
    for (std::size_t i = 0; i < members; ++i) start(i);
    if (!tls_) {
      for (std::size_t i = 0; i < members; ++i) await_health(i);
    }
  }

  std::size_t size() const { return members_.size(); }
  std::uint16_t port(std::size_t i) const { return members_[i].client; }
  std::string address(std::size_t i) const { return "127.0.0.1:" + std::to_string(port(i)); }
  std::string url(const std::string& prefix) const {
    std::string all;
    for (std::size_t i = 0; i < size(); ++i) all += (i == 0 ? "" : ",") + address(i);
    return "etcd://" + all + "/" + prefix;
  }

  void start(std::size_t i) {
    Member& member = members_[i];
    const std::string scheme = tls_ ? "https://" : "http://";
    const std::string peer = "http://127.0.0.1:" + std::to_string(member.peer);
    std::string cluster;
    for (std::size_t j = 0; j < size(); ++j) {
      cluster += (j == 0 ? "m" : ",m") + std::to_string(j) + "=http://127.0.0.1:" + std::to_string(members_[j].peer);
    }
    const std::string name = "m" + std::to_string(i);
    std::vector<std::string> argv = {"etcd",
                                     "--name",
                                     name,
                                     "--data-dir",
                                     folder_.path() / name,
                                     "--log-level",
                                     "error",
                                     "--listen-client-urls",
                                     scheme + address(i),
                                     "--advertise-client-urls",
                                     scheme + address(i),
                                     "--listen-peer-urls",
                                     peer,
                                     "--initial-advertise-peer-urls",
                                     peer,
                                     "--initial-cluster",
                                     cluster};
    if (pace_ == Pace::kQuick) argv.insert(argv.end(), {"--heartbeat-interval", "30", "--election-timeout", "300"});
    if (tls_) {
      argv.insert(argv.end(), {"--cert-file", tls_->cert, "--key-file", tls_->key, "--trusted-ca-file", tls_->ca,
                               "--client-cert-auth"});
    }
    member.process = std::make_unique<Child>(spawn(argv, {.out = Stdio::kNull, .err = Stdio::kNull}));
  }
  // As `kill -9`; its data stays.
  void kill(std::size_t i) { members_[i].process.reset(); }
  void pause(std::size_t i) { members_[i].process->kill(SIGSTOP); }
  void resume(std::size_t i) { members_[i].process->kill(SIGCONT); }

  // Until the member takes part in a cluster that has a leader.
  void await_health(std::size_t i) const {
    const Context patient = Context().with_timeout(std::chrono::seconds(30));
    http::Client client([this, i](const Context& context) { return net::dial_tcp(context, "127.0.0.1", port(i)); });
    for (;; patient.sleep_for(std::chrono::milliseconds(20))) {
      try {
        http::Response response = client.send(patient.with_timeout(std::chrono::seconds(2)), {.target = "/health"});
        if (response.read_all(patient).find("true") != std::string::npos) return;
      } catch (const Error&) {
        patient.check();
      }
    }
  }

 private:
  struct Member {
    std::uint16_t client = 0;  // ports
    std::uint16_t peer = 0;
    std::unique_ptr<Child> process;
  };
  const Pace pace_;
  const std::optional<Tls> tls_;
  TemporaryFolder folder_;
  std::vector<Member> members_;
};

}  // namespace berth::store
