#include "cli/compose/early_engine.h"

namespace berth::cli {

EarlyEngine::EarlyEngine(const Context& context, Make make)
    : cancel_(context), thread_([this, make = std::move(make)] {
        try {
          client_ = make();
          client_->api_version(cancel_.context());
        } catch (...) {
          error_ = std::current_exception();
        }
      }) {}

EarlyEngine::~EarlyEngine() { cancel_.cancel(); }

std::unique_ptr<engine::Client> EarlyEngine::take() {
  thread_.join();
  if (error_) std::rethrow_exception(error_);
  return std::move(client_);
}

}  // namespace berth::cli
