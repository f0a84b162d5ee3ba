// Walks a plan: in parallel, in order, once. The only part of Berth's compose that changes an engine.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/context.h"
#include "base/error.h"
#include "converge/buildx.h"
#include "converge/events.h"
#include "converge/plan.h"
#include "converge/programs.h"
#include "engine/client.h"
#include "engine/credentials.h"

namespace berth::converge {

struct ExecuteOptions {
  // Calls in flight. Engines are fastest with 4 to 8; calls that wait for something else than the engine (a container
  // that takes its time to stop, a registry) stop counting when nothing has ended for a moment.
  std::size_t calls_in_flight = 6;
  const engine::Credentials* credentials = nullptr;  // for pulls and builds; must outlive the call
  const Buildx* buildx = nullptr;                    // for builds with it; must outlive the call
  std::string ssh_agent;                             // for builds with the engine's BuildKit: SSH_AUTH_SOCK
  engine::Client* images_from = nullptr;             // for CopyImage; must outlive the call
  const Programs* programs = nullptr;                // for RunProvider, ServeModel; must outlive the call
};

struct OperationOutcome {
  enum class Status { kDone, kFailed, kCancelled, kSkipped };  // skipped: for a failure that did not happen
  Status status = Status::kCancelled;
  std::optional<Error> error;             // of kFailed
  engine::ContainerId container_id;       // what a CreateContainer made
  std::optional<compose::TextMap> given;  // what a RunProvider that went well has for dependents
};

struct Outcome {
  std::vector<OperationOutcome> operations;  // in the plan's order

  bool ok() const { return !failure; }
  const OperationOutcome& of(OperationNumber number) const;
  // The error of the operation that failed first in time; kCancelled when nothing failed but not all was done.
  std::optional<Error> failure;
  // Of up(): what the names of the services' images stand for, by name.
  std::map<std::string, engine::ImageId> images;
  // Services whose update failed and that are what they were before (deploy.update_config.failure_action: rollback).
  std::vector<std::string> rolled_back;
  // Whether nothing else has failed than updates that were rolled back.
  bool only_rolled_back = false;
};

// Returns when every operation is done, has failed or was cancelled. Dependents of a failed operation are cancelled,
// the rest goes on. Cancelling the context breaks off calls and waits at once; nothing new is begun. Does not throw for
// what the engine does; waits listen to the engine's events from before the first operation, nothing is polled.
Outcome execute(const Context& context, engine::Client& client, const Plan& plan, const ExecuteOptions& options = {},
                const EventSink& sink = {});

}  // namespace berth::converge
