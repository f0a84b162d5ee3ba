#include <cerrno>

#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "cli/compose/carry_out.h"
#include "cli/compose/commands.h"
#include "cli/compose/containers.h"
#include "cli/compose/copy_paths.h"
#include "converge/labels.h"
#include "engine/pack.h"
#include "engine/unpack.h"

namespace berth::cli {

namespace {

// What a container has at the path; links are followed, also to what is not there yet. Throws kConflict (a loop of
// them).
CopyTarget target_in(Session& session, const engine::ContainerId& id, const std::string& path) {
  constexpr int kMostLinks = 40;  // as Linux has it
  CopyTarget target{.path = path};
  auto stat = session.engine().stat_path(session.context(), id, path);
  for (int links = 0; stat && stat->is_symlink(); ++links) {
    if (links == kMostLinks) throw Error(Kind::kConflict, "too many links to follow at '" + path + "'");
    const std::string& link = stat->link_target;
    target.path = link.starts_with('/') ? link : parent_of(target.path) + "/" + link;
    stat = session.engine().stat_path(session.context(), id, target.path);
  }
  target.exists = stat.has_value();
  target.is_folder = stat && stat->is_folder();
  return target;
}

// The absolute path, with "/." or "/" at its end as it was given.
std::string absolute(const std::string& path) {
  const bool content = means_content(path);
  std::string result = std::filesystem::absolute(path).lexically_normal().string();
  while (result.size() > 1 && result.ends_with('/')) result.pop_back();
  if (content) return result + "/.";
  return path.ends_with('/') && result != "/" ? result + "/" : result;
}

void send_input(Session& session, const engine::ContainerId& id, const std::string& path, bool to_its_user) {
  const CopyTarget target = target_in(session, id, path);
  if (!target.is_folder) throw Error(Kind::kConflict, "destination '" + path + "' must be a directory");
  const engine::ByteSource input = [](const Context& context, std::span<char> buffer) {
    context.wait(STDIN_FILENO, POLLIN);
    const ssize_t size = ::read(STDIN_FILENO, buffer.data(), buffer.size());
    if (size < 0) throw system_error(errno, "reading standard input");
    return static_cast<std::size_t>(size);
  };
  session.engine().put_archive(session.context(), id, target.path, input, to_its_user);
}

void send(Session& session, const engine::ContainerId& id, const std::string& from, const std::string& to) {
  const bool to_its_user = session.arguments().on("archive");
  if (from == "-") return send_input(session, id, to, to_its_user);
  const std::string source = absolute(from);
  const bool follow = session.arguments().on("follow-link") || source.ends_with('/') || source.ends_with("/.");
  struct stat status{};
  if ((follow ? ::stat(source.c_str(), &status) : ::lstat(source.c_str(), &status)) != 0) {
    throw system_error(errno, "copying '" + from + "'");
  }
  const CopyPlace place = copy_place({source, S_ISDIR(status.st_mode)}, target_in(session, id, to));
  engine::Pack pack({{parent_of(source) + "/" + base_of(source), place.name}},
                    {.keep_owner = true, .follow_link = follow});
  const engine::ByteSource tar = [&pack](const Context& context, std::span<char> buffer) {
    return pack.read(context, buffer);
  };
  session.engine().put_archive(session.context(), id, place.folder, tar, to_its_user);
}

void print(Session& session, engine::ByteStream& stream) {
  std::vector<char> buffer(std::size_t{64} << 10);
  while (const std::size_t size = stream.read(session.context(), buffer)) {
    session.terminal().out({buffer.data(), size});
  }
}

void receive(Session& session, const engine::ContainerId& id, std::string from, const std::string& to) {
  const std::string named = from;
  if (session.arguments().on("follow-link")) from = target_in(session, id, from).path;
  auto [stat, stream] = session.engine().get_archive(session.context(), id, from);
  if (to == "-") return print(session, stream);
  const std::string target = absolute(to);
  std::error_code error;
  const auto status = std::filesystem::status(target, error);
  const CopyPlace place = copy_place({named, stat.is_folder()},
                                     {target, std::filesystem::exists(status), std::filesystem::is_directory(status)});
  if (!std::filesystem::is_directory(place.folder)) {
    throw Error(Kind::kNotFound, "no such directory: '" + place.folder + "'");
  }
  engine::UnpackOptions options;
  options.keep_owner = session.arguments().on("archive");
  // The archive calls all by the source's name.
  options.rename = [&](const std::string& path) {
    const std::size_t first = path.find_first_not_of('/');
    const std::size_t slash = first == std::string::npos ? first : path.find('/', first);
    const std::string rest = slash == std::string::npos ? "" : path.substr(slash);
    return place.name + rest;
  };
  const engine::ByteSource tar = [&stream = stream](const Context& context, std::span<char> buffer) {
    return stream.read(context, buffer);
  };
  engine::unpack(session.context(), tar, place.folder, options);
}

// Copies go to all replicas, and come from the first.
std::vector<engine::ContainerSummary> find_containers(Session& session, const std::string& service, bool all_replicas) {
  const auto one_offs = session.arguments().on("all") ? OneOffs::kInclude : OneOffs::kExclude;
  const long long index = session.arguments().integer("index").value_or(0);
  auto containers = project_containers(session, session.project_name(), true, one_offs, {service});
  std::erase_if(containers, [&](const auto& c) { return index > 0 && converge::number_of(c) != index; });
  if (containers.empty()) {
    throw Error(Kind::kNotFound, index > 0
                                     ? "service \"" + service + "\" is not running container #" + std::to_string(index)
                                     : "no container found for service \"" + service + "\"");
  }
  if (!all_replicas) containers.resize(1);
  return containers;
}

int copy(Invocation& invocation) {
  Session session(invocation);
  const CopySpec from = parse_copy_spec(invocation.arguments.rest[0]);
  const CopySpec to = parse_copy_spec(invocation.arguments.rest[1]);
  if (from.service && to.service) throw Error(Kind::kUnsupported, "copying between services is not supported");
  if (!from.service && !to.service) {
    throw Error(Kind::kInvalid, "unknown copy direction: one of the two has to be SERVICE:PATH");
  }
  const auto containers = find_containers(session, from.service ? *from.service : *to.service, !from.service);
  if (from.path == "-" && containers.size() > 1) {
    throw Error(Kind::kInvalid, "standard input can be copied to one container only: give --index");
  }
  const auto progress = progress_of(session, "Copying");
  for (const auto& container : containers) {
    const std::string name = converge::name_of(container) + ":";
    ProgressRow row{.id =
                        "copy " + (from.service ? name : "") + from.path + " to " + (to.service ? name : "") + to.path};
    row.text = "Copying";
    progress->update(row);
    if (!session.dry_run()) {
      from.service ? receive(session, container.id, from.path, to.path)
                   : send(session, container.id, from.path, to.path);
    }
    row.text = "Copied";
    row.state = ProgressRow::State::kDone;
    progress->update(row);
  }
  progress->finish();
  return 0;
}

}  // namespace

Command cp_command() {
  Command command;
  command.name = "cp";
  command.usage = "[OPTIONS] SERVICE:SRC_PATH DEST_PATH|-\n\tSRC_PATH|- SERVICE:DEST_PATH";
  command.summary = "Copy files/folders between a service container and the local filesystem";
  command.completes = "service";
  command.at_least = 2;
  command.at_most = 2;
  command.flags = {
      flag("all", 0, "Include containers created by the run command"),
      flag("archive", 'a', "Archive mode (copy all uid/gid information)"),
      flag("follow-link", 'L', "Always follow symbol link in SRC_PATH"),
      integer_flag("index", 0, "Index of the container if service has multiple replicas"),
  };
  command.run = copy;
  return command;
}

}  // namespace berth::cli
