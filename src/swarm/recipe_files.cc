#include "swarm/recipe_files.h"

#include <array>

#include "base/error.h"
#include "base/json.h"
#include "converge/labels.h"
#include "engine/tar.h"
#include "engine/tar_reader.h"
#include "http/url.h"
#include "swarm/pool/json_text.h"

namespace berth::swarm {

namespace {

constexpr std::size_t kMost = std::size_t{512} << 10;

// The file of an engine's archive, named by its whole path.
std::string renamed(const Context& context, const std::string& archive, const std::string& path) {
  engine::TarReader reader(engine::bytes_of(archive));
  auto entry = reader.next(context);
  if (!entry) return {};
  entry->path = path.substr(path.find_first_not_of('/'));
  std::string content;
  std::array<char, 16384> buffer;
  while (const std::size_t got = reader.read(context, buffer)) content.append(buffer.data(), got);
  return engine::tar_file(std::move(*entry), content);
}

}  // namespace

Recipe recipe_with_files(const Context& context, const Pool& pool, NodeNumber node, std::string_view inspected) {
  Recipe recipe = recipe_of(inspected);
  const std::string copied =
      member_string(member_text(member_text(inspected, "Config"), "Labels"), converge::label::kCopied);
  if (copied.empty()) return recipe;
  const std::string archive = "/containers/" + member_string(inspected, "Id") + "/archive";
  const json::value paths = parse_json(copied);
  for (const json::value& path : paths.as_array()) {
    const std::string text(path.as_string());
    recipe.files += renamed(context, pool.get(context, node, http::Query().add("path", text).on(archive)), text);
    if (recipe.files.size() > kMost) throw Error(Kind::kUnsupported, "the files copied into it are more than 512 KiB");
  }
  if (!recipe.files.empty()) recipe.files += engine::tar_end();
  return recipe;
}

void bring_files(const Context& context, const Pool& pool, NodeNumber node, const std::string& id,
                 const std::string& files) {
  if (files.empty()) return;
  pool.call(context, node, "PUT", http::Query().add("path", "/").on("/containers/" + id + "/archive"), files);
}

}  // namespace berth::swarm
