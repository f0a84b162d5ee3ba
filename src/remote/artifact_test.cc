#include "remote/artifact.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/json.h"
#include "base/strings.h"

namespace berth::remote {
namespace {

using ::testing::HasSubstr;

std::vector<ArtifactFile> files() {
  return {{ArtifactFile::Role::kCompose, "compose.yaml", "services: {}"},
          {ArtifactFile::Role::kExtended, "abc.yaml", "services: {b: {}}"},
          {ArtifactFile::Role::kEnv, "abc.env", "A=1"}};
}

TEST(Artifact, IsReadAsItWasWritten) {
  for (const OciVersion version : {OciVersion::k1_0, OciVersion::k1_1}) {
    const ArtifactManifest made = artifact_manifest(files(), version, {});
    const auto layers = artifact_layers(made.bytes, "app");
    ASSERT_EQ(layers.size(), 3U);
    EXPECT_EQ(layers[0].file, "compose.yaml");
    EXPECT_EQ(layers[1].file, "abc.yaml");
    EXPECT_EQ(layers[1].role, ArtifactFile::Role::kExtended);
    EXPECT_EQ(layers[2].file, "abc.env");
    EXPECT_EQ(layers[2].blob.digest, digest_of("A=1"));
    EXPECT_EQ(layers[2].blob.size, 3U);
  }
}

TEST(Artifact, HasTheShapeOfDockerCompose) {
  const std::string manifest =
      artifact_manifest({{ArtifactFile::Role::kCompose, "compose.yaml", "x: 1"}}, OciVersion::k1_1, {}).bytes;
  EXPECT_EQ(
      manifest,
      R"({"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json",)"
      R"("artifactType":"application/vnd.docker.compose.project",)"
      R"("config":{"mediaType":"application/vnd.oci.empty.v1+json",)"
      R"("digest":"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a","size":2,"data":"e30="},)"
      R"("layers":[{"mediaType":"application/vnd.docker.compose.file+yaml","digest":")" +
          digest_of("x: 1") +
          R"(","size":4,"annotations":{"com.docker.compose.file":"compose.yaml","com.docker.compose.version":"2.40.3"},)"
          R"("data":"eDogMQ=="}],"annotations":{"org.opencontainers.image.created":"1970-01-01T00:00:00Z"}})");
}

TEST(Artifact, IsNoImageAndHasNoFilesElsewhere) {
  EXPECT_THROW(
      artifact_layers(R"({"config":{"mediaType":"application/vnd.oci.image.config.v1+json"},"layers":[]})", "a"),
      Error);
  for (const char* name : {"../x", "a/b", "", ".."}) {
    const auto manifest = artifact_manifest({{ArtifactFile::Role::kEnv, name, "A=1"}}, OciVersion::k1_1, {});
    EXPECT_THROW(artifact_layers(manifest.bytes, "a"), Error) << name;
  }
}

TEST(Artifact, IsFoundInAnIndex) {
  EXPECT_EQ(application_in(R"({"manifests":[{"digest":"sha256:1"},{"digest":"sha256:2","artifactType":)"
                           R"("application/vnd.docker.compose.project"}]})"),
            "sha256:2");
  EXPECT_FALSE(application_in(R"({"manifests":[{"digest":"sha256:1"}]})"));
  const std::string index = application_index({{std::string(kOciManifest), {"sha256:1", 7}, {{"n", "v"}}}},
                                              {std::string(kOciManifest), {"sha256:2", 8}});
  EXPECT_THAT(index,
              HasSubstr(R"("manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:1",)"
                        R"("size":7,"annotations":{"n":"v"}}])"));
  EXPECT_THAT(index, HasSubstr(R"("size":8,"artifactType":"application/vnd.docker.compose.project"})"));
}

}  // namespace
}  // namespace berth::remote
