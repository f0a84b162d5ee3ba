#include <thread>

#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include "base/channel.h"
#include "base/context.h"
#include "base/digest.h"
#include "base/environment.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/files.h"
#include "base/json.h"
#include "base/process.h"
#include "base/strings.h"
#include "base/units.h"

namespace berth {
namespace {

using namespace std::chrono_literals;

Kind kind_thrown(const std::function<void()>& body) {
  try {
    body();
  } catch (const Error& e) {
    return e.kind();
  }
  ADD_FAILURE() << "nothing was thrown";
  return Kind::kInternal;
}

TEST(Error, GathersContextAsItRises) {
  const Error error = Error(Kind::kConflict, "name is taken").within("creating network 'front'");
  EXPECT_EQ(error.message(), "creating network 'front': name is taken");
  EXPECT_EQ(http_status(error.kind()), 409);
}

TEST(Error, ReadsTheOperatingSystemsReasonInLowerCase) {
  EXPECT_EQ(system_error(ENOENT, "reading 'x'").message(), "reading 'x': no such file or directory");
  EXPECT_EQ(system_error(ENOENT, "reading 'x'").kind(), Kind::kNotFound);
}

TEST(Context, ACancelFromAnotherThreadEndsAWaitOnADescriptor) {
  const Pipe pipe = make_pipe();
  CancelSource source;
  std::jthread canceller([&] { source.cancel(); });
  EXPECT_EQ(kind_thrown([&] { source.context().wait(pipe.read.get(), POLLIN); }), Kind::kCancelled);
}

TEST(Context, AChildIsCancelledWithItsParentButNotTheOtherWayRound) {
  CancelSource parent;
  CancelSource child(parent.context());
  CancelSource sibling(parent.context());
  sibling.cancel();
  EXPECT_FALSE(child.context().cancelled());
  parent.cancel();
  EXPECT_TRUE(child.context().cancelled());
  EXPECT_FALSE(child.context().detached().cancelled());
}

TEST(Context, ADeadlineEndsAWait) {
  const Pipe pipe = make_pipe();
  EXPECT_EQ(kind_thrown([&] { Context().with_timeout(1ms).wait(pipe.read.get(), POLLIN); }), Kind::kTimeout);
}

TEST(Context, AWaitForAWhileSaysWhetherAnythingCame) {
  const Pipe pipe = make_pipe();
  pollfd readable{pipe.read.get(), POLLIN, 0};
  EXPECT_FALSE(Context().wait_any_for({&readable, 1}, 1ms));
  ASSERT_EQ(::write(pipe.write.get(), "x", 1), 1);
  EXPECT_TRUE(Context().wait_any_for({&readable, 1}, 1h));
  EXPECT_EQ(readable.revents, POLLIN);
  const Pipe silent = make_pipe();
  readable.fd = silent.read.get();
  EXPECT_EQ(kind_thrown([&] { Context().with_timeout(1ms).wait_any_for({&readable, 1}, 1h); }), Kind::kTimeout);
}

TEST(Channel, MakesASenderWaitWhenFullAndGivesTheRestAfterClose) {
  Channel<int> channel(1);
  EXPECT_TRUE(channel.send({}, 1));
  EXPECT_EQ(kind_thrown([&] { channel.send(Context().with_timeout(1ms), 2); }), Kind::kTimeout);
  channel.close();
  EXPECT_FALSE(channel.send({}, 3));
  EXPECT_EQ(channel.receive({}), 1);
  EXPECT_EQ(channel.receive({}), std::nullopt);
}

TEST(Files, AWriteReplacesTheWholeFileAndLeavesNothingElse) {
  const TemporaryFolder folder;
  const Path file = folder.path() / "deep" / "file";
  write_file(file, "first");
  write_file(file, "second", 0600);
  EXPECT_EQ(read_file(file), "second");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(file.parent_path()), {}), 1);
}

TEST(Files, ALockIsHeldByOneProcess) {
  const TemporaryFolder folder;
  const FileLock lock(folder.path() / "lock");
  EXPECT_EQ(kind_thrown([&] { FileLock second(folder.path() / "lock"); }), Kind::kConflict);
}

TEST(Process, GivesBackBothOutputsAndTheExitCode) {
  const Output output = run({}, {"sh", "-c", "cat; echo oops >&2; exit 3"}, "hello");
  EXPECT_EQ(output.out, "hello");
  EXPECT_EQ(output.err, "oops\n");
  EXPECT_EQ(output.status.code, 3);
}

TEST(Process, ReadsAndWritesMoreThanAPipeHolds) {
  const std::string large(1 << 20, 'x');
  EXPECT_EQ(run({}, {"cat"}, large).out, large);
}

TEST(Process, AProgramThatDoesNotReadItsInputIsNoFault) {
  EXPECT_EQ(run({}, {"sh", "-c", "exec <&-; echo done"}, std::string(1 << 20, 'x')).out, "done\n");
}

TEST(Process, NamesAProgramThatIsMissing) {
  EXPECT_EQ(kind_thrown([] { spawn({"/no/such/program"}); }), Kind::kNotFound);
}

TEST(Process, ACancelledRunKillsTheProgram) {
  EXPECT_EQ(kind_thrown([] { run(Context().with_timeout(20ms), {"sleep", "1000"}); }), Kind::kTimeout);
}

TEST(Strings, SplitKeepsEmptyParts) { EXPECT_EQ(split("a::b", ':'), (std::vector<std::string>{"a", "", "b"})); }

TEST(Strings, NumbersAreWrittenAsPeopleReadThem) {
  EXPECT_EQ(format_number(1.5), "1.5");
  EXPECT_EQ(format_number(3), "3");
  EXPECT_EQ(format_number(0.1), "0.1");
}

TEST(Strings, Base64RoundTrips) {
  EXPECT_EQ(base64_encode("Man!"), "TWFuIQ==");
  EXPECT_EQ(base64_decode("TWFuIQ=="), "Man!");
  EXPECT_EQ(base64_encode("\xff\xfe", true), "__4=");
  EXPECT_EQ(base64_decode("?"), std::nullopt);
}

TEST(Strings, NearestFindsAMisspelling) {
  EXPECT_EQ(nearest("imgae", {"image", "build"}), "image");
  EXPECT_EQ(nearest("zzz", {"image", "build"}), std::nullopt);
}

TEST(Units, SizesAreReadAsDockerReadsThem) {
  EXPECT_EQ(parse_bytes("64m"), Bytes(64 << 20));
  EXPECT_EQ(parse_bytes("1.5GiB"), Bytes(1610612736));
  EXPECT_EQ(parse_bytes("512"), Bytes(512));
  EXPECT_EQ(parse_bytes("12 parsecs"), std::nullopt);
}

TEST(Units, SizesAreShownAsDockerShowsThem) {
  EXPECT_EQ(human_size(Bytes(0)), "0B");
  EXPECT_EQ(human_size(Bytes(1234567)), "1.23MB");
  EXPECT_EQ(human_size(Bytes(7654)), "7.65kB");
}

TEST(Units, DurationsAreGos) {
  EXPECT_EQ(parse_duration("1m30s"), 90s);
  EXPECT_EQ(parse_duration("1.5h"), 90min);
  EXPECT_EQ(parse_duration("10"), std::nullopt);
  EXPECT_EQ(format_duration(90s), "1m30s");
  EXPECT_EQ(format_duration(1500ms), "1.5s");
  EXPECT_EQ(format_duration(1h), "1h0m0s");
}

TEST(Units, TimesAreRfc3339) {
  const auto time = parse_time("2024-05-01T12:00:00.25+02:00");
  ASSERT_TRUE(time);
  EXPECT_EQ(format_time(*time), "2024-05-01T10:00:00.25Z");
}

TEST(Digest, IsSha256) {
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

// Case 2 of RFC 4231.
TEST(Digest, HmacIsRfc2104s) {
  EXPECT_EQ(to_hex(hmac_sha256("Jefe", "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST(Json, NumbersAreWrittenPlainly) {
  EXPECT_EQ(format_json(parse_json(R"({"a":1.5,"b":[1,"<"]})")), R"({"a":1.5,"b":[1,"<"]})");
  EXPECT_EQ(format_json(parse_json(R"({"a":"<"})"), 2, true), "{\n  \"a\": \"\\u003c\"\n}");
}

TEST(Json, SaysWhereTheTextIsBroken) {
  EXPECT_EQ(kind_thrown([] { parse_json("{\"a\":}"); }), Kind::kInvalid);
}

}  // namespace
}  // namespace berth
