#include "engine/image_copy.h"

#include <algorithm>

#include "base/error.h"
#include "base/guarded.h"
#include "base/log.h"
#include "base/parallel.h"

namespace berth::engine {

namespace {

constexpr ApiVersion kNamesLayers{1, 44};
constexpr std::string_view kBlobs = "blobs/sha256/";
constexpr std::size_t kInspectedAtOnce = 8;
constexpr std::size_t kMostInspected = 100;  // images of the receiver

bool keeps_layers(std::string_view driver) { return driver == "overlay2" || driver == "vfs"; }

// Layers of the image that the receiver has, as they are part of one of its own.
std::set<std::string> layers_there(const Context& context, Client& from, Client& to, const std::string& name) {
  if (!can_leave_layers_out(from.api_version(context), from.info(context).driver, to.info(context).driver)) return {};
  const std::vector<std::string> wanted = from.inspect_image(context, name).layers;
  std::vector<ImageSummary> images = to.list_images(context);
  if (images.size() > kMostInspected) images.resize(kMostInspected);
  Guarded<std::size_t> most;
  for_each_parallel(images, kInspectedAtOnce, [&](const ImageSummary& image) {
    const std::size_t common = common_layers(wanted, to.inspect_image(context, image.id.value).layers);
    const auto lock = most.lock();
    *lock = std::max(*lock, common);
  });
  return {wanted.begin(), wanted.begin() + static_cast<std::ptrdiff_t>(*most.lock())};
}

std::uint64_t send(const Context& context, Client& from, Client& to, const std::string& name,
                   const std::set<std::string>& left_out, const std::function<void(std::uint64_t)>& told) {
  ByteStream archive = from.save_images(context, {name});
  ArchiveFilter filter = without_layers(
      [&](const Context& reading, std::span<char> buffer) { return archive.read(reading, buffer); }, left_out);
  std::uint64_t sent = 0;
  to.load_images(context, [&](const Context& reading, std::span<char> buffer) {
      const std::size_t size = filter.read_some(reading, buffer);
      sent += size;
      if (told && size > 0) told(sent);
      return size;
    }).finish(context);
  return sent;
}

}  // namespace

bool can_leave_layers_out(const ApiVersion& sender, std::string_view sender_driver, std::string_view receiver_driver) {
  return sender >= kNamesLayers && keeps_layers(sender_driver) && keeps_layers(receiver_driver);
}

std::size_t common_layers(const std::vector<std::string>& wanted, const std::vector<std::string>& there) {
  const auto differ = std::mismatch(wanted.begin(), wanted.end(), there.begin(), there.end()).first;
  return static_cast<std::size_t>(differ - wanted.begin());
}

ArchiveFilter without_layers(http::Reader archive, std::set<std::string> layers) {
  return {std::move(archive), [layers = std::move(layers)](std::string_view path) {
            return path.starts_with(kBlobs) && layers.contains("sha256:" + std::string(path.substr(kBlobs.size())));
          }};
}

std::uint64_t copy_image(const Context& context, Client& from, Client& to, const std::string& name,
                         const std::function<void(std::uint64_t)>& told) {
  const std::set<std::string> left_out = layers_there(context, from, to, name);
  if (left_out.empty()) return send(context, from, to, name, {}, told);
  try {
    return send(context, from, to, name, left_out, told);
  } catch (const Error& e) {
    if (e.kind() == Kind::kCancelled || e.kind() == Kind::kTimeout) throw;
    // A layer may just have been removed there.
    log(LogLevel::kInfo, e.within("copying what is missing of image '" + name + "'").message());
  }
  return send(context, from, to, name, {}, told);
}

}  // namespace berth::engine
