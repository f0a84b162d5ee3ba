#include "pki/authority.h"

#include "base/error.h"
#include "base/units.h"

namespace berth::pki {

namespace {

Identity ensure_authority(const CertificateFolder& folder, const std::string& organization, Time now) {
  const auto certificate = read_file_if_exists(folder.ca());
  if (!certificate) {
    const Identity made = make_authority(organization, now);
    save(made, folder.ca(), folder.ca_key());
    return made;
  }
  const auto key = read_file_if_exists(folder.ca_key());
  const std::string name = "certificate authority '" + folder.ca().string() + "'";
  if (!key) {
    throw Error(Kind::kInvalid, name + " has lost its key '" + folder.ca_key().string() +
                                    "': put the key back, or move the folder away to begin with a new authority");
  }
  const Time last = within(name, [&] { return read_certificate(*certificate).not_after; });
  if (now >= last) {
    throw Error(Kind::kInvalid, name + " expired on " + format_time(last) +
                                    ": move its folder away to begin with a new one, then create the machines anew");
  }
  return {*certificate, *key};
}

// What ends within this time is made anew, unless the authority ends with it.
constexpr std::chrono::hours kRenewAhead{24 * 30};

// Nothing when there is no client certificate of this authority that still holds.
std::optional<Identity> usable_client(const CertificateFolder& folder, const Identity& authority, Time now) {
  const auto certificate = read_file_if_exists(folder.client());
  const auto key = read_file_if_exists(folder.client_key());
  if (!certificate || !key) return std::nullopt;
  try {
    const bool soon = read_certificate(*certificate).expired(now + kRenewAhead) &&
                      !read_certificate(authority.certificate).expired(now + kRenewAhead);
    const bool good = !soon && !read_certificate(*certificate).expired(now) && belongs_to(*key, *certificate) &&
                      signed_by(*certificate, authority.certificate);
    return good ? std::optional<Identity>({*certificate, *key}) : std::nullopt;
  } catch (const Error& e) {
    if (e.kind() == Kind::kInvalid) return std::nullopt;
    throw;
  }
}

}  // namespace

CertificateFolder::Identities CertificateFolder::ensure(const Context& context, const std::string& organization,
                                                        const Clock& clock) const {
  make_folder(folder_, 0700);
  const FileLock lock = FileLock::wait_for(context, folder_ / ".lock");
  const Time now = clock.now();
  Identity authority = ensure_authority(*this, organization, now);
  if (auto client = usable_client(*this, authority, now)) return {std::move(authority), std::move(*client)};
  const Identity client = issue(authority, {.use = Use::kClient, .organization = organization + ".<bootstrap>"}, now);
  save(client, this->client(), client_key());
  return {std::move(authority), client};
}

void save(const Identity& identity, const Path& certificate, const Path& key) {
  write_file(key, identity.key, 0600);
  write_file(certificate, identity.certificate, 0644);
}

Identity load(const Path& certificate, const Path& key) { return {read_file(certificate), read_file(key)}; }

}  // namespace berth::pki
