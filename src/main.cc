// Picks the command tree by the name the program is called with, and turns Ctrl-C into cancelled contexts.
#include <string>
#include <vector>

#include <malloc.h>
#include <openssl/crypto.h>
#include <unistd.h>

#include "base/context.h"
#include "base/environment.h"
#include "base/log.h"
#include "base/signals.h"
#include "cli/commands.h"
#include "cli/plugin.h"

int main(int argc, char** argv) {
  using namespace berth;
  // Threads here wait for engines most of the time: two heaps for all of them, where each would have its own.
  ::mallopt(M_ARENA_MAX, 2);
  // The process is about to end when OpenSSL would take its tables apart, a tenth of what they took to build; and a
  // thread that still speaks TLS must not find them gone. It has to be said before anything else of OpenSSL is called.
  ::OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, nullptr);
  std::vector<std::string> words(argv + 1, argv + argc);
  const Environment environment = Environment::of_process();
  if (environment.is_true("BERTH_DEBUG")) set_log_level(LogLevel::kDebug);

  CancelSource first;
  CancelSource second;
  // Handlers run on the signal thread, so cancelling is all they do; a third Ctrl-C ends a program that hangs.
  const Signals signals([&](int, int count) {
    first.cancel();
    if (count >= 2) second.cancel();
    if (count >= 3) ::_exit(130);
  });
  cli::Terminal terminal(environment);
  const cli::Personality personality = cli::personality_of(argv[0], std::move(words), terminal);
  if (personality.finished) return 0;
  const Environment effective = personality.apply(environment);
  return cli::dispatch(personality.root, personality.program, personality.words, effective, terminal, first.context(),
                       second.context());
}
