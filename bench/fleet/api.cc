#include "api.h"

#include <algorithm>
#include <chrono>
#include <ctime>

#include "base/error.h"
#include "base/strings.h"
#include "system_json.h"

namespace berth::fleet {

namespace {

constexpr int kMinor = 51;
constexpr int kLeastMinor = 24;

// "Sun, 22 Nov 2026 20:19:54 GMT"; the text is made once a second.
const std::string& date_text() {
  static thread_local std::time_t last = 0;
  static thread_local std::string text;
  const std::time_t now = std::time(nullptr);
  if (now != last) {
    std::tm parts{};
    ::gmtime_r(&now, &parts);
    char buffer[40];
    text.assign(buffer, std::strftime(buffer, sizeof buffer, "%a, %d %b %Y %H:%M:%S GMT", &parts));
    last = now;
  }
  return text;
}

// Header lines of every answer; `type` may be empty.
std::string headers(std::string_view type) {
  std::string out = "Api-Version: ";
  out += kApiVersion;
  if (!type.empty()) {
    out += "\r\nContent-Type: ";
    out += type;
  }
  out += "\r\nDocker-Experimental: false\r\nOstype: linux\r\nServer: Docker/";
  out += kServerVersion;
  out += " (linux)\r\nDate: ";
  out += date_text();
  out += "\r\n";
  return out;
}

void answer_error(Connection& connection, int status, std::string_view message) {
  std::string body = "{";
  append_member(body, "message", message);
  body += "}\n";
  connection.respond(status, headers("application/json"), body);
}

std::vector<Route> all_routes() {
  std::vector<Route> all;
  for (const auto* routes : {&container_routes(), &stream_routes(), &object_routes(), &system_routes()}) {
    all.insert(all.end(), routes->begin(), routes->end());
  }
  return all;
}

// Whether the path is of the pattern; fills in what its * stand for.
bool matches(std::string_view pattern, std::string_view path, std::vector<std::string>& names) {
  names.clear();
  const bool image = pattern.starts_with("/images/*");
  const auto star = pattern.find('*');
  if (star == std::string_view::npos) return pattern == path;
  const std::string_view before = pattern.substr(0, star);
  const std::string_view after = pattern.substr(star + 1);
  if (!path.starts_with(before) || !path.ends_with(after) || path.size() <= before.size() + after.size()) return false;
  const std::string_view name = path.substr(before.size(), path.size() - before.size() - after.size());
  if (!image && name.find('/') != std::string_view::npos) return false;
  names.emplace_back(name);
  return true;
}

// Takes "/v1.41" off the path. Returns 1.x's x, or 0 after it has answered that it is too old or too new.
int take_version(std::string& path, Connection& connection) {
  const bool versioned = path.size() > 2 && path[1] == 'v' && path[2] >= '0' && path[2] <= '9';
  if (!versioned) return kMinor;
  const auto end = std::min(path.find('/', 1), path.size());
  const std::string version = path.substr(2, end - 2);
  const auto [major, minor] = cut(version, '.');
  const auto number = minor ? parse_integer(*minor) : std::nullopt;
  path.erase(0, end);
  if (major != "1" || !number || *number > kMinor) {
    answer_error(connection, 400,
                 "client version " + version + " is too new. Maximum supported API version is " + kApiVersion);
    return 0;
  }
  if (*number < kLeastMinor) {
    answer_error(connection, 400,
                 "client version " + version +
                     " is too old. Minimum supported API version is 1.24, please upgrade your "
                     "client to a newer version");
    return 0;
  }
  return static_cast<int>(*number);
}

int status_of(const Error& error) { return error.kind() == Kind::kInternal ? 500 : http_status(error.kind()); }

}  // namespace

bool Call::flag(std::string_view name) const {
  const std::string value = to_lower(trim(query(name)));
  return !(value.empty() || value == "0" || value == "no" || value == "false" || value == "none");
}

std::int64_t Call::integer(std::string_view name, std::int64_t otherwise) const {
  const std::string value = query(name);
  if (value.empty()) return otherwise;
  const auto number = parse_integer(value);
  if (!number) throw Error(Kind::kInternal, "strconv.Atoi: parsing \"" + value + "\": invalid syntax");
  return *number;
}

void Call::answer(int status, std::string_view json) const {
  connection.respond(status, headers("application/json"), json);
}

void Call::no_content() const { connection.respond(204, headers({}), {}); }

void Call::not_modified() const { connection.respond(304, headers({}), {}); }

void Call::start_stream(std::string_view content_type) const { connection.start(200, headers(content_type)); }

void Call::hijack(bool tty) const {
  constexpr std::string_view kRaw = "application/vnd.docker.raw-stream";
  constexpr std::string_view kMultiplexed = "application/vnd.docker.multiplexed-stream";
  const std::string own =
      "Api-Version: " + std::string(kApiVersion) + "\r\nDocker-Experimental: false\r\nOstype: linux\r\n";
  connection.hijack(own, tty || minor_version < 42 ? kRaw : kMultiplexed, kRaw);
}

void serve(Node& node, Connection& connection) {
  static const std::vector<Route> routes = all_routes();
  auto target = http::parse_target(connection.request().target);
  if (!target) return answer_error(connection, 400, "malformed request target");
  const int minor_version = take_version(target->path, connection);
  if (minor_version == 0) return;
  Call call{node, connection, std::move(*target), {}, minor_version};
  for (const Route& route : routes) {
    if (route.method != connection.request().method || !matches(route.path, call.target.path, call.names)) continue;
    try {
      route.handle(call);
    } catch (const Error& e) {
      answer_error(connection, status_of(e), e.message());
    } catch (const std::exception& e) {
      answer_error(connection, 500, e.what());
    }
    return;
  }
  answer_error(connection, 404, "page not found");
}

}  // namespace berth::fleet
