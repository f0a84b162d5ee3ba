#include "converge/providers.h"

#include <algorithm>

#include "base/digest.h"
#include "base/strings.h"
#include "converge/dependency_order.h"

namespace berth::converge {

namespace {

constexpr std::size_t kDigits = 8;

std::string digest_of(const std::string& project, const std::string& provider, const compose::TextMap& variables) {
  std::string salted = project + '\0' + provider;
  for (const auto& [name, value] : variables) salted += '\0' + name + '=' + value;
  return sha256_hex(salted).substr(0, kDigits);
}

bool is_provider(const compose::ByName<compose::Service>& services, std::string_view name) {
  const auto service = services.find(name);
  return service != services.end() && service->second.provider;
}

// Whether there are services that depend on it and all of them can do without.
bool is_optional(const compose::Project& project, const std::string& provider) {
  bool any = false;
  for (const auto& [name, service] : project.services) {
    const auto dependency = service.depends_on.find(provider);
    if (dependency == service.depends_on.end()) continue;
    if (dependency->second.required) return false;
    any = true;
  }
  return any;
}

std::map<std::string, std::string, std::less<>> digests_in(std::string_view label) {
  std::map<std::string, std::string, std::less<>> digests;
  for (const std::string& word : split(label, ' ')) {
    const auto [name, digest] = cut(word, '=');
    if (digest) digests[std::string(name)] = *digest;
  }
  return digests;
}

}  // namespace

bool has_providers(const compose::Project& project) {
  return std::any_of(project.services.begin(), project.services.end(),
                     [](const auto& entry) { return entry.second.provider.has_value(); });
}

RunProvider run_of(const compose::Project& project, const compose::Service& service, RunProvider::Command command) {
  return {.service = service.name,
          .project = project.name,
          .command = command,
          .provider = *service.provider,
          .environment = project.environment,
          .may_fail = command == RunProvider::Command::kUp && is_optional(project, service.name)};
}

ProviderRuns plan_providers(const compose::Project& project, PlanBuilder& builder) {
  ProviderRuns runs;
  for (const compose::Service* service : dependency_order(project)) {
    if (!service->provider || project.provided.contains(service->name)) continue;
    const OperationNumber run = builder.add(run_of(project, *service, RunProvider::Command::kUp), {},
                                            {.service = service->name, .reason = {}, .replaces = false});
    order_after_providers(*service, runs, run, builder);
    runs[service->name] = run;
  }
  return runs;
}

Plan plan_provider_runs(const compose::Project& project) {
  PlanBuilder builder;
  plan_providers(project, builder);
  return builder.finish();
}

void order_after_providers(const compose::Service& service, const ProviderRuns& runs, OperationNumber operation,
                           PlanBuilder& builder) {
  for (const auto& [name, dependency] : service.depends_on) {
    const auto run = runs.find(name);
    if (run != runs.end()) builder.order(operation, run->second, dependency.required ? When::kWell : When::kEnded);
  }
}

compose::TextMap given_variables(const compose::Project& project, const compose::Service& service) {
  compose::TextMap variables;
  for (const auto& [name, dependency] : service.depends_on) {
    const auto given = project.provided.find(name);
    if (given == project.provided.end() || !given->second) continue;
    for (const auto& [variable, value] : *given->second) variables[variable] = value;
  }
  return variables;
}

std::string given_digests(const compose::Project& project, const compose::Service& service) {
  std::vector<std::string> words;
  for (const auto& [name, dependency] : service.depends_on) {
    const auto given = project.provided.find(name);
    if (given == project.provided.end() || !given->second || given->second->empty()) continue;
    words.push_back(name + "=" + digest_of(project.name, name, *given->second));
  }
  return join(words, " ");
}

std::vector<std::string> changed_variables(const compose::Project& project, const compose::Service& service,
                                           std::string_view label) {
  const auto before = digests_in(label);
  const auto now = digests_in(given_digests(project, service));
  const auto is_known = [&](const std::string& name) {
    if (!service.depends_on.contains(name)) return !is_provider(project.disabled_services, name);
    if (!is_provider(project.services, name)) return true;
    const auto given = project.provided.find(name);
    return given != project.provided.end() && given->second;
  };
  std::vector<std::string> reasons;
  const auto changed = [&](const std::string& name) {
    if (is_known(name)) reasons.push_back("variables of provider '" + name + "' changed");
  };
  for (const auto& [name, digest] : now) {
    const auto old = before.find(name);
    if (old == before.end() || old->second != digest) changed(name);
  }
  for (const auto& [name, digest] : before) {
    if (!now.contains(name)) changed(name);
  }
  std::sort(reasons.begin(), reasons.end());
  return reasons;
}

std::vector<std::string> untold_providers(const compose::Project& project, const compose::Service& service) {
  std::vector<std::string> names;
  for (const auto& [name, dependency] : service.depends_on) {
    if (is_provider(project.services, name) && !project.provided.contains(name)) names.push_back(name);
  }
  return names;
}

std::vector<std::string> with_providers(const compose::Project& project, std::vector<std::string> services) {
  for (std::size_t i = 0, count = services.size(); i < count; ++i) {
    const auto service = project.services.find(services[i]);
    if (service == project.services.end()) continue;
    for (const auto& [name, dependency] : service->second.depends_on) {
      if (is_provider(project.services, name)) services.push_back(name);
    }
  }
  return services;
}

}  // namespace berth::converge
