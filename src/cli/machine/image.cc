#include "base/error.h"
#include "base/strings.h"
#include "cli/machine/commands.h"
#include "cli/machine/session.h"
#include "machine/image_build.h"

namespace berth::cli {

namespace {

int build(Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  machine::ImageBuild build;
  build.folder = std::filesystem::absolute(arguments.rest[0]);
  build.suite = arguments.text("suite");
  build.mirror = arguments.text("mirror");
  build.packages = arguments.texts("package");
  build.size_mb = arguments.integer("size").value_or(build.size_mb);
  machine::build_image(invocation.context, build, invocation.environment, say_about(invocation, "", false));
  invocation.terminal.out_line("The image is there: " + machine_program(invocation) + " create -d qemu --qemu-image " +
                               arguments.rest[0] + " NAME");
  return 0;
}

}  // namespace

Command machine_image_command() {
  const machine::ImageBuild defaults;
  Command command;
  command.name = "build";
  command.usage = "[OPTIONS] FOLDER";
  command.summary = "Make an image of Debian packages, for driver qemu";
  command.completes = "folder";
  command.at_least = command.at_most = 1;
  command.flags = {
      text_flag("suite", 0, "Debian release").with_default(defaults.suite),
      text_flag("mirror", 0, "Debian mirror (default: debootstrap's)"),
      texts_flag("package", 0, "A package to install besides, such as docker.io"),
      integer_flag("size", 0, "Size of the disk in MB; machines may have larger ones")
          .with_default(std::to_string(defaults.size_mb)),
  };
  command.run = build;
  Command group;
  group.name = "image";
  group.usage = "COMMAND";
  group.summary = "Images for virtual machines";
  group.children.push_back(std::move(command));
  return group;
}

}  // namespace berth::cli
