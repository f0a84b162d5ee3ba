#include "engine/images_json.h"

namespace berth::engine {

template ImageSummary decode(std::string_view);
template std::vector<ImageSummary> decode(std::string_view);
template ImageInspect decode(std::string_view);
template std::vector<ImageDeleted> decode(std::string_view);
template DistributionInspect decode(std::string_view);
template AuthConfig decode(std::string_view);
template std::string encode(const std::vector<ImageSummary>&);
template std::string encode(const ImageInspect&);
template std::string encode(const AuthConfig&);

}  // namespace berth::engine
