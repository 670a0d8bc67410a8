# SPDX-License-Identifier: Apache-2.0
# Every dependency, the version that is known to work (Debian 12's) and why it is here. `scripts/install` installs them;
# docs/dependencies.md tells what was learnt about each.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)

macro(dependency name module version)
  pkg_check_modules(${name} REQUIRED IMPORTED_TARGET "${module}>=${version}")
endmacro()

dependency(RDKAFKA rdkafka 2.0.2)            # Kafka: consumer groups and transactions
dependency(ROCKSDB rocksdb 7.8.3)            # state on disk under our table
dependency(CURL libcurl 7.88.1)              # HTTP client: schema registry, TikTok
dependency(OPENSSL libcrypto 3.0)            # SHA-256, AES-256-GCM
dependency(JANSSON jansson 2.14)             # JSON: Avro schemas, registry answers, JSON inputs
dependency(YAML yaml-0.1 0.2.5)              # the config file, with line and column
dependency(MICROHTTPD libmicrohttpd 0.9.75)  # the admin port
dependency(XXHASH libxxhash 0.8.1)           # XXH64: users, fingerprints, marks
dependency(JEMALLOC jemalloc 5.3.0)          # the program's allocator: RocksDB fragments glibc's
dependency(CMOCKA cmocka 1.1.5)              # unit tests
dependency(AVRO avro-c 1.11.1)               # tests only: the oracle of our decoder

find_path(UTHASH_DIR uthash.h REQUIRED)      # hash maps inside a .c: one header, no library (2.3.0)
