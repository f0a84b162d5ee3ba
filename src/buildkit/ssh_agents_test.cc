#include "buildkit/ssh_agents.h"

#include <chrono>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <protozero/pbf_reader.hpp>
#include <protozero/pbf_writer.hpp>

#include "base/error.h"
#include "base/process.h"
#include "grpc/pair_for_tests.h"

namespace berth::buildkit {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

Context patient() { return Context().with_timeout(30s); }

class SshAgentsTest : public ::testing::Test {
 protected:
  Path key(const std::string& name, const std::string& passphrase = "") {
    const Path file = folder_.path() / name;
    run_checked({}, {"ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-C", name, "-f", file.string()});
    return file;
  }

  static std::string message_of(const std::map<std::string, Path>& wanted, const std::string& users_socket = "") {
    try {
      const SshAgents agents(patient(), wanted, users_socket);
    } catch (const Error& e) {
      return e.message();
    }
    return "nothing was thrown";
  }

  // What the agent answers to a message of the agent's protocol that a build sends.
  static std::string asked(grpc::Call& call, std::string_view message) {
    std::string bytes;
    protozero::pbf_writer(bytes).add_bytes(1, message.data(), message.size());
    call.send(patient(), bytes);
    const std::string answer = call.receive(patient()).value_or("");
    protozero::pbf_reader fields(answer);
    return fields.next() ? fields.get_string() : "";
  }

  TemporaryFolder folder_;
};

TEST_F(SshAgentsTest, AKeyIsOfferedByAnAgentOfItsOwn) {
  const SshAgents agents(patient(), {{"deploy", key("k1")}}, "");
  grpc::testing::Pair pair(
      [&](const Context& context, grpc::Call& call) { forward_agent(context, call, agents.socket_of("deploy")); });
  const auto call = pair.client->call("/moby.sshforward.v1.SSH/ForwardAgent");
  EXPECT_THAT(asked(*call, std::string("\0\0\0\1\13", 5)), HasSubstr("k1"));  // the comment of the key
}

TEST_F(SshAgentsTest, ABuildCannotChangeTheAgent) {
  const SshAgents agents(patient(), {{"deploy", key("k1")}}, "");
  grpc::testing::Pair pair(
      [&](const Context& context, grpc::Call& call) { forward_agent(context, call, agents.socket_of("deploy")); });
  const auto call = pair.client->call("/moby.sshforward.v1.SSH/ForwardAgent");
  EXPECT_EQ(asked(*call, std::string("\0\0\0\1\23", 5)), std::string("\0\0\0\1\5", 5));  // remove all keys: failure
  EXPECT_THAT(asked(*call, std::string("\0\0\0\1\13", 5)), HasSubstr("k1"));
}

TEST_F(SshAgentsTest, TheUsersAgentIsTakenWhereNothingElseIsNamed) {
  const SshAgents first(patient(), {{"own", key("k1")}}, "");
  const std::string socket = first.socket_of("own").string();
  const SshAgents agents(patient(), {{"default", ""}, {"other", socket}}, socket);
  EXPECT_EQ(agents.socket_of("default"), socket);
  EXPECT_EQ(agents.socket_of("other"), socket);
  EXPECT_THROW(agents.socket_of("third"), Error);
}

TEST_F(SshAgentsTest, WhatCannotBeUsedIsSaid) {
  EXPECT_THAT(message_of({{"default", ""}}), HasSubstr("ssh 'default' wants your ssh agent and there is none"));
  EXPECT_THAT(message_of({{"k", "/no/where"}}), HasSubstr("there is no '/no/where'"));
  EXPECT_THAT(message_of({{"k", key("locked", "secret")}}), HasSubstr("a key with a passphrase has to be in an agent"));
}

}  // namespace
}  // namespace berth::buildkit
