// The one exception type of Berth and the table that gives each kind of error its HTTP status and exit code.
#pragma once

#include <exception>
#include <string>
#include <string_view>

namespace berth {

// What sort of thing went wrong, as far as a caller can act on it.
enum class Kind {
  kInvalid,       // the user's input cannot be accepted
  kNotFound,      // a named object does not exist
  kConflict,      // the object exists, is in use, or changed meanwhile
  kUnauthorized,  // credentials are missing or wrong
  kForbidden,     // known who asks, but it is not allowed (also: not root)
  kUnsupported,   // understood, but not offered by this engine or this version
  kUnavailable,   // the other side cannot be reached, or broke off
  kTimeout,       // a deadline passed
  kCancelled,     // the user (Ctrl-C) or a caller asked to stop
  kInternal,      // everything else: the engine's 5xx, a broken invariant, an operating system error
};

// HTTP status that a server of ours answers for an error of this kind.
int http_status(Kind kind);

// Kind of an HTTP error status (400..599) that an engine or registry answered.
Kind kind_of_http_status(int status);

// Process exit code for an error of this kind: 130 for kCancelled as shells have it for Ctrl-C, else 1.
int exit_code(Kind kind);

// Thrown when an operation cannot go on. The message is for people: lower case, names the object in quotes, says what
// to do. Context is put in front as the error rises: `e.within("creating network 'front'")`.
class Error : public std::exception {
 public:
  Error(Kind kind, std::string message) : kind_(kind), message_(std::move(message)) {}

  Kind kind() const { return kind_; }
  const std::string& message() const { return message_; }
  const char* what() const noexcept override { return message_.c_str(); }

  // A copy of this error with "context: " in front of its message.
  [[nodiscard]] Error within(std::string_view context) const;

 private:
  Kind kind_;
  std::string message_;
};

// An error made from `errno_value`, such as Error("opening 'x': no such file or directory").
// ENOENT is kNotFound, EEXIST kConflict, EACCES/EPERM kForbidden, ECONNREFUSED and kin kUnavailable, ETIMEDOUT
// kTimeout.
Error system_error(int errno_value, std::string_view doing);

// Runs `body`; an Error that leaves it has `context` put in front.
template <typename Body>
decltype(auto) within(std::string_view context, Body&& body) {
  try {
    return body();
  } catch (const Error& e) {
    throw e.within(context);
  }
}

}  // namespace berth
