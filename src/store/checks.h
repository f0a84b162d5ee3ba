// What every store refuses, so that all of them refuse the same.
#pragma once

#include <string>

#include "store/store.h"

namespace berth::store {

// Throw kInvalid as the contract of Store says.
void check_key(const std::string& key);
void check(const Transaction& transaction);
void check_ttl(std::chrono::milliseconds ttl);

}  // namespace berth::store
