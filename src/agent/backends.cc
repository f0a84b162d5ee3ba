#include "agent/backends.h"

#include <algorithm>
#include <cstdio>
#include <tuple>

namespace berth::agent {

namespace {

using namespace std::chrono_literals;

constexpr auto kAskAgain = 50ms;  // for an address that is not known
constexpr auto kAskToConfirm = 500ms;
// An address that the engine no longer confirms may be another container's by now.
constexpr auto kTrusted = 10s;

}  // namespace

Backends::Backends(std::string file) : file_(std::move(file)) {
  std::FILE* list = std::fopen(file_.c_str(), "re");
  if (list == nullptr) return;
  char name[256];
  while (std::fscanf(list, "%255s", name) == 1) add(name, Backend::Stage::kActive);
  std::fclose(list);
}

Backend& Backends::add(const std::string& name, Backend::Stage stage) {
  if (Backend* there = find(name)) {
    if (there->stage == Backend::Stage::kLeaving) there->stage = Backend::Stage::kActive;
    return *there;
  }
  all_.push_back(std::make_unique<Backend>());
  all_.back()->name = name;
  all_.back()->stage = stage;
  return *all_.back();
}

Backend* Backends::find(std::string_view name) {
  for (const auto& backend : all_) {
    if (backend->name == name) return backend.get();
  }
  return nullptr;
}

void Backends::erase(std::string_view name) {
  std::erase_if(all_, [&](const auto& backend) { return backend->name == name; });
}

Backend* Backends::choose(const std::vector<std::string>& tried, Clock::time_point now) {
  Backend* best = nullptr;
  ++turn_;
  for (std::size_t i = 0; i < all_.size(); ++i) {
    Backend* backend = all_[(i + turn_) % all_.size()].get();
    if (backend->stage != Backend::Stage::kActive || !backend->known) continue;
    if (std::find(tried.begin(), tried.end(), backend->name) != tried.end()) continue;
    const auto rank = [&](const Backend& b) { return std::tuple(b.suspect_until > now, b.connections); };
    if (best == nullptr || rank(*backend) < rank(*best)) best = backend;
  }
  return best;
}

void Backends::refresh(Clock::time_point now) {
  for (const auto& backend : all_) {
    if (backend->known && now - backend->confirmed > kTrusted) backend->known = false;
    if (now - backend->asked < (backend->known ? Clock::duration(kAskToConfirm) : Clock::duration(kAskAgain))) continue;
    backend->asked = now;
    resolver_.ask(backend->name);
  }
}

void Backends::take_answers(Clock::time_point now) {
  std::string name;
  DnsAnswer answer;
  while (resolver_.next(name, answer)) {
    Backend* backend = find(name);
    if (backend == nullptr) continue;
    backend->known = answer.found;
    backend->address = answer.address;
    backend->confirmed = now;
  }
}

bool Backends::save() const {
  const std::string next = file_ + ".next";
  std::FILE* list = std::fopen(next.c_str(), "we");
  if (list == nullptr) return false;
  for (const auto& backend : all_) {
    if (backend->stage == Backend::Stage::kActive) std::fprintf(list, "%s\n", backend->name.c_str());
  }
  return std::fclose(list) == 0 && std::rename(next.c_str(), file_.c_str()) == 0;
}

}  // namespace berth::agent
