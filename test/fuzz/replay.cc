// Runs a fuzz target without a fuzzer: over every file of its corpus, one test each, and over mutations of that file
// that are the same in every run. A crash, a sanitizer's report or a hang is the failure; add the input that caused it
// to the corpus.
#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

namespace fs = std::filesystem;

constexpr int kMutations = 300;
constexpr int kChangesEach = 4;

void run(const std::string& input) {
  // A copy of exactly this size on the heap, so that reading past the end is seen.
  const std::vector<std::uint8_t> bytes(input.begin(), input.end());
  EXPECT_EQ(LLVMFuzzerTestOneInput(bytes.data(), bytes.size()), 0);
}

// Cuts, repeats, swaps and overwrites, mostly by bytes that occur in the text already: those get past a parser's first
// check.
std::string mutated(std::string text, std::mt19937& random) {
  for (int i = 0; i < kChangesEach && !text.empty(); ++i) {
    const std::size_t at = random() % text.size();
    const std::size_t length = std::min<std::size_t>(1 + random() % 16, text.size() - at);
    switch (random() % 5) {
      case 0:
        text.erase(at, length);
        break;
      case 1:
        text.insert(random() % text.size(), text.substr(at, length));
        break;
      case 2:
        text[at] = text[random() % text.size()];
        break;
      case 3:
        text[at] = static_cast<char>(random() % 256);
        break;
      default:
        text.resize(at);
    }
  }
  return text;
}

class Replay : public testing::Test {
 public:
  explicit Replay(fs::path file) : file_(std::move(file)) {}
  void TestBody() override {
    std::ifstream stream(file_, std::ios::binary);
    const std::string input((std::istreambuf_iterator<char>(stream)), {});
    run(input);
    std::mt19937 random(1);
    for (int i = 0; i < kMutations; ++i) run(mutated(input, random));
  }

 private:
  fs::path file_;
};

}  // namespace

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  const fs::path corpus = fs::path(BERTH_SOURCE_DIR) / "test/fuzz/corpus" / BERTH_FUZZ_TARGET;
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(corpus)) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  for (const fs::path& file : files) {
    testing::RegisterTest("Fuzz_" BERTH_FUZZ_TARGET, file.filename().c_str(), nullptr, nullptr, __FILE__, __LINE__,
                          [file]() -> testing::Test* { return new Replay(file); });
  }
  return RUN_ALL_TESTS();
}
