// The part of a fleet that one thread serves.
#pragma once

#include <functional>
#include <future>
#include <memory>
#include <thread>
#include <vector>

#include <netinet/in.h>

#include "host.h"

namespace berth::fleet {

// The thread of a large fleet has a table of descriptors of its own, so that each may have as many as the limit allows
// a process: an engine takes one for its listener and one for each client.
class Shard {
 public:
  struct Member {
    Profile profile;
    sockaddr_in address;
  };
  struct Settings {
    std::size_t containers = 0;
    std::vector<std::string> images;
    std::uint64_t seed = 1;
    bool own_descriptors = false;
  };

  // Returns when all listen. Throws what that throws.
  Shard(std::vector<Member> members, Settings settings);
  ~Shard();

  std::size_t size() const { return size_; }

  // Runs `work` on the thread and waits for it; what it throws comes out here.
  void run(const std::function<void(std::vector<std::unique_ptr<Host>>&)>& work);
  // Containers a second that are replaced.
  void churn(double rate);

 private:
  void serve(const std::stop_token& stop, std::vector<Member> members, const Settings& settings,
             std::promise<void>& ready);
  void make_hosts(std::vector<Member> members, const Settings& settings);
  void churn_on();
  void replace_one();

  const std::size_t size_;
  Loop loop_;
  Shared shared_;
  std::vector<std::unique_ptr<Host>> hosts_;
  double churn_rate_ = 0;
  double churn_due_ = 0;
  std::uint64_t churned_ = 0;
  Loop::Timer churn_timer_;
  std::jthread thread_;
};

}  // namespace berth::fleet
