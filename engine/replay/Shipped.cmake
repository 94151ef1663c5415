# Writes shipped.cpp: the text of every scenario in resources/scenarios/.
file(GLOB scenarios CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/resources/scenarios/*.scenario)
set(rows "")
foreach(path IN LISTS scenarios)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${path})
  get_filename_component(name ${path} NAME_WE)
  file(READ ${path} text)
  string(APPEND rows "    {\"${name}\", R\"scenario(${text})scenario\"},\n")
endforeach()
file(CONFIGURE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/shipped.cpp @ONLY CONTENT [[
#include "engine/replay/shipped.h"

#include <array>

namespace signalbox::replay {
namespace {

constexpr auto shipped = std::to_array<ShippedScenario>({
@rows@});

}  // namespace

std::span<const ShippedScenario> shipped_scenarios() {
    return shipped;
}

}  // namespace signalbox::replay
]])
