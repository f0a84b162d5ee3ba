#include "cli/version.h"

namespace berth::cli {

std::string_view version() { return BERTH_VERSION; }

}  // namespace berth::cli
