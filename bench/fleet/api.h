// The Docker Engine API of a simulated engine.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "connection.h"
#include "http/url.h"
#include "node.h"

namespace berth::fleet {

// One call, while it is taken apart and answered.
struct Call {
  Node& node;
  Connection& connection;
  http::Target target;
  std::vector<std::string> names;  // what stands for the pattern's *
  int minor_version;               // of API 1.x

  std::string query(std::string_view name) const { return target.get(name); }
  bool flag(std::string_view name) const;
  // Throws kInternal with Go's words when it is no number.
  std::int64_t integer(std::string_view name, std::int64_t otherwise) const;

  void answer(int status, std::string_view json) const;
  void no_content() const;    // 204
  void not_modified() const;  // 304
  void start_stream(std::string_view content_type) const;
  void hijack(bool tty) const;
};

// Answers the request of the connection, at once or later. Errors are answered too.
void serve(Node& node, Connection& connection);

// Routes, by file. A pattern is "METHOD /path" in which * is one segment, or the name of an image, which has several.
struct Route {
  std::string_view method;
  std::string_view path;
  void (*handle)(const Call& call);
};
const std::vector<Route>& container_routes();
const std::vector<Route>& stream_routes();
const std::vector<Route>& object_routes();
const std::vector<Route>& system_routes();

}  // namespace berth::fleet
