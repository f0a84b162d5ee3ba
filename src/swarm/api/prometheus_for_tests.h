// A strict reader of Prometheus' text format, for tests.
#pragma once

#include <cctype>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/strings.h"

namespace berth::swarm {

// Samples by their line without the value: `name{a="b"}`. Source: Prometheus' exposition formats, version 0.0.4.
class PrometheusText {
 public:
  // Throws kInvalid, naming the line, for what Prometheus would refuse.
  explicit PrometheusText(std::string_view text) {
    if (!text.ends_with('\n')) refuse("the text does not end with a line end");
    for (const std::string& line : split(text.substr(0, text.size() - 1), '\n')) read(line);
    for (const auto& [name, type] : types_) {
      if (type == "histogram") check_histogram(name);
    }
  }

  bool has(const std::string& sample) const { return samples_.contains(sample); }
  double value(const std::string& sample) const {
    const auto found = samples_.find(sample);
    if (found == samples_.end()) throw Error(Kind::kNotFound, "there is no sample '" + sample + "'");
    return found->second;
  }
  std::string type(const std::string& family) const {
    const auto found = types_.find(family);
    return found == types_.end() ? "" : found->second;
  }
  const std::map<std::string, double>& samples() const { return samples_; }

 private:
  [[noreturn]] static void refuse(const std::string& why) { throw Error(Kind::kInvalid, why); }

  static std::string take_name(std::string_view& text) {
    std::size_t length = 0;
    while (length < text.size() && (std::isalnum(static_cast<unsigned char>(text[length])) != 0 ||
                                    text[length] == '_' || text[length] == ':')) {
      ++length;
    }
    if (length == 0 || std::isdigit(static_cast<unsigned char>(text[0])) != 0)
      refuse("no name at '" + std::string(text) + "'");
    std::string name(text.substr(0, length));
    text.remove_prefix(length);
    return name;
  }

  void read(const std::string& line) {
    if (line.empty()) refuse("an empty line");
    if (line.starts_with("# ")) return read_comment(std::string_view(line).substr(2));
    std::string_view rest = line;
    const std::string name = take_name(rest);
    if (family_.empty() || !name.starts_with(family_)) refuse("'" + line + "' is not of the family '" + family_ + "'");
    const std::string suffix = name.substr(family_.size());
    const std::set<std::string> allowed =
        types_[family_] == "histogram" ? std::set<std::string>{"_bucket", "_sum", "_count"} : std::set<std::string>{""};
    if (!allowed.contains(suffix)) refuse("'" + line + "' has a strange name");
    if (rest.starts_with('{')) read_labels(rest, line);
    const std::string sample = line.substr(0, line.size() - rest.size());
    if (!rest.starts_with(' ')) refuse("'" + line + "' has no value");
    const auto value = parse_number(rest.substr(1));
    if (!value) refuse("'" + line + "' has no number");
    if (!samples_.emplace(sample, *value).second) refuse("'" + sample + "' is there twice");
  }

  static void read_labels(std::string_view& rest, const std::string& line) {
    rest.remove_prefix(1);
    std::set<std::string> names;
    for (;;) {
      if (!names.insert(take_name(rest)).second) refuse("'" + line + "' has a label twice");
      if (!rest.starts_with("=\"")) refuse("'" + line + "': a label has no value");
      rest.remove_prefix(2);
      for (; !rest.starts_with('"'); rest.remove_prefix(1)) {
        if (rest.empty()) refuse("'" + line + "': a label does not end");
        if (rest.starts_with('\\')) {
          if (rest.size() < 2 || std::string_view("\\\"n").find(rest[1]) == std::string_view::npos) {
            refuse("'" + line + "': a strange escape");
          }
          rest.remove_prefix(1);
        }
      }
      rest.remove_prefix(1);
      if (rest.starts_with('}')) break;
      if (!rest.starts_with(',')) refuse("'" + line + "': labels are not divided by commas");
      rest.remove_prefix(1);
    }
    rest.remove_prefix(1);
  }

  // "HELP name text" and "TYPE name type", in this order and before the samples.
  void read_comment(std::string_view text) {
    const bool help = text.starts_with("HELP ");
    if (!help && !text.starts_with("TYPE ")) refuse("'" + std::string(text) + "' is neither HELP nor TYPE");
    text.remove_prefix(5);
    const std::string name = take_name(text);
    if (!text.starts_with(' ')) refuse("'" + name + "' has no text");
    text.remove_prefix(1);
    if (help) {
      if (!families_.insert(name).second) refuse("the family '" + name + "' is there twice");
      family_ = name;
    } else {
      if (name != family_) refuse("the type of '" + name + "' stands apart from its help");
      types_[name] = text;
      if (text != "counter" && text != "gauge" && text != "histogram") refuse("'" + name + "' has a strange type");
      if ((text == "counter") != name.ends_with("_total"))
        refuse("'" + name + "': counters, and they alone, are totals");
    }
  }

  // Buckets grow to +Inf, which is the count.
  void check_histogram(const std::string& name) const {
    for (const auto& [sample, count] : samples_) {
      const std::string begin = name + "_count";
      if (!sample.starts_with(begin)) continue;
      const std::string labels = sample.substr(begin.size());
      std::map<double, double> buckets;
      const std::string prefix = name + "_bucket" + labels.substr(0, labels.size() - 1) + ",le=\"";
      for (const auto& [other, value] : samples_) {
        if (!other.starts_with(prefix)) continue;
        const std::string bound = other.substr(prefix.size(), other.size() - prefix.size() - 2);
        buckets[bound == "+Inf" ? 1e300 : parse_number(bound).value()] = value;
      }
      double last = 0;
      for (const auto& [bound, value] : buckets) {
        if (value < last) refuse("'" + sample + "': a bucket is smaller than the one below it");
        last = value;
      }
      if (!buckets.contains(1e300) || last != count) refuse("'" + sample + "' is not its last bucket");
      if (!has(name + "_sum" + labels)) refuse("'" + sample + "' has no sum");
    }
  }

  std::map<std::string, double> samples_;
  std::map<std::string, std::string> types_;
  std::set<std::string> families_;
  std::string family_;
};

}  // namespace berth::swarm
