#include "machine/provision/provisioner.h"

#include <algorithm>

#include <sys/stat.h>

#include "base/error.h"
#include "base/lines.h"
#include "base/log.h"
#include "base/strings.h"
#include "engine/tar.h"

namespace berth::machine {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t kLastLines = 15;
constexpr auto kLookLimit = 60s;

void require_root(const HostFacts& facts) {
  if (facts.root) return;
  throw Error(Kind::kForbidden, "user '" + facts.user + "' may not become root on the host (" + facts.root_error +
                                    "): log in as root, or let it use sudo without a password: echo '" + facts.user +
                                    " ALL=(ALL) NOPASSWD:ALL' > /etc/sudoers.d/" + facts.user);
}

// The files of a folder, or one file, as one tar archive.
std::string archive_of_files(const Path& from, const std::vector<std::string>& names) {
  std::string archive;
  for (const std::string& name : names) {
    engine::TarEntry entry;
    entry.path = name;
    entry.mode = S_IFREG | 0644;
    archive += engine::tar_file(entry, read_file(std::filesystem::is_directory(from) ? from / name : from, 1ULL << 31));
  }
  return archive + engine::tar_end();
}

void send_files(const Context& context, SshSession& session, const EngineOptions& options, const EngineSource& source,
                const Say& say) {
  Step step;
  step.title = "Sending " + std::to_string(source.files.size()) + " engine files...";
  const std::string folder(kFilesFolder);
  step.script = "rm -rf " + folder + " && mkdir -p " + folder + " && tar -xf - -C " + folder;
  run_step(context, session, step, archive_of_files(options.install_from, source.files), say);
}

void install(const Context& context, SshSession& session, const HostFacts& facts, const EngineOptions& options,
             const Say& say) {
  const EngineSource source = engine_source(options);
  const std::vector<Step> steps = installation(facts, source);
  if (!steps.empty() && source.kind == EngineSource::Kind::kFiles) send_files(context, session, options, source, say);
  for (const Step& step : steps) run_step(context, session, step, {}, say);
}

}  // namespace

EngineSource engine_source(const EngineOptions& options) {
  using From = EngineSource::Kind;
  const std::string& from = options.install_from;
  if (from.empty() && !options.install_url.empty()) return {From::kScript, options.install_url, {}};
  if (from.empty() || from == "distribution") return {};
  if (from == "docker") return {From::kDocker, {}, {}};
  if (from.starts_with("https://") || from.starts_with("http://")) return {From::kDocker, from, {}};
  EngineSource source{From::kFiles, {}, {}};
  if (!std::filesystem::exists(from)) {
    throw Error(Kind::kNotFound, "--engine-from '" + from +
                                     "': neither 'distribution', 'docker', the URL of a mirror of "
                                     "Docker's repository, nor a file or folder that is here");
  }
  if (!std::filesystem::is_directory(from)) {
    source.files.push_back(Path(from).filename());
    return source;
  }
  for (const auto& entry : std::filesystem::directory_iterator(from)) {
    if (entry.is_regular_file()) source.files.push_back(entry.path().filename());
  }
  std::sort(source.files.begin(), source.files.end());
  return source;
}

HostFacts look_at(const Context& context, SshSession& session) {
  return read_facts(session.run(context.with_timeout(kLookLimit), facts_script()).out);
}

Output run_step(const Context& context, SshSession& session, const Step& step, std::string_view input, const Say& say) {
  if (!step.title.empty()) say(step.title);
  constexpr std::string_view kToPeople = "berth: ";
  Output output = session.run_as_root(context.with_timeout(step.limit), step.script, input, [&](std::string_view line) {
    if (line.starts_with(kToPeople)) say(line.substr(kToPeople.size()));
    if (log_enabled(LogLevel::kDebug)) log(LogLevel::kDebug, line);
  });
  if (output.status.ok()) return output;
  const std::string words = last_lines(trim(output.err).empty() ? output.out : output.err, kLastLines);
  throw Error(Kind::kInternal, "'" + step.title + "' ended with exit code " + std::to_string(output.status.code) +
                                   " on the host:\n" + words);
}

void provision(const Context& context, SshSession& session, const EngineWishes& wishes, const Say& say) {
  say("Detecting operating system of the host...");
  HostFacts facts = look_at(context, session);
  require_root(facts);
  if (facts.dockerd.empty()) {
    install(context, session, facts, wishes.options, say);
    facts = look_at(context, session);
    if (facts.dockerd.empty()) {
      throw Error(Kind::kInternal, "the installation ended well, but there is no dockerd on the host's PATH");
    }
  } else {
    say("Using the engine that is installed on " + name_of(facts) + "...");
  }
  const std::string user = facts.user == "root" ? "" : facts.user;
  run_step(context, session, activation(facts, wishes, user), archive_of(engine_files(facts, wishes)), say);
}

void upgrade(const Context& context, SshSession& session, const Say& say) {
  const HostFacts before = look_at(context, session);
  require_root(before);
  run_step(context, session, upgrade_step(before), {}, say);
  const HostFacts after = look_at(context, session);
  if (after.engine_version == before.engine_version) {
    say("The engine is version " + after.engine_version + " already, nothing newer is offered.");
  } else {
    say("Upgraded the engine from " + before.engine_version + " to " + after.engine_version + ".");
  }
}

}  // namespace berth::machine
