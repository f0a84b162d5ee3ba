// vSphere's Web Services API (SOAP, "vim25"), which every vCenter speaks: sessions, the inventory, properties, tasks.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "machine/cloud/rest.h"
#include "machine/cloud/xml.h"

namespace berth::machine {

// A managed object: "VirtualMachine" and "vm-42".
struct VimObject {
  std::string type;
  std::string id;
  bool operator==(const VimObject&) const = default;
};

// "<NAME>TEXT</NAME>", escaped; nothing for an empty text.
std::string vim_element(std::string_view name, std::string_view text);
// "<NAME type="TYPE">ID</NAME>".
std::string vim_reference(std::string_view name, const VimObject& object);

struct VimAccount {
  ApiAddress address;  // of the host; the path is "/sdk"
  std::string user;
  std::string password;
  std::string ca;  // PEM; empty: the system's
  bool verify = true;
};

// One session of one account. One thread at a time. Calls throw kUnauthorized where the account is refused, kInternal
// with vSphere's words for a fault, and what Rest::send() throws.
class VimApi {
 public:
  VimApi(VimAccount account, const RestPatience& patience);
  // Logs out, if need be in vain: sessions end by themselves after half an hour.
  ~VimApi();

  // What is at the end of a path such as "DC/vm/web"; nothing when there is none.
  std::optional<VimObject> find(const Context& context, const std::string& path);
  // Properties of an object: the text or the elements below each `val`. Those that it does not have are left out.
  std::vector<std::pair<std::string, XmlElement>> properties(const Context& context, const VimObject& object,
                                                             const std::vector<std::string>& names);
  // One property that is an object itself; nothing when it is not set.
  std::optional<VimObject> related(const Context& context, const VimObject& object, const std::string& name);
  // Objects of one property that is a list of them.
  std::vector<VimObject> children(const Context& context, const VimObject& object, const std::string& name);
  // The folder above all datacenters.
  VimObject root(const Context& context);

  // Calls a method of an object; the answer's returnval, empty where it has none. `arguments` are elements.
  XmlElement call(const Context& context, const VimObject& object, const std::string& method,
                  const std::string& arguments = {}, bool repeatable = false);
  // The same for methods that return a task; returns when it has come to its end, and throws when to a bad one.
  void run(const Context& context, const VimObject& object, const std::string& method,
           const std::string& arguments = {});

 private:
  void log_in(const Context& context);
  XmlElement send(const Context& context, const VimObject& object, const std::string& method,
                  const std::string& arguments, bool repeatable);

  VimAccount account_;
  RestPatience patience_;
  Rest rest_;
  std::string cookie_;
  VimObject root_, collector_, search_, sessions_;
};

}  // namespace berth::machine
