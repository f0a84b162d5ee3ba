#include "machine/cloud/vim_api.h"

#include <algorithm>

#include "base/error.h"
#include "base/strings.h"

namespace berth::machine {

namespace {

using namespace std::chrono_literals;

constexpr const char* kAction = "urn:vim25/6.5";  // the oldest version that is still in use
constexpr const char* kOpening =
    R"(<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope)"
    R"( xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsd="http://www.w3.org/2001/XMLSchema")"
    R"( xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Body>)";
constexpr const char* kClosing = "</soapenv:Body></soapenv:Envelope>";

VimObject object_of(const XmlElement& element) { return {element.attribute("type"), element.text}; }

RestOptions options_of(const VimAccount& account, const RestPatience& patience) {
  return {.provider = "vSphere",
          .authorize = {},
          .patience = patience,
          .ca = account.ca,
          .verify = account.verify,
          .soap = true};
}

// The first element of that name, at whatever depth.
const XmlElement* search(const XmlElement& element, std::string_view name) {
  if (element.name == name) return &element;
  for (const XmlElement& child : element.children) {
    if (const XmlElement* found = search(child, name)) return found;
  }
  return nullptr;
}

}  // namespace

std::string vim_element(std::string_view name, std::string_view text) {
  if (text.empty()) return {};
  return "<" + std::string(name) + ">" + escape_xml(text) + "</" + std::string(name) + ">";
}

std::string vim_reference(std::string_view name, const VimObject& object) {
  return "<" + std::string(name) + " type=\"" + object.type + "\">" + escape_xml(object.id) + "</" + std::string(name) +
         ">";
}

VimApi::VimApi(VimAccount account, const RestPatience& patience)
    : account_(std::move(account)), patience_(patience), rest_(account_.address, options_of(account_, patience)) {}

VimApi::~VimApi() {
  if (cookie_.empty()) return;
  try {
    send(Context().with_timeout(2s), sessions_, "Logout", {}, false);
  } catch (const Error&) {
    // It ends by itself.
  }
}

XmlElement VimApi::send(const Context& context, const VimObject& object, const std::string& method,
                        const std::string& arguments, bool repeatable) {
  RestRequest request{.method = "POST", .target = "/sdk", .body = {}};
  request.body = kOpening + ("<" + method + R"( xmlns="urn:vim25">)") + vim_reference("_this", object) + arguments +
                 "</" + method + ">" + kClosing;
  request.headers.add("Content-Type", "text/xml; charset=\"utf-8\"");
  request.headers.add("SOAPAction", kAction);
  if (!cookie_.empty()) request.headers.add("Cookie", cookie_);
  request.repeatable = repeatable;
  const RestAnswer answer = rest_.send(context, request);
  if (answer.status == 500 && answer.body.find("Fault") != std::string::npos) {
    const bool refused = answer.body.find("InvalidLogin") != std::string::npos ||
                         answer.body.find("NotAuthenticated") != std::string::npos;
    throw Error(refused ? Kind::kUnauthorized : Kind::kInternal,
                "vSphere refuses " + method + ": " + words_of_error(answer));
  }
  if (!answer.ok()) throw rest_.error_of(answer);
  if (const auto cookie = answer.headers.get("Set-Cookie")) cookie_ = cut(*cookie, ';').first;
  const XmlElement envelope = within("vSphere's answer to " + method, [&] { return parse_xml(answer.body); });
  const XmlElement* response = search(envelope, method + "Response");
  if (response == nullptr) throw Error(Kind::kInternal, "vSphere's answer to " + method + " is none of its API");
  return *response;
}

void VimApi::log_in(const Context& context) {
  const XmlElement answer = send(context, {"ServiceInstance", "ServiceInstance"}, "RetrieveServiceContent", {}, true);
  const XmlElement* content = answer.find("returnval");
  if (content == nullptr) throw Error(Kind::kInternal, "vSphere does not tell what it offers");
  for (const auto& [name, object] : {std::pair("rootFolder", &root_), std::pair("propertyCollector", &collector_),
                                     std::pair("searchIndex", &search_), std::pair("sessionManager", &sessions_)}) {
    const XmlElement* found = content->find(name);
    if (found == nullptr) throw Error(Kind::kInternal, "vSphere offers no " + std::string(name));
    *object = object_of(*found);
  }
  cookie_.clear();
  // Not made again by itself: accounts are locked after some wrong passwords.
  send(context, sessions_, "Login", vim_element("userName", account_.user) + vim_element("password", account_.password),
       false);
  if (cookie_.empty()) throw Error(Kind::kInternal, "vSphere's answer to Login has no session");
}

XmlElement VimApi::call(const Context& context, const VimObject& object, const std::string& method,
                        const std::string& arguments, bool repeatable) {
  if (cookie_.empty()) log_in(context);
  const XmlElement answer = send(context, object, method, arguments, repeatable);
  const XmlElement* value = answer.find("returnval");
  return value != nullptr ? *value : XmlElement();
}

VimObject VimApi::root(const Context& context) {
  if (cookie_.empty()) log_in(context);
  return root_;
}

std::optional<VimObject> VimApi::find(const Context& context, const std::string& path) {
  if (cookie_.empty()) log_in(context);
  const XmlElement found = call(context, search_, "FindByInventoryPath", vim_element("inventoryPath", path), true);
  return found.text.empty() ? std::nullopt : std::optional(object_of(found));
}

std::vector<std::pair<std::string, XmlElement>> VimApi::properties(const Context& context, const VimObject& object,
                                                                   const std::vector<std::string>& names) {
  if (cookie_.empty()) log_in(context);
  std::string paths;
  for (const std::string& name : names) paths += vim_element("pathSet", name);
  const XmlElement answer = call(context, collector_, "RetrieveProperties",
                                 "<specSet><propSet>" + vim_element("type", object.type) + paths +
                                     "</propSet><objectSet>" + vim_reference("obj", object) + "</objectSet></specSet>",
                                 true);
  std::vector<std::pair<std::string, XmlElement>> all;
  for (const XmlElement& property : answer.children) {
    const XmlElement* value = property.find("val");
    if (property.name == "propSet" && value != nullptr) all.emplace_back(property.text_at("name"), *value);
  }
  return all;
}

std::optional<VimObject> VimApi::related(const Context& context, const VimObject& object, const std::string& name) {
  const auto all = properties(context, object, {name});
  return all.empty() ? std::nullopt : std::optional(object_of(all.front().second));
}

std::vector<VimObject> VimApi::children(const Context& context, const VimObject& object, const std::string& name) {
  std::vector<VimObject> all;
  for (const auto& [property, value] : properties(context, object, {name})) {
    for (const XmlElement& child : value.children) all.push_back(object_of(child));
  }
  return all;
}

void VimApi::run(const Context& context, const VimObject& object, const std::string& method,
                 const std::string& arguments) {
  const XmlElement begun = call(context, object, method, arguments);
  if (begun.text.empty()) throw Error(Kind::kInternal, "vSphere's answer to " + method + " names no task");
  const VimObject task = object_of(begun);
  poll(context, patience_, [&] {
    const auto all = properties(context, task, {"info"});
    if (all.empty()) throw Error(Kind::kInternal, "vSphere knows no more of the task of " + method);
    const XmlElement& info = all.front().second;
    const std::string state = info.text_at("state");
    if (state == "error") {
      throw Error(Kind::kInternal, "vSphere could not do " + method + ": " + info.text_at("error/localizedMessage"));
    }
    return state == "success";
  });
}

}  // namespace berth::machine
