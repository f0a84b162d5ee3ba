// A client of a service that asks at a constant rate, and counts what fails.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

namespace berth::scenario {

// Asks for a page of berth/test at a constant rate, each time on a connection of its own or always on the same ones.
class Client {
 public:
  Client(std::string address, std::uint16_t port, int per_second, bool keeps_connection);

  int asked() const { return asked_; }
  int failed() const { return failed_; }

 private:
  void work(const std::stop_token& stop, std::chrono::nanoseconds interval);
  bool ask(int& fd);

  std::string address_;
  std::uint16_t port_;
  bool keeps_;
  std::atomic<int> asked_ = 0;
  std::atomic<int> failed_ = 0;
  std::vector<std::jthread> threads_;
};

}  // namespace berth::scenario
