// Requests, as a server of ours reads them from anyone.
#include "http_message.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  berth::http::check(data, size, berth::http::MessageKind::kRequest);
  return 0;
}
