// What docker compose 2.40 is asked 349 times, in one process: bench_corpus CORPUS prints how many of the corpus's
// files `config` answers and refuses, with their canonical YAML made and thrown away.
#include "conformance/corpus.h"

#include <cstdio>

#include "base/files.h"

int main(int argc, char** argv) {
  using namespace berth;
  if (argc != 2) {
    std::fputs("usage: bench_corpus CORPUS\n", stderr);
    return 2;
  }
  const std::string corpus = argv[1];
  const json::value cases = parse_json(read_file(corpus + "/cases.json"));
  int answered = 0;
  int refused = 0;
  for (const json::value& value : cases.as_array()) {
    const bool is_refused = compose::Case(corpus, value).ask("yaml").refused;
    ++(is_refused ? refused : answered);
  }
  std::printf("%d answered, %d refused\n", answered, refused);
}
