// Schedules: no input crashes, and a time that comes next lies ahead on a whole minute.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/cron.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto cron = berth::Cron::parse({reinterpret_cast<const char*>(data), size});
  if (!cron) return 0;
  constexpr std::int64_t kNow = 1'795'617'690;
  const auto next = cron->next(kNow);
  if (next && (*next <= kNow || *next % 60 != 0)) std::abort();
  return 0;
}
