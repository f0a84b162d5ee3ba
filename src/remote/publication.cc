#include "remote/publication.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/digest.h"
#include "base/error.h"
#include "base/strings.h"
#include "compose/file_path.h"
#include "compose/interpolate.h"
#include "yaml/parse.h"

namespace berth::remote {

namespace {

using yaml::Node;

// Where the scalar that begins at `begin` ends in the source, if it is written in one of the usual ways.
std::optional<std::size_t> end_of_scalar(std::string_view source, std::size_t begin, const Node& node) {
  const std::string_view rest = source.substr(begin);
  if (rest.empty()) return std::nullopt;
  if (rest[0] != '\'' && rest[0] != '"') {
    return rest.starts_with(node.text()) ? std::optional(begin + node.text().size()) : std::nullopt;
  }
  for (std::size_t i = 1; i < rest.size(); ++i) {
    if (rest[0] == '"' && rest[i] == '\\') {
      ++i;
    } else if (rest[i] == rest[0]) {
      if (rest[0] != '\'' || !rest.substr(i + 1).starts_with('\'')) return begin + i + 1;
      ++i;
    }
  }
  return std::nullopt;
}

std::size_t offset_of(std::string_view source, const yaml::Position& position) {
  std::size_t at = source.starts_with("\xEF\xBB\xBF") ? 3 : 0;
  for (std::uint32_t line = 1; line < position.line; ++line) at = source.find('\n', at) + 1;
  for (std::uint32_t column = 1; column < position.column && at < source.size(); ++column) {
    ++at;
    while (at < source.size() && (static_cast<unsigned char>(source[at]) & 0xC0) == 0x80) ++at;
  }
  return at;
}

// A source text and the names in it that are to be others.
class Rewriting {
 public:
  explicit Rewriting(std::string source) : source_(std::move(source)) {}

  void replace(const Node& node, const std::string& name) {
    const std::size_t begin = offset_of(source_, node.position());
    const auto end = end_of_scalar(source_, begin, node);
    if (!end) {
      throw Error(Kind::kUnsupported, node.position().str() + ": '" + node.text() +
                                          "' is published under another name, and is not written so that it could be "
                                          "replaced: write it on one line, without an anchor");
    }
    replaced_[begin] = {*end, name};
  }

  std::string finish() const {
    std::string text;
    std::size_t at = 0;
    for (const auto& [begin, what] : replaced_) {
      text += source_.substr(at, begin - at) + what.second;
      at = what.first;
    }
    return text + source_.substr(at);
  }

 private:
  std::string source_;
  std::map<std::size_t, std::pair<std::size_t, std::string>> replaced_;  // from where: up to where, and by what
};

// Nodes of the files' names that an env_file has.
std::vector<const Node*> env_files_of(const Node& service) {
  const Node* env_file = service.find("env_file");
  std::vector<const Node*> names;
  if (env_file == nullptr) return names;
  if (env_file->is_string()) names.push_back(env_file);
  for (const Node& item : env_file->items()) {
    const Node* name = item.is_mapping() ? item.find("path") : &item;
    if (name != nullptr && name->is_scalar()) names.push_back(name);
  }
  return names;
}

class Publisher {
 public:
  Publisher(const compose::Project& project, const compose::FileReader& reader) : project_(project), reader_(reader) {}

  Publication publish(bool with_env) {
    for (const std::string& file : project_.compose_files) {
      add(file, project_.working_dir, {ArtifactFile::Role::kCompose, compose::base_name(file), {}});
    }
    while (!extended_.empty()) {
      const auto next = extended_.extract(extended_.begin());
      if (!done_.insert(next.key()).second) continue;
      add(next.key(), compose::folder_of(next.key()), {ArtifactFile::Role::kExtended, next.mapped(), {}});
    }
    if (!with_env) return std::move(made_);
    for (const auto& [file, name] : env_files_) {
      const auto text = reader_.read(file);
      if (!text) continue;  // one that need not be there
      note_sensitive(*text, file);
      made_.files.push_back({ArtifactFile::Role::kEnv, name, *text});
    }
    return std::move(made_);
  }

 private:
  void add(const std::string& path, const std::string& folder, ArtifactFile file) {
    const std::string source = reader_.read(path).value_or("");
    const yaml::ParseResult parsed = yaml::parse(source, path);
    if (!parsed.ok()) throw yaml::to_error(parsed.faults);
    Rewriting rewriting(source);
    for (const Node& document : parsed.documents) {
      refuse_local_includes(document);
      const Node* services = document.find("services");
      if (services == nullptr) continue;
      for (const auto& [name, position, service] : services->entries()) rewrite(service, folder, rewriting);
    }
    note_sensitive(source, path);
    if (path == "-") file.name = "compose.yaml";
    file.bytes = rewriting.finish();
    made_.files.push_back(std::move(file));
  }

  void rewrite(const Node& service, const std::string& folder, Rewriting& rewriting) {
    for (const Node* name : env_files_of(service)) {
      const std::string file = compose::absolute_path(folder, with_variables(*name));
      const std::string published = sha256_hex(file) + ".env";
      rewriting.replace(*name, published);
      env_files_[file] = published;
    }
    const Node* extends = service.find("extends");
    const Node* name = extends == nullptr ? nullptr : extends->find("file");
    if (name == nullptr || !name->is_string() || reader_.is_remote(with_variables(*name))) return;
    const std::string file = compose::absolute_path(folder, with_variables(*name));
    const std::string published = sha256_hex(file) + ".yaml";
    rewriting.replace(*name, published);
    extended_[file] = published;
  }

  void refuse_local_includes(const Node& document) const {
    const Node* include = document.find("include");
    if (include == nullptr) return;
    for (const Node& item : include->items()) {
      const Node* path = item.is_mapping() ? item.find("path") : &item;
      std::vector<const Node*> names;
      if (path != nullptr && path->is_scalar()) names.push_back(path);
      if (path != nullptr) {
        for (const Node& name : path->items()) names.push_back(&name);
      }
      for (const Node* name : names) {
        if (reader_.is_remote(with_variables(*name))) continue;
        throw Error(Kind::kInvalid, name->position().str() + ": cannot publish compose file with local includes: '" +
                                        name->text() + "'; name both files with -f, or publish that one by itself");
      }
    }
  }

  std::string with_variables(const Node& node) const {
    yaml::Findings ignored;
    const compose::Lookup lookup = [this](std::string_view name) { return project_.environment.get(name); };
    return compose::substitute(node.text(), lookup, ignored);
  }

  void note_sensitive(const std::string& text, const std::string& file) {
    for (const Sensitive& found : find_sensitive(text)) {
      made_.sensitive.push_back(file + ":" + std::to_string(found.line) + ": " + found.what);
    }
  }

  const compose::Project& project_;
  const compose::FileReader& reader_;
  Publication made_;
  std::map<std::string, std::string> extended_;  // path: published name; still to be added
  std::set<std::string> done_;
  std::map<std::string, std::string> env_files_;
};

}  // namespace

Publication publication(const compose::Project& project, const compose::FileReader& reader, bool with_env) {
  return Publisher(project, reader).publish(with_env);
}

}  // namespace berth::remote
