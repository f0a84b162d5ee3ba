#include "converge/vain_pulls.h"

#include <algorithm>
#include <chrono>
#include <vector>

#include "base/guarded.h"
#include "base/log.h"
#include "base/parallel.h"
#include "engine/reference.h"

namespace berth::converge {

namespace {

constexpr std::size_t kAskedAtOnce = 6;
constexpr std::chrono::seconds kLimit{5};

struct Question {
  std::string image;
  engine::AuthConfig auth;
};

bool has_digest(const engine::ImageInspect& image, std::string_view name, std::string_view digest) {
  const std::string repository = engine::Reference::parse(name).familiar_name();
  return std::any_of(image.repo_digests.begin(), image.repo_digests.end(), [&](const std::string& text) {
    const engine::Reference known = engine::Reference::parse(text);
    return known.digest == digest && known.familiar_name() == repository;
  });
}

}  // namespace

PullNews ask_registries(const Context& context, engine::Client& client, const engine::Credentials* credentials,
                        const State& state, const Plan& images) {
  std::vector<Question> questions;
  for (const Operation& operation : images.operations) {
    const auto* pull = std::get_if<PullImage>(&operation.action);
    if (pull == nullptr || state.find_image(pull->image) == nullptr) continue;
    questions.push_back(
        {pull->image, credentials == nullptr ? engine::AuthConfig() : credentials->of_image(context, pull->image)});
  }
  Guarded<PullNews> news;
  const auto outcomes = for_each_parallel(questions, kAskedAtOnce, [&](const Question& question) {
    const Context limited = context.with_timeout(kLimit);
    const std::string digest = client.image_digest_in_registry(limited, question.image, question.auth);
    const auto there = client.find_image(limited, question.image);
    if (there && has_digest(*there, question.image, digest)) news.lock()->vain.insert(question.image);
  });
  context.check();
  for (std::size_t i = 0; i < questions.size(); ++i) {
    if (!outcomes[i]) continue;
    log(LogLevel::kDebug, outcomes[i]->message());
    news.lock()->unknown.insert(questions[i].image);
  }
  return *news.lock();
}

}  // namespace berth::converge
