#include "compose/schema.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "compose/json_schema.h"
#include "yaml/parse.h"

namespace berth::compose {
namespace {

std::string faults(std::string_view text) {
  const auto parsed = yaml::parse(text, "c.yaml");
  EXPECT_TRUE(parsed.ok()) << yaml::to_text(parsed.faults);
  return yaml::to_text(validate_schema(parsed.documents.at(0)));
}

TEST(Schema, AGoodFileHasNoFaults) {
  EXPECT_EQ(faults(R"(
name: demo
x-anything: [1, {a: b}]
services:
  web:
    image: nginx
    x-own: true
    ports: [80, "8080:80", {target: 80}]
    environment: {A: 1, B: null, C: true}
    command: null
    depends_on: [db]
    networks: {front: , back: {aliases: [w]}}
    healthcheck: {test: [CMD, x], interval: 5s, retries: 3.0}
    deploy: {replicas: 2}
    ulimits: {nofile: 5, nproc: {soft: 1, hard: 2}}
  db: {image: pg, env_file: [{path: a.env}, b.env], labels: [a=b]}
networks: {front: , back: {driver: bridge}}
volumes: {v: {}}
)"),
            "");
}

TEST(Schema, EveryViolationIsReportedWithItsPlace) {
  EXPECT_EQ(faults(R"(services:
  web:
    imgae: nginx
    scale: -1
    ports:
      - [80]
      - {target: 80, protocl: tcp}
    privileged: 3
    environment: 5
    cgroup: hots
    dns: [a, b, a]
  "bad name": {image: x}
extra: 1
)"),
            "c.yaml:3:5: services.web: unknown attribute 'imgae', did you mean 'image'?\n"
            "c.yaml:6:9: services.web.ports[0]: must be a string, a number or a mapping\n"
            "c.yaml:7:22: services.web.ports[1]: unknown attribute 'protocl', did you mean 'protocol'?\n"
            "c.yaml:8:17: services.web.privileged: must be a string or true or false\n"
            "c.yaml:9:18: services.web.environment: must be a list or a mapping\n"
            "c.yaml:10:13: services.web.cgroup: must be one of 'host', 'private', did you mean 'host'?\n"
            "c.yaml:11:17: services.web.dns[2]: is the same as item [0]: items must be unique\n"
            "c.yaml:12:3: services: 'bad name' is no valid name here\n"
            "c.yaml:13:1: unknown attribute 'extra'");
}

TEST(Schema, RequiredAttributesAndLimitsAreChecked) {
  EXPECT_EQ(faults("services:\n  a:\n    volumes:\n      - {target: /x}\n    oom_score_adj: 2000\n"),
            "c.yaml:4:9: services.a.volumes[0]: 'type' is missing\n"
            "c.yaml:5:20: services.a.oom_score_adj: must be less than or equal to 1000");
}

TEST(JsonSchema, RefusesWhatItDoesNotKnow) {
  EXPECT_THROW(JsonSchema(R"({"if": {}})"), Error);
  EXPECT_THROW(JsonSchema(R"({"oneOf": [{"type": "string"}, {"type": ["string", "null"]}]})"), Error);
  EXPECT_THROW(JsonSchema(R"({"$ref": "#/$defs/none"})"), Error);
}

}  // namespace
}  // namespace berth::compose
