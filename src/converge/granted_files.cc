#include "converge/granted_files.h"

#include <map>

#include "base/digest.h"
#include "base/strings.h"

namespace berth::converge {

namespace {

constexpr std::size_t kDigits = 8;

void add(const compose::ByName<compose::FileObject>& objects, const std::vector<compose::FileGrant>& grants,
         std::string_view noun, const std::string& project, std::map<std::string, std::string>& digests) {
  for (const compose::FileGrant& grant : grants) {
    const auto object = objects.find(grant.source);
    if (object == objects.end() || !object->second.content) continue;
    const std::string salted = project + "\n" + grant.source + "\n" + *object->second.content;
    digests[std::string(noun) + " " + grant.source] = sha256_hex(salted).substr(0, kDigits);
  }
}

// "config app" and its digest.
std::map<std::string, std::string> parse(std::string_view label) {
  std::map<std::string, std::string> digests;
  const std::vector<std::string> words = split(label, ' ');
  for (std::size_t i = 0; i + 1 < words.size(); i += 2) {
    const auto [name, digest] = cut(words[i + 1], '=');
    if (digest) digests[words[i] + " " + std::string(name)] = *digest;
  }
  return digests;
}

}  // namespace

std::string granted_files(const compose::Project& project, const compose::Service& service) {
  std::map<std::string, std::string> digests;
  add(project.secrets, service.secrets, "secret", project.name, digests);
  add(project.configs, service.configs, "config", project.name, digests);
  std::vector<std::string> words;
  for (const auto& [name, digest] : digests) words.push_back(name + "=" + digest);
  return join(words, " ");
}

std::vector<std::string> changed_files(std::string_view label, std::string_view wanted) {
  std::vector<std::string> reasons;
  const std::map<std::string, std::string> before = parse(label);
  for (const auto& [name, digest] : parse(wanted)) {
    const auto known = before.find(name);
    if (known == before.end() || known->second == digest) continue;
    const auto [noun, key] = cut(name, ' ');
    reasons.push_back(std::string(noun) + " '" + std::string(key.value_or("")) + "' changed");
  }
  return reasons;
}

}  // namespace berth::converge
