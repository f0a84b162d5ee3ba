#include "machine/plugin/plugin_driver.h"

#include "base/error.h"
#include "base/json.h"
#include "base/strings.h"
#include "machine/base_driver.h"

namespace berth::machine {

namespace {

using namespace std::chrono_literals;
using gob::Value;

// Questions that a plugin answers from what it knows; those to a cloud take as long as the caller allows.
constexpr auto kQuickPatience = 30s;

Value texts_value(const std::vector<std::string>& texts) {
  Value::List items;
  for (const std::string& text : texts) items.emplace_back(text);
  return Value(std::move(items));
}

using FlagValues = std::vector<std::pair<std::string, Value>>;

// The flags of `create` itself, which docker-machine passes on to every driver: lists only where they were given.
void add_common(FlagValues& values, const std::string& driver, const Site& site) {
  values.emplace_back("driver", Value(driver));
  values.emplace_back("engine-install-url", Value(site.engine.install_url));
  values.emplace_back("engine-storage-driver", Value(site.engine.storage_driver));
  values.emplace_back("swarm", Value(site.swarm.agent));
  values.emplace_back("swarm-addr", Value(site.swarm.address));
  values.emplace_back("swarm-discovery", Value(site.swarm.discovery));
  values.emplace_back("swarm-experimental", Value(site.swarm.is_experimental));
  values.emplace_back("swarm-host", Value(site.swarm.host));
  values.emplace_back("swarm-image", Value(site.swarm.image));
  values.emplace_back("swarm-master", Value(site.swarm.master));
  values.emplace_back("swarm-strategy", Value(site.swarm.strategy));
  const std::pair<const char*, const std::vector<std::string>*> lists[] = {
      {"engine-opt", &site.engine.arbitrary_flags},
      {"engine-env", &site.engine.env},
      {"engine-label", &site.engine.labels},
      {"engine-insecure-registry", &site.engine.insecure_registry},
      {"engine-registry-mirror", &site.engine.registry_mirror},
      {"swarm-opt", &site.swarm.arbitrary_flags},
      {"swarm-join-opt", &site.swarm.arbitrary_join_flags},
  };
  for (const auto& [name, texts] : lists) {
    if (!texts->empty()) values.emplace_back(name, texts_value(*texts));
  }
}

std::string blank_record(const std::string& name, const Path& store) {
  BaseDriverRecord base;
  base.machine_name = name;
  base.store_path = store;
  return format_json(base_driver_json(base), 0, true);
}

State state_of(std::int64_t number) {
  return number >= 0 && number <= static_cast<std::int64_t>(State::kTimeout) ? static_cast<State>(number)
                                                                             : State::kError;
}

}  // namespace

std::vector<DriverFlag> PluginDriver::flags(const Context& context, const Path& program, const std::string& driver,
                                            const Environment& environment) {
  GoPlugin plugin(context, program, driver, environment, {});
  plugin.set_config(context, blank_record("flag-lookup", {}));
  return plugin.flags(context);
}

PluginDriver::PluginDriver(const Site& site, std::string driver, Path program, std::string_view record)
    : site_(site), driver_(std::move(driver)), program_(std::move(program)), record_(record) {
  if (record_ == "{}") record_ = blank_record(site_.name, site_.folder.parent_path().parent_path());
}

GoPlugin& PluginDriver::plugin(const Context& context) {
  if (!plugin_) {
    // As docker-machine shows a plugin's lines.
    const Say say = site_.say
                        ? Say([this](std::string_view line) { site_.say("(" + site_.name + ") " + std::string(line)); })
                        : Say();
    auto started = std::make_unique<GoPlugin>(context, program_, driver_, site_.environment, say);
    started->set_config(context.with_timeout(kQuickPatience), record_);
    plugin_ = std::move(started);
  }
  return *plugin_;
}

// The record as the plugin has it now.
void PluginDriver::refresh(const Context& context) {
  std::string record = plugin(context).config(context.with_timeout(kQuickPatience));
  within("driver plugin '" + program_.filename().string() + "' gives a record that cannot be kept", [&] {
    if (!parse_json(record).is_object()) throw Error(Kind::kInvalid, "no JSON object");
  });
  record_ = std::move(record);
}

void PluginDriver::configure(const DriverOptions& options) {
  const Context context = Context().with_timeout(kQuickPatience);
  FlagValues values;
  for (const DriverFlag& flag : plugin(context).flags(context)) {
    using Type = DriverFlag::Type;
    const std::string text = options.given(flag.name) ? options.text(flag.name) : flag.default_text;
    switch (flag.type) {
      case Type::kBool:
        values.emplace_back(flag.name, Value(options.on(flag.name)));
        break;
      case Type::kInteger:
        values.emplace_back(flag.name, Value(parse_integer(text).value_or(0)));
        break;
      case Type::kText:
        values.emplace_back(flag.name, Value(text));
        break;
      case Type::kTexts: {
        const auto texts = options.texts(flag.name);
        values.emplace_back(flag.name, texts_value(texts.empty() ? flag.default_texts : texts));
        break;
      }
    }
  }
  add_common(values, driver_, site_);
  try {
    plugin(context).set_flags(context, std::move(values));
  } catch (const GoRpc::Refusal& e) {
    throw Error(Kind::kInvalid, "Error setting machine configuration from flags provided: " + e.message());
  }
  refresh(context);
}

void PluginDriver::pre_create_check(const Context& context) { plugin(context).act(context, "PreCreateCheck"); }

// Whatever becomes of it, what the plugin knows of the host is kept, so that remove() finds what was made.
void PluginDriver::create(const Context& context) {
  site_.save(record_);
  try {
    plugin(context).act(context, "Create");
  } catch (const Error& e) {
    try {
      refresh(Context().with_timeout(kQuickPatience));
      site_.save(record_);
    } catch (const Error& unknown) {
      throw Error(e.kind(), e.message() + " (what it made is not known: " + unknown.message() + ")");
    }
    throw;
  }
  refresh(context);
}

void PluginDriver::change(const Context& context, const char* method) {
  plugin(context).act(context, method);
  const std::string before = record_;
  refresh(context);
  if (record_ != before) site_.save(record_);
}

void PluginDriver::remove(const Context& context) { plugin(context).act(context, "Remove"); }
void PluginDriver::start(const Context& context) { change(context, "Start"); }
void PluginDriver::stop(const Context& context) { change(context, "Stop"); }
void PluginDriver::kill(const Context& context) { change(context, "Kill"); }
void PluginDriver::restart(const Context& context) { change(context, "Restart"); }

State PluginDriver::state(const Context& context) { return state_of(plugin(context).integer(context, "GetState")); }

std::string PluginDriver::ip(const Context& context) { return plugin(context).text(context, "GetIP"); }

std::string PluginDriver::url(const Context& context) {
  const std::string url = plugin(context).text(context, "GetURL");
  if (url.empty()) throw Error(Kind::kUnavailable, "Host is not running");
  return url;
}

std::optional<SshTarget> PluginDriver::ssh(const Context& context) {
  GoPlugin& p = plugin(context);
  SshTarget target;
  target.host = p.text(context, "GetSSHHostname");
  if (target.host.empty()) throw Error(Kind::kUnavailable, "Host is not running");
  const std::int64_t port = p.integer(context, "GetSSHPort");
  target.port = port > 0 && port < 65536 ? static_cast<int>(port) : 22;
  target.user = p.text(context, "GetSSHUsername");
  target.key = p.text(context, "GetSSHKeyPath");
  return target;
}

}  // namespace berth::machine
