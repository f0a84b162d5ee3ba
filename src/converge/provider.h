// Running the program of a service's `provider`: docker compose's protocol (docs/extension.md there). The program is
// called as `PROGRAM compose --project-name=NAME up|down --OPTION=VALUE... SERVICE` and answers with lines of JSON.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/context.h"
#include "compose/service.h"
#include "converge/plan.h"
#include "converge/programs.h"

namespace berth::converge {

// What `PROGRAM compose metadata` says about the options of a command. The program need not know that command.
struct ProviderOptions {
  struct Option {
    std::string name;
    bool required = false;
    bool operator==(const Option&) const = default;
  };
  std::vector<Option> up;
  std::vector<Option> down;
  bool operator==(const ProviderOptions&) const = default;
};
// Nothing where the text is no such object or tells nothing: then every command takes every option.
std::optional<ProviderOptions> parse_provider_metadata(std::string_view text);

// The words after the program's name; options by name, one of many values is repeated. Throws kInvalid when an option
// that the command requires is missing.
std::vector<std::string> provider_arguments(const RunProvider& run, const std::optional<ProviderOptions>& options);

// What a provider has said so far.
class ProviderTalk {
 public:
  // `say` gets the first line of each piece of information.
  explicit ProviderTalk(const RunProvider& run, std::function<void(std::string_view message)> say)
      : run_(run), say_(std::move(say)) {}

  void hear(std::string_view line);

  const compose::TextMap& variables() const { return variables_; }    // as the provider names them
  const std::optional<std::string>& error() const { return error_; }  // the first one

 private:
  const RunProvider& run_;
  std::function<void(std::string_view)> say_;
  compose::TextMap variables_;
  std::optional<std::string> error_;
};

// Runs it, a plugin of docker's or else what PATH has, to its end and returns the variables for dependents:
// SERVICE_KEY. Throws kNotFound when there is no such program, kInvalid as provider_arguments(), kConflict with the
// provider's error, kCancelled, kTimeout (it is killed).
compose::TextMap run_provider(const Context& context, const Programs& programs, const RunProvider& run,
                              const std::function<void(std::string_view message)>& say);

// The variables under the names that dependents know: "MY-DB_URL" of KEY "URL", and "MY_DB_URL", which shells can read.
compose::TextMap variables_for_dependents(std::string_view service, const compose::TextMap& variables);

// Sets them in "NAME=value" lines, over what is there.
void add_variables(const compose::TextMap& variables, std::vector<std::string>& environment);

}  // namespace berth::converge
