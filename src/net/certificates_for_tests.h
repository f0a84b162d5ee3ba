// Throw-away certificates for tests, made by the openssl program.
#pragma once

#include <string>
#include <vector>

#include "base/files.h"
#include "base/process.h"

namespace berth::net {

struct TestCertificate {
  std::string cert;
  std::string key;
};

// A CA that lives as long as the test.
class TestCa {
 public:
  TestCa() {
    openssl({"req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
             "/CN=test CA", "-addext", "basicConstraints=critical,CA:TRUE", "-keyout", file("ca.key"), "-out",
             file("ca.pem")});
    pem_ = read_file(folder_.path() / "ca.pem");
  }

  const std::string& pem() const { return pem_; }

  // `names` as openssl has subjectAltName: "DNS:localhost,IP:127.0.0.1".
  // `more`: lines of further extensions.
  TestCertificate issue(const std::string& names, const std::string& days = "2", const std::string& more = {}) const {
    write_file(folder_.path() / "extensions", "subjectAltName=" + names + "\n" + more);
    openssl({"req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=test", "-keyout",
             file("leaf.key"), "-out", file("leaf.csr")});
    openssl({"x509", "-req", "-in", file("leaf.csr"), "-CA", file("ca.pem"), "-CAkey", file("ca.key"),
             "-CAcreateserial", "-days", days, "-extfile", file("extensions"), "-out", file("leaf.pem")});
    return {read_file(folder_.path() / "leaf.pem"), read_file(folder_.path() / "leaf.key")};
  }

 private:
  std::string file(const std::string& name) const { return folder_.path() / name; }
  static void openssl(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "openssl");
    run_checked(Context(), arguments);
  }

  TemporaryFolder folder_;
  std::string pem_;
};

}  // namespace berth::net
