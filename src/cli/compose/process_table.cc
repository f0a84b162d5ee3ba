#include "cli/compose/process_table.h"

#include <algorithm>
#include <map>

#include "cli/table.h"

namespace berth::cli {

std::string process_table(const std::vector<ContainerProcesses>& containers) {
  // Engines may show different columns for different containers; the command goes last, as it is the longest.
  std::vector<std::string> titles = {"SERVICE", "#"};
  for (const ContainerProcesses& container : containers) {
    for (const std::string& title : container.top.titles) {
      if (std::find(titles.begin(), titles.end(), title) == titles.end()) titles.push_back(title);
    }
  }
  std::stable_partition(titles.begin(), titles.end(), [](const std::string& title) { return title != "CMD"; });
  std::vector<std::vector<std::string>> rows = {titles};
  for (const ContainerProcesses& container : containers) {
    for (const auto& process : container.top.processes) {
      std::map<std::string, std::string> cells = {{"SERVICE", container.service}, {"#", container.number}};
      for (std::size_t i = 0; i < process.size() && i < container.top.titles.size(); ++i) {
        cells[container.top.titles[i]] = process[i];
      }
      auto& row = rows.emplace_back();
      for (const std::string& title : titles) row.push_back(cells.contains(title) ? cells[title] : "-");
    }
  }
  if (rows.size() == 1) return {};
  return format_table(rows, 4, 2);
}

}  // namespace berth::cli
