#include "engine/adapters/asio/tls_stream.h"

#include <algorithm>
#include <array>
#include <utility>

#include <openssl/err.h>

namespace signalbox::adapters {

namespace {
constexpr std::size_t record_max = 16 * 1024 + 256;  // bytes of one TLS record with its framing
constexpr std::size_t plain_max = 16 * 1024;         // bytes of plain text in one record
constexpr std::size_t flush_at = 256 * 1024;         // ciphertext held back at most before it is sent
}  // namespace

TlsStream::TlsStream(std::unique_ptr<TcpStream> tcp, SslPtr ssl) : tcp_(std::move(tcp)), ssl_(std::move(ssl)) {
    SSL_set_bio(ssl_.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
}

TlsStream::~TlsStream() {
    if (!ready_ || broken_) return;
    ERR_clear_error();
    SSL_shutdown(ssl_.get());
    const auto farewell = take_output();
    tcp_->send_at_once({farewell.data(), farewell.size()});
}

ports::Task<Result<void>> TlsStream::handshake() {
    while (!ready_) {
        ERR_clear_error();
        const int result = SSL_do_handshake(ssl_.get());
        const int reason = SSL_get_error(ssl_.get(), result);
        const auto text = result == 1 || reason == SSL_ERROR_WANT_READ ? std::string() : tls_error_text();
        auto sent = co_await flush();  // on failure: the alert that tells the peer why
        if (!text.empty()) {
            broken_ = true;
            const long verdict = SSL_get_verify_result(ssl_.get());
            co_return fail(ErrorCode::tls_failed, verdict == X509_V_OK ? text : X509_verify_cert_error_string(verdict));
        }
        if (!sent) co_return sent;
        ready_ = result == 1;
        if (ready_) break;
        auto fetched = co_await fetch();
        if (!fetched) co_return fetched;
    }
    co_return Result<void>{};
}

ports::Task<void> TlsStream::until_readable() {
    if (!broken_ && !SSL_has_pending(ssl_.get()) && BIO_ctrl_pending(SSL_get_rbio(ssl_.get())) == 0) {
        co_await tcp_->until_readable();
    }
}

ports::Task<Result<std::size_t>> TlsStream::read_some(std::span<char> into) {
    if (!ready_) {
        auto shaken = co_await handshake();
        if (!shaken) co_return std::unexpected(shaken.error());
    }
    for (;;) {
        ERR_clear_error();
        std::size_t got = 0;
        if (SSL_read_ex(ssl_.get(), into.data(), into.size(), &got) == 1) co_return got;
        const int reason = SSL_get_error(ssl_.get(), 0);
        if (reason == SSL_ERROR_ZERO_RETURN) co_return std::size_t{0};
        if (reason != SSL_ERROR_WANT_READ) {
            broken_ = true;
            co_return fail(ErrorCode::io_reset, tls_error_text());
        }
        // What reading made OpenSSL want to say (a key update's answer) leaves with our next write.
        auto fetched = co_await fetch();
        if (!fetched) co_return std::unexpected(fetched.error());
    }
}

ports::Task<Result<void>> TlsStream::write(std::span<const std::string_view> pieces) {
    if (!ready_) {
        auto shaken = co_await handshake();
        if (!shaken) co_return shaken;
    }
    std::string gathered;  // small neighbours share a record
    for (std::string_view piece : pieces) {
        if (gathered.size() + piece.size() <= plain_max) {
            gathered += piece;
            continue;
        }
        encrypt(std::exchange(gathered, {}));
        while (!piece.empty() && !broken_) {
            encrypt(piece.substr(0, plain_max));
            piece.remove_prefix(std::min(piece.size(), plain_max));
            if (BIO_ctrl_pending(SSL_get_wbio(ssl_.get())) < flush_at) continue;
            auto sent = co_await flush();
            if (!sent) co_return sent;
        }
    }
    encrypt(gathered);
    if (broken_) co_return fail(ErrorCode::io_reset, "TLS failed");
    co_return co_await flush();
}

// Into the memory that flush() sends. What cannot be written breaks the stream.
void TlsStream::encrypt(std::string_view plain) {
    ERR_clear_error();
    std::size_t taken = 0;
    while (!plain.empty() && !broken_) {
        broken_ = SSL_write_ex(ssl_.get(), plain.data(), plain.size(), &taken) != 1;
        plain.remove_prefix(broken_ ? 0 : taken);
    }
}

void TlsStream::abort() {
    broken_ = true;
    tcp_->abort();
}

bool TlsStream::reusable() {
    return ready_ && !broken_ && !SSL_has_pending(ssl_.get()) && tcp_->reusable();
}

ports::Task<Result<void>> TlsStream::fetch() {
    // One for all of a loop: nobody else runs between the read's return and OpenSSL's copy.
    thread_local std::array<char, record_max> input;
    co_await tcp_->until_readable();
    auto got = co_await tcp_->read_some(input);
    if (!got) co_return std::unexpected(got.error());
    if (*got == 0) {
        broken_ = true;
        co_return fail(ErrorCode::io_reset, "the peer ended without close_notify");
    }
    BIO_write(SSL_get_rbio(ssl_.get()), input.data(), static_cast<int>(*got));
    co_return Result<void>{};
}

ports::Task<Result<void>> TlsStream::flush() {
    const auto output = take_output();
    if (output.empty()) co_return Result<void>{};
    const std::string_view piece(output.data(), output.size());
    co_return co_await tcp_->write({&piece, 1});
}

std::vector<char> TlsStream::take_output() {
    BIO* bio = SSL_get_wbio(ssl_.get());
    std::vector<char> output(BIO_ctrl_pending(bio));
    if (!output.empty()) BIO_read(bio, output.data(), static_cast<int>(output.size()));
    return output;
}

}  // namespace signalbox::adapters
