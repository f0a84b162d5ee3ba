// Client: containers and exec.
#include "base/strings.h"
#include "engine/calls.h"
#include "engine/client.h"
#include "engine/sources.h"
#include "engine/stats.h"

namespace berth::engine {

namespace {

Call call_of(std::string_view doing, std::string method, const ContainerId& id, std::string_view rest) {
  return {.operation = std::string(doing) + " container '" + id.brief() + "'",
          .method = std::move(method),
          .path = "/containers/" + path_of(id.value) + std::string(rest)};
}

std::string_view flag(bool on) { return on ? "1" : "0"; }

// "SECONDS.NANOSECONDS" since 1970.
std::string timestamp(Time time) {
  const auto nanos = std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count();
  return std::to_string(nanos / 1'000'000'000) + "." + std::to_string(1'000'000'000 + nanos % 1'000'000'000).substr(1);
}

void add_stop_options(Call& call, const StopOptions& options, ApiVersion version) {
  if (options.timeout) call.query.add("t", std::to_string(options.timeout->count()));
  if (options.signal.empty()) return;
  if (!supports(version, Feature::kStopSignal)) {
    throw Error(Kind::kUnsupported, call.operation + ": a signal needs Docker API " +
                                        since(Feature::kStopSignal).text() + ", this engine speaks " + version.text());
  }
  call.query.add("signal", options.signal);
}

std::string_view text(WaitCondition condition) {
  switch (condition) {
    case WaitCondition::kNotRunning:
      return "not-running";
    case WaitCondition::kNextExit:
      return "next-exit";
    case WaitCondition::kRemoved:
      return "removed";
  }
  return {};
}

PathStat path_stat_of(const http::Response& response) {
  const auto json = base64_decode(response.headers().get("X-Docker-Container-Path-Stat").value_or(""));
  if (!json) throw Error(Kind::kInternal, "the engine sent no path status");
  return decode<PathStat>(*json);
}

}  // namespace

std::vector<ContainerSummary> Client::list_containers(const Context& context, const ContainerListOptions& options) {
  Call call{.operation = "listing containers", .path = "/containers/json"};
  if (options.all) call.query.add("all", "1");
  if (options.limit) call.query.add("limit", std::to_string(*options.limit));
  if (options.size) call.query.add("size", "1");
  call.query.add_if("filters", filters_text(options.filters));
  return calls_->get<std::vector<ContainerSummary>>(context, std::move(call));
}

ContainerInspect Client::inspect_container(const Context& context, const ContainerId& id, bool size) {
  Call call = call_of("inspecting", "GET", id, "/json");
  if (size) call.query.add("size", "1");
  return calls_->get<ContainerInspect>(context, std::move(call));
}

ContainerCreated Client::create_container(const Context& context, const ContainerCreate& create) {
  Call call{.operation = "creating container '" + create.name + "'", .method = "POST", .path = "/containers/create"};
  call.query.add_if("name", create.name).add_if("platform", create.platform);
  within(call.operation, [&] { set_json(call, container_create_body(create, api_version(context))); });
  return calls_->get<ContainerCreated>(context, std::move(call));
}

bool Client::start_container(const Context& context, const ContainerId& id) {
  return calls_->run(context, call_of("starting", "POST", id, "/start")) != kNotModified;
}

bool Client::stop_container(const Context& context, const ContainerId& id, const StopOptions& options) {
  Call call = call_of("stopping", "POST", id, "/stop");
  add_stop_options(call, options, api_version(context));
  return calls_->run(context, std::move(call)) != kNotModified;
}

void Client::restart_container(const Context& context, const ContainerId& id, const StopOptions& options) {
  Call call = call_of("restarting", "POST", id, "/restart");
  add_stop_options(call, options, api_version(context));
  calls_->run(context, std::move(call));
}

void Client::kill_container(const Context& context, const ContainerId& id, std::string_view signal) {
  Call call = call_of("killing", "POST", id, "/kill");
  call.query.add_if("signal", signal);
  calls_->run(context, std::move(call));
}

void Client::pause_container(const Context& context, const ContainerId& id) {
  calls_->run(context, call_of("pausing", "POST", id, "/pause"));
}

void Client::unpause_container(const Context& context, const ContainerId& id) {
  calls_->run(context, call_of("unpausing", "POST", id, "/unpause"));
}

void Client::rename_container(const Context& context, const ContainerId& id, std::string_view name) {
  Call call = call_of("renaming", "POST", id, "/rename");
  call.query.add("name", name);
  calls_->run(context, std::move(call));
}

std::vector<std::string> Client::update_container(const Context& context, const ContainerId& id,
                                                  const ContainerUpdate& update) {
  Call call = call_of("updating", "POST", id, "/update");
  set_json(call, encode(update));
  return calls_->get<ContainerCreated>(context, std::move(call)).warnings;
}

WaitStream Client::wait_container(const Context& context, const ContainerId& id, WaitCondition condition) {
  Call call = call_of("waiting for", "POST", id, "/wait");
  if (supports(context, Feature::kWaitConditions)) {
    call.query.add("condition", text(condition));
  } else if (condition != WaitCondition::kNotRunning) {
    throw Error(Kind::kUnsupported, call.operation + ": condition '" + std::string(text(condition)) +
                                        "' needs Docker API " + since(Feature::kWaitConditions).text());
  }
  return WaitStream(calls_->messages(context, std::move(call)));
}

void Client::remove_container(const Context& context, const ContainerId& id, const RemoveOptions& options) {
  Call call = call_of("removing", "DELETE", id, "");
  if (options.force) call.query.add("force", "1");
  if (options.volumes) call.query.add("v", "1");
  calls_->run(context, std::move(call));
}

LogStream Client::container_logs(const Context& context, const ContainerId& id, const LogOptions& options, bool tty) {
  Call call = call_of("reading logs of", "GET", id, "/logs");
  call.query.add("stdout", flag(options.out)).add("stderr", flag(options.err));
  if (options.follow) call.query.add("follow", "1");
  if (options.timestamps) call.query.add("timestamps", "1");
  if (options.since) call.query.add("since", timestamp(*options.since));
  if (options.until) call.query.add("until", timestamp(*options.until));
  if (options.tail) call.query.add("tail", std::to_string(*options.tail));
  std::string operation = call.operation;
  http::Response response = calls_->send(context, std::move(call));
  const bool raw = is_raw_output(response.headers(), tty);
  return LogStream(std::make_unique<LogStream::Source>(std::move(operation), std::move(response), raw));
}

AttachStream Client::attach_container(const Context& context, const ContainerId& id, const AttachOptions& options,
                                      bool tty) {
  Call call = call_of("attaching to", "POST", id, "/attach");
  call.query.add("stream", "1")
      .add("stdin", flag(options.in))
      .add("stdout", flag(options.out))
      .add("stderr", flag(options.err))
      .add("logs", flag(options.logs))
      .add_if("detachKeys", options.detach_keys);
  return calls_->hijack(context, std::move(call), tty);
}

void Client::resize_container(const Context& context, const ContainerId& id, int height, int width) {
  Call call = call_of("resizing the terminal of", "POST", id, "/resize");
  call.query.add("h", std::to_string(height)).add("w", std::to_string(width));
  calls_->run(context, std::move(call));
}

Top Client::container_top(const Context& context, const ContainerId& id, std::string_view ps_args) {
  Call call = call_of("listing processes of", "GET", id, "/top");
  call.query.add_if("ps_args", ps_args);
  return calls_->get<Top>(context, std::move(call));
}

StatsStream Client::container_stats(const Context& context, const ContainerId& id) {
  Call call = call_of("reading statistics of", "GET", id, "/stats");
  call.query.add("stream", "1");
  return StatsStream(calls_->messages(context, std::move(call)));
}

Stats Client::container_stats_once(const Context& context, const ContainerId& id) {
  Call call = call_of("reading statistics of", "GET", id, "/stats");
  call.query.add("stream", "0");
  const std::string operation = call.operation;
  const std::string body = calls_->text(context, std::move(call));
  return within(operation, [&] { return decode_stats(body); });
}

std::pair<PathStat, ByteStream> Client::get_archive(const Context& context, const ContainerId& id,
                                                    std::string_view path) {
  Call call = call_of("copying from", "GET", id, "/archive");
  call.query.add("path", path);
  std::string operation = call.operation;
  http::Response response = calls_->send(context, std::move(call));
  PathStat stat = within(operation, [&] { return path_stat_of(response); });
  return {std::move(stat), ByteStream(std::make_unique<ByteStream::Source>(std::move(operation), std::move(response)))};
}

std::optional<PathStat> Client::stat_path(const Context& context, const ContainerId& id, std::string_view path) {
  Call call = call_of("looking into", "HEAD", id, "/archive");
  call.query.add("path", path);
  const std::string operation = call.operation;
  try {
    const http::Response response = calls_->send(context, std::move(call));
    return within(operation, [&] { return path_stat_of(response); });
  } catch (const Error& e) {
    // HEAD has no words: whether path or container is missing shows when the container is asked for.
    if (e.kind() != Kind::kNotFound) throw;
    inspect_container(context, id);
    return std::nullopt;
  }
}

void Client::put_archive(const Context& context, const ContainerId& id, std::string_view path, const ByteSource& tar,
                         bool copy_uid_gid) {
  Call call = call_of("copying to", "PUT", id, "/archive");
  call.query.add("path", path).add("noOverwriteDirNonDir", "true");
  if (copy_uid_gid) call.query.add("copyUIDGID", "true");
  call.headers.set("Content-Type", "application/x-tar");
  call.body = http::Body::streamed(tar);
  calls_->run(context, std::move(call));
}

ImageId Client::commit_container(const Context& context, const ContainerId& id, const CommitOptions& options) {
  Call call = call_of("committing", "POST", id, "");
  call.path = "/commit";
  call.query.add("container", id.value)
      .add_if("repo", options.repository)
      .add_if("tag", options.tag)
      .add_if("comment", options.comment)
      .add_if("author", options.author)
      .add("pause", flag(options.pause));
  for (const std::string& change : options.changes) call.query.add("changes", change);
  set_json(call, "null");
  return ImageId(calls_->get<ContainerCreated>(context, std::move(call)).id.value);
}

std::vector<FilesystemChange> Client::container_changes(const Context& context, const ContainerId& id) {
  return calls_->get<std::vector<FilesystemChange>>(context, call_of("comparing", "GET", id, "/changes"));
}

ByteStream Client::export_container(const Context& context, const ContainerId& id) {
  Call call = call_of("exporting", "GET", id, "/export");
  std::string operation = call.operation;
  return ByteStream(std::make_unique<ByteStream::Source>(operation, calls_->send(context, std::move(call))));
}

ExecId Client::create_exec(const Context& context, const ContainerId& id, const ExecCreate& create) {
  Call call = call_of("starting a program in", "POST", id, "/exec");
  within(call.operation, [&] { set_json(call, exec_create_body(create, api_version(context))); });
  return ExecId(calls_->get<ContainerCreated>(context, std::move(call)).id.value);
}

AttachStream Client::start_exec(const Context& context, const ExecId& id, bool tty) {
  Call call{.operation = "running a program in a container",
            .method = "POST",
            .path = "/exec/" + path_of(id.value) + "/start"};
  set_json(call, tty ? R"({"Detach":false,"Tty":true})" : R"({"Detach":false,"Tty":false})");
  return calls_->hijack(context, std::move(call), tty);
}

void Client::start_exec_detached(const Context& context, const ExecId& id, bool tty) {
  Call call{.operation = "running a program in a container",
            .method = "POST",
            .path = "/exec/" + path_of(id.value) + "/start"};
  set_json(call, tty ? R"({"Detach":true,"Tty":true})" : R"({"Detach":true})");
  calls_->run(context, std::move(call));
}

ExecInspect Client::inspect_exec(const Context& context, const ExecId& id) {
  return calls_->get<ExecInspect>(
      context, {.operation = "inspecting a program of a container", .path = "/exec/" + path_of(id.value) + "/json"});
}

void Client::resize_exec(const Context& context, const ExecId& id, int height, int width) {
  Call call{.operation = "resizing the terminal of a program in a container",
            .method = "POST",
            .path = "/exec/" + path_of(id.value) + "/resize"};
  call.query.add("h", std::to_string(height)).add("w", std::to_string(width));
  calls_->run(context, std::move(call));
}

}  // namespace berth::engine
