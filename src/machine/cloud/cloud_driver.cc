#include "machine/cloud/cloud_driver.h"

#include <algorithm>

#include <sys/stat.h>

#include "base/digest.h"
#include "base/error.h"
#include "base/json.h"
#include "base/process.h"
#include "base/strings.h"

namespace berth::machine {

namespace {

constexpr std::uint16_t kEnginePort = 2376;
constexpr std::size_t kIdBytes = 8;

}  // namespace

CloudDriver::CloudDriver(ProviderMaker make, const Site& site, std::string_view record, const CloudPatience& patience)
    : site_(site), patience_(patience) {
  const json::value value = parse_json(record);
  cloud_.name = site.name;
  cloud_.base = read_base_driver(value);
  cloud_.base.machine_name = site.name;
  if (cloud_.base.store_path.empty()) cloud_.base.store_path = site.folder.parent_path().parent_path();
  cloud_.id = berth::text_of(value, "BerthId");
  cloud_.environment = site.environment;
  cloud_.patience = patience.rest;
  cloud_.save = [this] { save(); };
  cloud_.say = site.say ? site.say : [](std::string_view) {};
  made_ = !cloud_.base.ssh_key_path.empty() || !cloud_.id.empty();
  provider_ = make(cloud_, value);
}

std::string CloudDriver::record() const {
  json::object record = base_driver_json(cloud_.base);
  record["BerthId"] = cloud_.id;
  provider_->write(record);
  return format_json(record);
}

void CloudDriver::save() const {
  if (site_.save) site_.save(record());
}

void CloudDriver::configure(const DriverOptions& options) { provider_->configure(options); }

void CloudDriver::pre_create_check(const Context& context) {
  if (!find_program("ssh-keygen", site_.environment)) {
    throw Error(Kind::kNotFound,
                "program 'ssh-keygen' is missing: install it (Debian: apt-get install openssh-client)");
  }
  if (const Path& key = cloud_.key.existing; !key.empty() && !std::filesystem::exists(key)) {
    throw Error(Kind::kNotFound, "the ssh key '" + key.string() + "' does not exist");
  }
  provider_->check(context);
}

// The private key comes to lie in the machine's folder, so that the machine can be handed on; returns the public one.
std::string CloudDriver::make_key(const Context& context) {
  const KeyChoice& choice = cloud_.key;
  if (choice.existing.empty() && choice.is_known) return {};  // one that ssh finds by itself
  const Path key = site_.folder / ("id_" + (choice.existing.empty() ? choice.type : std::string("own")));
  cloud_.base.ssh_key_path = key;
  if (choice.existing.empty()) {
    std::filesystem::remove(key);
    run_checked(context, {"ssh-keygen", "-q", "-t", choice.type, "-N", "", "-C", cloud_.tag(), "-f", key});
  } else {
    write_file(key, read_file(choice.existing), 0600);
  }
  save();
  if (choice.is_known) return {};
  return std::string(trim(run_checked(context, {"ssh-keygen", "-y", "-f", key}))) + " " + cloud_.tag();
}

void CloudDriver::create(const Context& context) {
  cloud_.id = to_hex(random_bytes(kIdBytes));
  made_ = true;
  save();
  try {
    cloud_.say("Creating SSH key...");
    provider_->prepare(context, make_key(context));
    save();
    cloud_.say("Creating instance '" + cloud_.name + "'...");
    provider_->launch(context);
    save();
    cloud_.say("Waiting for the instance to run and to have an address...");
    keep_address(await(context, State::kRunning, patience_.launch));
  } catch (const Error& e) {
    try {
      provider_->destroy(context.detached().with_timeout(patience_.clean_up));
    } catch (const Error& left) {
      throw Error(e.kind(), e.message() + "; what was made could not be removed: " + left.message());
    }
    made_ = false;
    throw;
  }
}

void CloudDriver::remove(const Context& context) {
  if (made_) provider_->destroy(context);
}

Instance CloudDriver::look(const Context& context) {
  const auto found = provider_->look(context);
  if (!found) {
    throw Error(Kind::kNotFound,
                "the provider has no instance of machine '" + cloud_.name + "' (any more): remove the machine");
  }
  return *found;
}

Instance CloudDriver::await(const Context& context, State wanted, std::chrono::milliseconds patience) {
  const Context limited = context.with_timeout(patience);
  auto pause = patience_.first;
  State seen = State::kNone;
  try {
    for (;;) {
      // Some providers list an instance only a while after they have promised it.
      const auto instance = provider_->look(limited);
      seen = instance ? instance->state : State::kNone;
      if (seen == wanted && (wanted != State::kRunning || !instance->address.empty())) return *instance;
      if (seen == State::kError) {
        throw Error(Kind::kInternal, "the provider could not make the instance: " + instance->reason);
      }
      limited.sleep_for(pause);
      pause = std::min(pause * 2, patience_.longest);
    }
  } catch (const Error& e) {
    if (e.kind() != Kind::kTimeout || context.cancelled()) throw;
    throw Error(Kind::kTimeout, "the instance is not " + to_lower(machine::text_of(wanted)) + " after " +
                                    std::to_string(std::chrono::ceil<std::chrono::seconds>(patience).count()) +
                                    " s; the provider says " +
                                    (seen == State::kNone ? "there is none" : to_lower(machine::text_of(seen))));
  }
}

void CloudDriver::keep_address(const Instance& instance) {
  cloud_.base.ip_address = instance.address;
  save();
}

void CloudDriver::start(const Context& context) {
  provider_->power(context, Power::kOn);
  keep_address(await(context, State::kRunning, patience_.launch));  // many give another address each time
}

void CloudDriver::stop(const Context& context) {
  provider_->power(context, Power::kShutDown);
  await(context, State::kStopped, patience_.stop);
}

void CloudDriver::kill(const Context& context) {
  provider_->power(context, Power::kOff);
  await(context, State::kStopped, patience_.stop);
}

void CloudDriver::restart(const Context& context) {
  provider_->power(context, Power::kReboot);
  keep_address(await(context, State::kRunning, patience_.launch));
}

State CloudDriver::state(const Context& context) { return look(context).state; }

std::string CloudDriver::ip(const Context&) {
  if (cloud_.base.ip_address.empty()) throw Error(Kind::kUnavailable, "IP address is not set");
  return cloud_.base.ip_address;
}

std::string CloudDriver::url(const Context& context) {
  if (state(context) != State::kRunning) throw Error(Kind::kUnavailable, "Host is not running");
  return "tcp://" + ip(context) + ":" + std::to_string(kEnginePort);
}

std::optional<SshTarget> CloudDriver::ssh(const Context& context) {
  const BaseDriverRecord& base = cloud_.base;
  return SshTarget{.host = ip(context),
                   .port = base.ssh_port == 0 ? 22 : static_cast<int>(base.ssh_port),
                   .user = base.ssh_user.empty() ? "root" : base.ssh_user,
                   .key = base.ssh_key_path};
}

}  // namespace berth::machine
