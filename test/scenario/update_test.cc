// Updates of a service while clients use it: what they see, and what is left when the new one is bad.
#include <atomic>
#include <cstring>
#include <thread>

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/strings.h"
#include "scenario/cli.h"
#include "scenario/engines.h"

namespace berth::scenario {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::Pair;

// Asks for a page at a constant rate, each time on a connection of its own or always on the same ones.
class Client {
 public:
  Client(std::string address, std::uint16_t port, int per_second, bool keeps_connection)
      : address_(std::move(address)), port_(port), keeps_(keeps_connection) {
    constexpr int kThreads = 10;
    const auto interval = std::chrono::nanoseconds(1s) * kThreads / per_second;
    for (int i = 0; i < kThreads; ++i) {
      threads_.emplace_back([this, interval](const std::stop_token& stop) { work(stop, interval); });
    }
  }

  int asked() const { return asked_; }
  int failed() const { return failed_; }

 private:
  void work(const std::stop_token& stop, std::chrono::nanoseconds interval) {
    int fd = -1;
    for (auto next = std::chrono::steady_clock::now(); !stop.stop_requested(); next += interval) {
      std::this_thread::sleep_until(next);  // the rate is what is being tested
      ++asked_;
      if (!ask(fd)) ++failed_;
      if (!keeps_ && fd >= 0) ::close(std::exchange(fd, -1));
    }
    if (fd >= 0) ::close(fd);
  }

  bool ask(int& fd) {
    if (fd < 0) {
      fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
      const timeval limit{.tv_sec = 40, .tv_usec = 0};
      ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
      sockaddr_in to{};
      to.sin_family = AF_INET;
      to.sin_port = htons(port_);
      ::inet_pton(AF_INET, address_.c_str(), &to.sin_addr);
      if (::connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) return give_up(fd);
    }
    constexpr std::string_view kRequest = "GET / HTTP/1.1\r\nHost: web\r\n\r\n";
    if (::send(fd, kRequest.data(), kRequest.size(), MSG_NOSIGNAL) != std::ssize(kRequest)) return give_up(fd);
    std::string answer;
    char buffer[2048];
    while (answer.find("berth/test:") == std::string::npos) {
      const ssize_t size = ::recv(fd, buffer, sizeof buffer, 0);
      if (size <= 0) return give_up(fd);
      answer.append(buffer, static_cast<std::size_t>(size));
    }
    return answer.starts_with("HTTP/1.1 200");
  }

  static bool give_up(int& fd) {
    ::close(std::exchange(fd, -1));
    return false;
  }

  std::string address_;
  std::uint16_t port_;
  bool keeps_;
  std::atomic<int> asked_ = 0;
  std::atomic<int> failed_ = 0;
  std::vector<std::jthread> threads_;
};

class UpdateTest : public testing::TestWithParam<Generation> {
 protected:
  void SetUp() override {
    if (const auto why = missing(GetParam())) GTEST_SKIP() << *why;
    static std::map<Generation, std::unique_ptr<Lab>> labs;
    std::unique_ptr<Lab>& lab = labs[GetParam()];
    if (!lab) {
      lab = std::make_unique<Lab>();
      lab->add({"engine"}, GetParam());
      lab->add_test_images("engine");
    }
    user_ = std::make_unique<UserFolder>(lab->docker_host("engine"), "shop");
    ip_ = lab->ip("engine");
  }

  UserFolder& user() { return *user_; }
  const std::string& ip() const { return ip_; }

  void file(const std::string& image, const std::string& update, const std::string& more = {}) {
    user().compose_file(
        "services:\n  web:\n    image: " + image +
        "\n    command: [web]\n    healthcheck: {test: [CMD, wget, -qO-, 'http://127.0.0.1/'], interval: "
        "200ms}\n    ports: ['18080:80']\n    deploy:\n      update_config: {" +
        update + "}\n" + more);
  }

  int up(std::vector<std::string> more = {}) {
    std::vector<std::string> words = {"up", "-d"};
    words.insert(words.end(), more.begin(), more.end());
    const Output output = user().compose(words);
    said_ = output.err;
    return output.status.code;
  }

  std::string said_;

 private:
  std::unique_ptr<UserFolder> user_;
  std::string ip_;
};

INSTANTIATE_TEST_SUITE_P(Engines, UpdateTest, testing::Values(Generation::kOld, Generation::kNew), name_of);

TEST_P(UpdateTest, NoRequestFailsWhileOneContainerIsUpdatedScaledAndReplacedAgain) {
  file("berth/test:1", "order: start-first");
  ASSERT_EQ(up({"--wait"}), 0) << said_;
  const Client client(ip(), 18080, 200, false);
  file("berth/test:2", "order: start-first");
  ASSERT_EQ(up(), 0) << said_;
  EXPECT_THAT(user().states(), ElementsAre(Pair("shop-web-1", "running"), Pair("shop-web-ingress", "running")));
  ASSERT_EQ(up({"--scale", "web=3"}), 0) << said_;
  file("berth/test:1", "order: start-first, parallelism: 2");
  ASSERT_EQ(up({"--scale", "web=3"}), 0) << said_;
  ASSERT_EQ(up({"--scale", "web=1"}), 0) << said_;
  EXPECT_EQ(user().compose({"plan"}).status.code, 0);
  EXPECT_GT(client.asked(), 0);
  EXPECT_EQ(client.failed(), 0) << "of " << client.asked();
  EXPECT_EQ(user().compose({"down", "-t", "0"}).status.code, 0);
  EXPECT_THAT(user().objects(), testing::IsEmpty());
}

TEST_P(UpdateTest, ABadImageNeverReplacesAGoodContainer) {
  for (const std::string order : {"start-first", "stop-first"}) {
    SCOPED_TRACE(order);
    file("berth/test:1", "order: " + order, "    x-berth: {ingress: true}\n");
    ASSERT_EQ(up({"--wait"}), 0) << said_;
    const auto before = user().ids();
    const Client client(ip(), 18080, 50, false);
    file("berth/test:2", "order: " + order, "    x-berth: {ingress: true}\n    entrypoint: ['false']\n");
    EXPECT_EQ(up(), 1);
    EXPECT_THAT(said_, HasSubstr("exited with 1"));
    EXPECT_EQ(user().ids(), before);
    EXPECT_EQ(user().states().at("shop-web-1"), "running");
    EXPECT_EQ(client.failed(), 0) << "of " << client.asked();
    user().clear();
  }
}

}  // namespace
}  // namespace berth::scenario
