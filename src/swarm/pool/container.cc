#include "swarm/pool/container.h"

#include <algorithm>
#include <array>
#include <functional>
#include <utility>

#include <arpa/inet.h>

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
constexpr char kListedAddress[] = "IP";
constexpr char kAnyAddress[] = "0.0.0.0";

std::string member_with(std::string_view name, std::string_view text) {
  return json_string(name) + ":" + json_string(text);
}

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
  static const std::string kAnywhere = member_with(kListedAddress, kAnyAddress);
  if (json_.find(kAnywhere) != std::string::npos) {
    ports_at_ = find_member(json_, "Ports").value_or(Span{});
  }
}

std::size_t Container::fingerprint() const {
  const std::string_view text = json_;
  return std::hash<std::string>()(std::string(text.substr(0, status_at_.begin)) +
                                  std::string(text.substr(status_at_.end)));
}

std::string ports_at(const Node& node, std::string_view ports, std::string_view member) {
  std::array<unsigned char, 4> bytes;
  if (::inet_pton(AF_INET, node.ip.c_str(), bytes.data()) != 1) return std::string(ports);
  return replace_all(std::string(ports), member_with(member, kAnyAddress), member_with(member, node.ip));
}

void Container::append_to(std::string& text, const Node& node, engine::Time now) const {
  std::vector<std::pair<Span, std::string>> changes;
  changes.reserve(3);
  if (names_at_.size() > 0 && !name_.empty()) {
    // The engine's list goes on behind the cluster's name.
    changes.emplace_back(Span{names_at_.end - 1, names_at_.end},
                         "," + json_string("/" + node.name() + "/" + name_) + "]");
  }
  if (status_at_.size() > 0) changes.emplace_back(status_at_, json_string(status_.at(now)));
  if (ports_at_.size() > 0) {
    const std::string_view ports = std::string_view(json_).substr(ports_at_.begin, ports_at_.size());
    changes.emplace_back(ports_at_, ports_at(node, ports, kListedAddress));
  }
  std::sort(changes.begin(), changes.end(), [](const auto& a, const auto& b) { return a.first.begin < b.first.begin; });
  std::size_t done = 0;
  for (const auto& [span, with] : changes) {
    text.append(json_, done, span.begin - done);
    text += with;
    done = span.end;
  }
  text.append(json_, done);
}

}  // namespace berth::swarm
