#include "shard.h"

#include <cerrno>

#include <sched.h>

#include "base/error.h"
#include "base/json.h"
#include "spec.h"

namespace berth::fleet {

namespace {

constexpr std::chrono::milliseconds kChurnStep{20};

CreateRequest service(Node& node, const char* image, const char* name) {
  return read_create(node, json::value{{"Image", image},
                                       {"Env", json::array{"MODE=production"}},
                                       {"HostConfig", {{"Memory", 64 << 20}, {"RestartPolicy", {{"Name", "always"}}}}},
                                       {"Labels",
                                        {{"com.docker.compose.project", "shop"},
                                         {"com.docker.compose.service", name},
                                         {"com.docker.compose.version", "2.40.3"}}}});
}

}  // namespace

Shard::Shard(std::vector<Member> members, Settings settings) : size_(members.size()), shared_(loop_, settings.seed) {
  std::promise<void> ready;
  auto is_ready = ready.get_future();
  thread_ =
      std::jthread([this, &ready, members = std::move(members), settings = std::move(settings)](
                       const std::stop_token& stop) mutable { serve(stop, std::move(members), settings, ready); });
  is_ready.get();
}

Shard::~Shard() = default;

void Shard::serve(const std::stop_token& stop, std::vector<Member> members, const Settings& settings,
                  std::promise<void>& ready) {
  try {
    if (settings.own_descriptors && ::unshare(CLONE_FILES) != 0)
      throw system_error(errno, "making a table of descriptors");
    make_hosts(std::move(members), settings);
  } catch (...) {
    hosts_.clear();
    ready.set_exception(std::current_exception());
    return;
  }
  ready.set_value();
  loop_.run(stop);
  hosts_.clear();  // their descriptors are this thread's
}

void Shard::make_hosts(std::vector<Member> members, const Settings& settings) {
  static constexpr std::pair<const char*, const char*> kServices[] = {{"nginx", "web"}, {"redis", "cache"}};
  hosts_.reserve(members.size());
  for (Member& member : members) {
    hosts_.push_back(std::make_unique<Host>(shared_, std::move(member.profile), member.address));
    Node& node = hosts_.back()->node();
    for (const std::string& image : settings.images) node.provide(image);
    if (settings.containers == 0) continue;
    const auto& [image, name] = kServices[hosts_.size() % std::size(kServices)];
    node.provide(image);
    const CreateRequest request = service(node, image, name);
    auto& labels = shared_.labels[name];
    if (!labels) labels = request.labels;
    node.seed(settings.containers, request.spec, labels);
  }
}

void Shard::run(const std::function<void(std::vector<std::unique_ptr<Host>>&)>& work) {
  std::promise<void> done;
  loop_.post([&] {
    try {
      work(hosts_);
      done.set_value();
    } catch (...) {
      done.set_exception(std::current_exception());
    }
  });
  done.get_future().get();
}

void Shard::churn(double rate) {
  run([&](auto&) {
    loop_.cancel(churn_timer_);
    churn_rate_ = rate;
    churn_due_ = 0;
    if (rate > 0) churn_on();
  });
}

void Shard::churn_on() {
  churn_timer_ = loop_.after(kChurnStep, [this] {
    churn_due_ += churn_rate_ * std::chrono::duration<double>(kChurnStep).count();
    for (; churn_due_ >= 1; churn_due_ -= 1) replace_one();
    churn_on();
  });
}

// One container of some node that lives ends and goes, and another comes.
void Shard::replace_one() {
  Host& host = *hosts_[shared_.random.below(hosts_.size())];
  if (!host.is_up()) return;
  Node& node = host.node();
  std::shared_ptr<const Identity> like;
  if (!node.containers().empty()) {
    Container& oldest = *node.container_numbered(node.containers().begin()->first);
    like = oldest.who;
    node.remove(oldest, true);
  } else {
    node.provide("nginx");
    const CreateRequest request = service(node, "nginx", "web");
    like = std::make_shared<const Identity>(Identity{{}, {}, request.spec, request.labels});
  }
  node.start(node.create("churn-" + node.profile().name + "-" + std::to_string(++churned_), like->spec, like->labels));
}

}  // namespace berth::fleet
