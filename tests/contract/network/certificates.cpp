#include "tests/contract/network/certificates.h"

#include <cstdlib>

#include <unistd.h>

namespace signalbox::contract {

namespace {

bool openssl(const std::string& arguments) {
    const std::string command = "openssl " + arguments + " >/dev/null 2>&1";
    return std::system(command.c_str()) == 0;
}

}  // namespace

Certificates::Certificates()
    : folder_(std::filesystem::temp_directory_path() / ("signalbox-tls-" + std::to_string(::getpid()))) {
    std::filesystem::create_directories(folder_);
    const std::string fresh_key = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 ";
    const std::string names = " -addext subjectAltName=DNS:localhost,IP:127.0.0.1";
    made_ = openssl(fresh_key + "-subj /CN=test-ca -keyout " + file("ca.key") + " -out " + ca()) &&
            openssl(fresh_key + "-subj /CN=stranger -keyout " + stranger_key() + " -out " + stranger_cert() + names) &&
            openssl(fresh_key + "-subj /CN=localhost -keyout " + key() + " -out " + cert() + names + " -CA " + ca() +
                    " -CAkey " + file("ca.key"));
}

Certificates::~Certificates() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
}

}  // namespace signalbox::contract
