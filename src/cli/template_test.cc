#include "cli/template.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/json.h"

namespace berth::cli {
namespace {

const json::value& data() {
  static const json::value value = parse_json(R"({
    "Name": "shop-web-1", "Count": 3, "Ratio": 1.5, "Up": true, "None": null, "Empty": "",
    "Labels": {"tier": "front", "a.b": "dotted"}, "Ports": [80, 443],
    "Mounts": [{"Name": "data"}, {"Name": "logs"}], "Html": "<a&b>"})");
  return value;
}

std::string rendered(std::string_view text, const TemplateOptions& options = {}) {
  return Template(text).render(data(), options);
}

std::string refusal(std::string_view text) {
  try {
    return "rendered: " + rendered(text);
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), Kind::kInvalid);
    return e.message();
  }
}

TEST(Template, TextAndFields) {
  EXPECT_EQ(rendered("no action"), "no action");
  EXPECT_EQ(rendered("{{.Name}} and {{ .Count }}/{{.Ratio}}/{{.Up}}"), "shop-web-1 and 3/1.5/true");
  EXPECT_EQ(rendered("{{.Labels.tier}} {{$.Labels.tier}}"), "front front");
}

TEST(Template, ValuesPrintAsGoPrintsThem) {
  EXPECT_EQ(rendered("{{.Ports}} {{.Labels}} {{.None}}"), "[80 443] map[a.b:dotted tier:front] <no value>");
}

TEST(Template, JsonKeepsTheOrderAndDoesNotEscapeHtml) {
  EXPECT_EQ(rendered("{{json .Labels}}{{json .Html}}{{json .Ports}}"),
            R"({"tier":"front","a.b":"dotted"}"<a&b>"[80,443])");
}

TEST(Template, PipelinesGiveTheirValueAsTheLastArgument) {
  EXPECT_EQ(rendered("{{.Name | upper | printf \"%-12s|\"}}"), "SHOP-WEB-1  |");
  EXPECT_EQ(rendered("{{\"quoted\" | print \"a \"}}"), "a quoted");
  EXPECT_EQ(rendered("{{len (index .Mounts 0).Name}}"), "4");
}

TEST(Template, IfTakesElseIfAndElse) {
  constexpr std::string_view kChoice = "{{if .Empty}}a{{else if eq .Count 3}}b{{else}}c{{end}}";
  EXPECT_EQ(rendered(kChoice), "b");
  EXPECT_EQ(rendered("{{if not .Up}}x{{end}}{{if and .Up (gt .Count 2)}}y{{end}}{{if or .Empty .None}}z{{end}}"), "y");
  EXPECT_EQ(rendered("{{with .Empty}}x{{else}}none{{end}}{{with .Labels}}{{.tier}}{{end}}"), "nonefront");
}

TEST(Template, RangeGoesOverListsAndMapsWithVariables) {
  EXPECT_EQ(rendered("{{range .Mounts}}{{.Name}},{{end}}"), "data,logs,");
  EXPECT_EQ(rendered("{{range $i, $p := .Ports}}{{if $i}};{{end}}{{$i}}={{$p}}{{end}}"), "0=80;1=443");
  EXPECT_EQ(rendered("{{range $k, $v := .Labels}}{{$k}}={{$v}} {{end}}"), "a.b=dotted tier=front ");
  EXPECT_EQ(rendered("{{range .None}}x{{else}}nothing{{end}}"), "nothing");
  EXPECT_EQ(rendered("{{range .Ports}}{{if eq . 443}}{{break}}{{end}}{{.}}{{end}}"), "80");
}

TEST(Template, VariablesAreSetAndSetAnew) { EXPECT_EQ(rendered("{{$x := 1}}{{if .Up}}{{$x = 2}}{{end}}{{$x}}"), "2"); }

TEST(Template, BlanksAreTrimmedAndCommentsDropped) {
  EXPECT_EQ(rendered("a \n {{- .Count -}} \n b{{/* }} not shown */}}{{- /* nor this */ -}}  c"), "a3bc");
}

TEST(Template, IndexReadsKeysThatAreNoNames) {
  EXPECT_EQ(rendered("{{index .Labels \"a.b\"}} {{index .Ports 1}} {{index .Labels \"absent\"}}"),
            "dotted 443 <no value>");
}

TEST(Template, TextFunctions) {
  EXPECT_EQ(rendered("{{join .Ports \", \"}}"), "80, 443");
  EXPECT_EQ(rendered("{{range split .Name \"-\"}}[{{title .}}]{{end}}"), "[Shop][Web][1]");
  EXPECT_EQ(rendered("{{truncate .Name 4}}{{pad \"x\" 1 2}}|{{slice .Name 0 4}}"), "shop x  |shop");
  EXPECT_EQ(rendered("{{println .Count \"a\"}}{{print .Count .Count}}"), "3 a\n3 3");
  EXPECT_EQ(rendered("{{printf \"%05d %q %5.1f%%\" .Count .Name .Ratio}}"), "00003 \"shop-web-1\"   1.5%");
}

TEST(Template, MethodsTakeArguments) {
  TemplateOptions options;
  options.methods["Label"] = [](const json::value& self, const std::vector<json::value>& arguments) {
    const json::value* labels = find(self, "Labels");
    return json::value(json::string(text_of(*labels, std::string(arguments.at(0).as_string()))));
  };
  EXPECT_EQ(rendered("{{.Label \"tier\"}}|{{.Label \"absent\"}}", options), "front|");
}

TEST(Template, AnUnknownFieldIsRefusedWithWhatThereIs) {
  EXPECT_EQ(refusal("{{.Nam}}"), "template: there is no field 'Nam', did you mean 'Name'?");
  EXPECT_THAT(refusal("{{.Completely}}"), testing::HasSubstr("there are: Name, Count"));
  EXPECT_EQ(refusal("{{.Name.First}}"), "template: 'shop-web-1' has no field 'First'");
  TemplateOptions lenient;
  lenient.strict = false;
  EXPECT_EQ(rendered("{{.Completely.Unknown}}", lenient), "<no value>");
}

TEST(Template, MalformedTextIsRefused) {
  EXPECT_EQ(refusal("{{.Name"), "template: unclosed action '{{.Name'");
  EXPECT_EQ(refusal("{{reverse .Name}}"), "template: function 'reverse' is not known in '{{reverse .Name}}'");
  EXPECT_EQ(refusal("{{if .Up}}x"), "template: '{{if .Up}}' has no '{{end}}'");
  EXPECT_EQ(refusal("x{{end}}"), "template: '{{end}}' without a block to close");
  EXPECT_EQ(refusal("{{}}"), "template: missing value in '{{}}'");
  EXPECT_EQ(refusal("{{.Name | }}"), "template: missing value in '{{.Name |}}'");
  EXPECT_EQ(refusal("{{(.Name}}"), "template: missing ')' in '{{(.Name}}'");
  EXPECT_EQ(refusal("{{\"abc}}"), "template: unclosed action '{{\"abc}}'");
  EXPECT_EQ(refusal("{{template \"x\"}}"), "template: '{{template}}' is not supported");
  EXPECT_EQ(refusal("{{$x}}"), "template: undefined variable '$x'");
  EXPECT_EQ(refusal("{{len 3}}"), "template: 'len' needs a text, a list or a map");
  EXPECT_EQ(refusal("{{index .Ports 7}}"), "template: index 7 is out of range");
}

TEST(FormatRows, ATableHasHeadersAndColumnsOfTenAtLeast) {
  const json::value headers = parse_json(R"({"Name": "NAME", "Count": "COUNT"})");
  EXPECT_EQ(format_rows("table {{.Count}}\\t{{upper .Name}}", {data()}, headers),
            "COUNT     NAME\n3         SHOP-WEB-1\n");
}

TEST(FormatRows, JsonIsOneObjectALine) {
  const json::value row = parse_json(R"({"a": 1})");
  EXPECT_EQ(format_rows("json", {row, row}, nullptr), "{\"a\":1}\n{\"a\":1}\n");
}

TEST(FormatRows, ATemplateIsOneLineARow) {
  EXPECT_EQ(format_rows("{{.Count}}\\t{{.Up}}", {data(), data()}, nullptr), "3\ttrue\n3\ttrue\n");
}

}  // namespace
}  // namespace berth::cli
