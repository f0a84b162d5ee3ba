// The program that Berth puts on engines, in an image of its own (converge/agent_image.h): static and small, as the
// image holds nothing else.
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include <unistd.h>

#include "agent/ingress.h"
#include "agent/keeper.h"

namespace {

// As the first process of a container it is not ended by signals that it doesn't handle.
void end_on(int signal) {
  struct sigaction action{};
  action.sa_handler = [](int) { ::_exit(0); };
  ::sigaction(signal, &action, nullptr);
}

int ingress_main(const std::vector<std::string>& words) {
  berth::agent::IngressOptions options;
  for (const std::string& word : words) {
    if (word == "--proxy-protocol") {
      options.proxy_protocol = true;
      continue;
    }
    const int port = std::atoi(word.c_str());
    if (port <= 0 || port > 65535) {
      std::fprintf(stderr, "'%s' is not a port\n", word.c_str());
      return 2;
    }
    options.ports.push_back(static_cast<std::uint16_t>(port));
  }
  return berth::agent::Ingress(std::move(options)).run();
}

}  // namespace

int main(int argc, char** argv) {
  end_on(SIGTERM);
  end_on(SIGINT);
  ::signal(SIGPIPE, SIG_IGN);
  const std::string command = argc > 1 ? argv[1] : "";
  const std::vector<std::string> words(argv + std::min(argc, 2), argv + argc);
  if (command == "ingress") return ingress_main(words);
  if (command == "route") return berth::agent::route_main(words);
  if (command == "keep") return berth::agent::keep_main(words);
  std::fputs(
      "usage: berth-agent ingress [--proxy-protocol] PORT...\n       berth-agent route [--must-answer] [--drain "
      "SECONDS] +NAME... -NAME...\n       berth-agent keep PROJECT\n",
      stderr);
  return 2;
}
