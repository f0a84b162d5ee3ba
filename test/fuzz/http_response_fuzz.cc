// Answers, as they come from an engine or from whatever else listens there.
#include "http_message.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  berth::http::check(data, size, berth::http::MessageKind::kResponse);
  berth::http::check(data, size, berth::http::MessageKind::kResponseToHead);
  return 0;
}
