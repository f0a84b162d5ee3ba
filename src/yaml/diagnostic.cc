#include "yaml/diagnostic.h"

#include <algorithm>
#include <deque>
#include <mutex>
#include <shared_mutex>
#include <tuple>
#include <unordered_map>

namespace berth::yaml {
namespace {

// Entries never move or go, so a reader may keep the reference it got.
struct FileNames {
  std::shared_mutex mutex;
  std::deque<std::string> names{""};
  std::unordered_map<std::string_view, std::uint32_t> indexes{{"", 0}};
};

FileNames& file_names() {
  static FileNames names;
  return names;
}

}  // namespace

FileName::FileName(std::string_view name) {
  FileNames& known = file_names();
  const std::unique_lock lock(known.mutex);
  if (const auto found = known.indexes.find(name); found != known.indexes.end()) {
    index_ = found->second;
    return;
  }
  index_ = static_cast<std::uint32_t>(known.names.size());
  known.indexes.emplace(known.names.emplace_back(name), index_);
}

const std::string& FileName::str() const {
  FileNames& known = file_names();
  const std::shared_lock lock(known.mutex);
  return known.names[index_];
}

std::string Position::str() const {
  if (!known()) return file.str();
  return file.str() + (file == FileName() ? "" : ":") + std::to_string(line) + ":" + std::to_string(column);
}

std::string Diagnostic::str() const {
  std::string text = position.str();
  if (!text.empty()) text += ": ";
  if (!path.empty()) text += path + ": ";
  return text + message;
}

bool Findings::may_go_on() {
  const auto is_news = [this](const Diagnostic& fault) {
    return std::none_of(faults.begin(), faults.end(), [&](const Diagnostic& known) {
      return known.of_one_value && !known.path.empty() && fault.path.starts_with(known.path);
    });
  };
  std::erase_if(faults, [&](const Diagnostic& fault) { return !fault.of_one_value && !is_news(fault); });
  return std::all_of(faults.begin(), faults.end(), [](const Diagnostic& fault) { return fault.of_one_value; });
}

void Findings::warn_once(Position position, std::string message) {
  const auto said = [&](const Diagnostic& warning) { return warning.message == message; };
  if (std::none_of(warnings.begin(), warnings.end(), said)) warnings.push_back({position, "", std::move(message)});
}

std::string to_text(std::vector<Diagnostic> diagnostics) {
  // Files keep the order in which they were first named, which is the order they were given in.
  std::vector<FileName> files;
  const auto file_rank = [&](FileName file) {
    const auto found = std::find(files.begin(), files.end(), file);
    if (found == files.end()) files.push_back(file);
    return std::find(files.begin(), files.end(), file) - files.begin();
  };
  for (const auto& diagnostic : diagnostics) file_rank(diagnostic.position.file);
  std::stable_sort(diagnostics.begin(), diagnostics.end(), [&](const Diagnostic& a, const Diagnostic& b) {
    return std::tuple(file_rank(a.position.file), a.position.line, a.position.column) <
           std::tuple(file_rank(b.position.file), b.position.line, b.position.column);
  });
  std::string text;
  std::string last;
  for (const auto& diagnostic : diagnostics) {
    std::string line = diagnostic.str();
    if (line == last) continue;
    if (!text.empty()) text += '\n';
    text += line;
    last = std::move(line);
  }
  return text;
}

Error to_error(std::vector<Diagnostic> diagnostics) { return Error(Kind::kInvalid, to_text(std::move(diagnostics))); }

}  // namespace berth::yaml
