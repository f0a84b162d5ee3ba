#include "cli/machine/listing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "cli/terminal.h"
#include "net/listener.h"

namespace berth::cli {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;

// A store of machines that are URLs, and what `ls` is told of them.
class Listing : public ::testing::Test {
 protected:
  void add(const std::string& name, std::uint16_t port) {
    machine::CreateRequest request;
    request.name = name;
    request.driver = "none";
    request.options.set("url", {"tcp://127.0.0.1:" + std::to_string(port)});
    machines_.create(context_, request, [](std::string_view) {});
    hosts_.push_back(machines_.store().load(name));
  }

  // The names of each batch, with the states of those that did not answer.
  std::vector<std::vector<std::string>> batches(std::chrono::seconds timeout) {
    std::vector<std::vector<std::string>> all;
    ask_machines(invocation(), machines_, hosts_, Asked::kStateAndEngine, timeout,
                 [&](const std::vector<MachineRow>& rows) {
                   all.emplace_back();
                   for (const MachineRow& row : rows) {
                     const bool silent = row.state == machine::State::kTimeout;
                     all.back().push_back(row.name + (silent ? " (Timeout)" : ""));
                   }
                 });
    return all;
  }

  Invocation invocation() {
    return {.context = context_,
            .interrupted = context_,
            .environment = environment_,
            .terminal = terminal_,
            .arguments = {},
            .program = "berth machine"};
  }

  TemporaryFolder folder_;
  Environment environment_{{{"HOME", folder_.path()}, {"MACHINE_DOCKER_CONTEXTS", "0"}}};
  Context context_ = Context().with_timeout(60s);
  Terminal terminal_{environment_};
  machine::Machines machines_{folder_.path() / "store", environment_};
  std::vector<machine::Host> hosts_;
};

// Nobody listens there.
std::uint16_t closed_port() { return net::Listener::tcp("127.0.0.1", 0).port(); }

TEST_F(Listing, OneThatIsSilentKeepsNobodyWaiting) {
  const net::Listener silent = net::Listener::tcp("127.0.0.1", 0);
  add("a-silent", silent.port());
  add("c-gone", closed_port());
  add("b-gone", closed_port());
  EXPECT_THAT(batches(1s), ElementsAre(ElementsAre("b-gone", "c-gone"), ElementsAre("a-silent (Timeout)")));
}

TEST_F(Listing, EndsAtTheLimitHoweverManyAreSilent) {
  const net::Listener silent = net::Listener::tcp("127.0.0.1", 0);
  for (int i = 0; i < 5; ++i) add("m" + std::to_string(i), silent.port());
  const auto start = std::chrono::steady_clock::now();
  EXPECT_FALSE(batches(1s).empty());
  EXPECT_LT(std::chrono::steady_clock::now() - start, 5s);
}

TEST_F(Listing, StopsAskingWhenARowCannotBeTaken) {
  const net::Listener silent = net::Listener::tcp("127.0.0.1", 0);
  add("silent", silent.port());
  add("gone", closed_port());
  const auto start = std::chrono::steady_clock::now();
  EXPECT_THROW(ask_machines(invocation(), machines_, hosts_, Asked::kStateAndEngine, 50s,
                            [](const std::vector<MachineRow>&) { throw Error(Kind::kInternal, "the pipe is closed"); }),
               Error);
  EXPECT_LT(std::chrono::steady_clock::now() - start, 25s);
}

}  // namespace
}  // namespace berth::cli
