#include "machine/plugin/go_plugin.h"

#include "base/error.h"
#include "base/log.h"
#include "base/strings.h"
#include "net/dial.h"

namespace berth::machine {

namespace {

using namespace std::chrono_literals;
using gob::Value;

constexpr auto kStartPatience = 10s;
// The plugin ends by itself after 10 s without one.
constexpr auto kHeartbeat = 5s;
// It answers heartbeats at once, whatever else it does.
constexpr auto kHangs = 20s;
constexpr auto kEndPatience = 3s;
constexpr std::int64_t kVersion = 1;

constexpr gob::TypeId kFlagValues = GoRpc::kFirstType;
constexpr gob::TypeId kValueMap = kFlagValues + 1;
constexpr gob::TypeId kTexts = kFlagValues + 2;

gob::Types argument_types() {
  using Shape = gob::Type::Shape;
  return {{kFlagValues, {.shape = Shape::kStruct, .name = "RPCFlags", .fields = {{"Values", kValueMap}}}},
          {kValueMap, {.shape = Shape::kMap, .element = gob::kInterface, .key = gob::kString}},
          {kTexts, {.shape = Shape::kSlice, .name = "[]string", .element = gob::kString}}};
}

constexpr const char* kFlagValuesName = "*rpcdriver.RPCFlags";

std::map<std::string, gob::TypeId, std::less<>> registered_names() {
  return {{kFlagValuesName, kFlagValues},
          {"string", gob::kString},
          {"int", gob::kInt},
          {"bool", gob::kBool},
          {"[]string", kTexts}};
}

// "127.0.0.1:40123"; nothing for what is no address on this computer.
std::optional<std::uint16_t> port_of(std::string_view address) {
  for (const std::string_view host : {"127.0.0.1:", "[::1]:", "localhost:"}) {
    if (!address.starts_with(host)) continue;
    const auto port = parse_integer(address.substr(host.size()));
    if (port && *port > 0 && *port < 65536) return static_cast<std::uint16_t>(*port);
  }
  return std::nullopt;
}

DriverFlag flag_of(const Value& told, const std::string& plugin) {
  using Type = DriverFlag::Type;
  const Value& flag = told.concrete();
  DriverFlag result;
  result.name = flag.field("Name").text();
  result.help = flag.field("Usage").text();
  result.environment = flag.field("EnvVar").text();
  const std::string_view type = told.concrete_type();
  const Value& value = flag.field("Value");
  if (type.ends_with("mcnflag.StringFlag")) {
    result.type = Type::kText;
    result.default_text = value.text();
  } else if (type.ends_with("mcnflag.IntFlag")) {
    result.type = Type::kInteger;
    result.default_text = std::to_string(value.integer());
  } else if (type.ends_with("mcnflag.StringSliceFlag")) {
    result.type = Type::kTexts;
    result.default_texts = value.texts();
  } else if (type.ends_with("mcnflag.BoolFlag")) {
    result.type = Type::kBool;
  } else {
    throw Error(Kind::kUnsupported, "driver plugin '" + plugin + "' has a flag '" + result.name +
                                        "' of unknown type '" + std::string(type) + "'");
  }
  if (result.name.empty()) throw Error(Kind::kInvalid, "driver plugin '" + plugin + "' has a flag without a name");
  return result;
}

}  // namespace

GoPlugin::GoPlugin(const Context& context, const Path& program, const std::string& driver,
                   const Environment& environment, const Say& say)
    : name_(program.filename()) {
  Environment variables = environment;
  variables.set("MACHINE_PLUGIN_TOKEN", "42");
  variables.set("MACHINE_PLUGIN_DRIVER_NAME", driver);
  PluginProcess::Listener listener;
  listener.out = [this, say, first = true](std::string line) mutable {
    if (std::exchange(first, false)) {
      first_line_.send({}, std::move(line));
    } else if (say) {
      say(line);
    }
  };
  listener.err = [this](const std::string& line) { log(LogLevel::kDebug, name_ + ": " + line); };
  listener.end = [this] { first_line_.close(); };
  process_ = std::make_unique<PluginProcess>(program, variables, std::move(listener));
  connect(context.with_timeout(kStartPatience));
  agree_on_version(context.with_timeout(kStartPatience));
  heart_ = std::jthread([this] { keep_alive(stop_.context()); });
}

// A net/rpc server may answer Close before it ends, or not any more: either way it is over.
GoPlugin::~GoPlugin() {
  stop_.cancel();
  heart_.join();
  try {
    if (rpc_ && !hangs_.context().cancelled()) {
      rpc_->call(Context().with_timeout(kEndPatience), service_ + ".Close");
    }
  } catch (const Error& e) {
    log(LogLevel::kDebug, name_ + ": " + e.message());
  }
  const bool asked = rpc_ != nullptr && !hangs_.context().cancelled();
  rpc_.reset();
  process_->finish(asked ? kEndPatience : 0ms);
}

std::string GoPlugin::address(const Context& context) {
  try {
    if (auto line = first_line_.receive(context)) return *line;
  } catch (const Error& e) {
    if (e.kind() != Kind::kTimeout) throw;
    throw Error(Kind::kUnavailable, "driver plugin '" + name_ + "' did not say its address within " +
                                        std::to_string(std::chrono::seconds(kStartPatience).count()) + " seconds");
  }
  throw Error(Kind::kUnavailable, "driver plugin '" + name_ + "' " + process_->epitaph());
}

void GoPlugin::connect(const Context& context) {
  const std::string line = address(context);
  const auto port = port_of(trim(line));
  if (!port) {
    throw Error(Kind::kInvalid,
                "driver plugin '" + name_ + "' said '" + line.substr(0, 200) +
                    "' where its address belongs (127.0.0.1:PORT): is it a driver of docker-machine's?");
  }
  within("driver plugin '" + name_ + "'", [&] {
    rpc_ = std::make_unique<GoRpc>(context, net::dial_tcp(context, line.starts_with('[') ? "::1" : "127.0.0.1", *port),
                                   argument_types(), registered_names());
  });
}

// Plugins made before docker-machine 0.5.1 spell their service otherwise.
void GoPlugin::agree_on_version(const Context& context) {
  std::int64_t version = 0;
  try {
    version = integer(context, "GetVersion");
  } catch (const GoRpc::Refusal&) {
    service_ = "RpcServerDriver";
    version = integer(context, "GetVersion");
  }
  if (version == kVersion) return;
  throw Error(Kind::kUnsupported, "driver plugin '" + name_ + "' speaks version " + std::to_string(version) +
                                      " of the protocol, not " + std::to_string(kVersion) +
                                      ": get a plugin made for docker-machine 0.5 or newer");
}

void GoPlugin::keep_alive(const Context& context) {
  try {
    for (;;) {
      context.sleep_for(kHeartbeat);
      rpc_->call(context.with_timeout(kHangs), service_ + ".Heartbeat");
    }
  } catch (const Error& e) {
    // That it ended is for the next call to say; a silent one would let that wait for ever.
    if (e.kind() == Kind::kTimeout) hangs_.cancel();
  }
}

gob::Value GoPlugin::call(const Context& context, const std::string& method, gob::TypeId type, const Value& argument) {
  // Cancelled by the caller, or because the plugin hangs.
  CancelSource either(context);
  const std::stop_callback on_hang(hangs_.context().stop_token(), [&] { either.cancel(); });
  const std::string about = "driver plugin '" + name_ + "'";
  try {
    return rpc_->call(either.context(), service_ + "." + method, type, argument);
  } catch (const GoRpc::Refusal&) {
    throw;
  } catch (const Error& e) {
    if (e.kind() == Kind::kCancelled && !context.cancelled()) {
      throw Error(Kind::kUnavailable, about + " does not answer any more (" + method + ")");
    }
    if (e.kind() == Kind::kUnavailable) throw Error(Kind::kUnavailable, about + " " + process_->epitaph());
    throw e.within(about);
  }
}

void GoPlugin::act(const Context& context, const std::string& method) { call(context, method); }

std::string GoPlugin::text(const Context& context, const std::string& method) {
  const Value answer = call(context, method);
  if (const auto* text = answer.as<std::string>()) return *text;
  throw Error(Kind::kInvalid, "driver plugin '" + name_ + "' answers " + method + " with something else than a text");
}

std::int64_t GoPlugin::integer(const Context& context, const std::string& method) {
  const Value answer = call(context, method);
  if (const auto* number = answer.as<std::int64_t>()) return *number;
  throw Error(Kind::kInvalid, "driver plugin '" + name_ + "' answers " + method + " with something else than a number");
}

std::vector<DriverFlag> GoPlugin::flags(const Context& context) {
  const Value answer = call(context, "GetCreateFlags");
  const auto* told = answer.as<Value::List>();
  if (told == nullptr) throw Error(Kind::kInvalid, "driver plugin '" + name_ + "' does not list its flags");
  std::vector<DriverFlag> flags;
  for (const Value& flag : *told) flags.push_back(flag_of(flag, name_));
  return flags;
}

void GoPlugin::set_config(const Context& context, const std::string& record) {
  call(context, "SetConfigRaw", gob::kBytes, Value(record));
}

void GoPlugin::set_flags(const Context& context, std::vector<std::pair<std::string, Value>> flags) {
  Value::Map values;
  for (auto& [name, value] : flags) {
    const char* type = value.as<bool>() != nullptr           ? "bool"
                       : value.as<std::int64_t>() != nullptr ? "int"
                       : value.as<std::string>() != nullptr  ? "string"
                                                             : "[]string";
    values.push_back({Value(name), Value::interface(type, std::move(value))});
  }
  const Value argument(Value::Struct{{"Values", Value(std::move(values))}});
  call(context, "SetConfigFromFlags", gob::kInterface, Value::interface(kFlagValuesName, argument));
}

}  // namespace berth::machine
