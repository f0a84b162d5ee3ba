// How a call ended.
#pragma once

#include <string>

#include "base/error.h"

namespace berth::grpc {

// Source: grpc/grpc, doc/statuscodes.md. Others that come are kUnknown to us.
enum class Code {
  kOk = 0,
  kCancelled = 1,
  kUnknown = 2,
  kInvalidArgument = 3,
  kDeadlineExceeded = 4,
  kNotFound = 5,
  kAlreadyExists = 6,
  kPermissionDenied = 7,
  kFailedPrecondition = 9,
  kUnimplemented = 12,
  kInternal = 13,
  kUnavailable = 14,
  kUnauthenticated = 16,
};

// What a server answers for an error of this kind, and what a client throws for such an answer.
Code code_of(Kind kind);
Kind kind_of(Code code);

}  // namespace berth::grpc
