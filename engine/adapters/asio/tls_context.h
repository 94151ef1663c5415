// OpenSSL's contexts, built once and shared by many connections.
#pragma once

#include <map>
#include <memory>
#include <string>

#include <openssl/ssl.h>

#include "engine/base/result.h"
#include "engine/ports/network.h"

namespace signalbox::adapters {

struct SslFree {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
    void operator()(SSL_SESSION* session) const { SSL_SESSION_free(session); }
};
using SslPtr = std::unique_ptr<SSL, SslFree>;
using SslContextPtr = std::unique_ptr<SSL_CTX, SslFree>;
using SslSessionPtr = std::unique_ptr<SSL_SESSION, SslFree>;

// The newest error of OpenSSL's queue, in words; empties the queue.
[[nodiscard]] std::string tls_error_text();

// Outgoing connections: TLS 1.2 or newer, the system's CA store, the peer's name verified, sessions resumed.
// Loop thread only. Outlives its connections.
class TlsClient {
  public:
    // Ready for the handshake with `host`. Error: tls_failed.
    Result<SslPtr> start(const std::string& host);

  private:
    Result<void> load();
    static int keep_session(SSL* ssl, SSL_SESSION* session);

    SslContextPtr context_;  // built on first use: the CA store takes memory that a plain gateway never needs
    std::map<std::string, SslSessionPtr> sessions_;  // the newest of each host
};

// Incoming connections. Error: invalid_argument (a file is missing, or the key is not the certificate's).
[[nodiscard]] Result<SslContextPtr> make_server_context(const ports::ListenOptions& options);

}  // namespace signalbox::adapters
