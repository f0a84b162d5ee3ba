#include "cli/compose/viz_text.h"

#include <gtest/gtest.h>

namespace berth::cli {
namespace {

compose::Project shop() {
  compose::Project project;
  project.name = "shop";
  compose::Service& web = project.services["web"];
  web.name = "web";
  web.depends_on["db"] = {};
  web.networks["front"] = {};
  web.ports.push_back({.mode = "ingress", .target = 81, .published = "8080", .protocol = "udp"});
  compose::Service& db = project.services["db"];
  db.name = "db";
  db.image = "a&b:1";
  return project;
}

TEST(VizText, ServicesAreNodesAndDependenciesEdges) {
  EXPECT_EQ(viz_text(shop(), {}), R"(digraph "shop" {
	layout=dot;
	"db" [style="filled" label=<<font point-size="15">db</font>>];
	"web" [style="filled" label=<<font point-size="15">web</font>>];

	"web" -> "db";
}
)");
}

TEST(VizText, NodesSayWhatIsAskedFor) {
  const std::string text = viz_text(shop(), {.networks = true, .ports = true, .images = true, .indentation = "  "});
  EXPECT_NE(text.find(R"(  "web" [style="filled" label=<<font point-size="15">web</font>)"
                      R"(<font point-size="10"><br/><br/><b>Networks:</b><br/>front</font>)"
                      R"(<font point-size="10"><br/><br/><b>Ports:</b><br/>8080:81 (udp, ingress)</font>)"
                      R"(<font point-size="10"><br/><br/><b>Image:</b><br/>shop-web</font>>];)"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("<br/>a&amp;b:1</font>"), std::string::npos);
}

}  // namespace
}  // namespace berth::cli
