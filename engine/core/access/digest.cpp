#include "engine/core/access/digest.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "engine/base/check.h"

namespace signalbox::core {

Digest sha256(std::string_view bytes) {
    // Fetched once: looking the algorithm up costs more than hashing a key.
    static EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    Digest digest;
    const int hashed = EVP_Digest(bytes.data(), bytes.size(), digest.data(), nullptr, algorithm, nullptr);
    SB_CHECK(hashed == 1);
    return digest;
}

bool same_digest(const Digest& a, const Digest& b) {
    return CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace signalbox::core
