#include "engine/adapters/yaml/load.h"
#include "engine/base/check.h"
#include "engine/core/config/describe.h"
#include "engine/core/config/diff.h"
#include "tests/fuzz/targets.h"

namespace signalbox::fuzz {
namespace {

// Every variable is set, no file exists.
class AnySecrets final : public ports::Secrets {
  public:
    [[nodiscard]] std::optional<std::string> environment(std::string_view) const override { return "value"; }
    [[nodiscard]] Result<std::string> file(std::string_view) const override { return fail(ErrorCode::not_found); }
};

}  // namespace

void config(std::string_view input) {
    const auto loaded = adapters::load_config(input, "fuzz.yaml", AnySecrets{});
    if (loaded) {
        SB_CHECK(!core::redacted_yaml(loaded->config).empty());
        SB_CHECK(core::diff(loaded->config, loaded->config).empty());
    } else {
        SB_CHECK(!loaded.error().empty());
        for (const auto& fault : loaded.error()) SB_CHECK(!fault.problem.empty() && fault.line >= 0);
    }
}

}  // namespace signalbox::fuzz
