#include "buildkit/ssh_agents.h"

#include <array>
#include <csignal>
#include <filesystem>
#include <thread>

#include "base/error.h"
#include "base/process.h"
#include "base/strings.h"
#include "buildkit/messages.h"
#include "net/dial.h"

namespace berth::buildkit {

namespace {

// Messages of the agent's protocol: length in four bytes, type in one.
constexpr std::size_t kLengthSize = 4;
constexpr std::size_t kLargestMessage = std::size_t{256} << 10;
constexpr char kRequestIdentities = 11;
constexpr char kSignRequest = 13;
constexpr std::string_view kFailure("\0\0\0\1\5", 5);

// Takes the first whole message off `bytes`; empty when there is none yet.
std::string take_message(std::string& bytes) {
  if (bytes.size() < kLengthSize) return {};
  std::size_t length = 0;
  for (std::size_t i = 0; i < kLengthSize; ++i) length = length << 8 | static_cast<unsigned char>(bytes[i]);
  if (length == 0 || length > kLargestMessage) throw Error(Kind::kInvalid, "a malformed message for the ssh agent");
  if (bytes.size() < kLengthSize + length) return {};
  std::string message = bytes.substr(0, kLengthSize + length);
  bytes.erase(0, message.size());
  return message;
}

}  // namespace

struct SshAgents::OwnAgent {
  TemporaryFolder folder;
  Child program;

  OwnAgent(const Context& context, const Path& key)
      : program(spawn({"ssh-agent", "-D", "-a", socket().string()}, {.out = Stdio::kNull})) {
    constexpr auto kSoon = std::chrono::seconds(5);
    constexpr auto kPause = std::chrono::milliseconds(10);
    const Context start = context.with_timeout(kSoon);
    while (!std::filesystem::exists(socket())) start.sleep_for(kPause);
    Environment environment = Environment::of_process();
    environment.set("SSH_AUTH_SOCK", socket().string());
    environment.set("SSH_ASKPASS_REQUIRE", "never");
    const Output added = run(context, {"ssh-add", "-q", key.string()}, {},
                             {.err = Stdio::kPipe, .environment = environment, .new_session = true});
    if (!added.status.ok()) {
      throw Error(Kind::kInternal, "ssh key '" + key.string() + "' can't be used: " + std::string(trim(added.err)) +
                                       "; a key with a passphrase has to be in an agent");
    }
  }

  Path socket() const { return folder.path() / "agent"; }
};

SshAgents::SshAgents(const Context& context, const std::map<std::string, Path>& wanted,
                     const std::string& users_socket) {
  for (const auto& [id, path] : wanted) {
    const Path at = path.empty() ? Path(users_socket) : path;
    if (at.empty()) {
      throw Error(Kind::kInvalid, "ssh '" + id +
                                      "' wants your ssh agent and there is none: start it (eval $(ssh-agent); "
                                      "ssh-add), or name a key: " +
                                      id + "=PATH");
    }
    std::error_code error;
    if (std::filesystem::is_socket(at, error)) {
      sockets_[id] = at;
      continue;
    }
    if (error || !std::filesystem::exists(at, error)) {
      throw Error(Kind::kNotFound, "ssh '" + id + "': there is no '" + at.string() + "'");
    }
    own_.push_back(std::make_unique<OwnAgent>(context, at));
    sockets_[id] = own_.back()->socket();
  }
}

SshAgents::~SshAgents() = default;

const Path& SshAgents::socket_of(const std::string& id) const {
  const auto found = sockets_.find(id);
  if (found == sockets_.end()) {
    throw Error(Kind::kNotFound, "the build was given no ssh '" + id + "': name it in build.ssh or with --ssh");
  }
  return found->second;
}

void forward_agent(const Context& context, grpc::Call& call, const Path& socket) {
  CancelSource stop(context);
  const std::unique_ptr<net::Stream> agent = net::dial_unix(context, socket);
  const std::jthread answers([&] {
    try {
      std::array<char, std::size_t{16} << 10> buffer;
      while (const std::size_t size = agent->read_some(stop.context(), buffer)) {
        call.send(stop.context(), message_of({buffer.data(), size}));
      }
    } catch (const Error&) {
      return;  // who asks notices
    }
  });
  try {
    std::string asked;
    while (const auto message = call.receive(context)) {
      asked += first_field(*message);
      for (std::string request = take_message(asked); !request.empty(); request = take_message(asked)) {
        const char type = request[kLengthSize];
        if (type == kRequestIdentities || type == kSignRequest) {
          agent->write_all(context, request);
        } else {
          call.send(context, message_of(kFailure));
        }
      }
    }
    agent->shutdown_write(context);
  } catch (const Error&) {
    stop.cancel();
    throw;
  }
}

}  // namespace berth::buildkit
