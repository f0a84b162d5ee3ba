#include "store/store.h"

#include "base/error.h"

namespace berth::store {

Revision Store::set(const Context& context, std::string key, std::string value, LeaseId lease) {
  const auto revision = commit(context, {{}, {put(std::move(key), std::move(value), lease)}});
  if (!revision) throw Error(Kind::kInternal, "'" + url() + "' refuses a transaction that has no condition");
  return *revision;
}

void Store::remove(const Context& context, std::string key) { commit(context, {{}, {removal(std::move(key))}}); }

}  // namespace berth::store
