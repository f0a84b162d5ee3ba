#include <filesystem>

#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "base/strings.h"
#include "base/units.h"
#include "cli/compose/bridge_model.h"
#include "cli/compose/commands.h"
#include "cli/compose/session.h"
#include "cli/table.h"
#include "engine/pack.h"
#include "engine/reference.h"
#include "engine/tar.h"
#include "engine/unpack.h"

namespace berth::cli {

namespace {

constexpr const char* kDefaultTransformation = "docker/compose-bridge-kubernetes";
constexpr std::string_view kTransformationLabel = "com.docker.compose.bridge=transformation";

engine::ImageInspect image_of(Session& session, const std::string& name) {
  engine::Client& engine = session.engine();
  if (const auto found = engine.find_image(session.context(), name)) return *found;
  session.terminal().err_line("Pulling " + name);
  engine::PullOptions options;
  options.auth = session.credentials().of_image(session.context(), name);
  engine.pull_image(session.context(), name, options).finish(session.context());
  return engine.inspect_image(session.context(), name);
}

std::string content_of(const compose::FileObject& object, const compose::Project& project) {
  if (!object.environment.empty()) return project.environment.get_or(object.environment, "");
  return object.file.empty() ? object.content.value_or("") : read_file(object.file);
}

std::string model_of(Session& session) {
  const compose::Project& project = session.project();
  BridgeFindings findings;
  for (const auto& [name, service] : project.services) {
    findings.exposed[name] = image_of(session, project.image_of(service)).config.exposed_ports;
  }
  for (const auto& [name, secret] : project.secrets) {
    if (!secret.external) findings.secrets[name] = content_of(secret, project);
  }
  for (const auto& [name, config] : project.configs) {
    if (!config.external) findings.configs[name] = content_of(config, project);
  }
  return bridge_model(project, findings);
}

// A container that goes with this.
class Helper {
 public:
  Helper(Session& session, const engine::ContainerCreate& create)
      : session_(session), id_(session.engine().create_container(session.context(), create).id) {}
  ~Helper() {
    try {
      session_.engine().remove_container(Context(), id_, {.force = true, .volumes = true});
    } catch (const Error& e) {
      session_.terminal().warn("container '" + id_.brief() + "' is left behind: " + e.message());
    }
  }
  Helper(const Helper&) = delete;
  Helper& operator=(const Helper&) = delete;
  const engine::ContainerId& id() const { return id_; }

  void put(const engine::ByteSource& tar) { session_.engine().put_archive(session_.context(), id_, "/", tar, true); }
  void put(const Path& folder, const std::string& name) {
    engine::Pack pack({{folder, name}}, {.what = "'" + folder.string() + "'"});
    put([&](const Context& context, std::span<char> buffer) { return pack.read(context, buffer); });
  }
  // What the container has in the folder, into one of ours.
  void take(const std::string& folder, const Path& to) {
    auto [stat, stream] = session_.engine().get_archive(session_.context(), id_, folder);
    engine::UnpackOptions options;
    options.rename = [](const std::string& path) {
      const std::size_t slash = path.find('/');
      return slash == std::string::npos ? std::string() : path.substr(slash + 1);
    };
    make_folder(to);
    engine::unpack(
        session_.context(),
        [&stream = stream](const Context& context, std::span<char> buffer) { return stream.read(context, buffer); }, to,
        options);
  }
  // Shows what it says. Throws kConflict when it fails.
  void run(const std::string& what) {
    engine::WaitStream end =
        session_.engine().wait_container(session_.context(), id_, engine::WaitCondition::kNextExit);
    session_.engine().start_container(session_.context(), id_);
    engine::LogStream log = session_.engine().container_logs(session_.context(), id_, {.follow = true});
    while (const auto chunk = log.next(session_.context())) session_.terminal().out(chunk->data);
    const auto code = end.exit(session_.context()).status_code;
    if (code != 0) throw Error(Kind::kConflict, "'" + what + "' has ended with " + std::to_string(code));
  }

 private:
  Session& session_;
  engine::ContainerId id_;
};

// /in with the model, /out that the user of the container may write to. Copied rather than mounted, so that the engine
// may be anywhere.
std::string folders_tar(const std::string& model) {
  const uid_t uid = ::getuid();
  const gid_t gid = ::getgid();
  std::string tar;
  for (const char* folder : {"in/", "out/"}) {
    tar += engine::tar_header({.path = folder, .mode = S_IFDIR | 0755, .uid = uid, .gid = gid});
  }
  tar += engine::tar_file({.path = "in/compose.yaml", .mode = S_IFREG | 0600, .uid = uid, .gid = gid}, model);
  return tar + engine::tar_end();
}

int convert(Invocation& invocation) {
  Session session(invocation);
  const Arguments& arguments = invocation.arguments;
  std::vector<std::string> transformations = arguments.texts("transformation");
  if (transformations.empty()) transformations.emplace_back(kDefaultTransformation);
  const std::string model = model_of(session);
  if (session.dry_run()) {
    session.terminal().out(model);
    return 0;
  }
  const Path output = std::filesystem::absolute(arguments.text("output"));
  for (const std::string& transformation : transformations) {
    image_of(session, transformation);
    engine::ContainerCreate create;
    create.config.image = transformation;
    create.config.env = {"LICENSE_AGREEMENT=true"};
    create.config.user = std::to_string(::getuid());
    Helper helper(session, create);
    helper.put(engine::bytes_of(folders_tar(model)));
    // What those before have made.
    if (transformation != transformations.front()) helper.put(output, "out");
    if (const std::string templates = arguments.text("templates"); !templates.empty()) {
      helper.put(std::filesystem::absolute(templates), "templates");
    }
    helper.run(transformation);
    helper.take("/out", output);
  }
  return 0;
}

int list_transformations(Invocation& invocation) {
  Session session(invocation);
  const std::string format = invocation.arguments.text("format");
  if (format != "table" && format != "json") throw Error(Kind::kInvalid, "unsupported format \"" + format + "\"");
  std::vector<std::vector<std::string>> rows = {{"IMAGE ID", "REPO", "TAGS", "SIZE"}};
  json::array list;
  for (const engine::ImageSummary& image :
       session.engine().list_images(session.context(), {.filters = {{"label", std::string(kTransformationLabel)}}})) {
    const std::string name = image.repo_tags.empty() ? image.id.value : image.repo_tags[0];
    if (invocation.arguments.on("quiet")) {
      session.terminal().out_line(name);
      continue;
    }
    const bool named = !image.repo_tags.empty();
    const auto reference = named ? engine::Reference::parse(name) : engine::Reference();
    rows.push_back({image.id.brief(), named ? reference.familiar_name() : "<none>", named ? reference.tag : "<none>",
                    human_size(image.size)});
    list.push_back(
        json::object{{"Id", image.id.value}, {"RepoTags", array_of(image.repo_tags)}, {"Size", count(image.size)}});
  }
  if (invocation.arguments.on("quiet")) return 0;
  session.terminal().out(format == "json" ? format_json(list) + "\n" : format_table(rows, kListColumn));
  return 0;
}

int create_transformation(Invocation& invocation) {
  Session session(invocation);
  const Path folder = std::filesystem::absolute(invocation.arguments.rest[0]);
  std::error_code ignored;
  if (std::filesystem::exists(folder, ignored)) {
    throw Error(Kind::kConflict, "output folder " + folder.string() + " already exists");
  }
  const std::string given = invocation.arguments.text("from");
  engine::ContainerCreate create;
  create.config.image = given.empty() ? std::string(kDefaultTransformation) : given;
  image_of(session, create.config.image);
  Helper(session, create).take("/templates", folder / "templates");
  write_file(folder / "Dockerfile",
             "FROM docker/compose-bridge-transformer\nLABEL com.docker.compose.bridge=transformation\n"
             "COPY templates /templates\n");
  session.terminal().out_line("Transformer created in \"" + folder.string() + "\"");
  return 0;
}

Command convert_command() {
  Command command;
  command.name = "convert";
  command.summary = "Convert compose files to Kubernetes manifests, Helm charts, or another model";
  command.usage = "[OPTIONS]";
  command.at_most = 0;
  command.flags = {
      text_flag("output", 'o', "The output directory for the Kubernetes resources").with_default("out"),
      text_flag("templates", 0, "Directory containing transformation templates").completing("folder"),
      texts_flag("transformation", 't',
                 "Transformation to apply to compose model (default: docker/compose-bridge-kubernetes)"),
  };
  command.run = convert;
  return command;
}

Command transformations_command() {
  Command list;
  list.name = "list";
  list.aliases = {"ls"};
  list.usage = "[OPTIONS]";
  list.summary = "List available transformations";
  list.at_most = 0;
  list.flags = {text_flag("format", 0, "Format the output. Values: [table | json]").with_default("table"),
                flag("quiet", 'q', "Only display transformer names")};
  list.run = list_transformations;
  Command create;
  create.name = "create";
  create.usage = "[OPTION] PATH";
  create.summary = "Create a new transformation";
  create.at_least = 1;
  create.at_most = 1;
  create.flags = {
      text_flag("from", 'f', "Existing transformation to copy (default: docker/compose-bridge-kubernetes)")};
  create.run = create_transformation;
  Command command;
  command.name = "transformations";
  command.usage = "CMD [OPTIONS]";
  command.summary = "Manage transformation images";
  command.children = {std::move(create), std::move(list)};
  return command;
}

}  // namespace

Command bridge_command() {
  Command command;
  command.name = "bridge";
  command.usage = "CMD [OPTIONS]";
  command.summary = "Convert compose files into another model";
  command.children = {convert_command(), transformations_command()};
  return command;
}

}  // namespace berth::cli
