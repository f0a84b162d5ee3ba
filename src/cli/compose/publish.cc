#include <algorithm>

#include "base/clock.h"
#include "base/error.h"
#include "base/strings.h"
#include "cli/compose/carry_out.h"
#include "cli/compose/commands.h"
#include "cli/compose/image_digests.h"
#include "converge/images.h"
#include "remote/images.h"
#include "remote/publication.h"

namespace berth::cli {

namespace {

std::optional<remote::OciVersion> oci_version(const std::string& text) {
  if (text.empty()) return std::nullopt;
  if (text == "1.0") return remote::OciVersion::k1_0;
  if (text == "1.1") return remote::OciVersion::k1_1;
  throw Error(Kind::kInvalid, "unsupported OCI version: " + text + " (1.0 or 1.1)");
}

// With the services of all profiles.
compose::Project whole_project(Session& session) {
  compose::LoadOptions options = session.load_options();
  options.profiles = {"*"};
  options.resolve_environment = false;
  std::vector<yaml::Diagnostic> warnings;
  compose::Project project = compose::load_or_throw(options, session.reader(), warnings);
  for (const yaml::Diagnostic& warning : warnings) session.terminal().warn(warning.str());
  return project;
}

void refuse_what_has_no_image(const compose::Project& project) {
  std::string names;
  for (const auto& [name, service] : project.services) {
    if (service.image.empty() && service.build) names += "\n- \"" + name + "\"";
  }
  if (!names.empty()) {
    throw Error(Kind::kInvalid,
                "your Compose stack cannot be published as it only contains a build section for service(s):" + names +
                    "\ngive them an image too");
  }
}

std::vector<std::string> env_files_of(const compose::Service& service) {
  std::vector<std::string> files;
  const yaml::Node* list = service.tree.find("env_file");
  if (list == nullptr) return files;
  if (list->is_string()) files.push_back(list->text());
  for (const yaml::Node& item : list->items()) {
    const yaml::Node* path = item.is_mapping() ? item.find("path") : &item;
    if (path != nullptr) files.push_back(path->text());
  }
  return files;
}

// Throws kInvalid unless --with-env allows what services have of variables.
void refuse_variables(const compose::Project& project) {
  std::string found;
  for (const auto& [name, service] : project.services) {
    if (!env_files_of(service).empty()) found += "service \"" + name + "\" has env_file declared.\n";
    if (!service.environment.empty()) found += "service \"" + name + "\" has environment variable(s) declared.\n";
  }
  for (const auto& [name, config] : project.configs) {
    if (!config.environment.empty()) found += "config \"" + name + "\" is declared as an environment variable.\n";
  }
  if (found.empty()) return;
  throw Error(Kind::kInvalid, found +
                                  "To avoid leaking sensitive data, you must either explicitly allow the sending of "
                                  "environment variables by using the --with-env flag,\nor remove sensitive data from "
                                  "your Compose configuration");
}

std::string binds_of(const compose::Project& project) {
  std::string text;
  for (const auto& [name, service] : project.services) {
    for (const compose::Mount& mount : service.volumes) {
      if (mount.kind == compose::MountKind::kBind)
        text += "  " + name + ": " + mount.source + ":" + mount.target + "\n";
    }
  }
  return text;
}

std::string variables_of(const compose::Project& project) {
  std::string text;
  for (const auto& [name, service] : project.services) {
    for (const std::string& file : env_files_of(service)) text += "  " + name + ": " + file + "\n";
    for (const auto& [variable, value] : service.environment) {
      text += "  " + name + ": " + variable + (value ? "=" + *value : "") + "\n";
    }
  }
  return text;
}

// Asks about what would be given away. Throws kCancelled unless the answer is yes.
void confirm(Terminal& terminal, const std::string& what, const std::string& list) {
  if (list.empty()) return;
  terminal.err("you are about to publish " + what + " within your OCI artifact.\n" + list);
  const std::string answer = to_lower(trim(terminal.ask("Do you want to publish this? [y/N] ")));
  if (answer != "y" && answer != "yes") throw Error(Kind::kCancelled, "nothing was published");
}

void push_images(Session& session, const compose::Project& project) {
  converge::PushFlags flags{.services = {}, .ignore_failures = true};
  for (const auto& [name, service] : project.services) {
    if (service.build && !service.image.empty()) flags.services.push_back(name);
  }
  if (!flags.services.empty()) carry_out(session, converge::plan_push(project, flags), "Pushing");
}

void push_application(Session& session, const compose::Project& project, const engine::Reference& reference,
                      const std::vector<remote::ArtifactFile>& files) {
  const Context& context = session.context();
  remote::Repository to = remote::repository_of(context, reference, session.credentials());
  const remote::Descriptor artifact = remote::push_artifact(
      context, to, reference.tag, files, oci_version(session.arguments().text("oci-version")), system_clock().now());
  if (!session.arguments().on("app")) return;
  std::vector<remote::Descriptor> images;
  for (const auto& [name, service] : project.services) {
    images.push_back(remote::copy_image(context, service.image, session.credentials(), to));
  }
  const std::string index = remote::application_index(images, artifact);
  to.push_manifest(context, remote::digest_of(index), remote::kOciIndex, index);
}

int publish(Invocation& invocation) {
  Session session(invocation);
  const Arguments& arguments = session.arguments();
  const std::string& name = arguments.rest[0];
  const auto reference = engine::Reference::parse(name).with_default_tag();
  if (!reference.digest.empty()) throw Error(Kind::kInvalid, "'" + name + "' has a digest: publish under a tag");
  oci_version(arguments.text("oci-version"));
  const compose::Project project = whole_project(session);
  refuse_what_has_no_image(project);
  const bool with_env = arguments.on("with-env");
  if (!with_env) refuse_variables(project);
  remote::Publication publication = remote::publication(project, session.reader(), with_env);
  if (!arguments.on("yes")) {
    confirm(session.terminal(), "bind mounts (where they are, not what is in them)", binds_of(project));
    std::string sensitive;
    for (const std::string& found : publication.sensitive) sensitive += "  " + found + "\n";
    confirm(session.terminal(), "what looks like secrets", sensitive);
    confirm(session.terminal(), "environment variables", variables_of(project));
  }
  push_images(session, project);
  if (arguments.on("resolve-image-digests") || arguments.on("app")) {
    compose::Project pinned = project;
    pin_images(session, pinned);
    publication.files.push_back({remote::ArtifactFile::Role::kCompose, "image-digests.yaml", images_override(pinned)});
  }
  const auto progress = progress_of(session, "Publishing");
  ProgressRow row{.id = name};
  row.text = "publishing";
  progress->update(row);
  if (!session.dry_run()) push_application(session, project, reference, publication.files);
  row.text = "published";
  row.state = ProgressRow::State::kDone;
  progress->update(row);
  progress->finish();
  return 0;
}

}  // namespace

Command publish_command() {
  Command command;
  command.name = "publish";
  command.usage = "[OPTIONS] REPOSITORY[:TAG]";
  command.summary = "Publish compose application";
  command.at_least = 1;
  command.at_most = 1;
  command.flags = {
      flag("app", 0, "Published compose application (includes referenced images)"),
      text_flag("oci-version", 0, "OCI image/artifact specification version (automatically determined by default)"),
      flag("resolve-image-digests", 0, "Pin image tags to digests"),
      flag("with-env", 0, "Include environment variables in the published OCI artifact"),
      flag("yes", 'y', "Assume \"yes\" as answer to all prompts"),
  };
  command.run = publish;
  return command;
}

}  // namespace berth::cli
