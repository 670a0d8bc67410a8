# C17 with GNU extensions; implicit declarations are errors always, all warnings are in CI (LOOKBACK_WERROR).
set(CMAKE_C_STANDARD 17)
set(CMAKE_C_EXTENSIONS ON)
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
option(LOOKBACK_WERROR "warnings are errors" OFF)
set(LOOKBACK_SANITIZE "" CACHE STRING "address,undefined or thread")

add_compile_options(-Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wvla -Wwrite-strings
  -Werror=implicit-function-declaration -Werror=int-conversion -Werror=incompatible-pointer-types -fno-common)
add_compile_definitions(_GNU_SOURCE)
if(LOOKBACK_WERROR)
  add_compile_options(-Werror)
endif()
if(LOOKBACK_SANITIZE)
  add_compile_options(-fsanitize=${LOOKBACK_SANITIZE} -fno-omit-frame-pointer -g)
  add_link_options(-fsanitize=${LOOKBACK_SANITIZE})
endif()
