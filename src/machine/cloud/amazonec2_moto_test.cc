// Driver `amazonec2` against moto, a simulated AWS that others wrote: it knows more of EC2 than our own server, and
// checks less. BERTH_MOTO says where it is (tools/moto).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/digest.h"
#include "base/error.h"
#include "base/json.h"
#include "base/strings.h"
#include "machine/cloud/amazonec2.h"
#include "machine/cloud/cloud_driver.h"

namespace berth::machine {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

class Moto : public ::testing::Test {
 protected:
  void SetUp() override {
    url_ = Environment::of_process().get_or("BERTH_MOTO", "");
    if (url_.empty()) GTEST_SKIP() << "BERTH_MOTO is not set: 'tools/moto start' starts a server and prints its URL";
  }

  std::unique_ptr<CloudDriver> driver(const std::string& record) {
    Site site;
    site.name = "web";
    site.folder = folder_.path() / "machines" / "web";
    make_folder(site.folder);
    site.environment = Environment::of_process();
    site.save = [this](std::string kept) { record_ = std::move(kept); };
    CloudPatience patience;
    patience.first = patience.longest = 20ms;
    patience.rest.first = patience.rest.longest = 20ms;
    return std::make_unique<CloudDriver>(make_amazonec2, site, record, patience);
  }

  DriverOptions options() const {
    DriverOptions options;
    for (const DriverFlag& flag : amazonec2_flags()) {
      if (flag.type != DriverFlag::Type::kTexts) options.set(flag.name, {flag.default_text});
    }
    options.set("amazonec2-access-key", {"AKIDEXAMPLE"});
    options.set("amazonec2-secret-key", {"wJalrXUtnFEMI"});
    options.set("amazonec2-endpoint", {url_});
    // One that moto has.
    options.set("amazonec2-ami", {"ami-1e749f67"});
    return options;
  }

  // What EC2 lists of kind `action`, as text.
  std::string listed(const std::string& action) {
    Rest rest(parse_api_address(url_, "BERTH_MOTO"),
              {.provider = "moto", .authorize = {}, .patience = {}, .ca = {}, .verify = true});
    RestRequest request{.method = "POST", .target = "/", .body = "Version=2016-11-15&Action=" + action};
    request.headers.add("Content-Type", "application/x-www-form-urlencoded");
    request.headers.add("Authorization",
                        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260101/us-east-1/ec2/aws4_request, "
                        "SignedHeaders=host, Signature=0");
    return rest.call(context_, request).body;
  }

  Context context_ = Context().with_timeout(120s);
  std::string url_;
  std::string record_;
  TemporaryFolder folder_;
};

TEST_F(Moto, MakesAHostStopsItStartsItAndRemovesAllThatWasMade) {
  const auto made = driver("{}");
  made->configure(options());
  made->pre_create_check(context_);
  made->create(context_);
  EXPECT_EQ(made->state(context_), State::kRunning);
  EXPECT_FALSE(made->ip(context_).empty());
  const std::string tag = "berth-" + berth::text_of(parse_json(record_), "BerthId");
  EXPECT_THAT(listed("DescribeKeyPairs"), HasSubstr(tag));
  EXPECT_THAT(listed("DescribeSecurityGroups"), HasSubstr(tag));

  made->stop(context_);
  EXPECT_EQ(made->state(context_), State::kStopped);
  made->start(context_);
  made->restart(context_);
  EXPECT_EQ(made->state(context_), State::kRunning);

  driver(record_)->remove(context_);
  EXPECT_THROW(driver(record_)->state(context_), Error);
  EXPECT_THAT(listed("DescribeKeyPairs"), Not(HasSubstr(tag)));
  EXPECT_THAT(listed("DescribeSecurityGroups"), Not(HasSubstr(tag)));
}

TEST_F(Moto, SaysWhatIsNotThere) {
  const auto refusal = [&](const char* flag, const char* value) -> std::string {
    DriverOptions changed = options();
    changed.set(flag, {value});
    try {
      const auto made = driver("{}");
      made->configure(changed);
      made->pre_create_check(context_);
    } catch (const Error& e) {
      return e.message();
    }
    return "";
  };
  EXPECT_THAT(refusal("amazonec2-ami", "ami-00000000"), HasSubstr("ami-00000000"));
  EXPECT_THAT(refusal("amazonec2-subnet-id", "subnet-1"), HasSubstr("subnet-1"));
  EXPECT_THAT(refusal("amazonec2-keypair-name", "none"), HasSubstr("--amazonec2-ssh-keypath"));
}

}  // namespace
}  // namespace berth::machine
