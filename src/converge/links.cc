#include "converge/links.h"

#include "base/strings.h"

namespace berth::converge {

std::vector<std::string> links_of(const compose::Project& project, const compose::Service& service, int number,
                                  const Replicas& replicas) {
  std::vector<std::string> links;
  const std::string suffix = "-" + std::to_string(number);
  for (const std::string& link : service.links) {
    const auto [target, alias] = cut(link, ':');
    const auto found = replicas.find(target);
    if (found == replicas.end()) continue;
    for (const Replica& replica : found->second) {
      const std::string prefix = replica.container.name + ":";
      links.push_back(prefix + std::string(alias.value_or(target)));
      links.push_back(prefix + std::string(target) + suffix);
      links.push_back(prefix + project.name + "-" + std::string(target) + suffix);
    }
  }
  for (const std::string& link : service.external_links) {
    const auto [target, alias] = cut(link, ':');
    links.push_back(std::string(target) + ":" + std::string(alias.value_or(target)));
  }
  return links;
}

}  // namespace berth::converge
