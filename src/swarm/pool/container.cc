#include "swarm/pool/container.h"

#include <functional>
#include <utility>

#include "base/error.h"
#include "base/json.h"
#include "base/strings.h"

namespace berth::swarm {

namespace {

// Of "/web" among the links' names ("/other/alias") that old engines list too.
std::string own_name_of(const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    if (name.rfind('/') == 0) return name.substr(1);
  }
  return {};
}

// A JSON array of policies, as classic Swarm keeps them.
placement::Reschedule policy_of(const std::string& label) {
  if (label.empty()) return placement::Reschedule::kUnset;
  return label.find("on-node-failure") != std::string::npos ? placement::Reschedule::kOnNodeFailure
                                                            : placement::Reschedule::kOff;
}

constexpr std::size_t kBriefId = 12;

}  // namespace

std::string name_while_replacing(std::string_view replaced_id, std::string_view name) {
  return std::string(replaced_id.substr(0, kBriefId)) + "_" + std::string(name);
}

Container::Container(NodeNumber node, std::string json, engine::Time now) : node_(node), json_(std::move(json)) {
  const json::value value = parse_json(json_);
  id_ = text_of(value, "Id");
  if (id_.empty()) throw Error(Kind::kInternal, "the engine lists a container without an id");
  name_ = own_name_of(texts_of(value, "Names"));
  state_ = text_of(value, "State");
  created_ = integer_of(value, "Created");
  if (const json::value* labels = find(value, "Labels")) {
    swarm_id_ = text_of(*labels, placement::label::kId);
    reschedule_ = policy_of(text_of(*labels, placement::label::kReschedulePolicies));
    generation_ = parse_integer(text_of(*labels, kGenerationLabel)).value_or(0);
    replaces_ = text_of(*labels, kReplacesLabel);
    if (!name_.starts_with(name_while_replacing(replaces_, ""))) replaces_.clear();
  }
  status_ = StatusText(text_of(value, "Status"), now);
  names_at_ = find_member(json_, "Names").value_or(Span{});
  status_at_ = find_member(json_, "Status").value_or(Span{});
}

std::size_t Container::fingerprint() const {
  const std::string_view text = json_;
  return std::hash<std::string>()(std::string(text.substr(0, status_at_.begin)) +
                                  std::string(text.substr(status_at_.end)));
}

void Container::append_to(std::string& text, std::string_view node_name, engine::Time now) const {
  std::size_t done = 0;
  const auto replace = [&](const Span& span, const std::string& with) {
    text.append(json_, done, span.begin - done);
    text += with;
    done = span.end;
  };
  const auto names = [&] {
    if (names_at_.size() == 0 || name_.empty()) return;
    // The engine's list goes on behind the cluster's name.
    const std::string more = "," + json_string("/" + std::string(node_name) + "/" + name_) + "]";
    replace({names_at_.end - 1, names_at_.end}, more);
  };
  const auto status = [&] {
    if (status_at_.size() > 0) replace(status_at_, json_string(status_.at(now)));
  };
  if (names_at_.begin < status_at_.begin) {
    names();
    status();
  } else {
    status();
    names();
  }
  text.append(json_, done);
}

}  // namespace berth::swarm
