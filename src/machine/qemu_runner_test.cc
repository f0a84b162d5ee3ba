#include "machine/qemu_runner.h"

#include <thread>

#include <gtest/gtest.h>

#include "base/error.h"
#include "net/listener.h"

namespace berth::machine {
namespace {

using namespace std::chrono_literals;

// QEMU's monitor as far as it matters: it reads a command, and answers when it has done it.
class FakeMonitor {
 public:
  explicit FakeMonitor(std::string last_answer) : last_answer_(std::move(last_answer)) {}

  const Path& folder() const { return folder_.path(); }
  // What was read between two answers.
  std::vector<std::string> heard() {
    thread_.join();
    return heard_;
  }

 private:
  void serve() {
    const auto stream = listener_.accept(context_);
    stream->write_all(context_, "{\"QMP\": {\"version\": {}, \"capabilities\": []}}\r\n");
    hear(*stream);
    stream->write_all(context_, "{\"event\": \"RTC_CHANGE\"}\r\n{\"return\": {}}\r\n");
    hear(*stream);
    stream->write_all(context_, last_answer_ + "\r\n");
  }
  void hear(net::Stream& stream) {
    char bytes[1024];
    heard_.emplace_back(bytes, stream.read_some(context_, bytes));
  }

  std::string last_answer_;
  TemporaryFolder folder_;
  Context context_ = Context().with_timeout(20s);
  net::Listener listener_ = net::Listener::unix_socket(qemu::monitor(folder_.path()));
  std::vector<std::string> heard_;
  std::jthread thread_{[this] { serve(); }};
};

const std::vector<std::string> kCommands = {"{\"execute\":\"qmp_capabilities\"}\n",
                                            "{\"execute\":\"system_powerdown\"}\n"};

TEST(QemuProcess, WaitsForEachAnswerWhenItPressesThePowerButton) {
  FakeMonitor monitor("{\"return\": {}}");
  QemuProcess(monitor.folder()).press_power_button(Context().with_timeout(20s));
  EXPECT_EQ(monitor.heard(), kCommands);
}

TEST(QemuProcess, SaysWhatTheMonitorRefuses) {
  FakeMonitor monitor(R"({"error": {"class": "GenericError", "desc": "no button"}})");
  try {
    QemuProcess(monitor.folder()).press_power_button(Context().with_timeout(20s));
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.message(), R"(QEMU's monitor says: {"error":{"class":"GenericError","desc":"no button"}})");
  }
  EXPECT_EQ(monitor.heard(), kCommands);
}

}  // namespace
}  // namespace berth::machine
