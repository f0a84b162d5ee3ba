// cert: certificates for the people and programs that use a swarm.
#include <chrono>

#include "base/clock.h"
#include "base/error.h"
#include "base/files.h"
#include "base/units.h"
#include "cli/swarm/certificates.h"
#include "cli/swarm/commands.h"
#include "pki/authority.h"
#include "swarm/access/grant.h"

namespace berth::cli {

namespace {

constexpr std::size_t kLongestName = 64;  // of a certificate's common name (X.520)

swarm::Grant grant_of(const Arguments& arguments) {
  swarm::Grant grant;
  grant.role = swarm::parse_role(arguments.text("role"));
  for (const std::string& scope : arguments.texts("scope")) grant.scope.push_back(swarm::parse_selector(scope));
  swarm::check(grant);
  return grant;
}

std::chrono::hours lifetime(const Arguments& arguments) {
  const std::string text = arguments.text("valid-for");
  const auto duration = parse_duration(text);
  if (!duration || *duration < std::chrono::hours(1)) {
    throw Error(Kind::kInvalid, "--valid-for '" + text + "': give at least an hour, such as 720h");
  }
  return std::chrono::duration_cast<std::chrono::hours>(*duration);
}

int make_certificate(Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  const std::string name = arguments.rest.front();
  if (name.empty() || name.size() > kLongestName) {
    throw Error(Kind::kInvalid, "'" + name + "' cannot be a name: give 1 to 64 characters");
  }
  if (arguments.text("role").empty()) {
    throw Error(Kind::kInvalid, "give --role admin, operator or read-only (or manager, for a replicated manager)");
  }
  const swarm::Grant grant = grant_of(arguments);
  const Path folder(arguments.text("output").empty() ? name : arguments.text("output"));
  if (std::filesystem::exists(folder / "key.pem") && !arguments.on("force")) {
    throw Error(Kind::kConflict,
                "there is a certificate in '" + folder.native() + "' already; give --force to replace it");
  }
  const pki::Identity authority = signing_authority(invocation);
  const pki::Identity made = pki::issue(authority,
                                        {.use = pki::Use::kClient,
                                         .organization = "berth swarm",
                                         .common_name = name,
                                         .names = {},
                                         .valid_for = lifetime(arguments),
                                         .grant = swarm::format_grant(grant)},
                                        system_clock().now());
  make_folder(folder, 0700);
  pki::save(made, folder / "cert.pem", folder / "key.pem");
  write_file(folder / "ca.pem", authority.certificate);
  invocation.terminal.out_line(std::filesystem::absolute(folder).lexically_normal().native());
  invocation.terminal.err_line("serial:" + pki::read_certificate(made.certificate).serial);
  return 0;
}

}  // namespace

Command swarm_cert_command() {
  Command command;
  command.name = "cert";
  command.usage = "[OPTIONS] NAME";
  command.summary = "Make a client certificate that allows its owner what a role does";
  command.at_least = 1;
  command.at_most = 1;
  command.flags = {
      text_flag("role", 0, "What its owner may do: admin, operator, read-only or manager")
          .one_of({"admin", "operator", "read-only", "manager"}),
      texts_flag("scope", 0, "Only with objects that have this label: label=KEY=VALUE or label=KEY").named("list"),
      text_flag("output", 'o', "Folder for ca.pem, cert.pem and key.pem (default ./NAME)").completing("folder"),
      text_flag("valid-for", 0, "How long it holds").with_default("8760h").named("duration"),
      flag("force", 'f', "Replace a certificate that is in the folder"),
      text_flag("tlscacert", 0, "Authority that signs it (default that of berth machine)").completing("file"),
      text_flag("tlscakey", 0, "The authority's private key").completing("file"),
  };
  command.run = make_certificate;
  return command;
}

}  // namespace berth::cli
