#include "machine/none_driver.h"

#include "base/error.h"
#include "base/json.h"

namespace berth::machine {

namespace {

[[noreturn]] void refuse(const char* done) {
  throw Error(Kind::kUnsupported, std::string("hosts without a driver cannot be ") + done);
}

}  // namespace

std::vector<DriverFlag> NoneDriver::flags() {
  return {{.name = "url", .help = "URL of host when no driver is selected"}};
}

NoneDriver::NoneDriver(const Site& site, std::string_view record) {
  const json::value value = parse_json(record);
  base_ = read_base_driver(value);
  base_.machine_name = site.name;
  if (base_.store_path.empty()) base_.store_path = site.folder.parent_path().parent_path();
  url_ = berth::text_of(value, "URL");
}

void NoneDriver::configure(const DriverOptions& options) {
  url_ = options.text("url");
  if (url_.empty()) throw Error(Kind::kInvalid, "--url option is required when no driver is selected");
  const std::size_t scheme = url_.find("://");
  if (scheme == std::string::npos) {
    throw Error(Kind::kInvalid, "--url '" + url_ + "' has no scheme: write it like tcp://192.0.2.1:2376");
  }
  base_.ip_address = url_.substr(scheme + 3);
}

void NoneDriver::start(const Context&) { refuse("started"); }
void NoneDriver::stop(const Context&) { refuse("stopped"); }
void NoneDriver::kill(const Context&) { refuse("killed"); }
void NoneDriver::restart(const Context&) { refuse("restarted"); }

std::string NoneDriver::record() const {
  json::object record = base_driver_json(base_);
  record["URL"] = url_;
  return format_json(record);
}

}  // namespace berth::machine
