#include "base/error.h"
#include "cli/compose/carry_out.h"
#include "cli/compose/commands.h"
#include "cli/compose/containers.h"
#include "converge/labels.h"
#include "engine/reference.h"

namespace berth::cli {

namespace {

engine::CommitOptions options_of(const Arguments& arguments) {
  engine::CommitOptions options;
  options.author = arguments.text("author");
  options.comment = arguments.text("message");
  options.pause = arguments.on("pause");
  options.changes = arguments.texts("change");
  if (arguments.rest.size() < 2) return options;
  const engine::Reference reference = engine::Reference::parse(arguments.rest[1]);
  if (!reference.digest.empty()) {
    throw Error(Kind::kInvalid, "'" + arguments.rest[1] + "' has a digest, which an image gets by itself: give a tag");
  }
  options.repository = reference.familiar_name();
  options.tag = reference.tag;
  return options;
}

int commit(Invocation& invocation) {
  Session session(invocation);
  const Arguments& arguments = session.arguments();
  const engine::CommitOptions options = options_of(arguments);
  const auto container = service_container(session, arguments.rest[0], arguments.integer("index").value_or(0));
  const std::string name = converge::name_of(container);
  const auto progress = progress_of(session, "Committing");
  ProgressRow row{.id = "Commit " + name, .text = "Committing"};
  progress->update(row);
  row.text = "Committed";
  if (!session.dry_run()) {
    row.text += " as " + session.engine().commit_container(session.context(), container.id, options).value;
  }
  row.state = ProgressRow::State::kDone;
  progress->update(row);
  progress->finish();
  return 0;
}

}  // namespace

Command commit_command() {
  Command command;
  command.name = "commit";
  command.usage = "[OPTIONS] SERVICE [REPOSITORY[:TAG]]";
  command.summary = "Create a new image from a service container's changes";
  command.completes = "service";
  command.at_least = 1;
  command.at_most = 2;
  command.flags = {
      text_flag("author", 'a', "Author (e.g., \"John Hannibal Smith <hannibal@a-team.com>\")"),
      texts_flag("change", 'c', "Apply Dockerfile instruction to the created image").named("list"),
      integer_flag("index", 0, "index of the container if service has multiple replicas."),
      text_flag("message", 'm', "Commit message"),
      flag("pause", 'p', "Pause container during commit").with_default("true"),
  };
  command.run = commit;
  return command;
}

}  // namespace berth::cli
