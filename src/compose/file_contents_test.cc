#include "compose/file_contents.h"

#include <gtest/gtest.h>

namespace berth::compose {
namespace {

class FileContents : public testing::Test {
 protected:
  FileContents() {
    project.secrets["token"].file = "/token";
    project.secrets["unused"].file = "/token";
    project.configs["app"].file = "/app.conf";
    project.configs["none"].file = "/none";
    project.services["web"].secrets = {{.source = "token"}};
    project.services["web"].configs = {{.source = "app"}, {.source = "none"}};
  }
  void read(bool ship = false) {
    read_file_contents(project, MemoryReader({{"/token", "hidden"}, {"/app.conf", "a=1"}}), ship);
  }
  Project project;
};

TEST_F(FileContents, AFileStaysOneAndItsContentIsKnown) {
  read();
  EXPECT_EQ(project.secrets["token"].file, "/token");
  EXPECT_EQ(project.secrets["token"].content, "hidden");
  EXPECT_EQ(project.configs["app"].content, "a=1");
  EXPECT_EQ(project.secrets["unused"].content, std::nullopt);
}

TEST_F(FileContents, AGrantWithAnOwnerOrAModeTakesTheContent) {
  project.services["web"].secrets[0].mode = 0400;
  read();
  EXPECT_EQ(project.secrets["token"].file, "");
  EXPECT_EQ(project.secrets["token"].content, "hidden");
  EXPECT_EQ(project.configs["app"].file, "/app.conf");
}

TEST_F(FileContents, AnEngineOnAnotherHostGetsTheContentOfWhatIsHere) {
  read(true);
  EXPECT_EQ(project.secrets["token"].file, "");
  EXPECT_EQ(project.configs["app"].file, "");
  EXPECT_EQ(project.configs["none"].file, "/none");
}

TEST_F(FileContents, WhatAReadOnlyServiceIsGrantedStaysAFile) {
  project.services["web"].read_only = true;
  project.services["web"].secrets[0].uid = "33";
  read(true);
  EXPECT_EQ(project.secrets["token"].file, "/token");
}

}  // namespace
}  // namespace berth::compose
