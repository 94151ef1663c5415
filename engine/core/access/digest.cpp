#include "engine/core/access/digest.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "engine/base/check.h"

namespace signalbox::core {

Digest sha256(std::string_view bytes) {
    Digest digest;
    const int hashed = EVP_Digest(bytes.data(), bytes.size(), digest.data(), nullptr, EVP_sha256(), nullptr);
    SB_CHECK(hashed == 1);
    return digest;
}

bool same_digest(const Digest& a, const Digest& b) {
    return CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace signalbox::core
