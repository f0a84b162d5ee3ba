#include "cli/compose/viz_text.h"

#include "base/strings.h"

namespace berth::cli {

namespace {

// For texts between < and > of a label.
std::string escaped(std::string_view text) {
  return replace_all(replace_all(replace_all(text, "&", "&amp;"), "<", "&lt;"), ">", "&gt;");
}

std::string quoted(std::string_view text) { return "\"" + replace_all(text, "\"", "\\\"") + "\""; }

std::string part(const std::string& title, const std::vector<std::string>& lines) {
  std::string text = R"(<font point-size="10"><br/><br/><b>)" + title + ":</b>";
  for (const std::string& line : lines) text += "<br/>" + escaped(line);
  return text + "</font>";
}

std::string label_of(const compose::Project& project, const compose::Service& service, const VizOptions& options) {
  std::string label = R"(<font point-size="15">)" + escaped(service.name) + "</font>";
  if (options.networks && !service.networks.empty()) {
    std::vector<std::string> names;
    for (const auto& [name, attachment] : service.networks) names.push_back(name);
    label += part("Networks", names);
  }
  if (options.ports && !service.ports.empty()) {
    std::vector<std::string> ports;
    for (const compose::Port& port : service.ports) {
      const std::string address = port.host_ip.empty() ? "" : port.host_ip + ":";
      ports.push_back(address + port.published + ":" + std::to_string(port.target) + " (" + port.protocol + ", " +
                      port.mode + ")");
    }
    label += part("Ports", ports);
  }
  if (options.images) label += part("Image", {project.image_of(service)});
  return label;
}

}  // namespace

std::string viz_text(const compose::Project& project, const VizOptions& options) {
  std::string text = "digraph " + quoted(project.name) + " {\n" + options.indentation + "layout=dot;\n";
  for (const auto& [name, service] : project.services) {
    text += options.indentation + quoted(name) + " [style=\"filled\" label=<" + label_of(project, service, options) +
            ">];\n";
  }
  text += "\n";
  for (const auto& [name, service] : project.services) {
    for (const auto& [dependency, condition] : service.depends_on) {
      text += options.indentation + quoted(name) + " -> " + quoted(dependency) + ";\n";
    }
  }
  return text + "}\n";
}

}  // namespace berth::cli
