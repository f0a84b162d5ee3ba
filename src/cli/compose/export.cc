#include <array>

#include <fcntl.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "cli/compose/carry_out.h"
#include "cli/compose/commands.h"
#include "cli/compose/containers.h"
#include "converge/labels.h"

namespace berth::cli {

namespace {

constexpr std::size_t kPiece = std::size_t{64} << 10;

void write_all(int fd, std::string_view bytes, const Path& path) {
  while (!bytes.empty()) {
    const ssize_t size = ::write(fd, bytes.data(), bytes.size());
    if (size < 0 && errno != EINTR) throw system_error(errno, "writing '" + path.string() + "'");
    if (size > 0) bytes.remove_prefix(static_cast<std::size_t>(size));
  }
}

// Into a file beside it first: what breaks off leaves no half of an archive under the name.
void save(const Context& context, engine::ByteStream& stream, const Path& path) {
  const Path unfinished = path.string() + ".unfinished";
  Fd file(::open(unfinished.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (!file) throw system_error(errno, "opening '" + unfinished.string() + "'");
  try {
    std::vector<char> buffer(kPiece);
    while (const std::size_t size = stream.read(context, buffer)) {
      write_all(file.get(), {buffer.data(), size}, unfinished);
    }
    std::filesystem::rename(unfinished, path);
  } catch (const std::exception&) {
    ::unlink(unfinished.c_str());
    throw;
  }
}

void print(Session& session, engine::ByteStream& stream) {
  std::vector<char> buffer(kPiece);
  while (const std::size_t size = stream.read(session.context(), buffer)) {
    session.terminal().out({buffer.data(), size});
  }
}

int export_container(Invocation& invocation) {
  Session session(invocation);
  const Arguments& arguments = session.arguments();
  const std::string output = arguments.text("output");
  if (output.empty() && session.terminal().out_is_terminal()) {
    throw Error(Kind::kInvalid, "output option is required when exporting to terminal: give -o FILE");
  }
  const auto container = service_container(session, arguments.rest[0], arguments.integer("index").value_or(0));
  const std::string name = converge::name_of(container);
  const auto progress = progress_of(session, "Exporting");
  ProgressRow row{.id = "Container " + name, .text = "Exporting"};
  progress->update(row);
  if (!session.dry_run()) {
    engine::ByteStream stream = session.engine().export_container(session.context(), container.id);
    output.empty() ? print(session, stream) : save(session.context(), stream, output);
  }
  row.text = "Exported";
  row.state = ProgressRow::State::kDone;
  progress->update(row);
  progress->finish();
  return 0;
}

}  // namespace

Command export_command() {
  Command command;
  command.name = "export";
  command.usage = "[OPTIONS] SERVICE";
  command.summary = "Export a service container's filesystem as a tar archive";
  command.completes = "service";
  command.at_least = 1;
  command.at_most = 1;
  command.flags = {
      integer_flag("index", 0, "index of the container if service has multiple replicas."),
      text_flag("output", 'o', "Write to a file, instead of STDOUT").completing("file"),
  };
  command.run = export_container;
  return command;
}

}  // namespace berth::cli
