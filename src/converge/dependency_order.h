// Services in the order in which they can be created and started.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "compose/project.h"

namespace berth::converge {

// A service's dependencies that matter: those on enabled services.
using Dependencies = std::map<std::string, compose::Dependency, std::less<>>;

// Throws kInvalid when a required one is disabled or not there; others are left out.
Dependencies dependencies_of(const compose::Project& project, const compose::Service& service);

// Every enabled service after those it depends on, by name among equals. Throws as dependencies_of(), and kInvalid on a
// cycle.
std::vector<const compose::Service*> dependency_order(const compose::Project& project);

// Who depends on whom, the other way round than files say it.
class Dependents {
 public:
  explicit Dependents(const compose::Project& project);

  // Names of the services that depend on `name`, not through others.
  const std::vector<std::string>& of(std::string_view name) const;

 private:
  std::map<std::string, std::vector<std::string>, std::less<>> dependents_;
};

// These and all that depend on them, through others too.
std::set<std::string, std::less<>> with_dependents(const compose::Project& project,
                                                   const std::vector<std::string>& names);

}  // namespace berth::converge
