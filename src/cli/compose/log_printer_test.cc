#include "cli/compose/log_printer.h"

#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "base/strings.h"

namespace berth::cli {
namespace {

using engine::LogSource;

// Collects what is printed; text() is complete once the printer is gone.
class Output {
 public:
  LogPrinter::Sink sink() {
    return [this](LogSource stream, std::string_view text) {
      auto texts = texts_.lock();
      (stream == LogSource::kErr ? texts->err : texts->out) += text;
      texts_.notify();
    };
  }
  std::string out() { return texts_.lock()->out; }
  std::string err() { return texts_.lock()->err; }
  void wait_for_out(std::string_view text) {
    auto texts = texts_.lock();
    texts.wait(Context().with_timeout(std::chrono::seconds(10)), [&] { return texts->out == text; });
  }

 private:
  struct Texts {
    std::string out;
    std::string err;
  };
  Guarded<Texts> texts_;
};

TEST(LogPrinter, LinesGetAPrefixAsWideAsTheLongestName) {
  Output output;
  {
    LogPrinter printer(output.sink(), {});
    auto& web = printer.source("web-1");
    printer.write(web, LogSource::kOut, "early\n");
    auto& worker = printer.source("worker-1");
    printer.write(web, LogSource::kOut, "late\n");
    printer.flush();
    printer.write(worker, LogSource::kOut, "work\n");
  }
  EXPECT_EQ(output.out(), "web-1  | early\nweb-1     | late\nworker-1  | work\n");
}

TEST(LogPrinter, PiecesBecomeWholeLinesPerStream) {
  Output output;
  {
    LogPrinter printer(output.sink(), {});
    auto& web = printer.source("web-1");
    printer.write(web, LogSource::kOut, "one t");
    printer.write(web, LogSource::kErr, "oops\n");
    printer.write(web, LogSource::kOut, "wo\n\nthr");
    printer.finish(web);
    printer.write(web, LogSource::kOut, "never finished");
  }
  EXPECT_EQ(output.out(), "web-1  | oops\nweb-1  | one two\nweb-1  | \nweb-1  | thr\n");
}

TEST(LogPrinter, ColoursFollowOneAnotherAndStayWithTheirName) {
  Output output;
  {
    LogPrinter printer(output.sink(), {.colours = true, .unbuffered = true});
    printer.write(printer.source("a-1"), LogSource::kOut, "x\n");
    printer.write(printer.source("b-1"), LogSource::kOut, "y\n");
    printer.write(printer.source("a-1"), LogSource::kOut, "z\n");
    printer.status("b-1", "exited with code 0");
  }
  EXPECT_EQ(output.out(),
            "\033[36ma-1  | \033[0mx\n\033[33mb-1  | \033[0my\n\033[36ma-1  | \033[0mz\n"
            "\033[33m\r\033[Kb-1 exited with code 0\n\033[0m");
}

TEST(LogPrinter, WithoutPrefixOnlyTheLineIsPrinted) {
  Output output;
  {
    LogPrinter printer(output.sink(), {.prefix = false});
    printer.write(printer.source("a-1"), LogSource::kErr, "x\n");
  }
  EXPECT_EQ(output.out(), "x\n");
}

TEST(LogPrinter, DividedOutputKeepsStandardErrorApart) {
  Output output;
  {
    LogPrinter printer(output.sink(), {.divided = true});
    auto& a = printer.source("a-1");
    printer.write(a, LogSource::kOut, "x\n");
    printer.write(a, LogSource::kErr, "y\n");
  }
  EXPECT_EQ(output.out(), "a-1  | x\n");
  EXPECT_EQ(output.err(), "a-1  | y\n");
}

TEST(LogPrinter, AnIdleSourceIsFlushedByItself) {
  Output output;
  LogPrinter printer(output.sink(), {});
  printer.write(printer.source("a-1"), LogSource::kOut, "x\n");
  output.wait_for_out("a-1  | x\n");
  printer.write(printer.source("a-1"), LogSource::kOut, "y\n");
  output.wait_for_out("a-1  | x\na-1  | y\n");
}

TEST(LogPrinter, AStatusComesAfterTheLinesOfItsSource) {
  Output output;
  {
    LogPrinter printer(output.sink(), {});
    printer.write(printer.source("a-1"), LogSource::kOut, "x\nunfinished");
    printer.status("a-1", "exited with code 3");
  }
  EXPECT_EQ(output.out(), "a-1  | x\na-1  | unfinished\na-1 exited with code 3\n");
}

TEST(LogPrinter, ALineThatNeverEndsIsCutAtAMebibyte) {
  Output output;
  {
    LogPrinter printer(output.sink(), {.prefix = false});
    auto& a = printer.source("a-1");
    const std::string piece(std::size_t{1} << 19, 'x');
    for (int i = 0; i < 3; ++i) printer.write(a, LogSource::kOut, piece);
    printer.finish(a);
  }
  const std::vector<std::string> lines = split(output.out(), '\n');
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_EQ(lines[0].size(), std::size_t{1} << 20);
  EXPECT_EQ(lines[1].size(), std::size_t{1} << 19);
}

TEST(LogPrinter, ManyThreadsLoseNothingAndKeepEachSourcesOrder) {
  constexpr int kSources = 8;
  constexpr int kLines = 5000;
  Output output;
  {
    LogPrinter printer(output.sink(), {});
    std::vector<std::jthread> threads;
    for (int s = 0; s < kSources; ++s) {
      threads.emplace_back([&, s] {
        auto& source = printer.source("s-" + std::to_string(s));
        for (int i = 0; i < kLines; ++i) printer.write(source, LogSource::kOut, std::to_string(i) + "\n");
      });
    }
  }
  std::vector<int> next(kSources, 0);
  for (const std::string& line : split(output.out(), '\n')) {
    if (line.empty()) continue;
    const auto [name, rest] = cut(line, '|');
    const int source = std::stoi(std::string(name.substr(2)));
    ASSERT_EQ(trim(*rest), std::to_string(next[static_cast<std::size_t>(source)]++)) << line;
  }
  for (const int count : next) EXPECT_EQ(count, kLines);
}

}  // namespace
}  // namespace berth::cli
