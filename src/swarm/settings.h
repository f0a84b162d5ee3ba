// The operator's word on nodes, kept where managers keep what engines can't.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/context.h"
#include "store/store.h"
#include "swarm/pool/pool.h"

namespace berth::swarm {

// Text of the settings in the store, and back. Throws kInvalid when it is none.
std::string format_settings(const NodeSettings& settings);
NodeSettings parse_settings(std::string_view text);

// Settings by engine id under "nodes/" of a store. Any thread.
class SettingsKeeper {
 public:
  // Both must outlive it.
  SettingsKeeper(store::Store& store, Pool& pool) : store_(store), pool_(pool) {}

  // Changes the settings of one engine; the pool goes by them when this returns. `revision` is that of the settings the
  // change was made from (0: there were none). Throws kConflict when they have changed meanwhile, what the store
  // throws.
  void set(const Context& context, const std::string& engine_id, const NodeSettings& settings,
           store::Revision revision);
  void remove(const Context& context, const std::string& engine_id);
  store::Revision revision(const Context& context, const std::string& engine_id);
  // Of all settings there are, by engine id.
  std::map<std::string, store::Revision> revisions(const Context& context);

  // Tells the pool the settings, now and whenever another manager changes them, until the context ends.
  void follow(const Context& context);

 private:
  // Returns the store's revision then.
  store::Revision load(const Context& context);

  store::Store& store_;
  Pool& pool_;
};

}  // namespace berth::swarm
