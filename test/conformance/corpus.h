// A corpus of compose files with questions about each, such as test/conformance/config: what Berth answers.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "compose/load.h"

namespace berth::compose {

struct Answer {
  bool refused = false;
  std::string text;  // the answer, or why it was refused
};

// One member of cases.json: the words after `docker compose` and the folder they are said in. The files are read anew
// for each question.
class Case {
 public:
  Case(const std::string& corpus, const json::value& value);

  // `kind` is a question as expected.json names them: "yaml", "services", "hash" ...; throws kInternal for others.
  Answer ask(const std::string& kind) const;

 private:
  void take(const std::string& flag, const std::string& value);
  std::string answer(const std::string& kind) const;

  LoadOptions options_;
};

}  // namespace berth::compose
