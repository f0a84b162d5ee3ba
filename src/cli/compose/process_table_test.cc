#include "cli/compose/process_table.h"

#include <gtest/gtest.h>

namespace berth::cli {
namespace {

TEST(ProcessTable, TheCommandIsTheLastColumnAndMissingCellsAreDashes) {
  const std::vector<ContainerProcesses> containers = {
      {engine::ContainerId("a"), "web", "1", {{"PID", "CMD"}, {{"12", "httpd -f"}}}},
      {engine::ContainerId("b"), "worker", "2", {{"PID", "TTY", "CMD"}, {{"13", "?", "idle"}}}}};
  EXPECT_EQ(process_table(containers),
            "SERVICE  #   PID  TTY  CMD\n"
            "web      1   12   -    httpd -f\n"
            "worker   2   13   ?    idle\n");
}

TEST(ProcessTable, NoProcessesAreNoText) { EXPECT_EQ(process_table({}), ""); }

}  // namespace
}  // namespace berth::cli
