# SPDX-License-Identifier: Apache-2.0
# The .avsc files become C strings at build time: schemas/avro/*.avsc (the contracts) and schemas/avro/past/*.avsc (their older versions).
file(GLOB embedded_avsc CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/schemas/avro/*.avsc ${CMAKE_SOURCE_DIR}/schemas/avro/past/*.avsc)
set(embedded_c ${CMAKE_BINARY_DIR}/generated/embedded_schemas.c)
string(REPLACE ";" "|" embedded_list "${embedded_avsc}")
add_custom_command(
  OUTPUT ${embedded_c}
  COMMAND ${CMAKE_COMMAND} -DOUT=${embedded_c} -DFILES=${embedded_list} -P ${CMAKE_SOURCE_DIR}/cmake/embed_schemas.cmake
  DEPENDS ${embedded_avsc} ${CMAKE_SOURCE_DIR}/cmake/embed_schemas.cmake
  COMMENT "Embedding Avro schemas"
  VERBATIM)
list(APPEND sources ${embedded_c})

# Talks to a real registry: tests/integration/registry/run.
add_executable(registry_probe EXCLUDE_FROM_ALL ${CMAKE_SOURCE_DIR}/tests/integration/registry/registry_probe.c)
target_link_libraries(registry_probe PRIVATE room_schemas)

# Reads what Python's Avro wrote: tests/integration/avro/run.
add_executable(avro_probe EXCLUDE_FROM_ALL ${CMAKE_SOURCE_DIR}/tests/integration/avro/avro_probe.c)
target_link_libraries(avro_probe PRIVATE room_schemas PkgConfig::CMOCKA)
