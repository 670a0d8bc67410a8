# SPDX-License-Identifier: Apache-2.0
# `lookback version`: the project's version and, from a checkout, the commit.
set(version_text "${PROJECT_VERSION}")
find_package(Git QUIET)
if(Git_FOUND)
  execute_process(COMMAND ${GIT_EXECUTABLE} describe --always --dirty=,\ changed --exclude=*
    WORKING_DIRECTORY ${CMAKE_SOURCE_DIR} OUTPUT_VARIABLE version_commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  if(version_commit)
    string(APPEND version_text " (${version_commit})")
  endif()
endif()
set_source_files_properties(${CMAKE_SOURCE_DIR}/base/version.c PROPERTIES COMPILE_DEFINITIONS "LOOKBACK_VERSION=\"${version_text}\"")
if(NOT LOOKBACK_TEST_HOOKS)
  list(FILTER sources EXCLUDE REGEX "/now_turned\\.c$")
endif()
