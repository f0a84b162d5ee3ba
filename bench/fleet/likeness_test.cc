// The fleet's answers beside those of dockerd 28.5.2, which are kept in test/golden/fleet.
#include <ctime>
#include <map>

#include <gtest/gtest.h>

#include "base/files.h"
#include "base/strings.h"
#include "fleet_for_tests.h"

namespace berth::fleet::testing {
namespace {

json::value golden(const std::string& name) {
  return parse_json(read_file(Path(BERTH_SOURCE_DIR) / "test/golden/fleet" / (name + ".json")));
}

// Objects whose members are data, and what only some engines have.
bool is_free(const std::string& path) {
  for (const char* end :
       {".Labels", ".Options", ".Runtimes", ".IndexConfigs", ".Ports", ".PortBindings", ".ExposedPorts", ".Containers",
        ".Attributes", ".KernelMemoryTCP", ".Details", ".Config.Config"}) {
    if (path.ends_with(end)) return true;
  }
  return false;
}

// Members of `real` that `ours` lacks, or has as another kind of value.
void compare(const json::value& real, const json::value& ours, const std::string& path,
             std::vector<std::string>& differences) {
  if (is_free(path) || real.is_null() || ours.is_null()) return;
  const bool numbers = real.is_number() && ours.is_number();
  if (real.kind() != ours.kind() && !numbers) return differences.push_back(path + " is of another kind");
  if (real.is_array() && !real.get_array().empty() && !ours.get_array().empty()) {
    compare(real.get_array()[0], ours.get_array()[0], path + "[]", differences);
  }
  if (!real.is_object()) return;
  for (const auto& member : real.get_object()) {
    const std::string below = path + "." + std::string(member.key());
    const json::value* const our_member = ours.get_object().if_contains(member.key());
    if (our_member == nullptr) {
      if (!is_free(below)) differences.push_back(below + " is missing");
    } else {
      compare(member.value(), *our_member, below, differences);
    }
  }
}

std::string differences(const std::string& name, const Answer& ours) {
  std::vector<std::string> found;
  compare(golden(name), ours.value(), "", found);
  return join(found, "\n");
}

constexpr const char* kLikeRecorded =
    R"({"Image":"berth/test:1","Cmd":["idle"],"Env":["X=1"],"Labels":{"a":"b"},"ExposedPorts":{"80/tcp":{}},)"
    R"("HostConfig":{"PortBindings":{"80/tcp":[{"HostPort":"8080"}]},"Memory":67108864,"NanoCpus":500000000}})";

TEST(Likeness, TheEngineDescribesItselfAsARealOne) {
  TestFleet fleet;
  EXPECT_EQ(differences("version", fleet.get("/version")), "");
  EXPECT_EQ(differences("info", fleet.get("/info")), "");
}

TEST(Likeness, ContainersAreListedAndInspectedAsByARealEngine) {
  TestFleet fleet;
  fleet.create("web", kLikeRecorded);
  EXPECT_EQ(differences("list-created", fleet.get("/containers/json?all=1")), "");
  EXPECT_EQ(differences("inspect-created", fleet.get("/containers/web/json")), "");
  fleet.post("/containers/web/start");
  EXPECT_EQ(differences("list-running", fleet.get("/containers/json")), "");
  EXPECT_EQ(differences("inspect-running", fleet.get("/containers/web/json")), "");
  fleet.post("/containers/web/stop");
  EXPECT_EQ(differences("list-exited", fleet.get("/containers/json?all=1")), "");
  EXPECT_EQ(differences("inspect-exited", fleet.get("/containers/web/json")), "");
}

TEST(Likeness, ObjectsAreDescribedAsByARealEngine) {
  TestFleet fleet;
  EXPECT_EQ(differences("images", fleet.get("/images/json")), "");
  EXPECT_EQ(differences("image", fleet.get("/images/berth/test:1/json")), "");
  EXPECT_EQ(differences("networks", fleet.get("/networks")), "");
  fleet.post("/networks/create", R"({"Name":"n1"})");
  EXPECT_EQ(differences("network", fleet.get("/networks/n1")), "");
  fleet.post("/volumes/create", R"({"Name":"v1"})");
  EXPECT_EQ(differences("volume", fleet.get("/volumes/v1")), "");
  EXPECT_EQ(differences("volumes", fleet.get("/volumes")), "");
  fleet.create("web", kLikeRecorded);
  fleet.post("/containers/web/start");
  const Answer exec = fleet.post("/containers/web/exec", R"({"Cmd":["cat"],"AttachStdin":true,"AttachStdout":true})");
  EXPECT_EQ(differences("exec", fleet.get("/exec/" + berth::text_of(exec.value(), "Id") + "/json")), "");
}

std::vector<std::string> names_of(const json::value& event) {
  std::vector<std::string> names;
  for (const auto& member : event.get_object()) names.emplace_back(member.key());
  for (const auto& member : event.at("Actor").at("Attributes").get_object()) {
    if (member.key() != "berth.tree") names.push_back("Attributes." + std::string(member.key()));  // the image's label
  }
  return names;
}

TEST(Likeness, EventsHaveTheMembersAndAttributesOfARealEngines) {
  TestFleet fleet;
  fleet.create("web", kLikeRecorded);
  for (const char* change : {"start", "pause", "unpause", "rename?name=web2"}) {
    fleet.post("/containers/web/" + std::string(change));
  }
  const Answer exec = fleet.post("/containers/web2/exec", R"({"Cmd":["echo"],"AttachStdout":true})");
  fleet.post("/exec/" + berth::text_of(exec.value(), "Id") + "/start", R"({"Detach":true})");
  fleet.post("/containers/web2/restart");
  fleet.call("DELETE", "/containers/web2?force=1");
  for (const char* kind : {"volume", "network"}) {
    const std::string path = "/" + std::string(kind) + "s/";
    fleet.post(path + "create", R"({"Name":"data"})");
    fleet.call("DELETE", path + "data");
  }
  std::map<std::string, json::value> ours;
  const std::string until = std::to_string(std::time(nullptr) + 1);
  const Answer events = fleet.get("/events?since=0&until=" + until);
  for (const std::string& line : split(trim(events.body), '\n')) {
    const json::value event = parse_json(line);
    ours.emplace(berth::text_of(event, "Type") + " " + std::string(cut(berth::text_of(event, "Action"), ':').first),
                 event);
  }
  for (const std::string& line :
       split(trim(read_file(Path(BERTH_SOURCE_DIR) / "test/golden/fleet/events.jsonl")), '\n')) {
    const json::value real = parse_json(line);
    const std::string what =
        berth::text_of(real, "Type") + " " + std::string(cut(berth::text_of(real, "Action"), ':').first);
    ASSERT_TRUE(ours.contains(what)) << what;
    EXPECT_EQ(names_of(ours.at(what)), names_of(real)) << what;
  }
}

}  // namespace
}  // namespace berth::fleet::testing
