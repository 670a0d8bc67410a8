# SPDX-License-Identifier: Apache-2.0
# Programs of bench/, built only when asked for: `ninja bench`.
function(benches)
  add_executable(bench_kafka EXCLUDE_FROM_ALL bench/bench_kafka.c bench/workload.c)
  target_link_libraries(bench_kafka PRIVATE room_schemas PkgConfig::RDKAFKA)
  add_executable(micro_schemas EXCLUDE_FROM_ALL bench/micro_schemas.c)
  target_link_libraries(micro_schemas PRIVATE room_schemas)
  add_executable(micro_state EXCLUDE_FROM_ALL bench/micro_state.c)
  target_link_libraries(micro_state PRIVATE room_state)
  add_executable(micro_event EXCLUDE_FROM_ALL bench/micro_event.c)
  target_link_libraries(micro_event PRIVATE room_tiktok)
  add_custom_target(bench DEPENDS bench_kafka micro_schemas micro_state micro_event)
endfunction()
