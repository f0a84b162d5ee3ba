// Machines of driver `qemu` on a real libvirt: what becomes of its domains. Their disk is empty, so that no guest ever
// boots; that guests do is for scenario/drivers, which BERTH_TEST_QEMU and BERTH_TEST_LIBVIRT make boot an image. Each
// test runs itself within tools/with-libvirt.
#include <functional>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "base/error.h"
#include "base/json.h"
#include "base/process.h"
#include "base/strings.h"
#include "machine/driver.h"

namespace berth::scenario {
namespace {

using namespace std::chrono_literals;
using machine::State;
using testing::HasSubstr;

constexpr const char* kInside = "BERTH_INSIDE_WITH_LIBVIRT";

Context soon() { return Context().with_timeout(120s); }

// Why there is no libvirt for tests here.
std::optional<std::string> libvirt_missing() {
  if (::geteuid() != 0) return "needs root, for namespaces";
  Environment search = Environment::of_process();
  search.set("PATH", search.get_or("PATH", "/usr/bin:/bin") + ":/usr/sbin:/sbin");
  for (const char* program : {"libvirtd", "virtlogd", "virsh", "dnsmasq", "qemu-system-x86_64", "qemu-img"}) {
    if (!find_program(program, search)) return std::string("there is no ") + program + " here";
  }
  return std::nullopt;
}

std::string virsh(std::vector<std::string> words) {
  words.insert(words.begin(), {"virsh", "--quiet", "--connect", "qemu:///system"});
  return std::string(trim(run_checked(soon(), words)));
}

std::optional<Error> fault_of(const std::function<void()>& act) {
  try {
    act();
  } catch (const Error& e) {
    return e;
  }
  return std::nullopt;
}

class LibvirtTest : public testing::Test {
 protected:
  void SetUp() override {
    if (const auto why = libvirt_missing()) GTEST_SKIP() << *why;
    inside_ = Environment::of_process().get(kInside).has_value();
    if (!inside_) return run_inside();
    make_folder(folder(), 0700);
    write_file(temporary_.path() / "empty.raw", std::string(1 << 20, '\0'));
    options_.set("qemu-image", {temporary_.path() / "empty.raw"});
    options_.set("qemu-accel", {"tcg"});
    options_.set("qemu-cpus", {"1"});
    options_.set("qemu-disk-size", {"100"});
    options_.set("qemu-memory", {"128"});
    options_.set("qemu-ssh-user", {"root"});
    options_.set("qemu-libvirt", {"true"});
  }

  std::unique_ptr<machine::Driver> make(std::string_view record) {
    machine::Site site;
    site.name = "subject";
    site.folder = folder();
    site.environment = Environment::of_process();
    site.save = [this](std::string text) {
      const std::scoped_lock lock(mutex_);
      saved_.push_back(std::move(text));
    };
    site.say = [](std::string_view) {};
    return machine::make_driver("qemu", site, record);
  }

  std::string saved() {
    const std::scoped_lock lock(mutex_);
    return saved_.empty() ? "{}" : saved_.back();
  }

  // What a creation leaves that was interrupted while it waited for the guest: a machine from its last record.
  std::unique_ptr<machine::Driver> interrupted() {
    auto driver = make("{}");
    driver->configure(options_);
    driver->pre_create_check(soon());
    CancelSource interrupt(soon());
    std::optional<Error> fault;
    std::jthread creation([&] { fault = fault_of([&] { driver->create(interrupt.context()); }); });
    while (make(saved())->state(soon()) != State::kRunning) soon().sleep_for(50ms);
    interrupt.cancel();
    creation.join();
    EXPECT_TRUE(fault && fault->kind() == Kind::kCancelled) << (fault ? fault->message() : "created");
    return make(saved());
  }

  bool inside_ = false;
  machine::DriverOptions options_;

 private:
  Path folder() const { return temporary_.path() / "machines/subject"; }

  // The test that runs, beside a libvirt.
  static void run_inside() {
    SpawnOptions options;
    options.environment = Environment::of_process();
    options.environment->set(kInside, "1");
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    const std::string filter = std::string("--gtest_filter=") + test->test_suite_name() + "." + test->name();
    const Output output = run(soon(),
                              {std::string(BERTH_SOURCE_DIR) + "/tools/with-libvirt",
                               std::filesystem::read_symlink("/proc/self/exe"), filter},
                              {}, options);
    EXPECT_TRUE(output.status.ok()) << output.out << output.err;
    EXPECT_THAT(output.out, HasSubstr("1 test from 1 test suite ran"));
  }

  TemporaryFolder temporary_;
  std::mutex mutex_;
  std::vector<std::string> saved_;
};

TEST_F(LibvirtTest, ADomainOfAnInterruptedCreationIsFoundStoppedStartedAndRemoved) {
  if (!inside_) return;
  const auto driver = interrupted();
  const std::string name = virsh({"list", "--name"});
  EXPECT_THAT(name, testing::StartsWith("berth-subject-"));
  driver->kill(soon());
  EXPECT_EQ(driver->state(soon()), State::kStopped);
  EXPECT_EQ(fault_of([&] { driver->kill(soon()); }), std::nullopt) << "killed twice";
  EXPECT_EQ(virsh({"list", "--all", "--name"}), name) << "stopped, it stays libvirt's";
  EXPECT_EQ(fault_of([&] { driver->url(soon()); })->kind(), Kind::kUnavailable);

  virsh({"start", name});  // by somebody else
  EXPECT_EQ(driver->state(soon()), State::kRunning);
  EXPECT_EQ(fault_of([&] { driver->url(soon()); })->message(), "the guest has no address yet");
  driver->remove(soon());
  EXPECT_EQ(virsh({"list", "--all", "--name"}), "");
  driver->remove(soon());
  EXPECT_EQ(driver->state(soon()), State::kStopped);
}

TEST_F(LibvirtTest, APausedMachineIsNotStartedButToldOf) {
  if (!inside_) return;
  const auto driver = interrupted();
  virsh({"suspend", virsh({"list", "--name"})});
  EXPECT_EQ(driver->state(soon()), State::kPaused);
  const auto fault = fault_of([&] { driver->start(soon()); });
  ASSERT_TRUE(fault);
  EXPECT_EQ(fault->kind(), Kind::kConflict);
  EXPECT_THAT(fault->message(), HasSubstr("virsh -c qemu:///system resume "));
  driver->remove(soon());
  EXPECT_EQ(virsh({"list", "--all", "--name"}), "");
}

TEST_F(LibvirtTest, WhatALibvirtLacksIsSaidBeforeAnythingIsMade) {
  if (!inside_) return;
  const auto refused = [&] {
    const auto driver = make("{}");
    driver->configure(options_);
    const auto fault = fault_of([&] { driver->pre_create_check(soon()); });
    return fault ? fault->message() : "accepted";
  };
  EXPECT_EQ(refused(), "accepted");
  options_.set("qemu-libvirt-network", {"nowhere"});
  EXPECT_THAT(refused(), HasSubstr("has no network 'nowhere': see 'virsh -c qemu:///system net-list --all'"));
  options_.set("qemu-libvirt-network", {});
  virsh({"net-destroy", "default"});
  EXPECT_EQ(refused(), "libvirt's network 'default' is not active: 'virsh -c qemu:///system net-start default'");
  EXPECT_EQ(virsh({"list", "--all", "--name"}), "");
}

}  // namespace
}  // namespace berth::scenario
