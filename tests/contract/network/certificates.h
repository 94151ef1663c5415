// A certificate authority of our own, made afresh by the openssl command for one test run.
#pragma once

#include <filesystem>
#include <string>

namespace signalbox::contract {

class Certificates {
  public:
    Certificates();
    ~Certificates();

    [[nodiscard]] std::string ca() const { return file("ca.pem"); }
    // For the name "localhost" and the address 127.0.0.1.
    [[nodiscard]] std::string cert() const { return file("server.pem"); }
    [[nodiscard]] std::string key() const { return file("server.key"); }
    // Signed by nobody we know, for the same names.
    [[nodiscard]] std::string stranger_cert() const { return file("stranger.pem"); }
    [[nodiscard]] std::string stranger_key() const { return file("stranger.key"); }
    [[nodiscard]] bool made() const { return made_; }

  private:
    [[nodiscard]] std::string file(const std::string& name) const { return (folder_ / name).string(); }

    std::filesystem::path folder_;
    bool made_ = false;
};

}  // namespace signalbox::contract
