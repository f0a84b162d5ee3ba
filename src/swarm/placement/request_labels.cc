#include "swarm/placement/request_labels.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/json.h"
#include "base/strings.h"
#include "converge/labels.h"

namespace berth::swarm::placement {
namespace {

// Prefixes of Env entries and the label that keeps what follows. Source: classic Swarm, cluster/config.go.
constexpr std::array<std::pair<std::string_view, const char*>, 4> kKept = {{
    {"constraint", label::kConstraints},
    {"affinity", label::kAffinities},
    {"whitelist", label::kWhitelists},
    {"reschedule", label::kReschedulePolicies},
}};

[[noreturn]] void refuse(std::string_view label, std::string_view value, const std::string& what) {
  throw Error(Kind::kInvalid, "label '" + std::string(label) + "' is '" + std::string(value) + "': give " + what);
}

json::value parsed(std::string_view label, std::string_view value, const std::string& what) {
  try {
    return parse_json(value);
  } catch (const Error&) {
    refuse(label, value, what);
  }
}

// The texts of a label that is a JSON array of them; none when there is no such label.
std::vector<std::string> texts_in(const StringMap& labels, std::string_view name) {
  static const std::string kWanted = R"(a JSON array of texts, such as ["node==node-1"])";
  const auto found = labels.find(name);
  if (found == labels.end() || found->second.empty()) return {};
  const json::value value = parsed(name, found->second, kWanted);
  const json::object wrapped{{"x", value}};
  std::vector<std::string> texts = texts_of(wrapped, "x");
  if (!value.is_array() || texts.size() != value.get_array().size()) refuse(name, found->second, kWanted);
  return texts;
}

std::vector<Expression> expressions_in(const StringMap& labels, std::string_view name) {
  std::vector<Expression> expressions;
  for (const std::string& text : texts_in(labels, name)) expressions.push_back(parse_expression(text));
  return expressions;
}

Reschedule reschedule_in(const StringMap& labels) {
  const std::vector<std::string> policies = texts_in(labels, label::kReschedulePolicies);
  if (policies.empty()) return Reschedule::kUnset;
  if (policies.size() > 1) throw Error(Kind::kInvalid, "too many reschedule policies: " + join(policies, ", "));
  if (policies.front() == "off") return Reschedule::kOff;
  if (policies.front() == "on-node-failure") return Reschedule::kOnNodeFailure;
  throw Error(Kind::kInvalid,
              "invalid reschedule policy: '" + policies.front() + "' (there are: off, on-node-failure)");
}

// "spread=node.labels.zone" gives "node.labels.zone".
std::vector<std::string> preferences_in(const StringMap& labels) {
  constexpr std::string_view kSpread = "spread=";
  std::vector<std::string> attributes;
  for (const std::string& text : texts_in(labels, label::kPreferences)) {
    const std::string_view attribute =
        trim(text.starts_with(kSpread) ? std::string_view(text).substr(kSpread.size()) : "");
    // Checks the key, as that of an expression.
    if (attribute.empty()) throw Error(Kind::kInvalid, "preference '" + text + "' is not spread=ATTRIBUTE");
    parse_expression(std::string(attribute) + "==x");
    attributes.emplace_back(attribute);
  }
  return attributes;
}

std::map<std::string, std::int64_t, std::less<>> amounts_of(const json::object& object) {
  std::map<std::string, std::int64_t, std::less<>> amounts;
  for (const auto& [name, amount] : object) {
    if (amount.is_int64() && amount.get_int64() > 0) amounts.emplace(name, amount.get_int64());
  }
  return amounts;
}

std::optional<Resources> parse_reservation(std::string_view text) {
  const json::value value = parse_json(text);
  if (!value.is_object()) return std::nullopt;
  Resources reservation;
  reservation.nano_cpus = std::max<std::int64_t>(0, integer_of(value, "nano_cpus"));
  reservation.memory = Bytes(std::max<std::int64_t>(0, integer_of(value, "memory")));
  if (const json::object* generic = find_object(value, "generic")) reservation.generic = amounts_of(*generic);
  return reservation;
}

void apply_reservation(Request& request) {
  if (const auto given = request.labels.find(label::kReservation); given != request.labels.end()) {
    const auto reservation = reservation_of(request.labels);
    if (!reservation)
      refuse(given->first, given->second, R"(JSON such as {"nano_cpus": 500000000, "memory": 67108864})");
    request.reservation = *reservation;
  }
  if (const auto given = request.labels.find(label::kGenericResources); given != request.labels.end()) {
    const std::string wanted = R"(JSON such as {"gpu": 1})";
    const json::value value = parsed(given->first, given->second, wanted);
    if (!value.is_object() || amounts_of(value.get_object()).size() != value.get_object().size()) {
      refuse(given->first, given->second, wanted);
    }
    request.reservation.generic = amounts_of(value.get_object());
  }
}

}  // namespace

LabelTexts::LabelTexts(const StringMap& labels) {
  for (const auto& [prefix, name] : kKept) lists_[name].texts = texts_in(labels, name);
}

bool LabelTexts::take(std::string_view entry) {
  const auto [prefix, rest] = cut(entry, ':');
  if (!rest) return false;
  for (const auto& [known, name] : kKept) {
    if (prefix != known) continue;
    List& list = lists_[name];
    list.texts.emplace_back(*rest);
    list.changed = true;
    return true;
  }
  return false;
}

std::vector<std::pair<std::string, std::string>> LabelTexts::changed() const {
  std::vector<std::pair<std::string, std::string>> labels;
  for (const auto& [name, list] : lists_) {
    if (!list.changed) continue;
    json::array array;
    for (const std::string& text : list.texts) array.push_back(json::value(text));
    labels.emplace_back(name, format_json(array));
  }
  return labels;
}

void apply_labels(Request& request) {
  request.constraints = expressions_in(request.labels, label::kConstraints);
  request.affinities = expressions_in(request.labels, label::kAffinities);
  request.whitelists = expressions_in(request.labels, label::kWhitelists);
  request.reschedule = reschedule_in(request.labels);
  request.preferences = preferences_in(request.labels);
  request.group = group_of(request.labels, request.image);
  if (const auto most = request.labels.find(label::kMaxReplicasPerNode); most != request.labels.end()) {
    request.max_replicas_per_node = parse_integer(most->second);
    if (request.max_replicas_per_node.value_or(-1) < 0) refuse(most->first, most->second, "a number, 0 for no limit");
    if (request.max_replicas_per_node == 0) request.max_replicas_per_node.reset();
  }
  if (const auto volumes = request.labels.find(label::kVolumes); volumes != request.labels.end()) {
    if (volumes->second != "stay" && volumes->second != "abandon") {
      refuse(volumes->first, volumes->second,
             "'stay' (they are never moved) or 'abandon' (when the node dies the container is made anew without them)");
    }
  }
  apply_reservation(request);
}

std::string group_of(const StringMap& labels, std::string_view image) {
  const auto named = labels.find(label::kGroup);
  if (named != labels.end() && !named->second.empty()) return named->second;
  const auto service = labels.find(converge::label::kService);
  if (service == labels.end()) return std::string(image);
  return std::string(converge::label_of(labels, converge::label::kProject)) + "/" + service->second;
}

std::string reservation_label(const Resources& reservation) {
  json::object object;
  if (reservation.nano_cpus != 0) object["nano_cpus"] = reservation.nano_cpus;
  if (reservation.memory != Bytes()) object["memory"] = count(reservation.memory);
  if (!reservation.generic.empty()) {
    json::object& generic = object["generic"].emplace_object();
    for (const auto& [name, amount] : reservation.generic) generic[name] = amount;
  }
  return format_json(object);
}

std::optional<Resources> reservation_of(const StringMap& labels) {
  const auto found = labels.find(label::kReservation);
  if (found == labels.end()) return std::nullopt;
  try {
    return parse_reservation(found->second);
  } catch (const Error&) {
    return std::nullopt;
  }
}

}  // namespace berth::swarm::placement
