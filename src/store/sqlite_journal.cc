#include "store/sqlite_journal.h"

#include <cerrno>

#include <fcntl.h>
#include <sqlite3.h>

#include "base/error.h"
#include "base/fd.h"

namespace berth::store {

namespace {

constexpr int kVersion = 1;

void bind(sqlite3_stmt* statement, int place, const std::string& bytes) {
  sqlite3_bind_blob64(statement, place, bytes.data(), bytes.size(), SQLITE_STATIC);
}

std::string bytes_of(sqlite3_stmt* row, int column) {
  const auto* bytes = static_cast<const char*>(sqlite3_column_blob(row, column));
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(row, column));
  return bytes == nullptr ? std::string() : std::string(bytes, size);
}

}  // namespace

void SqliteJournal::Close::operator()(sqlite3* database) const { sqlite3_close(database); }
void SqliteJournal::Close::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

SqliteJournal::SqliteJournal(Path path) : path_(std::move(path)) {
  within("opening the store '" + path_.string() + "'", [&] {
    if (path_.has_parent_path()) make_folder(path_.parent_path(), 0700);
    // SQLite would make it for all to read; the files beside it take its mode.
    if (const Fd file(::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)); !file) {
      throw system_error(errno, "making the file");
    }
    sqlite3* database = nullptr;
    const int outcome = sqlite3_open_v2(path_.c_str(), &database, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
    database_.reset(database);
    if (outcome != SQLITE_OK) throw failure();
    set_up();
  });
}

SqliteJournal::~SqliteJournal() = default;

void SqliteJournal::set_up() {
  // Locked until it is closed; the log's index is in memory then, no third file.
  execute("PRAGMA locking_mode = EXCLUSIVE");
  execute("PRAGMA journal_mode = WAL");
  execute("PRAGMA synchronous = FULL");
  execute("BEGIN EXCLUSIVE");
  const Statement version = prepare("PRAGMA user_version");
  step(version.get());
  const int found = sqlite3_column_int(version.get(), 0);
  if (found > kVersion) {
    throw Error(Kind::kUnsupported, "a newer version of berth wrote it (format " + std::to_string(found) +
                                        ", this one knows up to " + std::to_string(kVersion) + "); use that version");
  }
  sqlite3_reset(version.get());
  if (found == 0) {
    execute(
        "CREATE TABLE entries (key BLOB PRIMARY KEY, value BLOB NOT NULL, modified INTEGER NOT NULL) WITHOUT ROWID");
    execute("CREATE TABLE latest (revision INTEGER NOT NULL)");
    execute("INSERT INTO latest VALUES (0)");
    execute("PRAGMA user_version = 1");
  }
  execute("COMMIT");
  put_ = prepare("INSERT OR REPLACE INTO entries VALUES (?, ?, ?)");
  remove_ = prepare("DELETE FROM entries WHERE key = ?");
  advance_ = prepare("UPDATE latest SET revision = ?");
}

Journal::Contents SqliteJournal::load() {
  return within("reading the store '" + path_.string() + "'", [&] {
    Contents contents;
    const Statement latest = prepare("SELECT revision FROM latest");
    if (!step(latest.get())) throw Error(Kind::kInternal, "it has no revision: it is broken, restore it from a copy");
    contents.revision = sqlite3_column_int64(latest.get(), 0);
    const Statement rows = prepare("SELECT key, value, modified FROM entries");
    while (step(rows.get())) {
      contents.entries.push_back(
          {bytes_of(rows.get(), 0), bytes_of(rows.get(), 1), sqlite3_column_int64(rows.get(), 2), LeaseId::kNone});
    }
    return contents;
  });
}

void SqliteJournal::append(const std::vector<Event>& events) {
  within("writing to the store '" + path_.string() + "'", [&] {
    execute("BEGIN");
    try {
      append_all(events);
      execute("COMMIT");
    } catch (const Error&) {
      for (const Statement* statement : {&put_, &remove_, &advance_}) sqlite3_reset(statement->get());
      // Fails where SQLite has rolled back by itself, which is as good.
      sqlite3_exec(database_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
      throw;
    }
  });
}

void SqliteJournal::append_all(const std::vector<Event>& events) {
  for (const Event& event : events) {
    if (event.entry && event.entry->lease == LeaseId::kNone) {
      bind(put_.get(), 1, event.key);
      bind(put_.get(), 2, event.entry->value);
      sqlite3_bind_int64(put_.get(), 3, event.revision);
      run(put_.get());
    } else {
      bind(remove_.get(), 1, event.key);
      run(remove_.get());
    }
  }
  sqlite3_bind_int64(advance_.get(), 1, events.back().revision);
  run(advance_.get());
}

void SqliteJournal::execute(const char* sql) {
  if (sqlite3_exec(database_.get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK) throw failure();
}

SqliteJournal::Statement SqliteJournal::prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  const int outcome =
      sqlite3_prepare_v2(database_.get(), sql.data(), static_cast<int>(sql.size()), &statement, nullptr);
  if (outcome != SQLITE_OK) throw failure();
  return Statement(statement);
}

bool SqliteJournal::step(sqlite3_stmt* statement) {
  const int outcome = sqlite3_step(statement);
  if (outcome != SQLITE_ROW && outcome != SQLITE_DONE) throw failure();
  return outcome == SQLITE_ROW;
}

void SqliteJournal::run(sqlite3_stmt* statement) {
  step(statement);
  sqlite3_reset(statement);
  sqlite3_clear_bindings(statement);
}

Error SqliteJournal::failure() const {
  if (!database_) return {Kind::kInternal, "out of memory"};
  const std::string said = sqlite3_errmsg(database_.get());
  switch (sqlite3_errcode(database_.get())) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {Kind::kConflict, "another process uses it; a store's file has one manager at a time"};
    case SQLITE_PERM:
    case SQLITE_READONLY:
    case SQLITE_AUTH:
      return {Kind::kForbidden, said};
    case SQLITE_NOTADB:
      return {Kind::kInternal, "it is no SQLite database; give the name of another file"};
    case SQLITE_CORRUPT:
      return {Kind::kInternal, "it is broken (" + said + "); restore it from a copy"};
    default:
      return {Kind::kInternal, said};
  }
}

}  // namespace berth::store
