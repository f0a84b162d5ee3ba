#include "store/sqlite_journal.h"

#include <csignal>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "store/open.h"

namespace berth::store {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

Context patient() { return Context().with_timeout(20s); }

Error thrown(const std::function<void()>& body) {
  try {
    body();
  } catch (const Error& e) {
    return e;
  }
  ADD_FAILURE() << "nothing was thrown";
  return {Kind::kInternal, ""};
}

class SqliteStore : public ::testing::Test {
 protected:
  std::unique_ptr<Store> open() const { return store_of("sqlite://" + file.string()); }

  TemporaryFolder folder;
  Path file = folder.path() / "deep" / "store.db";
};

TEST_F(SqliteStore, RemembersKeysAndRevisions) {
  Listing before;
  {
    const auto store = open();
    store->set(patient(), "a", "1");
    store->set(patient(), "b", std::string("\0\xff", 2));
    store->remove(patient(), "a");
    store->set(patient(), "c", "3");
    before = store->list(patient(), "");
  }
  const auto store = open();
  const Listing after = store->list(patient(), "");
  EXPECT_EQ(after.entries, before.entries);
  EXPECT_EQ(after.revision, before.revision);
  EXPECT_EQ(store->set(patient(), "d", "4"), before.revision + 1);
}

TEST_F(SqliteStore, ForgetsWhatLayUnderALeaseOfTheProcessBefore) {
  Revision last = 0;
  {
    const auto store = open();
    store->set(patient(), "kept", "1");
    store->set(patient(), "replaced", "1");
    const Grant grant = store->grant(patient(), 60s);
    store->set(patient(), "leased", "1", grant.id);
    last = store->set(patient(), "replaced", "2", grant.id);
  }
  const auto store = open();
  const Listing listing = store->list(patient(), "");
  ASSERT_EQ(listing.entries.size(), 1U);
  EXPECT_EQ(listing.entries[0].key, "kept");
  EXPECT_EQ(listing.revision, last);
  EXPECT_TRUE(store->watch("", 1)->next(patient()).compacted);
}

TEST_F(SqliteStore, BelongsToOneProcessAtATime) {
  const auto store = open();
  const Error error = thrown([&] { open(); });
  EXPECT_EQ(error.kind(), Kind::kConflict);
  EXPECT_THAT(error.message(), HasSubstr(file.string()));
  EXPECT_EQ(store->set(patient(), "a", "1"), 1);
}

TEST_F(SqliteStore, IsReadableByItsOwnerOnly) {
  const auto store = open();
  store->set(patient(), "a", "1");
  for (const auto& entry : std::filesystem::directory_iterator(file.parent_path())) {
    struct stat status{};
    ASSERT_EQ(::stat(entry.path().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600U) << entry.path();
  }
}

TEST_F(SqliteStore, RefusesWhatIsNoStore) {
  write_file(file, std::string(5000, 'x'));
  const Error error = thrown([&] { open(); });
  EXPECT_EQ(error.kind(), Kind::kInternal);
  EXPECT_THAT(error.message(), HasSubstr("it is no SQLite database"));
  EXPECT_EQ(read_file(file), std::string(5000, 'x'));
}

TEST_F(SqliteStore, RefusesAFolder) {
  make_folder(file);
  EXPECT_THAT(thrown([&] { open(); }).message(), HasSubstr("opening the store '" + file.string() + "'"));
}

// A child writes as fast as it can and tells each answer on a pipe; it is killed at some moment.
TEST_F(SqliteStore, LosesNothingThatItAnsweredWhenItsProcessIsKilled) {
  for (int round = 0; round < 5; ++round) {
    Pipe answers = make_pipe();
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      try {
        const auto store = open();
        for (int i = 0;; ++i) {
          const std::string text = std::to_string(i);
          store->commit(patient(), {{}, {put("a" + text, text), put("b" + text, text)}});
          write_quietly(answers.write.get(), std::string_view("x"));
        }
      } catch (...) {
        ::_exit(1);
      }
    }
    answers.write.reset();
    // As many answers as it takes for the kill to come at another moment each time.
    int answered = 0;
    char byte = 0;
    while (answered < 10 + round && ::read(answers.read.get(), &byte, 1) == 1) ++answered;
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    while (::read(answers.read.get(), &byte, 1) == 1) ++answered;
    EXPECT_GE(answered, 10 + round);

    const auto store = open();
    for (int i = 0; i < answered; ++i) EXPECT_TRUE(store->get(patient(), "a" + std::to_string(i))) << i;
    const auto entries = store->list(patient(), "a").entries;
    for (const Entry& entry : entries) EXPECT_TRUE(store->get(patient(), "b" + entry.key.substr(1))) << entry.key;
    EXPECT_EQ(entries.size(), store->list(patient(), "b").entries.size());
  }
}

TEST(StoreUrl, SaysWhichStore) {
  EXPECT_EQ(store_of("memory:")->url(), "memory:");
  EXPECT_EQ(store_of("etcd://a,b:1,[::1]:2/p/q/")->url(), "etcd://a,b:1,[::1]:2/p/q/");
}

TEST(StoreUrl, ThatIsNoneIsRefused) {
  for (const char* url : {"sqlite://relative", "sqlite://", "etcd://", "etcd://a,,b", "etcd://a:", "etcd://a:x",
                          "etcd://a:70000", "etcd://[::1", "etcd://[::1]x"}) {
    EXPECT_EQ(thrown([&] { store_of(url); }).kind(), Kind::kInvalid) << url;
  }
  for (const char* url : {"", "memory", "zk://a", "consul://a", "etcd://user:secret@a"}) {
    const Error error = thrown([&] { store_of(url); });
    EXPECT_EQ(error.kind(), Kind::kUnsupported) << url;
    EXPECT_THAT(error.message(), ::testing::Not(HasSubstr("secret")));
  }
}

}  // namespace
}  // namespace berth::store
