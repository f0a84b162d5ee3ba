#include "base/error.h"

#include <cerrno>
#include <cstring>

namespace berth {

namespace {

struct Row {
  Kind kind;
  int status;
  int exit;
};

constexpr Row kTable[] = {
    {Kind::kInvalid, 400, 1},      {Kind::kNotFound, 404, 1},  {Kind::kConflict, 409, 1},
    {Kind::kUnauthorized, 401, 1}, {Kind::kForbidden, 403, 1}, {Kind::kUnsupported, 501, 1},
    {Kind::kUnavailable, 503, 1},  {Kind::kTimeout, 504, 1},   {Kind::kCancelled, 499, 130},
    {Kind::kInternal, 500, 1},
};

const Row& row(Kind kind) {
  for (const Row& candidate : kTable) {
    if (candidate.kind == kind) return candidate;
  }
  return kTable[std::size(kTable) - 1];
}

Kind kind_of_errno(int value) {
  switch (value) {
    case ENOENT:
    case ENOTDIR:
      return Kind::kNotFound;
    case EEXIST:
    case EADDRINUSE:
      return Kind::kConflict;
    case EACCES:
    case EPERM:
    case EROFS:
      return Kind::kForbidden;
    case ECONNREFUSED:
    case ECONNRESET:
    case ECONNABORTED:
    case EPIPE:
    case ENETUNREACH:
    case EHOSTUNREACH:
      return Kind::kUnavailable;
    case ETIMEDOUT:
      return Kind::kTimeout;
    default:
      return Kind::kInternal;
  }
}

}  // namespace

int http_status(Kind kind) { return row(kind).status; }

Kind kind_of_http_status(int status) {
  for (const Row& candidate : kTable) {
    if (candidate.status == status) return candidate.kind;
  }
  return status >= 400 && status < 500 ? Kind::kInvalid : Kind::kInternal;
}

int exit_code(Kind kind) { return row(kind).exit; }

Error Error::within(std::string_view context) const {
  std::string text(context);
  text += ": ";
  text += message_;
  return Error(kind_, std::move(text));
}

Error system_error(int errno_value, std::string_view doing) {
  std::string reason = std::strerror(errno_value);
  // Sentences of the C library begin with a capital; ours do not, unless it is an abbreviation.
  if (reason.size() > 1 && reason[0] >= 'A' && reason[0] <= 'Z' && reason[1] >= 'a' && reason[1] <= 'z') {
    reason[0] = static_cast<char>(reason[0] - 'A' + 'a');
  }
  return Error(kind_of_errno(errno_value), std::string(doing) + ": " + reason);
}

}  // namespace berth
