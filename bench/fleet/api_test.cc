// What an engine of the fleet answers, call by call.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/strings.h"
#include "fleet_for_tests.h"
#include "http/url.h"

namespace berth::fleet::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

std::vector<std::string> names(const Answer& list) {
  std::vector<std::string> names;
  const json::value listed = list.value();
  for (const json::value& container : listed.as_array()) names.push_back(texts_of(container, "Names").at(0));
  return names;
}

TEST(Api, PingSaysTheVersionAndThatItIsADockerEngine) {
  TestFleet fleet;
  for (const char* method : {"GET", "HEAD"}) {
    const Answer answer = fleet.call(method, "/_ping");
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.headers.get("Api-Version"), "1.51");
    EXPECT_EQ(answer.headers.get("Ostype"), "linux");
    EXPECT_THAT(std::string(answer.headers.get("Server").value_or("")), StartsWith("Docker/28.5"));
    EXPECT_EQ(answer.body, std::string(method) == "HEAD" ? "" : "OK");
  }
}

TEST(Api, VersionsBefore1_24AndAfter1_51AreRefused) {
  TestFleet fleet;
  EXPECT_EQ(fleet.get("/v1.41/info").status, 200);
  EXPECT_EQ(fleet.get("/v1.52/info").message(),
            "client version 1.52 is too new. Maximum supported API version is 1.51");
  EXPECT_EQ(fleet.get("/v1.10/info").status, 400);
}

TEST(Api, AContainerTellsBackWhatCreateAskedFor) {
  TestFleet fleet;
  fleet.create("web", R"({"Image":"nginx","Cmd":["serve","a b"],"Env":["A=1"],"Labels":{"z":"1","a":"2"},"User":"app",
                          "HostConfig":{"Memory":1000,"CpuShares":7,"NewThing":{"x":[1]},"Binds":["data:/d:ro"],
                                        "PortBindings":{"80/tcp":[{"HostIp":"","HostPort":"8080"}]}}})");
  fleet.post("/containers/web/start");
  const json::value web = fleet.get("/containers/web/json").value();
  EXPECT_EQ(format_json(*find(web.at("Config"), "Cmd")), R"(["serve","a b"])");
  EXPECT_EQ(format_json(*find(web.at("Config"), "Labels")), R"({"a":"2","z":"1"})");
  EXPECT_EQ(berth::text_of(web.at("Config"), "User"), "app");
  EXPECT_EQ(texts_of(web.at("Config"), "Env").at(0), "A=1");
  EXPECT_EQ(integer_of(web.at("HostConfig"), "Memory"), 1000);
  EXPECT_EQ(integer_of(web.at("HostConfig"), "CpuShares"), 7);
  EXPECT_EQ(format_json(*find(web.at("HostConfig"), "NewThing")), R"({"x":[1]})");
  EXPECT_EQ(format_json(*find(web.at("NetworkSettings"), "Ports")),
            R"({"80/tcp":[{"HostIp":"0.0.0.0","HostPort":"8080"},{"HostIp":"::","HostPort":"8080"}]})");
  EXPECT_EQ(berth::text_of(web.at("Mounts").at(0), "Name"), "data");
  const json::value listed = fleet.get("/containers/json").value().at(0);
  EXPECT_EQ(berth::text_of(listed, "Command"), "serve 'a b'");
  EXPECT_EQ(integer_of(listed.at("Ports").at(0), "PublicPort"), 8080);
  EXPECT_EQ(fleet.get("/volumes/data").status, 200);
}

TEST(Api, ListsAreFilteredAndBounded) {
  TestFleet fleet(1, 3);
  fleet.create("job", R"({"Image":"redis","Labels":{"tier":"back"}})");
  EXPECT_THAT(names(fleet.get("/containers/json")), ElementsAre("/node-00001-3", "/node-00001-2", "/node-00001-1"));
  const auto filtered = [&](const std::string& filters) {
    return names(fleet.get(http::Query().add("all", "1").add("filters", filters).on("/containers/json")));
  };
  EXPECT_THAT(filtered(R"({"status":["created"]})"), ElementsAre("/job"));
  EXPECT_THAT(filtered(R"({"label":["tier=back"]})"), ElementsAre("/job"));
  EXPECT_THAT(filtered(R"({"label":{"tier":true}})"), ElementsAre("/job"));
  EXPECT_THAT(filtered(R"({"label":["tier","other"]})"), IsEmpty());
  EXPECT_THAT(filtered(R"({"name":["^/node-00001-2$"]})"), ElementsAre("/node-00001-2"));
  EXPECT_THAT(filtered(R"({"name":["1-2","jo"]})"), ElementsAre("/job", "/node-00001-2"));
  EXPECT_THAT(filtered(R"({"ancestor":["redis:latest"],"status":["created"]})"), ElementsAre("/job"));
  EXPECT_THAT(names(fleet.get("/containers/json?limit=2")), ElementsAre("/job", "/node-00001-3"));
  EXPECT_EQ(fleet.get("/containers/json?filters=%7B%22foo%22%3A%5B%22a%22%5D%7D").message(), "invalid filter 'foo'");
}

TEST(Api, ErrorsHaveTheStatusAndWordsOfTheEngine) {
  TestFleet fleet;
  const std::string id = fleet.create("web");
  fleet.post("/containers/web/start");
  fleet.create("job");
  const auto says = [&](const std::string& method, const std::string& target, int status, const std::string& words) {
    const Answer answer = fleet.call(method, target);
    EXPECT_EQ(answer.status, status) << target;
    EXPECT_THAT(answer.body, HasSubstr(words)) << target;
  };
  says("GET", "/containers/nope/json", 404, R"({"message":"No such container: nope"})");
  says("GET", "/images/nope/json", 404, R"({"message":"No such image: nope:latest"})");
  says("GET", "/networks/nope", 404, R"({"message":"network nope not found"})");
  says("GET", "/volumes/nope", 404, R"({"message":"get nope: no such volume"})");
  says("GET", "/exec/nope/json", 404, R"({"message":"No such exec instance: nope"})");
  says("GET", "/nope", 404, R"({"message":"page not found"})");
  says("POST", "/containers/web/start", 304, "");
  says("POST", "/containers/job/stop", 304, "");
  says("POST", "/containers/job/kill", 409, "is not running");
  says("DELETE", "/containers/web", 409, "container is running: stop the container before removing or force remove");
  says("POST", "/containers/job/rename?name=web", 409,
       R"(The container name \"/web\" is already in use by container \")" + id);
  says("POST", "/containers/create", 400, "invalid JSON: got EOF while reading request body");
  EXPECT_THAT(fleet.post("/containers/create?name=web", R"({"Image":"nginx"})").message(),
              StartsWith("Conflict. The "));
  EXPECT_EQ(fleet.post("/containers/create", R"({"Image":"none"})").message(), "No such image: none:latest");
  EXPECT_EQ(fleet.post("/images/create?fromImage=missing/one").status, 404);
}

TEST(Api, AnEnginePublishesAPortOnce) {
  TestFleet fleet;
  const std::string body = R"({"Image":"nginx","HostConfig":{"PortBindings":{"80/tcp":[{"HostPort":"80"}]}}})";
  fleet.create("one", body);
  fleet.create("two", body);
  EXPECT_EQ(fleet.post("/containers/one/start").status, 204);
  EXPECT_THAT(fleet.post("/containers/two/start").message(), EndsWith("port is already allocated"));
  fleet.call("DELETE", "/containers/one?force=1");
  EXPECT_EQ(fleet.post("/containers/two/start").status, 204);
}

TEST(Api, APullMakesAnImageOfAnyName) {
  TestFleet fleet;
  EXPECT_EQ(fleet.get("/images/shop/web:7/json").status, 404);
  EXPECT_THAT(fleet.post("/images/create?fromImage=shop/web&tag=7").body,
              HasSubstr("Status: Downloaded newer image for shop/web:7"));
  EXPECT_EQ(fleet.get("/images/shop/web:7/json").status, 200);
}

TEST(Api, WaitAnswersWhenTheContainerEnds) {
  TestFleet fleet;
  fleet.create("job", R"({"Image":"nginx","Cmd":["false"]})");
  const auto stream = fleet.connect();
  stream->write_all(soon(), "POST /containers/job/wait?condition=next-exit HTTP/1.1\r\nHost: x\r\n\r\n");
  read_until(soon(), *stream, "\r\n\r\n");
  fleet.post("/containers/job/start");
  EXPECT_THAT(read_until(soon(), *stream, "}\n"), HasSubstr(R"({"StatusCode":1})"));
}

TEST(Api, EventsComeAsTheyHappenAndOnlyThoseAskedFor) {
  TestFleet fleet;
  const auto stream = fleet.connect();
  const std::string filters = http::percent_encode(R"({"type":["container"],"event":["start","die"]})");
  stream->write_all(soon(), "GET /v1.41/events?filters=" + filters + " HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_THAT(read_until(soon(), *stream, "\r\n\r\n"), HasSubstr("Transfer-Encoding: chunked"));
  fleet.create("job", R"({"Image":"nginx","Cmd":["true"],"HostConfig":{"AutoRemove":true}})");
  fleet.post("/containers/job/start");
  const std::string seen = read_until(soon(), *stream, R"("Action":"die")");
  EXPECT_THAT(seen, HasSubstr(R"("status":"start")"));
  EXPECT_EQ(seen.find("create"), std::string::npos);
}

TEST(Api, LogsAreInFramesAndFollowUntilTheEnd) {
  TestFleet fleet;
  fleet.create("web");
  fleet.post("/containers/web/start");
  const std::string line = "web started\n";
  EXPECT_EQ(fleet.get("/containers/web/logs?stdout=1").body, std::string("\1\0\0\0\0\0\0\x0c", 8) + line);
  const auto stream = fleet.connect();
  stream->write_all(soon(),
                    "GET /containers/web/logs?stdout=1&follow=1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  read_until(soon(), *stream, line);
  fleet.post("/containers/web/stop");
  EXPECT_THAT(read_to_end(soon(), *stream), HasSubstr("web stopped\n"));
}

TEST(Api, ExecGivesBackWhatItReadsUntilTheHalfClose) {
  TestFleet fleet;
  fleet.create("web");
  fleet.post("/containers/web/start");
  const Answer made = fleet.post("/containers/web/exec", R"({"Cmd":["cat"],"AttachStdin":true,"AttachStdout":true})");
  const std::string exec = "/exec/" + berth::text_of(made.value(), "Id");
  const std::string said =
      fleet.say("POST " + exec +
                    "/start HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nConnection: Upgrade\r\n"
                    "Upgrade: tcp\r\nContent-Length: 2\r\n\r\n{}hello",
                true);
  EXPECT_THAT(said, StartsWith("HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.multiplexed-stream\r\n"));
  EXPECT_THAT(said, EndsWith(std::string("\r\n\r\n\1\0\0\0\0\0\0\x05hello", 17)));
  EXPECT_EQ(integer_of(fleet.get(exec + "/json").value(), "ExitCode"), 0);
}

TEST(Http, RequestsInOnePieceAreAnsweredInOrder) {
  TestFleet fleet;
  const std::string ping = "GET /_ping HTTP/1.1\r\nHost: x\r\n\r\n";
  const std::string said = fleet.say(ping + "GET /nope HTTP/1.1\r\nHost: x\r\n\r\n" +
                                     "GET /_ping HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  const auto missing = said.find("404 Not Found");
  ASSERT_NE(missing, std::string::npos);
  EXPECT_LT(said.find("200 OK"), missing);
  EXPECT_GT(said.rfind("200 OK"), missing);
}

TEST(Http, MalformedRequestsAreRefusedAndTheConnectionClosed) {
  TestFleet fleet;
  for (const char* request : {"nonsense\r\n\r\n", "GET / HTTP/1.1\r\nfoo\r\n\r\n", "GET /_ping HTTP/1.1\r\n\r\n",
                              "POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
                              "POST /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n"}) {
    EXPECT_THAT(fleet.say(request), StartsWith("HTTP/1.1 400 Bad Request")) << request;
  }
}

TEST(Http, AChunkedBodyIsRead) {
  TestFleet fleet;
  const std::string said = fleet.say(
      "POST /containers/create?name=web HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nConnection: close\r\n"
      "Transfer-Encoding: chunked\r\n\r\n8\r\n{\"Image\"\r\n9\r\n:\"nginx\"}\r\n0\r\n\r\n");
  EXPECT_THAT(said, StartsWith("HTTP/1.1 201 Created"));
}

}  // namespace
}  // namespace berth::fleet::testing
