// Byte streams, handed in. Everything here belongs to one loop and is called on its thread only.
//
// Operations never throw; they return Error codes io_closed, io_reset, io_timeout, io_cancelled, and for connect
// dns_failed, connect_refused, connect_timeout, tls_failed. At most one read and one write are under way at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "engine/base/time.h"
#include "engine/ports/task.h"

namespace signalbox::ports {

// Told, on the loop thread, that the peer closed or reset its side. Called at most once per watch.
class PeerGone {
  public:
    virtual void peer_gone() = 0;

  protected:
    ~PeerGone() = default;
};

// Destroying a stream closes it. Do not destroy it while an operation is under way; abort() first and let it return.
class ByteStream {
  public:
    virtual ~ByteStream() = default;
    // Returns when a read would: who may wait for long needs no buffer until then. What there is, bytes, the end or an
    // error, the read tells. A stream that cannot tell returns at once.
    virtual Task<void> until_readable() { co_return; }
    // At least one byte, or 0 when the peer closed its side cleanly.
    virtual Task<Result<std::size_t>> read_some(std::span<char> into) = 0;
    // Writes all pieces in order (one system call where possible). The views must stay valid until it returns.
    virtual Task<Result<void>> write(std::span<const std::string_view> pieces) = 0;
    // Operations under way or started later fail with io_timeout once `when` has passed. `never` lifts it.
    // Coarse: a real stream may be up to 100 ms late.
    virtual void expire_at(Instant when) = 0;
    // While set, the peer's going away is reported even with no read under way (up to 250 ms late). nullptr: stop.
    virtual void watch_peer(PeerGone* watcher) = 0;
    // Pending operations end with io_cancelled; the peer sees a reset, not a clean end.
    virtual void abort() = 0;
    // False once the peer has closed, reset, or sent bytes nobody asked for: a pooled stream is not reusable then.
    [[nodiscard]] virtual bool reusable() = 0;
    [[nodiscard]] virtual std::string_view peer() const = 0;  // "address:port"
};
using Stream = std::unique_ptr<ByteStream>;

class Listener {
  public:
    virtual ~Listener() = default;
    // io_cancelled after close().
    virtual Task<Result<Stream>> accept() = 0;
    virtual void close() = 0;
    [[nodiscard]] virtual std::uint16_t port() const = 0;  // the one picked when 0 was asked for
};

struct Address {
    std::string host;  // numeric or a name
    std::uint16_t port = 0;
};

struct ListenOptions {
    Address address;
    // Empty: plain. PEM files; client_ca asks for and verifies a client certificate.
    std::string tls_cert, tls_key, tls_client_ca;
};

struct Endpoint {
    Address address;
    bool tls = false;
    std::string proxy;  // "http://[user:pass@]host:port", empty: direct. TLS goes through CONNECT.
};

class Network {
  public:
    virtual ~Network() = default;
    // Errors: address_in_use, invalid_argument (address or TLS files), permission_denied.
    virtual Result<std::unique_ptr<Listener>> listen(const ListenOptions& options) = 0;
    // Name resolution, TCP, proxy and TLS together end before `deadline` (connect_timeout).
    virtual Task<Result<Stream>> connect(const Endpoint& endpoint, Instant deadline) = 0;
};

}  // namespace signalbox::ports
