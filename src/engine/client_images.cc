// Client: images.
#include "engine/build_query.h"
#include "engine/calls.h"
#include "engine/client.h"
#include "engine/credentials.h"
#include "engine/reference.h"
#include "engine/sources.h"

namespace berth::engine {

namespace {

Call call_of(std::string_view doing, std::string method, std::string_view name, std::string_view rest = {}) {
  return {.operation = std::string(doing) + " image '" + std::string(name) + "'",
          .method = std::move(method),
          .path = "/images/" + path_of(name) + std::string(rest)};
}

// What only newer engines can; quietly leaving it out would do another thing than was asked for. `text` is the platform
// as the call wants it.
void add_platform(Call& call, std::string_view platform, std::string_view text, Feature feature, ApiVersion version) {
  if (platform.empty()) return;
  if (!engine::supports(version, feature)) {
    throw Error(Kind::kUnsupported, call.operation + ": a platform needs Docker API " + since(feature).text() +
                                        ", this engine speaks " + version.text());
  }
  call.query.add("platform", text);
}

void set_tar(Call& call, const ByteSource& tar) {
  call.headers.set("Content-Type", "application/x-tar");
  call.body = http::Body::streamed(tar);
}

}  // namespace

std::vector<ImageSummary> Client::list_images(const Context& context, const ImageListOptions& options) {
  Call call{.operation = "listing images", .path = "/images/json"};
  if (options.all) call.query.add("all", "1");
  if (options.digests) call.query.add("digests", "1");
  call.query.add_if("filters", filters_text(options.filters));
  return calls_->get<std::vector<ImageSummary>>(context, std::move(call));
}

ImageInspect Client::inspect_image(const Context& context, std::string_view name, std::string_view platform) {
  Call call = call_of("inspecting", "GET", name, "/json");
  add_platform(call, platform, platform_json(platform), Feature::kInspectPlatform, api_version(context));
  return calls_->get<ImageInspect>(context, std::move(call));
}

std::optional<ImageInspect> Client::find_image(const Context& context, std::string_view name,
                                               std::string_view platform) {
  try {
    return inspect_image(context, name, platform);
  } catch (const Error& e) {
    if (e.kind() == Kind::kNotFound) return std::nullopt;
    throw;
  }
}

std::string Client::image_digest_in_registry(const Context& context, std::string_view name, const AuthConfig& auth) {
  Call call = call_of("asking the registry for", "GET", name);
  const Reference reference = within(call.operation, [&] { return Reference::parse(name).with_default_tag(); });
  call.path = "/distribution/" + path_of(reference.familiar()) + "/json";
  call.headers.set("X-Registry-Auth", registry_auth_header(auth));
  return calls_->get<DistributionInspect>(context, std::move(call)).digest;
}

ProgressStream Client::pull_image(const Context& context, std::string_view name, const PullOptions& options) {
  Call call = call_of("pulling", "POST", name);
  call.path = "/images/create";
  const Reference reference = within(call.operation, [&] { return Reference::parse(name).with_default_tag(); });
  call.query.add("fromImage", reference.familiar_name())
      .add("tag", reference.digest.empty() ? reference.tag : reference.digest);
  add_platform(call, options.platform, options.platform, Feature::kPlatform, api_version(context));
  call.headers.set("X-Registry-Auth", registry_auth_header(options.auth));
  return ProgressStream(calls_->messages(context, std::move(call)));
}

ProgressStream Client::push_image(const Context& context, std::string_view name, const PushOptions& options) {
  Call call = call_of("pushing", "POST", name);
  const Reference reference = within(call.operation, [&] { return Reference::parse(name).with_default_tag(); });
  call.path = "/images/" + path_of(reference.familiar_name()) + "/push";
  call.query.add("tag", reference.tag);
  add_platform(call, options.platform, platform_json(options.platform), Feature::kPushPlatform, api_version(context));
  call.headers.set("X-Registry-Auth", registry_auth_header(options.auth));
  return ProgressStream(calls_->messages(context, std::move(call)));
}

void Client::tag_image(const Context& context, std::string_view name, std::string_view target) {
  Call call = call_of("tagging", "POST", name, "/tag");
  const Reference reference = within(call.operation, [&] { return Reference::parse(target).with_default_tag(); });
  call.query.add("repo", reference.familiar_name()).add("tag", reference.tag);
  calls_->run(context, std::move(call));
}

std::vector<ImageDeleted> Client::remove_image(const Context& context, std::string_view name,
                                               const ImageRemoveOptions& options) {
  Call call = call_of("removing", "DELETE", name);
  if (options.force) call.query.add("force", "1");
  if (options.no_prune) call.query.add("noprune", "1");
  return calls_->get<std::vector<ImageDeleted>>(context, std::move(call));
}

ProgressStream Client::build_image(const Context& context, const ByteSource& tar, const BuildOptions& options) {
  Call call{.operation = options.tags.empty() ? "building an image" : "building image '" + options.tags.front() + "'",
            .method = "POST",
            .path = "/build"};
  within(call.operation, [&] { call.query = build_query(options, api_version(context)); });
  if (!options.auth.empty()) call.headers.set("X-Registry-Config", registry_config_header(options.auth));
  if (options.remote.empty()) set_tar(call, tar);
  return ProgressStream(calls_->messages(context, std::move(call)));
}

std::unique_ptr<net::Stream> Client::open_builder(const Context& context) {
  Call call{.operation = "opening the builder", .method = "POST", .path = "/grpc"};
  call.headers = {{"Connection", "Upgrade"}, {"Upgrade", "h2c"}};
  return calls_->upgrade(context, std::move(call)).stream;
}

std::unique_ptr<net::Stream> Client::open_build_session(const Context& context, const http::Headers& session) {
  Call call{.operation = "opening a build session", .method = "POST", .path = "/session", .headers = session};
  call.headers.set("Connection", "Upgrade");
  call.headers.set("Upgrade", "h2c");
  return calls_->upgrade(context, std::move(call)).stream;
}

ByteStream Client::save_images(const Context& context, const std::vector<std::string>& names) {
  Call call{.operation = "saving images", .path = "/images/get"};
  for (const std::string& name : names) call.query.add("names", name);
  std::string operation = call.operation;
  return ByteStream(std::make_unique<ByteStream::Source>(operation, calls_->send(context, std::move(call))));
}

ProgressStream Client::load_images(const Context& context, const ByteSource& tar) {
  Call call{.operation = "loading images", .method = "POST", .path = "/images/load"};
  call.query.add("quiet", "0");
  set_tar(call, tar);
  return ProgressStream(calls_->messages(context, std::move(call)));
}

ImageId Client::import_image(const Context& context, const ByteSource& tar, std::string_view name,
                             const std::vector<std::string>& changes) {
  Call call = call_of("importing", "POST", name);
  call.path = "/images/create";
  const Reference reference = within(call.operation, [&] { return Reference::parse(name).with_default_tag(); });
  call.query.add("fromSrc", "-").add("repo", reference.familiar_name()).add("tag", reference.tag);
  for (const std::string& change : changes) call.query.add("changes", change);
  set_tar(call, tar);
  ProgressStream progress(calls_->messages(context, std::move(call)));
  ImageId id;
  while (const auto message = progress.next(context)) {
    if (message->status.starts_with("sha256:")) id = ImageId(message->status);
  }
  return id;
}

}  // namespace berth::engine
