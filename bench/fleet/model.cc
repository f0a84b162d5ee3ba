#include "model.h"

#include <algorithm>
#include <functional>

#include "base/digest.h"

namespace berth::fleet {

std::string text_of(const Id& id) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text(64, '0');
  for (std::size_t i = 0; i < 64; ++i) text[i] = kDigits[(id[i / 16] >> (60 - 4 * (i % 16))) & 15];
  return text;
}

std::optional<Id> id_beginning(std::string_view text) {
  if (text.empty() || text.size() > 64) return std::nullopt;
  Id id{};
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool digit = c >= '0' && c <= '9';
    if (!digit && (c < 'a' || c > 'f')) return std::nullopt;
    const auto value = static_cast<std::uint64_t>(digit ? c - '0' : c - 'a' + 10);
    id[i / 16] |= value << (60 - 4 * (i % 16));
  }
  return id;
}

Id id_named(std::string_view text) { return *id_beginning(sha256_hex(text)); }

std::uint64_t Randomness::next() {
  std::uint64_t z = (state_ += 0x9e3779b97f4a7c15U);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
  return z ^ (z >> 31);
}

std::string full_reference(std::string_view image) {
  for (const std::string_view prefix : {"docker.io/", "index.docker.io/", "library/"}) {
    if (image.starts_with(prefix)) image.remove_prefix(prefix.size());
  }
  const auto slash = image.rfind('/');
  const std::string_view last = slash == std::string_view::npos ? image : image.substr(slash + 1);
  std::string reference(image);
  if (last.find_first_of(":@") == std::string_view::npos) reference += ":latest";
  return reference;
}

std::string_view text_of(Status status) {
  switch (status) {
    case Status::kCreated:
      return "created";
    case Status::kRunning:
      return "running";
    case Status::kPaused:
      return "paused";
    case Status::kExited:
      return "exited";
  }
  return {};
}

std::string_view text_of(EventType type) {
  switch (type) {
    case EventType::kContainer:
      return "container";
    case EventType::kNetwork:
      return "network";
    case EventType::kImage:
      return "image";
    case EventType::kVolume:
      return "volume";
  }
  return {};
}

namespace {

Labels attributes_of(const Event& event) {
  Labels attributes;
  if (event.type == EventType::kContainer) {
    attributes = *event.container->labels;
    attributes.emplace_back("image", event.container->spec->image);
    attributes.emplace_back("name", event.container->name);
  } else if (event.container) {
    attributes.emplace_back("container", text_of(event.container->id));
  }
  attributes.insert(attributes.end(), event.extra.begin(), event.extra.end());
  std::stable_sort(attributes.begin(), attributes.end(), [](auto& a, auto& b) { return a.first < b.first; });
  return attributes;
}

}  // namespace

std::string text_of(const Event& event) {
  std::string out;
  out.reserve(512);
  out += '{';
  const bool container = event.type == EventType::kContainer;
  const std::string actor = container ? text_of(event.container->id) : event.actor;
  if (container || event.type == EventType::kImage) {  // the fields of before API 1.22
    append_member(out, "status", event.action);
    out += ',';
    append_member(out, "id", actor);
    out += ',';
    if (container) {
      append_member(out, "from", event.container->spec->image);
      out += ',';
    }
  }
  append_member(out, "Type", text_of(event.type));
  out += ',';
  append_member(out, "Action", event.action);
  out += R"(,"Actor":{)";
  append_member(out, "ID", actor);
  out += R"(,"Attributes":)";
  append_labels(out, attributes_of(event));
  out += R"(},"scope":"local","time":)";
  out += std::to_string(event.time / 1'000'000'000);
  out += R"(,"timeNano":)";
  out += std::to_string(event.time);
  out += "}\n";
  return out;
}

}  // namespace berth::fleet
