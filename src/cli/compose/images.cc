#include <algorithm>
#include <map>

#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "base/parallel.h"
#include "base/strings.h"
#include "cli/compose/commands.h"
#include "cli/compose/containers.h"
#include "cli/table.h"
#include "converge/labels.h"
#include "engine/reference.h"

namespace berth::cli {

namespace {

constexpr std::size_t kCalls = 6;

// Each image once, however many containers run it.
struct Looked {
  std::string name;  // as the containers call it
  engine::ImageInspect image;
};

std::map<std::string, engine::ImageInspect> inspect(Session& session,
                                                    const std::vector<engine::ContainerSummary>& containers) {
  std::vector<Looked> images;
  for (const auto& container : containers) {
    const bool known =
        std::any_of(images.begin(), images.end(), [&](const Looked& l) { return l.name == container.image; });
    if (!known) images.push_back({container.image, {}});
  }
  const auto outcomes = for_each_parallel(images, kCalls, [&](Looked& looked) {
    looked.image = session.engine().inspect_image(session.context(), looked.name);
  });
  for (const auto& outcome : outcomes) {
    if (outcome) throw *outcome;
  }
  std::map<std::string, engine::ImageInspect> result;
  for (Looked& looked : images) result[looked.name] = std::move(looked.image);
  return result;
}

// Repository and tag; empty for a container whose image has no name.
std::pair<std::string, std::string> repository_and_tag(const std::string& image) {
  try {
    const engine::Reference reference = engine::Reference::parse(image).with_default_tag();
    return {reference.familiar_name(), reference.tag};
  } catch (const Error&) {
    return {};
  }
}

std::string platform_of(const engine::ImageInspect& image) {
  return image.os + "/" + image.architecture + (image.variant.empty() ? "" : "/" + image.variant);
}

int images(Invocation& invocation) {
  Session session(invocation);
  const Arguments& arguments = session.arguments();
  const std::string format = to_lower(arguments.text("format"));
  const auto containers = project_containers(session, session.project_name(), true, OneOffs::kInclude, arguments.rest);
  const auto by_name = inspect(session, containers);
  std::vector<std::vector<std::string>> rows = {
      {"CONTAINER", "REPOSITORY", "TAG", "PLATFORM", "IMAGE ID", "SIZE", "CREATED"}};
  json::array list;
  std::vector<std::string> ids;
  for (const auto& container : containers) {
    const engine::ImageInspect& image = by_name.at(container.image);
    const std::string name = converge::name_of(container);
    const auto [repository, tag] = repository_and_tag(container.image);
    const engine::Time time = image.last_tag_time.value_or(image.created.value_or(engine::Time()));
    rows.push_back({name, repository.empty() ? "<none>" : repository, tag.empty() ? "<none>" : tag, platform_of(image),
                    image.id.brief(), human_size(image.size), human_duration(system_clock().now() - time) + " ago"});
    list.push_back(json::object{{"ID", image.id.value},
                                {"ContainerName", name},
                                {"Repository", repository},
                                {"Tag", tag},
                                {"Platform", platform_of(image)},
                                {"Size", count(image.size)},
                                {"LastTagTime", format_time(time)}});
    const std::string id = image.id.value.substr(image.id.value.find(':') + 1);
    if (std::find(ids.begin(), ids.end(), id) == ids.end()) ids.push_back(id);
  }
  if (arguments.on("quiet")) {
    for (const std::string& id : ids) session.terminal().out_line(id);
  } else if (format == "json") {
    session.terminal().out_line(format_json(list));
  } else if (format == "table" || format == "pretty" || format.empty()) {
    session.terminal().out(format_table(rows, kListColumn));
  } else {
    throw Error(Kind::kInvalid, "format value \"" + format + "\" could not be parsed: use table or json");
  }
  return 0;
}

}  // namespace

Command images_command() {
  Command command;
  command.name = "images";
  command.usage = "[OPTIONS] [SERVICE...]";
  command.summary = "List images used by the created containers";
  command.completes = "service";
  command.flags = {
      text_flag("format", 0, "Format the output. Values: [table | json]").with_default("table"),
      flag("quiet", 'q', "Only display IDs"),
  };
  command.run = images;
  return command;
}

}  // namespace berth::cli
