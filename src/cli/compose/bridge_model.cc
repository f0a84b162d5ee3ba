#include "cli/compose/bridge_model.h"

#include <set>

#include "base/strings.h"
#include "compose/config.h"
#include "yaml/emit.h"
#include "yaml/parse.h"

namespace berth::cli {

namespace {

yaml::Node exposed_by(const compose::Service& service, const std::vector<std::string>& of_image) {
  std::set<std::string> ports;
  if (const yaml::Node* own = service.tree.find("expose")) {
    for (const yaml::Node& port : own->items()) ports.insert(port.to_display());
  }
  for (const std::string& port : of_image) ports.insert(std::string(cut(port, '/').first));
  for (const compose::Port& port : service.ports) ports.insert(std::to_string(port.target));
  std::vector<yaml::Node> list;
  for (const std::string& port : ports) {
    list.push_back(yaml::Node::string(port, {}, yaml::ScalarStyle::kDoubleQuoted));
  }
  return yaml::Node::sequence(std::move(list));
}

void fill_in(yaml::Node& model, std::string_view section, const std::map<std::string, std::string>& contents) {
  yaml::Node* objects = model.find_for_edit(section);
  if (objects == nullptr) return;
  for (const auto& [name, content] : contents) {
    if (yaml::Node* object = objects->find_for_edit(name)) {
      object->edit_entries().insert_or_assign("content", yaml::Node::string(content));
    }
  }
}

}  // namespace

std::string bridge_model(const compose::Project& project, const BridgeFindings& findings) {
  yaml::Node model = yaml::parse(compose::config_yaml(project), "compose.yaml").documents.at(0);
  for (const auto& [name, service] : project.services) {
    yaml::Node& tree = *model.find_for_edit("services")->find_for_edit(name);
    tree.edit_entries().insert_or_assign("image", yaml::Node::string(project.image_of(service)));
    const auto of_image = findings.exposed.find(name);
    yaml::Node exposed =
        exposed_by(service, of_image == findings.exposed.end() ? std::vector<std::string>() : of_image->second);
    if (!exposed.empty()) tree.edit_entries().insert_or_assign("expose", std::move(exposed));
  }
  fill_in(model, "secrets", findings.secrets);
  fill_in(model, "configs", findings.configs);
  return yaml::to_yaml(model);
}

}  // namespace berth::cli
