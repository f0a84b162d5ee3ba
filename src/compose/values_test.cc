// The small readers: paths, key order, command lines, short ports and volumes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "compose/canonical_port.h"
#include "compose/canonical_volume.h"
#include "compose/file_path.h"
#include "compose/key_order.h"
#include "compose/names.h"
#include "compose/shell_words.h"

namespace berth::compose {
namespace {

using testing::ElementsAre;

TEST(FilePath, IsCleanedAsGoDoes) {
  EXPECT_EQ(clean_path("a//b/./c/.."), "a/b");
  EXPECT_EQ(clean_path("/../x"), "/x");
  EXPECT_EQ(clean_path("../../x"), "../../x");
  EXPECT_EQ(clean_path(""), ".");
  EXPECT_EQ(join_path("/app", "../x"), "/x");
  EXPECT_EQ(folder_of("/a/b/c.yaml"), "/a/b");
  EXPECT_EQ(folder_of("c.yaml"), ".");
  EXPECT_EQ(base_name("/a/b/"), "b");
}

TEST(FilePath, IsWrittenAsSeenFromAFolder) {
  EXPECT_EQ(relative_path("/a/b", "/a/c/d"), "../c/d");
  EXPECT_EQ(relative_path("/a", "/a"), ".");
  EXPECT_EQ(relative_path("a", "/a"), std::nullopt);
}

TEST(KeyOrder, SortsNumbersByTheirValue) {
  EXPECT_TRUE(comes_before_in_yaml("a9", "a10"));
  EXPECT_TRUE(comes_before_in_yaml("a_b", "ab"));
  EXPECT_TRUE(comes_before_in_yaml("B", "a"));
  EXPECT_FALSE(comes_before_in_yaml("a", "a"));
}

TEST(ProjectName, KeepsLowerCaseLettersDigitsDashesAndUnderscores) {
  EXPECT_EQ(normalize_project_name("_My App-1!"), "myapp-1");
  EXPECT_TRUE(is_project_name("a-1_b"));
  EXPECT_FALSE(is_project_name("-a"));
  EXPECT_FALSE(is_project_name(""));
}

TEST(ShellWords, QuotesAndBackslashesAreResolved) {
  EXPECT_THAT(split_shell_words(R"(sh -c "a b" 'c "d"' e\ f "")")->words,
              ElementsAre("sh", "-c", "a b", "c \"d\"", "e f", ""));
  EXPECT_THAT(split_shell_words("  ")->words, ElementsAre());
  EXPECT_FALSE(split_shell_words("echo 'a"));
}

TEST(ShellWords, AnOperatorEndsTheCommand) {
  const auto words = split_shell_words("echo a 2>err | b");
  EXPECT_THAT(words->words, ElementsAre("echo", "a"));
  EXPECT_EQ(words->stopped_at, '>');
}

std::string ports_of(const std::string& spec) {
  std::string problem;
  std::string text;
  for (const yaml::Node& port : long_ports(yaml::Node::string(spec), problem)) {
    for (const auto& [key, position, value] : port.entries()) {
      if (key != "mode") text += key + "=" + value.to_display() + " ";
    }
    text += "| ";
  }
  return problem.empty() ? text : problem;
}

TEST(ShortPort, IsReadWithAddressRangeAndProtocol) {
  EXPECT_EQ(ports_of("80"), "target=80 protocol=tcp | ");
  EXPECT_EQ(ports_of("[::1]:53:53/UDP"), "host_ip=::1 target=53 published=53 protocol=udp | ");
  EXPECT_EQ(ports_of("8000-8010:80"), "target=80 published=8000-8010 protocol=tcp | ");
  EXPECT_EQ(ports_of("1-2:3-4"), "target=3 published=1 protocol=tcp | target=4 published=2 protocol=tcp | ");
}

TEST(ShortPort, SaysWhatIsWrongWithIt) {
  EXPECT_EQ(ports_of("1-3:4-5"), "invalid ranges specified for container and host Ports: 4-5 and 1-3");
  EXPECT_EQ(ports_of("80:80/icmp"), "invalid proto: icmp");
  EXPECT_EQ(ports_of("::1:80:80"), "invalid IP address ::1, write it in brackets: [::1]");
  EXPECT_EQ(ports_of("70000"), "invalid containerPort: 70000");
}

TEST(ShortVolume, TellsPathsFromNamesAndReadsOptions) {
  Mount mount;
  EXPECT_EQ(parse_short_volume("./a:/b:ro,z,rshared", mount), std::nullopt);
  EXPECT_EQ(mount.kind, MountKind::kBind);
  EXPECT_TRUE(mount.read_only);
  EXPECT_EQ(mount.selinux, "z");
  EXPECT_EQ(mount.propagation, "rshared");
  Mount windows;
  EXPECT_EQ(parse_short_volume("C:\\x:/y", windows), std::nullopt);
  EXPECT_EQ(windows.source, "C:\\x");
  Mount named;
  EXPECT_EQ(parse_short_volume("data:/y:nocopy", named), std::nullopt);
  EXPECT_EQ(named.kind, MountKind::kVolume);
  EXPECT_TRUE(named.nocopy);
  Mount wrong;
  EXPECT_EQ(parse_short_volume("ab::c", wrong), "invalid spec: ab::c: empty section between colons");
}

}  // namespace
}  // namespace berth::compose
