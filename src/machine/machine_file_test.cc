#include "machine/machine_file.h"

#include <gtest/gtest.h>

#include "base/strings.h"
#include "machine/apply_plan.h"

namespace berth::machine {
namespace {

MachineFile read(std::string_view text, const Environment& environment = {}) {
  return read_machine_file(
      text, "m.yaml", "folder", [](const std::string& driver) { return driver_flags(driver); }, environment);
}

std::string faults(std::string_view text) { return yaml::to_text(read(text).faults) + "\n"; }

TEST(MachineFile, WritesOutCountsLabelsAndRoles) {
  const MachineFile file = read(R"(
defaults: {driver: none, options: {url: "tcp://h:1"}, labels: {zone: a}}
machines:
  web: {count: 2, roles: [edge, web], labels: {size: 3}}
  db:
    engine: {opts: [debug], env: [A=1], storage-driver: vfs}
    tls-sans: [db.example.org]
)");
  ASSERT_TRUE(file.faults.empty()) << yaml::to_text(file.faults);
  std::string text;
  for (const CreateRequest& m : file.machines) {
    text += m.name + " " + m.driver + " " + m.options.text("url") + " " + join(m.engine.labels, ",") + " " +
            join(m.engine.arbitrary_flags, ",") + m.engine.storage_driver + join(m.tls_sans, ",") + "\n";
  }
  EXPECT_EQ(text,
            "web-1 none tcp://h:1 zone=a,size=3,role.edge=true,role.web=true,com.berth.machine.apply=folder \n"
            "web-2 none tcp://h:1 zone=a,size=3,role.edge=true,role.web=true,com.berth.machine.apply=folder \n"
            "db none tcp://h:1 zone=a,com.berth.machine.apply=folder debugvfsdb.example.org\n");
}

TEST(MachineFile, OptionsHaveTheirVariablesAndDefaults) {
  const MachineFile file =
      read("name: shop\nmachines: {a: {options: {local-dns: [10.0.0.1]}}}",
           Environment(std::map<std::string, std::string, std::less<>>{{"LOCAL_SUBNET", "10.9.0.0/24"}}));
  ASSERT_EQ(file.machines.size(), 1U);
  EXPECT_EQ(file.machines[0].driver, "local");
  EXPECT_EQ(file.machines[0].options.text("local-subnet"), "10.9.0.0/24");
  EXPECT_EQ(file.machines[0].options.texts("local-dns"), std::vector<std::string>{"10.0.0.1"});
  EXPECT_EQ(file.machines[0].engine.labels.back(), "com.berth.machine.apply=shop");
}

TEST(MachineFile, AllFaultsAreFoundWithTheirPlaces) {
  EXPECT_EQ(faults(R"(nam: x
machines:
  web:
    count: many
    options: {local-subnt: 1, local-dns: 3}
  c_d: {driver: none}
  e: [1]
  web-1: {roles: {a: 1}, engine: {storage-driver: [x]}}
)"),
            "m.yaml:1:1: unknown key 'nam', did you mean 'name'?\n"
            "m.yaml:4:12: machines.web.count: must be a whole number from 0 to 1000\n"
            "m.yaml:5:15: machines.web.options: unknown key 'local-subnt', did you mean 'local-subnet'?\n"
            "m.yaml:5:42: machines.web.options.local-dns: must be a list, not an integer\n"
            "m.yaml:6:3: machines.c_d: a name has letters, digits, '-' and '.'\n"
            "m.yaml:7:6: machines.e: must be a mapping, not a list\n"
            "m.yaml:8:18: machines.web-1.roles: must be a list, not a mapping\n"
            "m.yaml:8:51: machines.web-1.engine.storage-driver: must be a text, not a list\n");
}

TEST(MachineFile, TwoOfOneNameAndUnknownDriversAreFaults) {
  EXPECT_EQ(faults("machines: {a: {count: 1}, a-1: {}}"), "m.yaml:1:27: machines.a-1: machine 'a-1' is there twice\n");
  EXPECT_TRUE(faults("machines: {a: {driver: nix}}").starts_with("m.yaml:1:24: machines.a.driver: Driver \"nix\" not"));
}

TEST(MachineFile, WhatIsNoFileOfMachinesIsSaid) {
  EXPECT_EQ(faults(""), "m.yaml: must be one mapping with 'machines'\n");
  EXPECT_EQ(faults("name: a"), "m.yaml:1:1: has no 'machines'\n");
  EXPECT_EQ(faults("- a"), "m.yaml:1:1: must be one mapping with 'machines'\n");
  EXPECT_EQ(faults("name: a b\nmachines: {}"),
            "m.yaml:1:7: name: 'a b' must be letters, digits, '-' and '.': give the file a 'name'\n");
}

class ApplyPlanTest : public testing::Test {
 protected:
  MachineFile file = read("name: shop\nmachines: {web: {count: 2}, db: {}}");
  std::vector<std::string> labels = {"com.berth.machine.apply=shop"};

  std::string plan(const std::vector<ExistingMachine>& existing, bool prune = false) {
    const ApplyPlan plan = plan_apply(file, existing, prune);
    std::string text = to_text(plan, file);
    for (const std::string& remark : plan.remarks) text += "! " + remark + "\n";
    return text;
  }
};

TEST_F(ApplyPlanTest, CreatesWhatIsMissingAndStartsWhatIsStopped) {
  EXPECT_EQ(plan({}), "+ create web-1 (local)\n+ create web-2 (local)\n+ create db (local)\n");
  EXPECT_EQ(plan({{"web-1", "local", labels, State::kRunning},
                  {"web-2", "local", labels, State::kStopped},
                  {"db", "local", labels, State::kNone, true},
                  {"else", "local", {}, State::kRunning}}),
            "~ start web-2 (stopped)\n+ create db (local; its creation was cut short)\n");
}

TEST_F(ApplyPlanTest, RemovesOnlyWhenAskedAndOnlyWhatTheFileAskedFor) {
  const std::vector<ExistingMachine> existing = {{"web-1", "local", labels, State::kRunning},
                                                 {"web-2", "local", labels, State::kRunning},
                                                 {"web-3", "local", labels, State::kRunning},
                                                 {"db", "local", labels, State::kRunning},
                                                 {"mine", "local", {"zone=a"}, State::kRunning}};
  EXPECT_EQ(plan(existing), "! machine 'web-3' is not in the file any more: --prune removes it\n");
  EXPECT_EQ(plan(existing, true), "- remove web-3 (not in the file any more)\n");
}

TEST_F(ApplyPlanTest, WhatDiffersIsSaidAndLeft) {
  EXPECT_EQ(plan({{"web-1", "none", labels, State::kRunning},
                  {"web-2", "local", {"x=y"}, State::kRunning},
                  {"db", "", {}, State::kNone}}),
            "! machine 'web-1' is of driver 'none', not 'local': it is left as it is\n"
            "! machine 'web-2' has other labels than the file: it is left as it is\n"
            "! machine 'db' has no readable record: it is left as it is\n");
}

}  // namespace
}  // namespace berth::machine
