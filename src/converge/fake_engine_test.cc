#include "converge/fake_engine_test.h"

#include <algorithm>

#include "base/json.h"
#include "base/strings.h"
#include "net/listener.h"

namespace berth::converge::testing {

FakeEngine::FakeEngine() {
  const Path socket = folder_.path() / "engine.sock";
  server_ = std::make_unique<http::Server>(
      net::Listener::unix_socket(socket),
      [this](const Context& context, http::Exchange& exchange) { handle(context, exchange); });
  client_ = std::make_unique<engine::Client>(engine::endpoint_of("unix://" + socket.string()));
}

FakeEngine::~FakeEngine() {
  client_.reset();
  server_->stop();
}

std::vector<std::string> FakeEngine::calls() { return state_.lock()->calls; }

std::size_t FakeEngine::count(const std::string& call) {
  const auto all = calls();
  return static_cast<std::size_t>(std::count(all.begin(), all.end(), call));
}

std::size_t FakeEngine::most_at_once() { return state_.lock()->most; }

void FakeEngine::set_health(const std::string& name, const std::string& status, const std::string& output) {
  auto state = state_.lock();
  state->containers[name].health = status;
  state->containers[name].output = output;
  emit(*state, "health_status: " + status, name);
  state_.notify();
}

void FakeEngine::exit(const std::string& name, int code) {
  auto state = state_.lock();
  state->containers[name].state = "exited";
  state->containers[name].exit_code = code;
  emit(*state, "die", name, code);
  state_.notify();
}

void FakeEngine::wait_for_call(const std::string& call) {
  auto state = state_.lock();
  state.wait(Context().with_timeout(std::chrono::seconds(20)),
             [&] { return std::find(state->calls.begin(), state->calls.end(), call) != state->calls.end(); });
}

void FakeEngine::emit(State& state, const std::string& action, const std::string& name, int exit_code) {
  const json::object event{
      {"Type", "container"},
      {"Action", action},
      {"Actor", {{"ID", name}, {"Attributes", {{"name", name}, {"exitCode", std::to_string(exit_code)}}}}},
      {"scope", "local"},
      {"time", 1},
      {"timeNano", static_cast<std::int64_t>(state.events.size()) + 1'000'000'000}};
  state.events.push_back(format_json(event) + "\n");
}

void FakeEngine::handle(const Context& context, http::Exchange& exchange) {
  const std::string& target = exchange.request().target;
  if (target.ends_with("/_ping")) {
    ++pings_;
    exchange.respond(context, 200, "OK", {{"Api-Version", "1.51"}});
    return;
  }
  const std::string path(cut(target, '?').first);
  const std::vector<std::string> parts = split(path, '/');  // "", "v1.51", "containers", "web", "start"
  if (parts.back() == "events") {
    stream_events(context, exchange);
    return;
  }
  exchange.read_all(context);
  const std::string below_version = path.substr(std::min(path.find('/', 1), path.size() - 1) + 1);
  if (const auto list = lists.find(below_version); list != lists.end()) {
    state_.lock()->calls.push_back("list " + below_version);
    exchange.respond(context, 200, list->second, {{"Content-Type", "application/json"}});
    return;
  }
  std::string verb = exchange.request().method == "DELETE" ? "remove" : parts.back();
  std::string name = parts.size() > 3 ? parts[3] : "";
  if (verb == "create") name = target.substr(target.find("name=") + 5);
  const std::string call = verb + " " + name;
  {
    auto state = state_.lock();
    state->calls.push_back(call);
    state->most = std::max(state->most, ++state->now);
    state_.notify();
  }
  try {
    if (before) before(context, call);
    --state_.lock()->now;
  } catch (...) {
    --state_.lock()->now;
    throw;
  }
  answer(context, exchange, verb, name);
}

void FakeEngine::answer(const Context& context, http::Exchange& exchange, const std::string& verb,
                        const std::string& name) {
  if (verb == "json") {
    exchange.respond(context, 200, inspect(name), {{"Content-Type", "application/json"}});
    return;
  }
  {
    auto state = state_.lock();
    Container& container = state->containers[name];
    if (verb == "start") {
      container.state = "running";
      emit(*state, "start", name);
    }
    if (verb == "stop") container.state = "exited";
    state_.notify();
  }
  if (verb == "create") {
    exchange.respond(context, 201, R"({"Id": ")" + name + R"(", "Warnings": []})");
    return;
  }
  exchange.respond(context, 204);
  if (verb == "start" && healthy_at_once) set_health(name, "healthy");
}

void FakeEngine::stream_events(const Context& context, http::Exchange& exchange) {
  std::size_t sent = state_.lock()->events.size();
  exchange.start(context, {.status = 200, .headers = {{"Content-Type", "application/json"}}});
  for (;;) {
    std::string lines;
    {
      auto state = state_.lock();
      state.wait(context, [&] { return state->events.size() > sent; });
      for (; sent < state->events.size(); ++sent) lines += state->events[sent];
    }
    exchange.write(context, lines);
  }
}

std::string FakeEngine::inspect(const std::string& name) {
  auto state = state_.lock();
  const Container& container = state->containers[name];
  const bool running = container.state == "running";
  const json::object probe{{"ExitCode", 1}, {"Output", container.output}};
  const json::object health{{"Status", container.health}, {"FailingStreak", 0}, {"Log", json::array{probe}}};
  return format_json(json::object{
      {"Id", name},
      {"Name", "/" + name},
      {"State",
       {{"Status", container.state}, {"Running", running}, {"ExitCode", container.exit_code}, {"Health", health}}},
      {"Config", json::object()},
      {"HostConfig", json::object()},
      {"NetworkSettings", json::object()}});
}

}  // namespace berth::converge::testing
