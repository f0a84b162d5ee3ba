#include "buildkit/file_sync.h"

#include <chrono>
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <protozero/pbf_reader.hpp>
#include <protozero/pbf_writer.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/strings.h"
#include "grpc/pair_for_tests.h"

namespace berth::buildkit {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

Context patient() { return Context().with_timeout(30s); }

struct Stat {
  std::string path;
  std::uint32_t mode = 0;
  std::int64_t size = 0;
  std::string link;
};

// The builder's side: hears of files, asks for the contents of all, and takes them.
class Builder {
 public:
  explicit Builder(grpc::Connection& connection) : call_(connection.call("/moby.filesync.v1.FileSync/DiffCopy")) {}

  // Ends when all has come, or with the error that was sent.
  void take_all() {
    while (const auto bytes = call_->receive(patient())) {
      if (take(*bytes)) break;
      if (!told_all_ || !open_.empty() || ended_) continue;
      ended_ = true;
      send(3, 0);
    }
    call_.reset();
  }

  std::vector<Stat> files;
  std::map<std::string, std::string> contents;

 private:
  void send(int type, std::uint32_t id) {
    std::string packet;
    protozero::pbf_writer writer(packet);
    writer.add_enum(1, type);
    writer.add_uint32(3, id);
    call_->send(patient(), packet);
  }

  // True at the end.
  bool take(const std::string& bytes) {
    int type = 0;
    std::uint32_t id = 0;
    std::optional<Stat> stat;
    std::string data;
    for (protozero::pbf_reader message(bytes); message.next();) {
      if (message.tag() == 1) {
        type = message.get_enum();
      } else if (message.tag() == 2) {
        stat = stat_of(message.get_message());
      } else if (message.tag() == 3) {
        id = message.get_uint32();
      } else {
        data = message.get_string();
      }
    }
    if (type == 4) throw Error(Kind::kInternal, "told: " + data);
    if (type == 3) return true;
    if (type == 0 && !stat) told_all_ = true;
    if (type == 0 && stat) {
      constexpr std::uint32_t kSpecial = 0xFF000000U;
      const auto number = static_cast<std::uint32_t>(files.size());
      files.push_back(*stat);
      if ((stat->mode & kSpecial) == 0 && stat->link.empty()) {
        open_[number] = stat->path;
        send(1, number);
      }
    }
    if (type == 2) {
      contents[open_.at(id)] += data;
      if (data.empty()) open_.erase(id);
    }
    return false;
  }

  static Stat stat_of(protozero::pbf_reader message) {
    Stat stat;
    while (message.next()) {
      if (message.tag() == 1) {
        stat.path = message.get_string();
      } else if (message.tag() == 2) {
        stat.mode = message.get_uint32();
      } else if (message.tag() == 5) {
        stat.size = message.get_int64();
      } else if (message.tag() == 7) {
        stat.link = message.get_string();
      } else {
        message.skip();
      }
    }
    return stat;
  }

  std::unique_ptr<grpc::Call> call_;
  std::map<std::uint32_t, std::string> open_;
  bool told_all_ = false;
  bool ended_ = false;
};

class FileSync : public ::testing::Test {
 protected:
  void file(const std::string& name, std::string_view text = "x") { write_file(folder_.path() / name, text); }

  // What the builder has in the end.
  Builder sent(const FolderWish& wish = {}) {
    grpc::testing::Pair pair(
        [&](const Context& context, grpc::Call& call) { send_folder(context, call, folder_.path(), wish); });
    Builder builder(*pair.client);
    builder.take_all();
    return builder;
  }

  TemporaryFolder folder_;
};

std::vector<std::string> paths_of(const Builder& builder) {
  std::vector<std::string> paths;
  for (const Stat& stat : builder.files) paths.push_back(stat.path);
  return paths;
}

TEST_F(FileSync, SendsFilesWithTheirContents) {
  file("a", "");
  file("b/two", std::string(3'000'000, '2'));
  file("c", "three");
  const Builder builder = sent();
  EXPECT_THAT(paths_of(builder), ElementsAre("a", "b", "b/two", "c"));
  EXPECT_EQ(builder.contents.at("b/two"), std::string(3'000'000, '2'));
  EXPECT_EQ(builder.contents.at("c"), "three");
  EXPECT_EQ(builder.files[2].size, 3'000'000);
}

TEST_F(FileSync, TellsModesAndLinksAsGoHasThem) {
  file("run");
  ASSERT_EQ(::chmod((folder_.path() / "run").c_str(), 04755), 0);
  std::filesystem::create_directory(folder_.path() / "sticky");
  ASSERT_EQ(::chmod((folder_.path() / "sticky").c_str(), 01777), 0);
  std::filesystem::create_symlink("run", folder_.path() / "soft");
  std::filesystem::create_hard_link(folder_.path() / "run", folder_.path() / "same");
  const Builder builder = sent();
  ASSERT_THAT(paths_of(builder), ElementsAre("run", "same", "soft", "sticky"));
  EXPECT_EQ(builder.files[0].mode, 0755U | 1U << 23);
  EXPECT_EQ(builder.files[1].link, "run");
  EXPECT_EQ(builder.files[1].size, 0);
  EXPECT_EQ(builder.files[2].link, "run");
  EXPECT_EQ(builder.files[2].mode & 1U << 27, 1U << 27);
  EXPECT_EQ(builder.files[3].mode, 0777U | 1U << 31 | 1U << 20);
}

TEST_F(FileSync, AHardLinkToWhatIsLeftOutIsAFileOfItsOwn) {
  file("a", "text");
  std::filesystem::create_hard_link(folder_.path() / "a", folder_.path() / "b");
  const Builder builder = sent({.exclude = {"a"}});
  ASSERT_THAT(paths_of(builder), ElementsAre("b"));
  EXPECT_EQ(builder.contents.at("b"), "text");
}

TEST_F(FileSync, SendsManyFiles) {
  constexpr int kFiles = 3'000;
  for (int i = 0; i < kFiles; ++i) file("d" + std::to_string(i % 10) + "/f" + std::to_string(i), std::to_string(i));
  const Builder builder = sent();
  EXPECT_EQ(builder.files.size(), kFiles + 10U);
  EXPECT_EQ(builder.contents.size(), std::size_t{kFiles});
  EXPECT_EQ(builder.contents.at("d7/f1237"), "1237");
}

TEST_F(FileSync, AFolderThatIsNotThereIsSaid) {
  grpc::testing::Pair pair(
      [&](const Context& context, grpc::Call& call) { send_folder(context, call, folder_.path() / "no", {}); });
  Builder builder(*pair.client);
  try {
    builder.take_all();
    FAIL() << "nothing was said";
  } catch (const Error& e) {
    EXPECT_THAT(e.message(), HasSubstr("/no': no such file or directory"));
  }
}

TEST_F(FileSync, AFileThatCannotBeReadIsSaid) {
  file("a");
  // It is gone once the builder asks for it.
  grpc::testing::Pair pair(
      [&](const Context& context, grpc::Call& call) { send_folder(context, call, folder_.path(), {}); });
  const auto call = pair.client->call("/moby.filesync.v1.FileSync/DiffCopy");
  call->receive(patient());  // of "a"
  std::filesystem::remove(folder_.path() / "a");
  std::string request;
  protozero::pbf_writer(request).add_enum(1, 1);
  call->send(patient(), request);
  std::string said;
  try {
    while (const auto bytes = call->receive(patient())) said += *bytes;
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), Kind::kNotFound);
  }
  EXPECT_THAT(said, HasSubstr("/a' of the build context: no such file or directory"));
}

TEST(TextSync, SendsOneFile) {
  grpc::testing::Pair pair(
      [](const Context& context, grpc::Call& call) { send_text(context, call, "Dockerfile", "FROM x"); });
  Builder builder(*pair.client);
  builder.take_all();
  EXPECT_EQ(builder.contents, (std::map<std::string, std::string>{{"Dockerfile", "FROM x"}}));
}

}  // namespace
}  // namespace berth::buildkit
