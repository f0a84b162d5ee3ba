#include "http/parser.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/files.h"
#include "base/strings.h"
#include "http/incoming.h"

namespace berth::http {
namespace {

// Each file of test/golden/http has a kind of message, its bytes, a line "=>" and what becomes of them. In the bytes
// \r \n \\ and \xNN stand for themselves; ends of lines do not count. BERTH_UPDATE_GOLDEN=1 writes what comes out into
// the files: read the difference before it is committed.

constexpr std::size_t kHeadLimit = 1024;

struct Case {
  std::string given;  // up to and with the "=>" line
  std::string kind;
  std::string bytes;
  std::string verdict;
};

std::string unescape(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n') continue;
    if (text[i] != '\\') {
      result += text[i];
      continue;
    }
    const char escaped = text[++i];
    if (escaped == 'x') {
      result += static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16));
      i += 2;
    } else {
      result += escaped == 'r' ? '\r' : escaped == 'n' ? '\n' : escaped;
    }
  }
  return result;
}

std::string escape(std::string_view bytes) {
  std::string result;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\r') {
      result += "\\r";
    } else if (c == '\n') {
      result += "\\n";
    } else if (byte < 0x20 || byte >= 0x7f) {
      result += "\\x" + to_hex({&c, 1});
    } else {
      result += c;
    }
  }
  return result;
}

Case read_case(const Path& path) {
  const std::string text = read_file(path);
  const std::size_t mark = text.find("=>\n");
  const std::size_t line = text.find('\n');
  return {text.substr(0, mark + 3), text.substr(0, line), unescape(text.substr(line + 1, mark - line - 1)),
          text.substr(mark + 3)};
}

// Gives `bytes` in parts of `step`.
Reader in_steps(std::string bytes, std::size_t step) {
  return [bytes = std::move(bytes), step, at = std::size_t{0}](const Context&, std::span<char> out) mutable {
    const std::size_t size = bytes.copy(out.data(), std::min(step, out.size()), at);
    at += size;
    return size;
  };
}

std::string describe(const Headers& headers) {
  std::string result;
  for (const auto& [name, value] : headers) result += name + ": " + escape(value) + "\n";
  return result;
}

std::string read_head(Incoming& incoming, const std::string& kind) {
  if (kind == "request") {
    const Request request = incoming.read_request({});
    return request.method + " " + request.target + "\n" + describe(request.headers);
  }
  const ResponseHead head =
      incoming.read_response({}, kind == "response" ? MessageKind::kResponse : MessageKind::kResponseToHead);
  return std::to_string(head.status) + " " + head.reason + "\n" + describe(head.headers);
}

// What becomes of the bytes when they come in parts of `step` and the body is read in parts of `room`.
std::string verdict(const Case& given, std::size_t step, std::size_t room) {
  Incoming incoming(in_steps(given.bytes, step), kHeadLimit, "it");
  std::string result;
  try {
    result = read_head(incoming, given.kind);
    std::string body;
    std::string buffer(room, '\0');
    while (const std::size_t got = incoming.read_body({}, buffer)) body.append(buffer, 0, got);
    if (!body.empty()) result += "body: " + escape(body) + "\n";
    result += incoming.keep_alive() ? "the connection goes on\n" : "the connection ends\n";
  } catch (const Error& e) {
    if (e.kind() == Kind::kUnavailable) return "broken off: " + e.message() + "\n";
    return "refused" + e.message().substr(2) + "\n";  // "it: ..."
  }
  // Whether the rest has come already depends on how the bytes arrive.
  std::string rest = incoming.take_unused();
  while (incoming.wait_for_message({})) rest += incoming.take_unused();
  if (!rest.empty()) result += "left over: " + escape(rest) + "\n";
  return result;
}

bool is_refusal(const std::string& verdict) {
  return verdict.starts_with("refused: ") || verdict.starts_with("broken off: ");
}

class Conformance : public ::testing::TestWithParam<std::string> {};

TEST_P(Conformance, BytesHaveTheirVerdictHoweverTheyArrive) {
  const Path path = Path(BERTH_SOURCE_DIR) / "test/golden/http" / (GetParam() + ".txt");
  const Case given = read_case(path);
  const std::string whole = verdict(given, given.bytes.size() + 1, 4096);
  if (std::getenv("BERTH_UPDATE_GOLDEN") != nullptr) write_file(path, given.given + whole);
  EXPECT_EQ(whole, read_case(path).verdict);
  for (const std::size_t step : {1, 2, 3, 7, 64}) {
    for (const std::size_t room : {1, 5, 4096}) {
      const std::string parts = verdict(given, step, room);
      // What is wrong may be seen earlier or later, and only the end of the bytes may show it.
      if (is_refusal(whole) && is_refusal(parts)) continue;
      EXPECT_EQ(parts, whole) << "in parts of " << step << " bytes, read by " << room;
    }
  }
}

std::vector<std::string> all_cases() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(Path(BERTH_SOURCE_DIR) / "test/golden/http")) {
    names.push_back(entry.path().stem());
  }
  std::sort(names.begin(), names.end());
  return names;
}

INSTANTIATE_TEST_SUITE_P(Http, Conformance, ::testing::ValuesIn(all_cases()),
                         [](const auto& test) { return replace_all(test.param, "-", "_"); });

}  // namespace
}  // namespace berth::http
