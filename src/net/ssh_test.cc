#include "net/ssh.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/strings.h"

namespace berth::net {
namespace {

std::string text(const std::vector<std::string>& argv) { return join(argv, " "); }

TEST(SshArgv, LeavesToTheUsersConfigurationWhatIsNotGiven) {
  EXPECT_EQ(text(ssh_argv({.host = "db"}, "/c", SshMode::kQuiet)),
            "ssh -o ConnectTimeout=30 -o ControlMaster=auto -o ControlPath=/c/%C -o ControlPersist=60 -o BatchMode=yes "
            "-o ServerAliveInterval=15 -T -- db");
}

TEST(SshArgv, OffersOneKeyAndKeepsTheHostsKeyBesideTheMachine) {
  const SshHost host{.host = "10.0.0.5",
                     .port = 2222,
                     .user = "debian",
                     .key = "/m/id_rsa",
                     .known_hosts = {"/m/known_hosts", "/home/ada/.ssh/known_hosts"}};
  EXPECT_EQ(text(ssh_argv(host, "/c", SshMode::kInteractive)),
            "ssh -o ConnectTimeout=30 -o ControlMaster=auto -o ControlPath=/c/%C -o ControlPersist=60 "
            "-o StrictHostKeyChecking=accept-new -o UserKnownHostsFile=\"/m/known_hosts\" "
            "\"/home/ada/.ssh/known_hosts\" -o LogLevel=ERROR -o IdentitiesOnly=yes -i /m/id_rsa -l debian -p 2222 -- "
            "10.0.0.5");
}

TEST(SshArgv, EndsTheSharedConnection) {
  EXPECT_EQ(text(ssh_exit_argv({.host = "db", .port = 22, .user = "ada"}, "/c")),
            "ssh -o ControlPath=/c/%C -O exit -l ada -p 22 -- db");
}

TEST(ShellQuote, KeepsEveryByteOfAWord) {
  EXPECT_EQ(shell_quote("plain/word-1.0"), "plain/word-1.0");
  EXPECT_EQ(shell_quote(""), "''");
  EXPECT_EQ(shell_quote("it's $HOME"), "'it'\\''s $HOME'");
  EXPECT_EQ(shell_join({"printf", "%s", "a b"}), "printf '%s' 'a b'");
}

}  // namespace
}  // namespace berth::net
