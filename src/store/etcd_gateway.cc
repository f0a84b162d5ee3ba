#include "store/etcd_gateway.h"

#include <algorithm>
#include <utility>

#include "base/json.h"
#include "net/address.h"
#include "net/dial.h"

namespace berth::store {

namespace {

constexpr std::chrono::milliseconds kPatience{2'000};       // with one member
constexpr std::chrono::milliseconds kLeastPatience{1'000};  // unless the caller has less
constexpr std::size_t kAnswerLimit = std::size_t{64} << 20;

// The codes of gRPC that the gateway hands on.
enum GrpcCode {
  kInvalidArgument = 3,
  kDeadlineExceeded = 4,
  kNotFound = 5,
  kPermissionDenied = 7,
  kResourceExhausted = 8,
  kOutOfRange = 11,
  kUnavailable = 14,
  kUnauthenticated = 16,
};

Kind kind_of(std::int64_t code, std::string_view message) {
  switch (code) {
    case kInvalidArgument:
      return message.find("user name is empty") != message.npos ? Kind::kUnauthorized : Kind::kInvalid;
    case kNotFound:
      return Kind::kNotFound;
    case kPermissionDenied:
      return Kind::kForbidden;
    case kResourceExhausted:
      return message.find("too many requests") != message.npos ? Kind::kUnavailable : Kind::kInternal;
    case kDeadlineExceeded:
    case kOutOfRange:  // compacted while it was being listed: the next attempt sees what is there
    case kUnavailable:
      return Kind::kUnavailable;
    case kUnauthenticated:
      return Kind::kUnauthorized;
    default:
      return Kind::kInternal;
  }
}

// Time for one of `left` members.
Context for_one_of(const Context& context, std::size_t left) {
  if (!context.deadline()) return context.with_timeout(kPatience);
  const auto share = (*context.deadline() - Context::Clock::now()) / static_cast<std::int64_t>(left);
  return context.with_timeout(std::clamp<Context::Clock::duration>(share, kLeastPatience, kPatience));
}

}  // namespace

struct EtcdGateway::Member {
  Member(const EtcdEndpoint& place, const std::optional<net::TlsContext>& tls)
      : name(net::tcp_url(place.host, place.port)),
        client(net::telling_apart([place, tls](const Context& context) {
                 return tls ? net::dial_tls(context, place.host, place.port, *tls)
                            : net::dial_tcp(context, place.host, place.port);
               }),
               http::ClientOptions{.host = name.substr(name.find("//") + 2)}) {}

  http::Response post(const Context& context, std::string_view path, const json::value& body) {
    http::Request request{.method = "POST", .target = "/v3/" + std::string(path)};
    request.headers.add("Content-Type", "application/json");
    // Only streams look at it: they end when the member has no leader any more.
    request.headers.add("Grpc-Metadata-Hasleader", "true");
    return client.send(context, std::move(request), format_json(body));
  }

  const std::string name;
  http::Client client;
};

namespace {

// Nothing when it is no JSON: then it is not etcd that answers.
std::optional<json::value> parsed(const std::string& text) {
  try {
    return parse_json(text);
  } catch (const Error&) {
    return std::nullopt;
  }
}

// Throws what an answer says that is no success.
void check_answer(const Context& context, http::Response& response, std::string_view path) {
  if (response.ok()) return;
  const int status = response.status();
  const std::string text = response.read_all(context, kAnswerLimit);
  const auto said = parsed(text);
  if (said) throw etcd_error(*said);
  if (status == 404) {
    throw Error(Kind::kUnsupported, "it has no '/v3/" + std::string(path) + "': etcd 3.4 or newer is needed");
  }
  throw Error(status >= 500 ? Kind::kUnavailable : Kind::kInternal, "it answers with status " + std::to_string(status));
}

}  // namespace

EtcdGateway::EtcdGateway(std::vector<EtcdEndpoint> endpoints, const std::optional<net::TlsContext>& tls) {
  for (EtcdEndpoint& endpoint : endpoints) members_.push_back(std::make_unique<Member>(std::move(endpoint), tls));
}

EtcdGateway::~EtcdGateway() = default;

void EtcdGateway::pass_over(std::size_t member) {
  // Only where no other thread has done so already.
  current_.compare_exchange_strong(member, (member + 1) % members_.size());
}

template <typename Attempt>
auto EtcdGateway::with_member(const Context& context, Repeat repeat, Attempt attempt) {
  const std::size_t first = current_;
  for (std::size_t tried = 1;; ++tried) {
    const std::size_t index = (first + tried - 1) % members_.size();
    Member& member = *members_[index];
    const auto named = [&](const Error& e) { return e.within("etcd at '" + member.name + "'"); };
    context.check();
    try {
      auto answer = attempt(member, index, for_one_of(context, members_.size() - tried + 1));
      current_ = index;
      return answer;
    } catch (const Error& e) {
      if (e.kind() != Kind::kUnavailable && e.kind() != Kind::kTimeout) throw named(e);
      pass_over(index);
      context.check();  // it is the caller's own time that is up
      const bool unheard = dynamic_cast<const net::NotConnected*>(&e) != nullptr;
      if (tried < members_.size() && (repeat == Repeat::kYes || unheard)) continue;
      throw named(e.kind() == Kind::kTimeout ? Error(Kind::kUnavailable, "it does not answer") : e);
    }
  }
}

json::value EtcdGateway::call(const Context& context, std::string_view path, const json::value& body, Repeat repeat) {
  return with_member(context, repeat, [&](Member& member, std::size_t, const Context& limited) {
    http::Response response = member.post(limited, path, body);
    check_answer(limited, response, path);
    auto said = parsed(response.read_all(limited, kAnswerLimit));
    if (!said) throw Error(Kind::kInternal, "its answer is no JSON; is it etcd?");
    return *std::move(said);
  });
}

EtcdGateway::Stream EtcdGateway::open(const Context& context, std::string_view path, const json::value& body) {
  return with_member(context, Repeat::kYes, [&](Member& member, std::size_t index, const Context& limited) {
    http::Response response = member.post(limited, path, body);
    check_answer(limited, response, path);
    return Stream{std::move(response), index};
  });
}

bool EtcdGateway::works(const Context& context, std::size_t member) {
  try {
    const Context limited = context.with_timeout(kPatience);
    http::Response response = members_[member]->client.send(limited, {.target = "/health"});
    response.read_all(limited, kAnswerLimit);
    if (response.ok()) return true;
  } catch (const Error&) {
    context.check();
  }
  pass_over(member);
  return false;
}

Error etcd_error(const json::value& said) {
  // A stream's has it one level down, and calls the code otherwise.
  if (const json::object* inner = find_object(said, "error")) return etcd_error(*inner);
  const std::int64_t code = std::max(integer_of(said, "code"), integer_of(said, "grpc_code"));
  const std::string message = text_of(said, "message");
  return {kind_of(code, message), message.empty() ? "an error without words: " + format_json(said) : message};
}

}  // namespace berth::store
