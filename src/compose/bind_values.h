// Single values of a compose file to the form that their attribute has. Each returns null for a value that is null or,
// with a fault, wrong.
#pragma once

#include "compose/shape.h"
#include "yaml/node.h"
#include "yaml/path.h"

namespace berth::compose {

class ValueBinder {
 public:
  explicit ValueBinder(yaml::Findings& findings) : findings_(findings) {}

  // For all forms but the ones made of objects.
  yaml::Node bind(const yaml::Node& value, Form form, const yaml::NodePath& path);
  // Whether a value that bind() gave is what Go calls zero.
  static bool is_zero(const yaml::Node& bound);

 private:
  yaml::Node fault(const yaml::Node& value, const yaml::NodePath& path, std::string message);
  yaml::Node wrong(const yaml::Node& value, const yaml::NodePath& path, std::string_view wanted);

  yaml::Node text(const yaml::Node& value, const yaml::NodePath& path);
  yaml::Node boolean(const yaml::Node& value, const yaml::NodePath& path);
  yaml::Node integer(const yaml::Node& value, const yaml::NodePath& path, bool from_text, bool negative);
  yaml::Node floating(const yaml::Node& value, const yaml::NodePath& path);
  yaml::Node bytes(const yaml::Node& value, const yaml::NodePath& path);
  yaml::Node duration(const yaml::Node& value, const yaml::NodePath& path);
  yaml::Node file_mode(const yaml::Node& value, const yaml::NodePath& path);
  yaml::Node device_count(const yaml::Node& value, const yaml::NodePath& path);
  yaml::Node texts(const yaml::Node& value, const yaml::NodePath& path, Form form);
  yaml::Node command(const yaml::Node& value, const yaml::NodePath& path);
  yaml::Node health_test(const yaml::Node& value, const yaml::NodePath& path);
  yaml::Node text_map(const yaml::Node& value, const yaml::NodePath& path, Form form);
  yaml::Node option_lists(const yaml::Node& value, const yaml::NodePath& path);
  yaml::Node hosts(const yaml::Node& value, const yaml::NodePath& path);

  yaml::Findings& findings_;
};

}  // namespace berth::compose
