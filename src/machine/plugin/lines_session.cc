#include "machine/plugin/lines_session.h"

#include "base/error.h"
#include "base/json.h"
#include "base/log.h"
#include "base/strings.h"

namespace berth::machine {

namespace {

using namespace std::chrono_literals;

constexpr int kProtocol = 1;
// For what a driver knows without asking anybody.
constexpr auto kQuickPatience = 30s;
constexpr auto kEndPatience = 3s;

constexpr std::pair<std::string_view, Kind> kKinds[] = {
    {"invalid", Kind::kInvalid},           {"not-found", Kind::kNotFound},  {"conflict", Kind::kConflict},
    {"unauthorized", Kind::kUnauthorized}, {"forbidden", Kind::kForbidden}, {"unsupported", Kind::kUnsupported},
    {"unavailable", Kind::kUnavailable},   {"timeout", Kind::kTimeout},
};

Kind kind_of(std::string_view name) {
  for (const auto& [text, kind] : kKinds) {
    if (text == name) return kind;
  }
  return Kind::kInternal;
}

json::object engine_json(const EngineOptions& options) {
  return {{"flags", array_of(options.arbitrary_flags)},
          {"env", array_of(options.env)},
          {"labels", array_of(options.labels)},
          {"registry_mirrors", array_of(options.registry_mirror)},
          {"insecure_registries", array_of(options.insecure_registry)},
          {"storage_driver", options.storage_driver},
          {"install_url", options.install_url}};
}

json::value option_value(const DriverFlag& flag, const DriverOptions& options) {
  switch (flag.type) {
    case DriverFlag::Type::kBool:
      return options.on(flag.name);
    case DriverFlag::Type::kTexts:
      return array_of(options.texts(flag.name));
    case DriverFlag::Type::kText:
      break;
    case DriverFlag::Type::kInteger:
      if (const auto number = parse_integer(options.text(flag.name))) return *number;
      return nullptr;
  }
  return json::string(options.text(flag.name));
}

std::optional<DriverFlag> option_of(const json::value& told) {
  using Type = DriverFlag::Type;
  const std::string type = berth::text_of(told, "type");
  DriverFlag flag{.name = berth::text_of(told, "name"),
                  .help = berth::text_of(told, "help"),
                  .environment = berth::text_of(told, "variable")};
  if (flag.name.empty()) return std::nullopt;
  if (type == "bool") {
    flag.type = Type::kBool;
  } else if (type == "integer") {
    flag.type = Type::kInteger;
    if (find(told, "default") != nullptr) flag.default_text = std::to_string(integer_of(told, "default"));
  } else if (type == "texts") {
    flag.type = Type::kTexts;
  } else if (type == "text") {
    flag.default_text = berth::text_of(told, "default");
  } else {
    return std::nullopt;
  }
  return flag;
}

}  // namespace

LinesSession::LinesSession(Site site, Path program, std::string record)
    : site_(std::move(site)), program_(std::move(program)), record_(std::move(record)) {}

// Lines that nobody takes any more must not keep the process's thread waiting.
LinesSession::~LinesSession() {
  lines_.close();
  if (process_) process_->finish(kEndPatience);
}

void LinesSession::refuse(const std::string& why) const {
  throw Error(Kind::kInvalid, "driver program '" + program_.filename().string() + "' " + why);
}

void LinesSession::start(const Context& context) {
  if (process_) return;
  PluginProcess::Listener listener;
  listener.out = [this](std::string line) { lines_.send({}, std::move(line)); };
  listener.err = [name = program_.filename().string()](const std::string& line) {
    log(LogLevel::kDebug, name + ": " + line);
  };
  listener.end = [this] { lines_.close(); };
  process_ = std::make_unique<PluginProcess>(program_, site_.environment, std::move(listener));
  const json::value told = converse(context.with_timeout(kQuickPatience), {{"call", "describe"}});
  const std::int64_t protocol = integer_of(told, "protocol");
  if (protocol != kProtocol) {
    throw Error(Kind::kUnsupported, "driver program '" + program_.filename().string() + "' speaks version " +
                                        std::to_string(protocol) + " of the protocol, not " +
                                        std::to_string(kProtocol));
  }
  Description description;
  description.brings_engine = berth::flag_of(told, "brings_engine");
  if (const json::array* flags = find_array(told, "flags")) {
    for (const json::value& flag : *flags) {
      const auto known = option_of(flag);
      if (!known) refuse("describes a flag that is none: " + format_json(flag));
      description.flags.push_back(*known);
    }
  }
  description_ = std::move(description);
}

const LinesSession::Description& LinesSession::describe(const Context& context) {
  start(context);
  return *description_;
}

json::object LinesSession::call(const Context& context, const std::string& name, const DriverOptions* options) {
  start(context);
  json::object request = {{"call", name},
                          {"name", site_.name},
                          {"folder", site_.folder.string()},
                          {"record", parse_json(record_)},
                          {"engine", engine_json(site_.engine)}};
  if (options != nullptr) {
    json::object& given = request["options"].emplace_object();
    for (const DriverFlag& flag : description_->flags) given[flag.name] = option_value(flag, *options);
  }
  json::object answer = converse(context, request);
  if (const json::value* record = answer.if_contains("record")) keep(*record);
  return answer;
}

json::object LinesSession::converse(const Context& context, const json::object& request) {
  try {
    process_->write_line(context, format_json(request));
    while (const auto line = lines_.receive(context)) {
      if (auto answer = take(context, *line)) return std::move(*answer);
    }
  } catch (const Error& e) {
    // In the middle of a call there is no way back to a conversation.
    if (e.kind() == Kind::kCancelled || e.kind() == Kind::kTimeout) process_->terminate();
    if (e.kind() != Kind::kTimeout) throw;
    throw Error(Kind::kUnavailable, "driver program '" + program_.filename().string() + "' does not answer '" +
                                        berth::text_of(request, "call") + "'");
  }
  throw Error(Kind::kUnavailable, "driver program '" + program_.filename().string() + "' " + process_->epitaph());
}

std::optional<json::object> LinesSession::take(const Context& context, const std::string& line) {
  json::value value;
  try {
    value = parse_json(line);
  } catch (const Error&) {
    refuse("says '" + line.substr(0, 200) + "', which is not JSON");
  }
  if (const auto words = optional_text_of(value, "say")) {
    if (site_.say) site_.say(*words);
    return std::nullopt;
  }
  if (const json::value* record = find(value, "save")) {
    keep(*record);
    if (site_.save) site_.save(record_);
    process_->write_line(context, R"({"saved":true})");
    return std::nullopt;
  }
  if (find(value, "certify") != nullptr) {
    if (site_.certify) site_.certify(texts_of(value, "certify"));
    process_->write_line(context, R"({"certified":true})");
    return std::nullopt;
  }
  if (const auto why = optional_text_of(value, "failed")) throw Error(kind_of(berth::text_of(value, "kind")), *why);
  if (const json::object* done = find_object(value, "done")) return *done;
  refuse("says '" + line.substr(0, 200) + "', which is no say, save, certify, done or failed");
}

void LinesSession::keep(const json::value& record) {
  if (!record.is_object()) refuse("gives a record that is no object");
  record_ = format_json(record);
}

}  // namespace berth::machine
