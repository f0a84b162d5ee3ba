// Answers that take time: events, wait, logs, attach, exec.
#include <cmath>
#include <limits>

#include "api.h"
#include "base/error.h"
#include "base/json.h"
#include "base/strings.h"
#include "base/units.h"
#include "filters.h"

namespace berth::fleet {

namespace {

// Seconds since 1970 with an optional fraction, or RFC 3339. Throws kInternal with Go's words.
std::int64_t time_of(const std::string& text, std::int64_t otherwise) {
  if (text.empty()) return otherwise;
  const auto [whole, fraction] = cut(text, '.');
  if (const auto seconds = parse_integer(whole)) {
    if (*seconds > 9'000'000'000) return std::numeric_limits<std::int64_t>::max();
    std::string nano(fraction.value_or(""));
    nano.resize(9, '0');
    return *seconds * 1'000'000'000 + parse_integer(nano).value_or(0);
  }
  if (const auto time = parse_time(text)) return std::chrono::nanoseconds(time->time_since_epoch()).count();
  throw Error(Kind::kInternal, "strconv.ParseInt: parsing \"" + text + "\": invalid syntax");
}

// Observes the engine's events until `tell` returns false or the client has gone.
void follow(const Call& call, std::function<bool(const Event&)> tell) {
  Node& node = call.node;
  const auto mine = std::make_shared<Node::Observers::iterator>();
  const auto over = std::make_shared<bool>(false);
  const auto end = [&node, mine, over] {
    if (!std::exchange(*over, true)) node.forget(*mine);
  };
  *mine = node.observe([tell = std::move(tell), end, over](const Event& event) {
    if (!*over && !tell(event)) end();
  });
  call.connection.on_gone = end;
}

// --- events

bool wanted(const Event& event, const Filters& filters) {
  if (!filters.exact("type", text_of(event.type))) return false;
  if (!filters.exact("event", event.action) && !filters.exact("event", cut(event.action, ':').first)) return false;
  const bool of_container = event.type == EventType::kContainer;
  if (filters.has("container")) {
    if (!of_container) return false;
    if (!filters.exact("container", event.container->name) &&
        !filters.begins("container", text_of(event.container->id))) {
      return false;
    }
  }
  if (filters.has("image")) {
    const std::string image = full_reference(of_container ? event.container->spec->image : event.actor);
    bool any = false;
    for (const std::string& name : filters.of("image")) any = any || full_reference(name) == image;
    if (!any) return false;
  }
  if (filters.has("label") && (!of_container || !filters.labels("label", *event.container->labels))) return false;
  for (const auto& [name, type] :
       {std::pair{"network", EventType::kNetwork}, std::pair{"volume", EventType::kVolume}}) {
    if (!filters.has(name)) continue;
    if (event.type != type) return false;
    const std::string named = event.extra.empty() ? "" : event.extra.front().second;
    if (!filters.exact(name, event.actor) && !filters.exact(name, named)) return false;
  }
  return filters.exact("scope", "local");
}

void events(const Call& call) {
  constexpr std::int64_t kEver = std::numeric_limits<std::int64_t>::max();
  const auto filters = std::make_shared<Filters>(
      call.query("filters"),
      "container daemon event image label network plugin scope service node secret config type volume");
  const std::int64_t now = call.node.now();
  const std::int64_t since = time_of(call.query("since"), now);
  const std::int64_t until = time_of(call.query("until"), kEver);
  call.start_stream("application/json");
  std::string past;
  for (const Event& event : call.node.events()) {
    if (event.time >= since && event.time <= until && wanted(event, *filters)) past += text_of(event);
  }
  Connection& connection = call.connection;
  connection.write(past);
  if (until <= now) return connection.finish();
  follow(call, [&connection, filters](const Event& event) {
    if (wanted(event, *filters)) connection.write(text_of(event));
    return true;
  });
  if (until == kEver) return;
  Loop& loop = call.node.shared().loop;
  const auto end = connection.on_gone;
  const auto timer = loop.after(std::chrono::nanoseconds(until - now), [end, &connection] {
    end();
    connection.finish();
  });
  connection.on_gone = [end, timer, &loop] {
    loop.cancel(timer);
    end();
  };
}

// --- wait

void wait(const Call& call) {
  const std::string condition = call.query("condition");
  if (!condition.empty() && condition != "not-running" && condition != "next-exit" && condition != "removed") {
    throw Error(Kind::kInvalid, "invalid condition: \"" + condition + "\"");
  }
  const Container& container = call.node.container(call.names[0]);
  const auto answer = [](int code) { return "{\"StatusCode\":" + std::to_string(code) + "}\n"; };
  call.start_stream("application/json");
  Connection& connection = call.connection;
  if (!container.alive() && condition != "next-exit" && condition != "removed") {
    connection.write(answer(container.exit_code));
    return connection.finish();
  }
  const bool removed = condition == "removed";
  follow(call, [&connection, removed, answer, id = container.who->id,
                code = container.exit_code](const Event& event) mutable {
    if (event.type != EventType::kContainer || event.container->id != id) return true;
    for (const auto& [name, value] : event.extra) {
      if (name == "exitCode") code = static_cast<int>(parse_integer(value).value_or(0));
    }
    if (event.action != (removed ? "destroy" : "die")) return true;
    connection.write(answer(code));
    connection.finish();
    return false;
  });
}

// --- output of a container: a line when it starts, and one when it is stopped

struct Line {
  std::int64_t time;
  std::string text;
};

std::string first_words(const Spec& spec, const std::string& name) {
  return spec.path == "echo" ? join(spec.words, " ") : name + " started";
}

std::vector<Line> output_of(const Container& container) {
  std::vector<Line> lines;
  const Spec& spec = *container.who->spec;
  if (container.started != 0) lines.push_back({container.started, first_words(spec, container.who->name)});
  if (container.status == Status::kExited && spec.path != "echo") {
    lines.push_back({container.finished, container.who->name + " stopped"});
  }
  return lines;
}

// As a terminal has it, or in a frame of stream 1 (standard output).
std::string framed(std::string_view bytes, bool tty) {
  if (tty) return std::string(bytes);
  const std::size_t size = bytes.size();
  std::string frame{1, 0, 0, 0};
  for (int shift = 24; shift >= 0; shift -= 8) frame += static_cast<char>((size >> shift) & 255);
  frame += bytes;
  return frame;
}

std::string formatted(const Line& line, bool timestamps, bool tty) {
  std::string text;
  if (timestamps) {
    text = format_time(std::chrono::system_clock::time_point(std::chrono::nanoseconds(line.time))) + " ";
  }
  text += line.text + (tty ? "\r\n" : "\n");
  return framed(text, tty);
}

// Writes the container's lines to come, and ends with it.
void follow_output(const Call& call, const Container& container, bool shown, bool timestamps) {
  Connection& connection = call.connection;
  const bool tty = container.who->spec->tty;
  follow(call, [&connection, shown, timestamps, tty, id = container.who->id](const Event& event) {
    if (event.type != EventType::kContainer || event.container->id != id) return true;
    const Identity& who = *event.container;
    if (event.action == "start" && shown) {
      connection.write(formatted({event.time, first_words(*who.spec, who.name)}, timestamps, tty));
    }
    if (event.action != "die" && event.action != "destroy") return true;
    if (shown && who.spec->path != "echo" && event.action == "die") {
      connection.write(formatted({event.time, who.name + " stopped"}, timestamps, tty));
    }
    connection.finish();
    return false;
  });
}

void logs(const Call& call) {
  const Container& container = call.node.container(call.names[0]);
  if (!call.flag("stdout") && !call.flag("stderr")) {
    throw Error(Kind::kInvalid, "Bad parameters: you must choose at least one stream");
  }
  const bool tty = container.who->spec->tty;
  const bool shown = call.flag("stdout");
  const std::int64_t since = time_of(call.query("since"), 0);
  const std::int64_t until = time_of(call.query("until"), std::numeric_limits<std::int64_t>::max());
  std::vector<Line> lines = output_of(container);
  std::erase_if(lines, [&](const Line& line) { return line.time < since || line.time > until; });
  if (const auto tail = parse_integer(call.query("tail")); tail && *tail >= 0) {
    const auto surplus = static_cast<std::int64_t>(lines.size()) - *tail;
    if (surplus > 0) lines.erase(lines.begin(), lines.begin() + surplus);
  }
  const bool framed_type = !tty && call.minor_version >= 42;
  call.start_stream(framed_type ? "application/vnd.docker.multiplexed-stream" : "application/vnd.docker.raw-stream");
  for (const Line& line : lines) {
    if (shown) call.connection.write(formatted(line, call.flag("timestamps"), tty));
  }
  if (!call.flag("follow") || !container.alive()) return call.connection.finish();
  follow_output(call, container, shown, call.flag("timestamps"));
}

void attach(const Call& call) {
  const Container& container = call.node.container(call.names[0]);
  if (container.status == Status::kPaused) {
    throw Error(Kind::kConflict, "container " + call.names[0] + " is paused, unpause the container before attach");
  }
  const bool tty = container.who->spec->tty;
  const bool shown = call.flag("stdout");
  call.hijack(tty);
  Connection& connection = call.connection;
  for (const Line& line : output_of(container)) {
    if (call.flag("logs") && shown) connection.write(formatted(line, false, tty));
  }
  if (!call.flag("stream")) return connection.finish();
  follow_output(call, container, shown, false);
  if (!call.flag("stdin")) return;
  connection.on_input = [&connection, tty, shown](std::string_view bytes) {
    if (shown && !bytes.empty()) connection.write(framed(bytes, tty));
  };
}

// --- exec

json::value body_of(const Call& call) {
  return call.connection.body().empty() ? json::value(json::object()) : parse_json(call.connection.body());
}

void create_exec(const Call& call) {
  Container& container = call.node.container(call.names[0]);
  const json::value body = body_of(call);
  Exec exec;
  exec.words = texts_of(body, "Cmd");
  if (exec.words.empty()) throw Error(Kind::kInvalid, "No exec command specified");
  exec.in = flag_of(body, "AttachStdin");
  exec.out = flag_of(body, "AttachStdout");
  exec.err = flag_of(body, "AttachStderr");
  exec.tty = flag_of(body, "Tty");
  exec.privileged = flag_of(body, "Privileged");
  call.answer(201, R"({"Id":")" + text_of(call.node.create_exec(container, std::move(exec)).id) + "\"}\n");
}

// A program that reads gives back what it reads; echo says its words; false fails; all others say nothing.
void start_exec(const Call& call) {
  Node& node = call.node;
  Exec& exec = node.exec(call.names[0]);
  const Id id = exec.id;
  const bool tty = exec.tty;
  const bool ran = exec.running || exec.exit_code;
  if (!ran) node.start_exec(exec);
  const int exit_code = exec.words.front() == "false" ? 1 : 0;
  if (flag_of(body_of(call), "Detach")) {
    call.answer(200, {});
    return node.end_exec(id, exit_code);
  }
  Connection& connection = call.connection;
  call.hijack(tty);
  if (ran) {
    connection.write(framed("exec command " + text_of(id) + " has already run\r\n", tty));
    return connection.finish();
  }
  if (exec.out && exec.words.front() == "echo") {
    exec.words.erase(exec.words.begin());
    connection.write(framed(join(exec.words, " ") + (tty ? "\r\n" : "\n"), tty));
    exec.words.insert(exec.words.begin(), "echo");
  } else if (exec.in) {
    connection.on_gone = [&node, id] { node.end_exec(id, 0); };
    connection.on_input = [&node, &connection, id, tty, exit_code](std::string_view bytes) {
      if (!bytes.empty()) return connection.write(framed(bytes, tty));
      node.end_exec(id, exit_code);
      connection.finish();
    };
    return;
  }
  node.end_exec(id, exit_code);
  connection.finish();
}

void inspect_exec(const Call& call) {
  const Exec& exec = call.node.exec(call.names[0]);
  const auto flag = [](bool on) { return on ? std::string("true") : std::string("false"); };
  std::string out = R"({"ID":")" + text_of(exec.id) + R"(","Running":)" + flag(exec.running) + R"(,"ExitCode":)";
  out += exec.exit_code ? std::to_string(*exec.exit_code) : "null";
  out += R"(,"ProcessConfig":{"tty":)" + flag(exec.tty) + ",";
  append_member(out, "entrypoint", exec.words.front());
  out += R"(,"arguments":[)";
  for (std::size_t i = 1; i < exec.words.size(); ++i) {
    if (i != 1) out += ',';
    append_quoted(out, exec.words[i]);
  }
  out += R"(],"privileged":)" + flag(exec.privileged) + R"(},"OpenStdin":)" + flag(exec.in);
  out += R"(,"OpenStderr":)" + flag(exec.err) + R"(,"OpenStdout":)" + flag(exec.out);
  out += R"(,"CanRemove":false,"ContainerID":")" + text_of(exec.container_id);
  out += R"(","DetachKeys":"","Pid":)" + std::string(exec.running || exec.exit_code ? "4242" : "0") + "}\n";
  call.answer(200, out);
}

void resize_exec(const Call& call) {
  static_cast<void>(call.node.exec(call.names[0]));
  call.answer(200, {});
}

}  // namespace

const std::vector<Route>& stream_routes() {
  static const std::vector<Route> routes = {
      {"GET", "/events", events},
      {"POST", "/containers/*/wait", wait},
      {"GET", "/containers/*/logs", logs},
      {"POST", "/containers/*/attach", attach},
      {"POST", "/containers/*/exec", create_exec},
      {"POST", "/exec/*/start", start_exec},
      {"POST", "/exec/*/resize", resize_exec},
      {"GET", "/exec/*/json", inspect_exec},
  };
  return routes;
}

}  // namespace berth::fleet
