// The embedded store's file.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "store/local_store.h"

struct sqlite3;
struct sqlite3_stmt;

namespace berth::store {

// One SQLite database with a write-ahead log: every revision is one transaction, on the disk before append() returns,
// so that kill -9 and a power cut lose nothing that was answered. The file, made with mode 0600, is locked while this
// lives: one process has it at a time.
class SqliteJournal : public Journal {
 public:
  // Throws kConflict when another has the file, kForbidden, kNotFound (no such folder can be made), kUnsupported (a
  // newer version wrote it), kInternal (it is broken, or no SQLite database).
  explicit SqliteJournal(Path path);
  ~SqliteJournal() override;

  Contents load() override;
  void append(const std::vector<Event>& events) override;

 private:
  struct Close {
    void operator()(sqlite3* database) const;
    void operator()(sqlite3_stmt* statement) const;
  };
  using Statement = std::unique_ptr<sqlite3_stmt, Close>;

  void execute(const char* sql);
  Statement prepare(std::string_view sql);
  // One step of a statement; true when there is a row.
  bool step(sqlite3_stmt* statement);
  // A step of a statement without rows; it can be used again then.
  void run(sqlite3_stmt* statement);
  void append_all(const std::vector<Event>& events);
  void set_up();
  Error failure() const;

  Path path_;
  std::unique_ptr<sqlite3, Close> database_;  // before the statements: they go first
  Statement put_;
  Statement remove_;
  Statement advance_;
};

}  // namespace berth::store
