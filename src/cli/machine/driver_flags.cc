#include "cli/machine/driver_flags.h"

#include "base/error.h"

namespace berth::cli {

DriverFlagTable flags_of_drivers() {
  DriverFlagTable table;
  for (const std::string& driver : machine::driver_names()) table[driver] = machine::driver_flags(driver);
  return table;
}

Flag flag_of(const machine::DriverFlag& option) {
  using Type = machine::DriverFlag::Type;
  Flag added = option.type == Type::kBool      ? flag(option.name, 0, option.help)
               : option.type == Type::kInteger ? integer_flag(option.name, 0, option.help)
               : option.type == Type::kTexts   ? texts_flag(option.name, 0, option.help)
                                               : text_flag(option.name, 0, option.help);
  return std::move(added).with_default(option.default_text).from_environment(option.environment);
}

std::string meant_driver(const std::vector<std::string>& words, const Environment& environment,
                         const std::string& fallback) {
  std::string driver = environment.get_or("MACHINE_DRIVER", fallback);
  for (std::size_t i = 0; i < words.size() && words[i] != "--"; ++i) {
    const std::string& word = words[i];
    const bool apart = word == "-d" || word == "--driver";
    if (apart && i + 1 < words.size()) driver = words[i + 1];
    for (const std::string prefix : {"--driver=", "-d=", "-d"}) {
      if (apart || !word.starts_with(prefix)) continue;
      driver = word.substr(prefix.size());
      break;
    }
  }
  return driver;
}

machine::DriverOptions driver_options(const Arguments& arguments, const DriverFlagTable& table,
                                      const std::string& driver) {
  using Type = machine::DriverFlag::Type;
  machine::DriverOptions options;
  for (const auto& [other, flags] : table) {
    for (const machine::DriverFlag& f : flags) {
      if (other != driver) {
        if (!arguments.given(f.name)) continue;
        throw Error(Kind::kInvalid, "--" + f.name + " is an option of driver '" + other + "', not of '" + driver + "'");
      }
      if (f.type == Type::kTexts) {
        options.set(f.name, arguments.texts(f.name));
      } else if (f.type == Type::kBool) {
        options.set(f.name, {arguments.on(f.name) ? "true" : "false"});
      } else {
        options.set(f.name, {arguments.text(f.name)});
      }
    }
  }
  return options;
}

}  // namespace berth::cli
