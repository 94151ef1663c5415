#include "engine/core/access/digest.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <memory>

#include "engine/base/check.h"

namespace signalbox::core {

namespace {

// Fetched once: looking the algorithm up costs more than hashing a key.
const EVP_MD* algorithm() {
    static EVP_MD* const fetched = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    return fetched;
}

}  // namespace

Digest sha256(std::string_view bytes) {
    Digest digest;
    const int hashed = EVP_Digest(bytes.data(), bytes.size(), digest.data(), nullptr, algorithm(), nullptr);
    SB_CHECK(hashed == 1);
    return digest;
}

Digest sha256(std::span<const std::string_view> pieces) {
    Digest digest;
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
    bool hashed = EVP_DigestInit_ex2(context.get(), algorithm(), nullptr) == 1;
    for (const std::string_view piece : pieces) {
        hashed = hashed && EVP_DigestUpdate(context.get(), piece.data(), piece.size()) == 1;
    }
    SB_CHECK(hashed && EVP_DigestFinal_ex(context.get(), digest.data(), nullptr) == 1);
    return digest;
}

bool same_digest(const Digest& a, const Digest& b) {
    return CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace signalbox::core
