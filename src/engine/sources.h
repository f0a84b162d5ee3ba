// What the byte streams of streams.h hold.
#pragma once

#include <memory>
#include <string>

#include "base/error.h"
#include "engine/demultiplexer.h"
#include "engine/streams.h"
#include "http/client.h"
#include "net/stream.h"

namespace berth::engine {

class LogStream::Source {
 public:
  Source(std::string operation, http::Response response, bool raw)
      : operation(std::move(operation)), response(std::move(response)), output(this->response.reader(), raw) {}
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;

  const std::string operation;
  http::Response response;
  Demultiplexer output;  // refers to `response`
};

class AttachStream::Connection {
 public:
  Connection(std::string operation, std::unique_ptr<net::Stream> raw_stream, bool raw)
      : operation(std::move(operation)),
        stream(std::move(raw_stream)),
        output([this](const Context& context, std::span<char> buffer) { return stream->read_some(context, buffer); },
               raw) {}
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  const std::string operation;
  std::unique_ptr<net::Stream> stream;
  Demultiplexer output;  // refers to `stream`
};

class ByteStream::Source {
 public:
  Source(std::string operation, http::Response response)
      : operation(std::move(operation)), response(std::move(response)) {}

  const std::string operation;
  http::Response response;
};

}  // namespace berth::engine
