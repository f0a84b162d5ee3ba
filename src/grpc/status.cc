#include "grpc/status.h"

namespace berth::grpc {

Code code_of(Kind kind) {
  switch (kind) {
    case Kind::kInvalid:
      return Code::kInvalidArgument;
    case Kind::kNotFound:
      return Code::kNotFound;
    case Kind::kConflict:
      return Code::kFailedPrecondition;
    case Kind::kUnauthorized:
      return Code::kUnauthenticated;
    case Kind::kForbidden:
      return Code::kPermissionDenied;
    case Kind::kUnsupported:
      return Code::kUnimplemented;
    case Kind::kUnavailable:
      return Code::kUnavailable;
    case Kind::kTimeout:
      return Code::kDeadlineExceeded;
    case Kind::kCancelled:
      return Code::kCancelled;
    case Kind::kInternal:
      return Code::kUnknown;
  }
  return Code::kUnknown;
}

Kind kind_of(Code code) {
  switch (code) {
    case Code::kInvalidArgument:
      return Kind::kInvalid;
    case Code::kNotFound:
      return Kind::kNotFound;
    case Code::kAlreadyExists:
    case Code::kFailedPrecondition:
      return Kind::kConflict;
    case Code::kUnauthenticated:
      return Kind::kUnauthorized;
    case Code::kPermissionDenied:
      return Kind::kForbidden;
    case Code::kUnimplemented:
      return Kind::kUnsupported;
    case Code::kUnavailable:
      return Kind::kUnavailable;
    default:
      // The other side's own deadlines and cancellations are not ours.
      return Kind::kInternal;
  }
}

}  // namespace berth::grpc
