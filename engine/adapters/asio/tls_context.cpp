#include "engine/adapters/asio/tls_context.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <boost/asio/ip/address.hpp>

namespace signalbox::adapters {

namespace {

constexpr std::size_t sessions_max = 256;

void set_common_options(SSL_CTX* context) {
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE);
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
}

bool is_numeric(const std::string& host) {
    boost::system::error_code error;
    boost::asio::ip::make_address(host, error);
    return !error;
}

bool expect_name(SSL* ssl, const std::string& host) {
    if (is_numeric(host)) return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host.c_str()) == 1;
    SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    return SSL_set_tlsext_host_name(ssl, host.c_str()) == 1 && SSL_set1_host(ssl, host.c_str()) == 1;
}

Error bad_file(const char* field, const std::string& path) {
    return {ErrorCode::invalid_argument, std::string(field) + " " + path + ": " + tls_error_text()};
}

}  // namespace

std::string tls_error_text() {
    const unsigned long code = ERR_peek_last_error();
    ERR_clear_error();
    if (code == 0) return "connection ended";
    const char* reason = ERR_reason_error_string(code);
    return reason != nullptr ? reason : "TLS error " + std::to_string(code);
}

Result<SslPtr> TlsClient::start(const std::string& host) {
    if (!context_) {
        if (auto loaded = load(); !loaded) return std::unexpected(loaded.error());
    }
    SslPtr ssl(SSL_new(context_.get()));
    if (!ssl || !expect_name(ssl.get(), host)) return fail(ErrorCode::tls_failed, host + ": " + tls_error_text());
    SSL_set_connect_state(ssl.get());
    if (const auto known = sessions_.find(host); known != sessions_.end())
        SSL_set_session(ssl.get(), known->second.get());
    return ssl;
}

Result<void> TlsClient::load() {
    SslContextPtr context(SSL_CTX_new(TLS_client_method()));
    if (!context || SSL_CTX_set_default_verify_paths(context.get()) != 1)
        return fail(ErrorCode::tls_failed, "system CA store: " + tls_error_text());
    set_common_options(context.get());
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_set_app_data(context.get(), this);
    SSL_CTX_sess_set_new_cb(context.get(), &TlsClient::keep_session);
    context_ = std::move(context);
    return {};
}

// Returning 1 keeps the reference OpenSSL hands over. Numeric hosts send no name and are not resumed.
int TlsClient::keep_session(SSL* ssl, SSL_SESSION* session) {
    auto& self = *static_cast<TlsClient*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
    const char* host = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    if (host == nullptr) return 0;
    if (self.sessions_.size() >= sessions_max && !self.sessions_.contains(host)) self.sessions_.clear();
    self.sessions_[host].reset(session);
    return 1;
}

Result<SslContextPtr> make_server_context(const ports::ListenOptions& options) {
    ERR_clear_error();
    SslContextPtr context(SSL_CTX_new(TLS_server_method()));
    if (!context) return fail(ErrorCode::internal, tls_error_text());
    set_common_options(context.get());
    if (SSL_CTX_use_certificate_chain_file(context.get(), options.tls_cert.c_str()) != 1)
        return std::unexpected(bad_file("cert", options.tls_cert));
    if (SSL_CTX_use_PrivateKey_file(context.get(), options.tls_key.c_str(), SSL_FILETYPE_PEM) != 1)
        return std::unexpected(bad_file("key", options.tls_key));
    if (options.tls_client_ca.empty()) return context;
    if (SSL_CTX_load_verify_file(context.get(), options.tls_client_ca.c_str()) != 1)
        return std::unexpected(bad_file("client_ca", options.tls_client_ca));
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    static constexpr unsigned char session_scope[] = "signalbox";  // resumption needs one when clients are verified
    SSL_CTX_set_session_id_context(context.get(), session_scope, sizeof session_scope - 1);
    return context;
}

}  // namespace signalbox::adapters
