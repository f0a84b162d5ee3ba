#include "engine/streams.h"

#include "engine/json.h"
#include "engine/messages.h"
#include "engine/progress.h"
#include "engine/sources.h"
#include "engine/stats.h"

namespace berth::engine {

LogStream::LogStream(std::unique_ptr<Source> source) : source_(std::move(source)) {}
LogStream::LogStream(LogStream&&) noexcept = default;
LogStream& LogStream::operator=(LogStream&&) noexcept = default;
LogStream::~LogStream() = default;

std::optional<LogChunk> LogStream::next(const Context& context) {
  return within(source_->operation, [&] { return source_->output.next(context); });
}

AttachStream::AttachStream(std::unique_ptr<Connection> connection) : connection_(std::move(connection)) {}
AttachStream::AttachStream(AttachStream&&) noexcept = default;
AttachStream& AttachStream::operator=(AttachStream&&) noexcept = default;
AttachStream::~AttachStream() = default;

std::optional<LogChunk> AttachStream::next(const Context& context) {
  return within(connection_->operation, [&] { return connection_->output.next(context); });
}

void AttachStream::write(const Context& context, std::string_view bytes) {
  within(connection_->operation, [&] { connection_->stream->write_all(context, bytes); });
}

void AttachStream::close_write(const Context& context) {
  within(connection_->operation, [&] { connection_->stream->shutdown_write(context); });
}

ByteStream::ByteStream(std::unique_ptr<Source> source) : source_(std::move(source)) {}
ByteStream::ByteStream(ByteStream&&) noexcept = default;
ByteStream& ByteStream::operator=(ByteStream&&) noexcept = default;
ByteStream::~ByteStream() = default;

std::size_t ByteStream::read(const Context& context, std::span<char> buffer) {
  return within(source_->operation, [&] { return source_->response.read_some(context, buffer); });
}

ProgressStream::ProgressStream(std::unique_ptr<Messages> messages) : messages_(std::move(messages)) {}
ProgressStream::ProgressStream(ProgressStream&&) noexcept = default;
ProgressStream& ProgressStream::operator=(ProgressStream&&) noexcept = default;
ProgressStream::~ProgressStream() = default;

std::optional<Progress> ProgressStream::next(const Context& context) {
  for (;;) {
    if (!ready_.empty()) {
      Progress progress = std::move(ready_.front());
      ready_.pop_front();
      return progress;
    }
    const auto text = messages_->next(context);
    if (!text) return std::nullopt;
    within(messages_->operation(), [&] { decode_progress(*text, ready_); });
  }
}

void ProgressStream::finish(const Context& context) {
  while (next(context)) {
  }
}

StatsStream::StatsStream(std::unique_ptr<Messages> messages) : messages_(std::move(messages)) {}
StatsStream::StatsStream(StatsStream&&) noexcept = default;
StatsStream& StatsStream::operator=(StatsStream&&) noexcept = default;
StatsStream::~StatsStream() = default;

std::optional<Stats> StatsStream::next(const Context& context) {
  const auto text = messages_->next(context);
  if (!text) return std::nullopt;
  return within(messages_->operation(), [&] { return decode_stats(*text); });
}

WaitStream::WaitStream(std::unique_ptr<Messages> messages) : messages_(std::move(messages)) {}
WaitStream::WaitStream(WaitStream&&) noexcept = default;
WaitStream& WaitStream::operator=(WaitStream&&) noexcept = default;
WaitStream::~WaitStream() = default;

ContainerExit WaitStream::exit(const Context& context) {
  const auto text = messages_->next(context);
  if (!text) throw Error(Kind::kUnavailable, messages_->operation() + ": the engine broke off");
  return within(messages_->operation(), [&] { return decode<ContainerExit>(*text); });
}

}  // namespace berth::engine
