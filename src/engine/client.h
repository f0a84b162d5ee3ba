// The Docker Engine API, typed: one class for every transport (unix socket, tcp, TLS, ssh).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/containers.h"
#include "engine/endpoint.h"
#include "engine/events.h"
#include "engine/exec.h"
#include "engine/images.h"
#include "engine/networks.h"
#include "engine/streams.h"
#include "engine/system.h"
#include "engine/volumes.h"

namespace berth::http {
class Client;
class Headers;
}  // namespace berth::http

namespace berth::net {
class Stream;
}

namespace berth::engine {

struct ClientOptions {
  std::optional<ApiVersion> api_version;  // don't negotiate (DOCKER_API_VERSION)
  std::string user_agent = "berth";
  std::vector<std::pair<std::string, std::string>> headers;  // config.json's HttpHeaders
};

// Source: Docker Engine API 1.24 to 1.51. All calls may be made from any number of threads at once; connections are
// kept and used again. The first call asks the engine for its API version.
//
// Every call throws Error: with the engine's own message and the Kind of its status (400 kInvalid, 401 kUnauthorized,
// 403 kForbidden, 404 kNotFound, 409 kConflict, 5xx kInternal), prefixed with the operation ("starting container 'x'");
// kUnavailable when the engine can't be reached or breaks off, saying how to get one; kUnsupported, naming the field,
// when the request asks for what this engine's version can't do; kCancelled and kTimeout as the context says.
class Client {
 public:
  explicit Client(Endpoint endpoint, ClientOptions options = {});
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  const Endpoint& endpoint() const;

  // --- the engine
  PingInfo ping(const Context& context);
  // The version that both sides speak; asks once. Throws kUnsupported when there is none.
  ApiVersion api_version(const Context& context);
  bool supports(const Context& context, Feature feature) { return engine::supports(api_version(context), feature); }
  Version version(const Context& context);
  Info info(const Context& context);
  DiskUsage disk_usage(const Context& context);
  // Connected when this returns: nothing that happens afterwards is missed. The client must outlive the stream.
  EventStream events(const Context& context, const EventOptions& options = {});

  // --- containers
  std::vector<ContainerSummary> list_containers(const Context& context, const ContainerListOptions& options = {});
  ContainerInspect inspect_container(const Context& context, const ContainerId& id, bool size = false);
  ContainerCreated create_container(const Context& context, const ContainerCreate& create);
  // Starting what runs and stopping what doesn't is no error: false then.
  bool start_container(const Context& context, const ContainerId& id);
  bool stop_container(const Context& context, const ContainerId& id, const StopOptions& options = {});
  void restart_container(const Context& context, const ContainerId& id, const StopOptions& options = {});
  // kConflict when it doesn't run.
  void kill_container(const Context& context, const ContainerId& id, std::string_view signal = {});
  void pause_container(const Context& context, const ContainerId& id);
  void unpause_container(const Context& context, const ContainerId& id);
  void rename_container(const Context& context, const ContainerId& id, std::string_view name);
  std::vector<std::string> update_container(const Context& context, const ContainerId& id,
                                            const ContainerUpdate& update);  // warnings
  // Waiting has begun when this returns, so call it before starting the container (API 1.30 with a condition).
  WaitStream wait_container(const Context& context, const ContainerId& id,
                            WaitCondition condition = WaitCondition::kNotRunning);
  void remove_container(const Context& context, const ContainerId& id, const RemoveOptions& options = {});
  // `tty` is the container's Config.Tty.
  LogStream container_logs(const Context& context, const ContainerId& id, const LogOptions& options, bool tty = false);
  AttachStream attach_container(const Context& context, const ContainerId& id, const AttachOptions& options,
                                bool tty = false);
  void resize_container(const Context& context, const ContainerId& id, int height, int width);
  Top container_top(const Context& context, const ContainerId& id, std::string_view ps_args = {});
  StatsStream container_stats(const Context& context, const ContainerId& id);
  Stats container_stats_once(const Context& context, const ContainerId& id);
  // A tar of the path.
  std::pair<PathStat, ByteStream> get_archive(const Context& context, const ContainerId& id, std::string_view path);
  // Nothing when the container has no such path.
  std::optional<PathStat> stat_path(const Context& context, const ContainerId& id, std::string_view path);
  // Unpacks a tar into the folder `path`.
  void put_archive(const Context& context, const ContainerId& id, std::string_view path, const ByteSource& tar,
                   bool copy_uid_gid = false);
  ImageId commit_container(const Context& context, const ContainerId& id, const CommitOptions& options);
  std::vector<FilesystemChange> container_changes(const Context& context, const ContainerId& id);
  ByteStream export_container(const Context& context, const ContainerId& id);

  // --- exec
  ExecId create_exec(const Context& context, const ContainerId& id, const ExecCreate& create);
  AttachStream start_exec(const Context& context, const ExecId& id, bool tty = false);
  void start_exec_detached(const Context& context, const ExecId& id, bool tty = false);
  ExecInspect inspect_exec(const Context& context, const ExecId& id);
  void resize_exec(const Context& context, const ExecId& id, int height, int width);

  // --- networks
  std::vector<Network> list_networks(const Context& context, const Filters& filters = {});
  Network inspect_network(const Context& context, const NetworkId& id);
  NetworkCreated create_network(const Context& context, const NetworkCreate& create);
  void connect_network(const Context& context, const NetworkId& id, const ContainerId& container,
                       const EndpointSettings& settings = {});
  void disconnect_network(const Context& context, const NetworkId& id, const ContainerId& container,
                          bool force = false);
  void remove_network(const Context& context, const NetworkId& id);
  std::vector<std::string> prune_networks(const Context& context, const Filters& filters = {});  // names removed

  // --- volumes
  VolumeList list_volumes(const Context& context, const Filters& filters = {});
  Volume inspect_volume(const Context& context, std::string_view name);
  // Of a name that exists already: that volume.
  Volume create_volume(const Context& context, const VolumeCreate& create);
  void remove_volume(const Context& context, std::string_view name, bool force = false);

  // --- images: `name` is a reference or an id
  std::vector<ImageSummary> list_images(const Context& context, const ImageListOptions& options = {});
  ImageInspect inspect_image(const Context& context, std::string_view name, std::string_view platform = {});
  // Nothing when there is no such image.
  std::optional<ImageInspect> find_image(const Context& context, std::string_view name, std::string_view platform = {});
  // Digest of what the image's registry has under this name now, "sha256:...", as the engine learns it from there.
  // Throws kNotFound, kUnauthorized, kForbidden, kInternal as the registry answers it.
  std::string image_digest_in_registry(const Context& context, std::string_view name, const AuthConfig& auth);
  ProgressStream pull_image(const Context& context, std::string_view name, const PullOptions& options = {});
  ProgressStream push_image(const Context& context, std::string_view name, const PushOptions& options = {});
  void tag_image(const Context& context, std::string_view name, std::string_view target);
  std::vector<ImageDeleted> remove_image(const Context& context, std::string_view name,
                                         const ImageRemoveOptions& options = {});
  // `tar` (see build_context.h) is read until the stream's end, so it must live that long.
  ProgressStream build_image(const Context& context, const ByteSource& tar, const BuildOptions& options);
  // Raw streams for gRPC over HTTP/2 with the engine's BuildKit (API 1.39): to its control service, where the engine is
  // the server, and of a session that it asks things of, where it is the client.
  std::unique_ptr<net::Stream> open_builder(const Context& context);
  std::unique_ptr<net::Stream> open_build_session(const Context& context, const http::Headers& session);
  ByteStream save_images(const Context& context, const std::vector<std::string>& names);
  // `tar` as for build_image.
  ProgressStream load_images(const Context& context, const ByteSource& tar);
  // An image of the file tree in a tar; returns its id.
  ImageId import_image(const Context& context, const ByteSource& tar, std::string_view name,
                       const std::vector<std::string>& changes = {});

  // The connections beneath, for what isn't typed. Paths begin with "/v1.41" or the like, or are unversioned.
  http::Client& raw();

 private:
  class Calls;
  std::unique_ptr<Calls> calls_;
};

}  // namespace berth::engine
