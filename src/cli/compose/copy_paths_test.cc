#include "cli/compose/copy_paths.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace berth::cli {
namespace {

std::string place(const CopySource& source, const CopyTarget& target) {
  const CopyPlace result = copy_place(source, target);
  return result.folder + " | " + result.name;
}

TEST(CopyPaths, AServiceIsWhatIsBeforeTheColon) {
  EXPECT_EQ(parse_copy_spec("web:/etc/passwd").service, "web");
  EXPECT_EQ(parse_copy_spec("web:/etc/passwd").path, "/etc/passwd");
  EXPECT_EQ(parse_copy_spec("./a:b").service, std::nullopt);
  EXPECT_EQ(parse_copy_spec("/a:b").service, std::nullopt);
  EXPECT_EQ(parse_copy_spec("dir/a:b").service, std::nullopt);
  EXPECT_EQ(parse_copy_spec("-").service, std::nullopt);
}

TEST(CopyPaths, IntoAFolderGoesTheSourceUnderItsName) {
  EXPECT_EQ(place({"d", true}, {"/tmp/", true, true}), "/tmp/ | d");
  EXPECT_EQ(place({"x/d/", true}, {"/tmp", true, true}), "/tmp | d");
  EXPECT_EQ(place({"d/a", false}, {"/tmp", true, true}), "/tmp | a");
}

TEST(CopyPaths, OfASourceWithADotOnlyTheContentGoes) {
  EXPECT_EQ(place({"d/.", true}, {"/tmp", true, true}), "/tmp | ");
  EXPECT_EQ(place({"d/.", true}, {"/tmp/new", false, false}), "/tmp | new");
  EXPECT_EQ(place({"/", true}, {"out", true, true}), "out | ");
}

TEST(CopyPaths, WhatIsNotThereIsMadeUnderTheNewName) {
  EXPECT_EQ(place({"d", true}, {"/tmp/new", false, false}), "/tmp | new");
  EXPECT_EQ(place({"d", true}, {"/new/", false, false}), "/ | new");
  EXPECT_EQ(place({"d/a", false}, {"new", false, false}), ". | new");
  EXPECT_EQ(place({"d/a", false}, {"/tmp/b", true, false}), "/tmp | b");
}

TEST(CopyPaths, WhatDoesNotFitIsRefused) {
  EXPECT_THROW(place({"d", true}, {"/etc/passwd", true, false}), Error);
  EXPECT_THROW(place({"a", false}, {"/nodir/", false, false}), Error);
  EXPECT_THROW(place({"a/", false}, {"/tmp", true, true}), Error);
}

}  // namespace
}  // namespace berth::cli
