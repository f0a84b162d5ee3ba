#include "buildkit/messages.h"

#include <protozero/pbf_reader.hpp>
#include <protozero/pbf_writer.hpp>

#include "base/error.h"

namespace berth::buildkit {

std::string message_of(std::string_view first) {
  std::string message;
  protozero::pbf_writer(message).add_bytes(1, first.data(), first.size());
  return message;
}

std::string first_field(const std::string& message) {
  std::string text;
  try {
    for (protozero::pbf_reader fields(message); fields.next();) {
      if (fields.tag() == 1) {
        text = fields.get_string();
      } else {
        fields.skip();
      }
    }
  } catch (const protozero::exception&) {
    throw Error(Kind::kInternal, "the engine's builder sent a malformed message");
  }
  return text;
}

}  // namespace berth::buildkit
