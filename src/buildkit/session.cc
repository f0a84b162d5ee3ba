#include "buildkit/session.h"

#include <protozero/pbf_writer.hpp>

#include "base/digest.h"
#include "base/error.h"
#include "base/strings.h"
#include "buildkit/file_sync.h"
#include "buildkit/messages.h"
#include "engine/client.h"
#include "engine/credentials.h"
#include "http/url.h"

namespace berth::buildkit {

namespace {

constexpr std::string_view kHealth = "/grpc.health.v1.Health/Check";
constexpr std::string_view kFiles = "/moby.filesync.v1.FileSync/DiffCopy";
constexpr std::string_view kCredentials = "/moby.filesync.v1.Auth/Credentials";
constexpr std::string_view kSecret = "/moby.buildkit.secrets.v1.Secrets/GetSecret";
constexpr std::string_view kCheckAgent = "/moby.sshforward.v1.SSH/CheckAgent";
constexpr std::string_view kAgent = "/moby.sshforward.v1.SSH/ForwardAgent";

constexpr std::size_t kLargestSecret = std::size_t{500} << 10;  // as docker has it

// Values that are not plain ASCII come encoded as in a query, and with a mark.
std::vector<std::string> values_of(const grpc::Call& call, const std::string& name) {
  std::vector<std::string> values = call.values(name);
  const std::vector<std::string> mark = call.values(name + "-encoded");
  if (mark.empty() || mark[0] != "1") return values;
  for (std::string& value : values) value = http::percent_decode(value, true).value_or(value);
  return values;
}

std::string content_of(const std::string& id, const Secret& secret) {
  std::string content = secret.file.empty() ? secret.content : read_file(secret.file);
  if (content.size() > kLargestSecret) {
    throw Error(Kind::kInvalid, "secret '" + id + "' has more than 500 KB, the most that a build takes");
  }
  return content;
}

// CredentialsResponse { Username = 1; Secret = 2 }
std::string credentials_message(const engine::AuthConfig& auth) {
  std::string bytes;
  protozero::pbf_writer message(bytes);
  const bool by_token = !auth.identity_token.empty();
  if (!by_token) message.add_string(1, auth.username);
  message.add_string(2, by_token ? auth.identity_token : auth.password);
  return bytes;
}

}  // namespace

Session::Session(const Context& context, engine::Client& engine, const BuildRequest& request, const SshAgents& agents,
                 CredentialsOf credentials_of)
    : request_(request), agents_(agents), credentials_of_(std::move(credentials_of)), id_(to_hex(random_bytes(16))) {
  http::Headers headers = {{"X-Docker-Expose-Session-Uuid", id_}, {"X-Docker-Expose-Session-Name", "berth"}};
  // The builder keeps what it has of a folder under this, for the next build.
  const auto folder = request.folders.find("context");
  const std::string key = folder == request.folders.end() ? "" : folder->second.string();
  headers.add("X-Docker-Expose-Session-Sharedkey", sha256_hex(key).substr(0, 16));
  for (const std::string_view method : {kHealth, kFiles, kCredentials, kSecret, kCheckAgent, kAgent}) {
    headers.add("X-Docker-Expose-Session-Grpc-Method", std::string(method));
  }
  connection_ =
      std::make_unique<grpc::Connection>(engine.open_build_session(context, headers),
                                         [this](const Context& ours, grpc::Call& call) { answer(ours, call); });
}

Session::~Session() = default;

void Session::answer(const Context& context, grpc::Call& call) {
  const std::string method = call.method();
  if (method == kFiles) {
    send_files(context, call);
  } else if (method == kAgent) {
    const std::vector<std::string> id = call.values("buildkit.ssh.id");
    forward_agent(context, call, agents_.socket_of(id.empty() || id[0].empty() ? "default" : id[0]));
  } else {
    const auto message = call.receive(context);
    if (!message) throw Error(Kind::kInvalid, "'" + method + "' came without a message");
    call.send(context, answer_one(context, method, *message));
  }
}

void Session::send_files(const Context& context, grpc::Call& call) {
  const std::vector<std::string> names = values_of(call, "dir-name");
  const std::string name = names.empty() ? "" : names[0];
  if (name == "dockerfile" && !request_.dockerfile.empty()) {
    send_text(context, call, "Dockerfile", request_.dockerfile);
    return;
  }
  const auto folder = request_.folders.find(name);
  if (folder == request_.folders.end()) throw Error(Kind::kNotFound, "the build was given no folder '" + name + "'");
  send_folder(context, call, folder->second,
              {.include = values_of(call, "include-patterns"),
               .exclude = values_of(call, "exclude-patterns"),
               .follow = values_of(call, "followpaths")});
}

std::string Session::answer_one(const Context& context, const std::string& method, const std::string& message) {
  std::string answer;
  if (method == kHealth) {
    constexpr int kServing = 1;
    protozero::pbf_writer(answer).add_enum(1, kServing);
  } else if (method == kCredentials) {
    answer = credentials_message(credentials_of_(context, first_field(message)));
  } else if (method == kSecret) {
    const std::string id = first_field(message);
    const auto secret = request_.secrets.find(id);
    if (secret == request_.secrets.end()) throw Error(Kind::kNotFound, "secret '" + id + "' is not found");
    answer = message_of(content_of(id, secret->second));
  } else if (method == kCheckAgent) {
    const std::string id = first_field(message);
    agents_.socket_of(id.empty() ? "default" : id);
  } else {
    throw Error(Kind::kUnsupported, "'" + method + "' is not offered here");
  }
  return answer;
}

}  // namespace berth::buildkit
