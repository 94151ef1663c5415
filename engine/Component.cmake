# signalbox_component(NAME SOURCES … DEPENDS …): one static library per folder; DEPENDS are the folder's arrows.
find_package(Threads REQUIRED)

add_library(signalbox_flags INTERFACE)
target_compile_options(signalbox_flags INTERFACE -Wall -Wextra -Wshadow -Wnon-virtual-dtor -Werror=return-type
  -Werror=unused-result)
target_compile_definitions(signalbox_flags INTERFACE BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_SEPARATE_COMPILATION
  BOOST_ASIO_DISABLE_BOOST_COROUTINE QT_NO_KEYWORDS QT_NO_CAST_FROM_ASCII)
target_include_directories(signalbox_flags INTERFACE ${CMAKE_SOURCE_DIR})
foreach(sanitizer IN LISTS SIGNALBOX_SANITIZE)
  target_compile_options(signalbox_flags INTERFACE -fsanitize=${sanitizer} -fno-omit-frame-pointer)
  target_link_options(signalbox_flags INTERFACE -fsanitize=${sanitizer})
endforeach()
if(SIGNALBOX_SANITIZE)
  target_compile_options(signalbox_flags INTERFACE -fno-sanitize-recover=all)
  # Recycled coroutine frames would hide a use after free.
  target_compile_definitions(signalbox_flags INTERFACE BOOST_ASIO_DISABLE_AWAITABLE_FRAME_RECYCLING)
endif()

function(signalbox_component name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;DEPENDS")
  add_library(${name} STATIC ${arg_SOURCES})
  target_link_libraries(${name} PUBLIC signalbox_flags Threads::Threads ${arg_DEPENDS})
endfunction()
