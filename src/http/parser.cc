#include "http/parser.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <string>
#include <utility>

#include <boost/beast/http/basic_parser.hpp>

#include "base/error.h"
#include "base/strings.h"

namespace berth::http {

namespace beast = boost::beast;

// What both kinds of message share, without Beast's types.
class Parser::Base {
 public:
  virtual ~Base() = default;
  virtual std::size_t parse_head(std::string_view bytes) = 0;
  virtual Step parse_body(std::string_view bytes, std::span<char> out) = 0;
  virtual void end_of_input() = 0;
  virtual bool head_done() const = 0;
  virtual bool done() const = 0;
  virtual bool keep_alive() const = 0;

  // Start line, as far as the kind has it.
  Request request;
  ResponseHead response;
  std::uint64_t plain_bytes_ahead = 0;
  bool until_close = false;
  bool head_too_large = false;
};

// Beast's parser takes the head apart and decodes chunks. What it lets pass is refused here.
template <bool is_request>
class Parser::Beast final : public Parser::Base, private beast::http::basic_parser<is_request> {
  using Super = beast::http::basic_parser<is_request>;
  friend Super;
  using Text = beast::string_view;

 public:
  Beast(MessageKind kind, std::size_t head_limit) : limit_(head_limit) {
    // Beast counts anew in each call: head_size_ does it for the whole head.
    Super::header_limit(std::numeric_limits<std::uint32_t>::max());
    Super::body_limit(boost::none);
    if (kind == MessageKind::kResponseToHead) Super::skip(true);
  }

  bool head_done() const override { return Super::is_header_done(); }
  bool done() const override { return Super::is_done(); }
  bool keep_alive() const override { return !until_close && Super::keep_alive(); }

  std::size_t parse_head(std::string_view bytes) override {
    refuse_folding(bytes);
    const std::size_t used = put(bytes);
    head_size_ += used;
    head_too_large = head_size_ > limit_ || (!head_done() && head_size_ + bytes.size() - used >= limit_);
    if (head_too_large) too_large("head");
    if (head_done()) frame();
    return used;
  }

  Step parse_body(std::string_view bytes, std::span<char> out) override {
    out_ = out;
    produced_ = 0;
    in_body_ = true;
    // Beast must not see less of a chunk's header than the shortest end of a body ("0 CR LF CR LF") has.
    if (Super::chunked() && chunk_left_ == 0 && bytes.size() < 5) return {};
    const std::size_t used = put(bytes);
    if (produced_ == 0 && used >= limit_) too_large("chunk header or trailer");
    if (used == 0 && produced_ == 0 && !done() && bytes.size() >= limit_) too_large("chunk header or trailer");
    return {used, produced_};
  }

  void end_of_input() override {
    if (done()) return;
    beast::error_code error;
    if (head_done() && until_close) {
      Super::put_eof(error);
      if (!error) return;
    }
    throw Error(Kind::kUnavailable, head_done() ? "the connection broke off in the middle of the body"
                                                : "the connection broke off in the middle of the head");
  }

 private:
  [[noreturn]] static void refuse(const std::string& reason) {
    if (is_request) throw Error(Kind::kInvalid, "the request is malformed: " + reason);
    throw Error(Kind::kInternal, "the answer is malformed: " + reason);
  }

  [[noreturn]] void too_large(const std::string& part) const {
    refuse("its " + part + " is larger than " + std::to_string(limit_) + " bytes");
  }

  std::size_t put(std::string_view bytes) {
    beast::error_code error;
    const std::size_t used = Super::put({bytes.data(), bytes.size()}, error);
    if (error && error != beast::http::error::need_more) {
      refuse(error.message());
    }
    return used;
  }

  // Beast joins folded lines (RFC 9112 5.2), which other readers take for headers of their own.
  void refuse_folding(std::string_view bytes) const {
    if (bytes.starts_with("\r\n")) return;  // the head's end: a body follows
    const std::string_view head = bytes.substr(0, bytes.find("\r\n\r\n"));
    for (const std::string_view fold : {"\n ", "\n\t"}) {
      if (head.find(fold) != std::string_view::npos) refuse("a folded header line");
    }
  }

  // Checks what says where the body ends (RFC 9112 6.3).
  void frame() {
    const Headers& headers = is_request ? request.headers : response.headers;
    const int minor_version = is_request ? request.minor_version : response.minor_version;
    if (!is_request && response.status < 100) refuse("a status below 100");
    if (headers.count("Content-Length") > 1) refuse("more than one Content-Length");
    if (const auto length = headers.get("Content-Length")) {
      const bool digits =
          !length->empty() && std::all_of(length->begin(), length->end(), [](char c) { return c >= '0' && c <= '9'; });
      if (!digits) refuse("the Content-Length '" + std::string(*length) + "' is no number");
      if (headers.has("Transfer-Encoding")) refuse("both a Content-Length and a Transfer-Encoding");
    }
    if (const auto coding = headers.get("Transfer-Encoding")) {
      if (headers.count("Transfer-Encoding") > 1 || !equal_ignoring_case(*coding, "chunked")) {
        refuse("the Transfer-Encoding '" + std::string(*coding) + "' is not \"chunked\"");
      }
      if (minor_version == 0) refuse("a Transfer-Encoding in a message of HTTP/1.0");
    }
    until_close = !is_request && !done() && Super::need_eof();
    if (until_close) plain_bytes_ahead = std::numeric_limits<std::uint64_t>::max();
    if (!done() && !Super::chunked() && Super::content_length()) plain_bytes_ahead = *Super::content_length();
  }

  // Beast's hooks. Text is valid during the call only.

  void on_request_impl(beast::http::verb, Text method, Text target, int version, beast::error_code&) override {
    request.method.assign(method.data(), method.size());
    request.target.assign(target.data(), target.size());
    request.minor_version = version % 10;
  }

  void on_response_impl(int status, Text reason, int version, beast::error_code&) override {
    response.status = status;
    response.reason.assign(reason.data(), reason.size());
    response.minor_version = version % 10;
  }

  void on_field_impl(beast::http::field, Text name, Text value, beast::error_code&) override {
    if (in_body_) return;  // a trailer's: no one asked for it
    Headers& headers = is_request ? request.headers : response.headers;
    headers.add(std::string(name), std::string(value));
  }

  std::size_t take(Text bytes) {
    const std::size_t size = std::min(bytes.size(), out_.size() - produced_);
    char* const to = out_.data() + produced_;
    if (to != bytes.data()) std::memmove(to, bytes.data(), size);
    produced_ += size;
    return size;
  }

  std::size_t on_body_impl(Text bytes, beast::error_code&) override {
    const std::size_t size = take(bytes);
    if (!until_close) plain_bytes_ahead -= size;
    return size;
  }

  std::size_t on_chunk_body_impl(std::uint64_t, Text bytes, beast::error_code&) override {
    const std::size_t size = take(bytes);
    chunk_left_ -= size;
    return size;
  }
  void on_header_impl(beast::error_code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, beast::error_code&) override {}
  void on_chunk_header_impl(std::uint64_t size, Text, beast::error_code&) override { chunk_left_ = size; }
  void on_finish_impl(beast::error_code&) override {}

  const std::size_t limit_;
  std::size_t head_size_ = 0;
  bool in_body_ = false;
  std::uint64_t chunk_left_ = 0;
  std::span<char> out_;
  std::size_t produced_ = 0;
};

Parser::Parser(MessageKind kind, std::size_t head_limit) {
  if (kind == MessageKind::kRequest) {
    base_ = std::make_unique<Beast<true>>(kind, head_limit);
  } else {
    base_ = std::make_unique<Beast<false>>(kind, head_limit);
  }
}

Parser::~Parser() = default;
Parser::Parser(Parser&&) noexcept = default;
Parser& Parser::operator=(Parser&&) noexcept = default;

std::size_t Parser::parse_head(std::string_view bytes) { return base_->parse_head(bytes); }
bool Parser::head_done() const { return base_->head_done(); }
bool Parser::head_too_large() const { return base_->head_too_large; }
Request Parser::take_request() { return std::move(base_->request); }
ResponseHead Parser::take_response() { return std::move(base_->response); }
Parser::Step Parser::parse_body(std::string_view bytes, std::span<char> out) { return base_->parse_body(bytes, out); }
bool Parser::done() const { return base_->done(); }
void Parser::end_of_input() { base_->end_of_input(); }
std::uint64_t Parser::plain_bytes_ahead() const { return base_->plain_bytes_ahead; }
bool Parser::until_close() const { return base_->until_close; }
bool Parser::keep_alive() const { return base_->keep_alive(); }

}  // namespace berth::http
