// The labels com.docker.swarm.*: what classic Swarm takes from Env and keeps in them, and what they ask of placement.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "swarm/placement/request.h"

namespace berth::swarm::placement {

// The lists of texts in the labels and what Env adds to them.
class LabelTexts {
 public:
  // Throws kInvalid when one of the labels is not a JSON array of texts.
  explicit LabelTexts(const StringMap& labels);

  // "constraint:storage==ssd" and its kin are taken into their list. False: an ordinary entry of Env.
  bool take(std::string_view entry);

  // Labels that are not as they were: name and new value.
  std::vector<std::pair<std::string, std::string>> changed() const;

 private:
  struct List {
    std::vector<std::string> texts;
    bool changed = false;
  };
  std::map<std::string, List, std::less<>> lists_;  // by label
};

// Sets what the request's labels say: expressions, preferences, group, reservation. Throws kInvalid naming the label or
// expression that is malformed.
void apply_labels(Request& request);

// Request::group of a container with these labels.
std::string group_of(const StringMap& labels, std::string_view image);

// Value of the label com.docker.swarm.reservation.
std::string reservation_label(const Resources& reservation);

}  // namespace berth::swarm::placement
