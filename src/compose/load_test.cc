#include "compose/load.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/strings.h"
#include "compose/config.h"
#include "compose/hash.h"

namespace berth::compose {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

using Files = std::map<std::string, std::string>;

LoadOptions options_in_app() {
  LoadOptions options;
  options.current_dir = "/app";
  return options;
}

Loaded load_files(const Files& files, LoadOptions options = options_in_app()) {
  return load(options, MemoryReader(files));
}

Loaded load_text(const std::string& text) { return load_files({{"/app/compose.yaml", text}}); }

std::string errors_of(const Loaded& loaded) { return yaml::to_text(loaded.errors); }

// The canonical text from `services:` on, without what every service has.
std::string services_of(const Loaded& loaded) {
  if (!loaded.ok()) return errors_of(loaded);
  const std::string text = config_yaml(*loaded.project);
  const std::size_t begin = text.find("services:");
  return text.substr(begin, text.find("\nnetworks:") + 1 - begin);
}

std::vector<std::string> names_of(const ByName<Service>& services) {
  std::vector<std::string> names;
  for (const auto& [name, service] : services) names.push_back(name);
  return names;
}

TEST(Load, ShortFormsBecomeLongOnes) {
  EXPECT_EQ(services_of(load_text("services: {web: {image: nginx, ports: ['8080:80'], volumes: ['./a:/b:ro']}}")),
            R"(services:
  web:
    image: nginx
    networks:
      default: null
    ports:
      - mode: ingress
        target: 80
        published: "8080"
        protocol: tcp
    volumes:
      - type: bind
        source: /app/a
        target: /b
        read_only: true
        bind:
          create_host_path: true
)");
}

TEST(Load, AllFaultsAreFoundInOneRunEachWithItsPlace) {
  EXPECT_EQ(errors_of(load_text("services:\n"
                                "  a:\n"
                                "    image: a\n"
                                "    depends_on: [bb]\n"
                                "    networks: [nope]\n"
                                "  b:\n"
                                "    command: x\n")),
            "compose.yaml:4:18: services.a.depends_on: depends on undefined service 'bb', did you mean 'b'?\n"
            "compose.yaml:5:16: services.a.networks: refers to undefined network 'nope'\n"
            "compose.yaml:6:3: services.b: has neither an image nor a build context specified");
}

TEST(Load, ACycleOfDependenciesIsNamedOnce) {
  const Loaded loaded = load_text("services: {a: {image: x, depends_on: [b]}, b: {image: x, depends_on: [a]}}");
  ASSERT_EQ(loaded.errors.size(), 1U);
  EXPECT_THAT(errors_of(loaded), HasSubstr("dependency cycle detected: a -> b -> a"));
}

TEST(Load, ALaterFileGoesOverAnEarlierOne) {
  LoadOptions options = options_in_app();
  options.files = {"a.yaml", "b.yaml"};
  const Loaded loaded = load_files({{"/app/a.yaml", "services: {web: {image: a, command: [x, y], labels: {a: 1}}}"},
                                    {"/app/b.yaml", "services: {web: {image: b, command: z, labels: ['b=2']}}"}},
                                   options);
  ASSERT_TRUE(loaded.ok()) << errors_of(loaded);
  const Service& web = loaded.project->services.at("web");
  EXPECT_EQ(web.image, "b");
  EXPECT_THAT(*web.command, ElementsAre("z"));
  EXPECT_EQ(web.labels, (TextMap{{"a", "1"}, {"b", "2"}}));
}

TEST(Load, AValueOfTheWrongTypeDoesNotHideOtherFaults) {
  EXPECT_EQ(errors_of(load_text("services:\n"
                                "  web: {image: a, privileged: maybe, networks: [nowhere], ports: ['${P:?give one}']}\n"
                                "  db: {image: b, scale: many, depends_on: [nobody]}\n")),
            "compose.yaml:2:31: services.web.privileged: must be true or false, not 'maybe'\n"
            "compose.yaml:2:49: services.web.networks: refers to undefined network 'nowhere'\n"
            "compose.yaml:2:67: services.web.ports[0]: required variable P is missing a value: give one\n"
            "compose.yaml:3:25: services.db.scale: must be an integer, not 'many'\n"
            "compose.yaml:3:44: services.db.depends_on: depends on undefined service 'nobody'");
}

TEST(Load, AValueOfTheWrongTypeDoesNotHideAPortThatCannotBeRead) {
  EXPECT_EQ(errors_of(load_text("services: {web: {image: a, privileged: maybe, ports: ['1:x']}}")),
            "compose.yaml:1:40: services.web.privileged: must be true or false, not 'maybe'\n"
            "compose.yaml:1:55: services.web.ports[0]: invalid containerPort: x");
}

TEST(Load, ResetTakesAnAttributeAwayAndOverrideReplacesIt) {
  const Loaded loaded = load_text(
      "services: {web: {image: a, ports: ['1:1'], labels: [a=b]}}\n---\n"
      "services: {web: {ports: !override ['2:2'], labels: !reset []}}");
  ASSERT_TRUE(loaded.ok()) << errors_of(loaded);
  const Service& web = loaded.project->services.at("web");
  ASSERT_EQ(web.ports.size(), 1U);
  EXPECT_EQ(web.ports[0].published, "2");
  EXPECT_TRUE(web.labels.empty());
}

TEST(Load, ExtendsTakesPathsFromTheOtherFilesFolder) {
  const Loaded loaded = load_files(
      {{"/app/compose.yaml", "services: {web: {extends: {file: common/base.yaml, service: base}, labels: [a=1]}}"},
       {"/app/common/base.yaml", "services: {base: {image: x, volumes: ['./data:/data'], labels: [a=0, b=0]}}"}});
  ASSERT_TRUE(loaded.ok()) << errors_of(loaded);
  const Service& web = loaded.project->services.at("web");
  EXPECT_EQ(web.volumes.at(0).source, "/app/common/data");
  EXPECT_EQ(web.labels, (TextMap{{"a", "1"}, {"b", "0"}}));
}

TEST(Load, ACycleOfExtendsIsRefused) {
  EXPECT_THAT(errors_of(load_text("services: {a: {extends: b}, b: {extends: a}}")),
              HasSubstr("circular reference: 'a' in compose.yaml extends 'b' in compose.yaml extends 'a'"));
}

TEST(Load, AnIncludedApplicationHasItsOwnFolderAndVariables) {
  const Loaded loaded = load_files({{"/app/compose.yaml", "include: [db/compose.yaml]\nservices: {web: {image: w}}"},
                                    {"/app/db/compose.yaml", "services: {db: {image: 'db:${TAG}', build: .}}"},
                                    {"/app/db/.env", "TAG=16"}});
  ASSERT_TRUE(loaded.ok()) << errors_of(loaded);
  const Service& db = loaded.project->services.at("db");
  EXPECT_EQ(db.image, "db:16");
  EXPECT_EQ(db.build->context, "/app/db");
}

TEST(Load, AnIncludeCycleAndAConflictAreRefused) {
  EXPECT_THAT(
      errors_of(load_files({{"/app/compose.yaml", "include: [b.yaml]"}, {"/app/b.yaml", "include: [compose.yaml]"}})),
      HasSubstr("include cycle: compose.yaml includes b.yaml includes compose.yaml"));
  EXPECT_THAT(errors_of(load_files({{"/app/compose.yaml", "include: [b.yaml]\nservices: {web: {image: a}}"},
                                    {"/app/b.yaml", "services: {web: {image: b}}"}})),
              HasSubstr("services.web: conflicts with imported resource at b.yaml:1:12"));
}

TEST(Load, ServicesOfAnInactiveProfileAreDisabled) {
  const std::string text = "services: {a: {image: a}, b: {image: b, profiles: [debug]}}";
  const Loaded plain = load_text(text);
  EXPECT_THAT(names_of(plain.project->services), ElementsAre("a"));
  EXPECT_THAT(names_of(plain.project->disabled_services), ElementsAre("b"));
  LoadOptions options = options_in_app();
  options.environment.set("COMPOSE_PROFILES", "x, debug");
  EXPECT_THAT(names_of(load_files({{"/app/compose.yaml", text}}, options).project->services), ElementsAre("a", "b"));
}

TEST(Load, ADependencyOnADisabledServiceSaysHowToEnableIt) {
  EXPECT_THAT(errors_of(load_text("services: {a: {image: a, depends_on: [b]}, b: {image: b, profiles: [debug]}}")),
              HasSubstr("depends on service 'b', which is disabled; enable it with --profile debug"));
}

TEST(Load, EnvironmentWinsOverEnvFilesAndTheShellGivesNamedVariables) {
  LoadOptions options = options_in_app();
  options.environment.set("FROM_SHELL", "s");
  const Loaded loaded = load_files(
      {{"/app/compose.yaml", "services: {a: {image: a, env_file: e.env, environment: {A: own, FROM_SHELL: }}}"},
       {"/app/e.env", "A=file\nB=\"$A-$FROM_SHELL\"\n"}},
      options);
  ASSERT_TRUE(loaded.ok()) << errors_of(loaded);
  EXPECT_EQ(loaded.project->services.at("a").environment,
            (OptionalTextMap{{"A", "own"}, {"B", "own-s"}, {"FROM_SHELL", "s"}}));
}

TEST(Load, AMissingEnvFileIsAFaultUnlessItIsNotRequired) {
  EXPECT_THAT(errors_of(load_text("services: {a: {image: a, env_file: [nope.env]}}")),
              HasSubstr("services.a.env_file[0]: env file /app/nope.env not found"));
  EXPECT_TRUE(load_text("services: {a: {image: a, env_file: [{path: nope.env, required: false}]}}").ok());
}

TEST(Load, TheProjectsNameComesFromTheFlagTheVariableTheFileOrTheFolder) {
  const Files files = {{"/app/My App_1/compose.yaml", "services: {a: {image: a}}"},
                       {"/app/named.yaml", "name: Named\nservices: {a: {image: a}}"}};
  LoadOptions options = options_in_app();
  options.files = {"My App_1/compose.yaml"};
  EXPECT_EQ(load_files(files, options).project->name, "myapp_1");
  options.files = {"named.yaml"};
  EXPECT_EQ(load_files(files, options).project->name, "named");
  options.environment.set("COMPOSE_PROJECT_NAME", "variable");
  EXPECT_EQ(load_files(files, options).project->name, "variable");
  options.project_name = "flag";
  EXPECT_EQ(load_files(files, options).project->name, "flag");
  options.project_name = "Not Good";
  EXPECT_THROW(load_files(files, options), Error);
}

TEST(Load, SecretsAndConfigsFromVariablesAreKnownButNeverPrinted) {
  LoadOptions options = options_in_app();
  options.environment.set("TOKEN", "hidden");
  const Loaded loaded = load_files({{"/app/compose.yaml",
                                     "services: {a: {image: a, secrets: [s], configs: [c]}}\n"
                                     "secrets: {s: {environment: TOKEN}}\nconfigs: {c: {environment: TOKEN}}"}},
                                   options);
  ASSERT_TRUE(loaded.ok()) << errors_of(loaded);
  EXPECT_EQ(loaded.project->secrets.at("s").content, "hidden");
  EXPECT_EQ(loaded.project->configs.at("c").content, "hidden");
  EXPECT_EQ(config_yaml(*loaded.project).find("hidden"), std::string::npos);
  EXPECT_EQ(config_json(*loaded.project).find("hidden"), std::string::npos);
}

TEST(Load, WhatIsNotSupportedIsListedWithItsPlace) {
  const Loaded loaded = load_text("services:\n  a:\n    image: a\n    credential_spec: {file: x}\n");
  ASSERT_TRUE(loaded.ok());
  EXPECT_EQ(yaml::to_text(loaded.project->unsupported),
            "compose.yaml:4:5: services.a.credential_spec: is not supported; engines on Linux have no credential "
            "specs: remove it");
}

TEST(Load, AnAgeOfImagesThatCountsForNothingIsToldWithItsPlace) {
  const Loaded loaded = load_text(
      "services:\n  a: {image: a, pull_refresh_after: 1h}\n"
      "  b: {image: b, pull_policy: refresh, pull_refresh_after: 1h}\n");
  ASSERT_TRUE(loaded.ok());
  EXPECT_EQ(
      yaml::to_text(loaded.project->without_effect),
      "compose.yaml:2:17: services.a.pull_refresh_after: has no effect yet; give `pull_policy: refresh`, which it "
      "belongs to");
}

TEST(Load, AMissingVariableDoesNotHideWhatElseIsWrong) {
  const Loaded loaded = load_text("services:\n  a: {image: '${NONE:?set it}'}\n  b: {imgae: b}\n");
  EXPECT_EQ(yaml::to_text(loaded.errors),
            "compose.yaml:2:14: services.a.image: required variable NONE is missing a value: set it\n"
            "compose.yaml:3:7: services.b: unknown attribute 'imgae', did you mean 'image'?");
}

TEST(Load, WhatOneEngineCannotActOnIsListedWithItsPlace) {
  const Loaded loaded = load_text("services:\n  a:\n    image: a\n    deploy: {endpoint_mode: vip}\n");
  ASSERT_TRUE(loaded.ok());
  EXPECT_TRUE(loaded.project->unsupported.empty());
  EXPECT_EQ(
      yaml::to_text(loaded.project->without_effect),
      "compose.yaml:4:14: services.a.deploy.endpoint_mode: has no effect yet; containers are found by the engine's "
      "DNS");
}

TEST(Load, ACommandLineThatEndsAtAnOperatorIsWarnedAbout) {
  const Loaded loaded = load_text("services: {a: {image: a, command: echo a && b}}");
  EXPECT_THAT(*loaded.project->services.at("a").command, ElementsAre("echo", "a"));
  EXPECT_THAT(yaml::to_text(loaded.warnings), HasSubstr("it ends before '&'"));
}

TEST(Load, WithoutInterpolationOnlyTheModelIsFilled) {
  LoadOptions options = options_in_app();
  options.interpolate = false;
  const Loaded loaded = load_files({{"/app/compose.yaml", "services: {a: {image: '${X:-y}'}}"}}, options);
  EXPECT_TRUE(loaded.ok());
  EXPECT_FALSE(loaded.project);
  EXPECT_THAT(model_yaml(loaded.model), HasSubstr("image: ${X:-y}"));
}

TEST(Load, TheOutputOfConfigLoadsAsTheSameProject) {
  const Loaded first =
      load_text("services: {a: {image: 'x$$y', ports: ['80-82:80-82'], environment: [A=1, B], ulimits: {nofile: 10}}}");
  const std::string text = config_yaml(*first.project);
  EXPECT_EQ(config_yaml(*load_text(text).project), text);
}

TEST(Discovery, TheNearestComposeFileAboveIsUsedWithItsOverride) {
  LoadOptions options = options_in_app();
  options.current_dir = "/app/deep/er";
  const Loaded loaded = load_files({{"/app/compose.yaml", "services: {a: {image: a}}"},
                                    {"/app/compose.override.yaml", "services: {a: {image: over}}"}},
                                   options);
  EXPECT_EQ(loaded.project->working_dir, "/app");
  EXPECT_EQ(loaded.project->services.at("a").image, "over");
  EXPECT_THAT(loaded.project->compose_files, ElementsAre("/app/compose.yaml", "/app/compose.override.yaml"));
}

TEST(Discovery, AnEnvFileMayNameTheComposeFiles) {
  const Loaded loaded = load_files({{"/app/.env", "COMPOSE_FILE=sub/a.yaml:b.yaml\nX=top"},
                                    {"/app/sub/.env", "X=sub\nY=sub"},
                                    {"/app/sub/a.yaml", "services: {a: {image: '$X-$Y'}}"},
                                    {"/app/b.yaml", "services: {b: {image: b}}"}});
  ASSERT_TRUE(loaded.ok()) << errors_of(loaded);
  EXPECT_EQ(loaded.project->services.at("a").image, "top-sub");
  EXPECT_TRUE(loaded.project->services.contains("b"));
}

TEST(Discovery, NoComposeFileAtAllIsNotFound) {
  try {
    load_files({});
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), Kind::kNotFound);
  }
}

TEST(Project, ASelectionHasTheNamedServicesAndWhatTheyNeed) {
  const Loaded loaded =
      load_text("services: {web: {image: w, depends_on: [db]}, db: {image: d}, other: {image: o, profiles: [p]}}");
  EXPECT_THAT(names_of(loaded.project->select({"web"}).services), ElementsAre("db", "web"));
  const Project alone = loaded.project->select({"web"}, false);
  EXPECT_THAT(names_of(alone.services), ElementsAre("web"));
  EXPECT_TRUE(alone.services.at("web").depends_on.empty());
  EXPECT_THAT(names_of(loaded.project->select({"other"}).services), ElementsAre("other"));
  EXPECT_THROW(loaded.project->select({"nope"}), Error);
}

TEST(Project, ResourcesThatNoServiceUsesCanBeLeftOut) {
  const Loaded loaded =
      load_text("services: {a: {image: a, volumes: ['used:/x']}}\nvolumes: {used: , unused: }\nnetworks: {n: }");
  const Project used = loaded.project->without_unused_resources();
  EXPECT_THAT(volume_keys(used), ElementsAre("used"));
  EXPECT_THAT(network_keys(used), ElementsAre("default"));
}

TEST(Hash, WhatNeedsNoNewContainerDoesNotCount) {
  const auto hash = [](const std::string& more) {
    const Loaded loaded = load_text("services: {a: {image: a" + more + "}, b: {image: b}}");
    return service_hash(loaded.project->services.at("a"));
  };
  EXPECT_EQ(hash(""), hash(", scale: 3"));
  EXPECT_EQ(hash(""), hash(", depends_on: [b], profiles: [], pull_policy: always"));
  EXPECT_NE(hash(""), hash(", labels: [a=b]"));
}

// Files from elsewhere: "oci://x/NAME" is fetched into /cache/NAME.
class FetchingReader : public MemoryReader {
 public:
  using MemoryReader::MemoryReader;
  std::string fetch(const std::string& address) const override {
    if (address.starts_with("oci://x/")) return "/cache/" + address.substr(8) + "/compose.yaml";
    throw Error(Kind::kNotFound, "there is no '" + address + "'");
  }
};

TEST(Load, WhatAFileFromElsewhereNamesIsBesideIt) {
  const FetchingReader reader(Files{{"/app/compose.yaml",
                                     "include: ['oci://x/db']\n"
                                     "services: {web: {extends: {file: 'oci://x/base', service: b}}}"},
                                    {"/cache/db/compose.yaml", "services: {db: {image: '$I', volumes: ['./data:/d']}}"},
                                    {"/cache/db/.env", "I=postgres"},
                                    {"/cache/base/compose.yaml", "services: {b: {image: b, volumes: ['./web:/w']}}"}});
  const std::string text = services_of(load(options_in_app(), reader));
  EXPECT_THAT(text, HasSubstr("source: /cache/db/data"));
  EXPECT_THAT(text, HasSubstr("image: postgres"));
  EXPECT_THAT(text, HasSubstr("source: /cache/base/web"));
}

TEST(Load, AnApplicationFromElsewhereIsNamedByTheFolderHere) {
  const FetchingReader reader(Files{{"/cache/db/compose.yaml", "services: {db: {image: '$I', volumes: ['./data:/d']}}"},
                                    {"/cache/db/.env", "I=theirs"},
                                    {"/app/.env", "I=ours"}});
  LoadOptions options = options_in_app();
  options.files = {"oci://x/db"};
  const Loaded loaded = load(options, reader);
  ASSERT_TRUE(loaded.ok()) << errors_of(loaded);
  EXPECT_EQ(loaded.project->name, "app");
  EXPECT_THAT(services_of(loaded), HasSubstr("source: /cache/db/data"));
  EXPECT_THAT(services_of(loaded), HasSubstr("image: ours"));
}

TEST(Load, WhatCannotBeFetchedIsAFaultOfTheLineThatNamesIt) {
  const FetchingReader reader(Files{{"/app/compose.yaml", "include:\n  - 'oci://y/db'\nservices: {a: {image: a}}\n"}});
  EXPECT_THAT(errors_of(load(options_in_app(), reader)),
              HasSubstr("compose.yaml:2:5: include[0]: there is no 'oci://y/db'"));
  EXPECT_THAT(errors_of(load_text("include: ['https://y/db']\nservices: {a: {image: a}}\n")),
              HasSubstr("files at a URL are not read here"));
}

}  // namespace
}  // namespace berth::compose
