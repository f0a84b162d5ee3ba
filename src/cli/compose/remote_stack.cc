#include "cli/compose/remote_stack.h"

#include <algorithm>

#include "base/error.h"
#include "base/strings.h"
#include "cli/table.h"
#include "compose/interpolate.h"

namespace berth::cli {

namespace {

// What the files read, and where each value comes from, as docker compose lists it.
std::string table_of_variables(Session& session) {
  compose::LoadOptions options = session.load_options();
  options.interpolate = false;
  options.resolve_environment = false;
  auto variables = compose::variables_of(compose::load(options, session.reader()).model);
  std::sort(variables.begin(), variables.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  if (variables.empty()) return {};
  std::vector<std::vector<std::string>> rows = {{"VARIABLE", "VALUE", "SOURCE", "REQUIRED", "DEFAULT"}};
  for (const compose::Variable& variable : variables) {
    const auto set = session.invocation().environment.get(variable.name);
    const bool has_default = !variable.default_value.empty();
    rows.push_back({variable.name,
                    set           ? *set
                    : has_default ? variable.default_value
                                  : "<unset>",
                    set           ? "environment"
                    : has_default ? "compose file"
                                  : "none",
                    variable.required ? "yes" : "no", variable.default_value});
  }
  return "\nFound the following variables in configuration:\n" + format_table(rows, kListColumn);
}

}  // namespace

void confirm_remote_stack(Session& session, const compose::Project& project, bool yes) {
  const auto files = session.arguments().texts("file");
  if (files.empty() || !session.reader().is_remote(files[0])) return;
  session.terminal().out_line("Your compose stack \"" + files[0] + "\" is stored in \"" + project.working_dir + "\"");
  if (yes || !session.terminal().in_is_terminal()) return;
  const std::string table = table_of_variables(session);
  if (table.empty()) return;
  session.terminal().out(table);
  const std::string answer =
      to_lower(trim(session.terminal().ask("\nDo you want to proceed with these variables? [Y/n]: ")));
  if (answer.starts_with('n')) throw Error(Kind::kCancelled, "operation cancelled by user");
}

}  // namespace berth::cli
