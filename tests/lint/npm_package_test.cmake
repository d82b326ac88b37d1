# cmake -D SOURCE_DIR=… -D SCRATCH=… -P npm_package_test.cmake: what serval_npm_package gives, from a registry of files.
cmake_minimum_required(VERSION 3.25)

file(REMOVE_RECURSE "${SCRATCH}")
set(PROJECT_BINARY_DIR "${SCRATCH}/build")
set(SERVAL_NPM_CACHE "${SCRATCH}/cache")
include("${SOURCE_DIR}/cmake/ServalNpm.cmake")

set(registry_of_the_test "file://${SCRATCH}/registry")
function(_serval_npm_registry variable) # in the place of the real one
    set(${variable} "${registry_of_the_test}" PARENT_SCOPE)
endfunction()

macro(expect_tarball expected what)
    if(NOT "${tarball}" STREQUAL "${expected}")
        message(SEND_ERROR "not so: ${what} (\"${tarball}\", problem: \"${tarball_PROBLEM}\")")
    endif()
endmacro()

file(WRITE "${SCRATCH}/registry/notes/-/notes-1.0.0.tgz" "the right bytes")
string(SHA512 right "the right bytes")
string(SHA512 wrong "other bytes")
set(kept "${SCRATCH}/cache/notes-1.0.0.tgz")

serval_npm_package(tarball notes 1.0.0 ${wrong})
expect_tarball("" "a package with another hash is not used")
if(EXISTS "${kept}" OR NOT tarball_PROBLEM MATCHES "notes-1.0.0.tgz: it has another SHA-512")
    message(SEND_ERROR "it is kept, or not named: ${tarball_PROBLEM}")
endif()

serval_npm_package(tarball notes 1.0.0 ${right})
expect_tarball("${kept}" "a package with its hash is used")

file(RENAME "${SCRATCH}/registry" "${SCRATCH}/gone")
serval_npm_package(tarball notes 1.0.0 ${right})
expect_tarball("${kept}" "what was downloaded once needs no registry")

file(WRITE "${kept}" "damaged")
unset(tarball_PROBLEM)
serval_npm_package(tarball notes 1.0.0 ${right})
expect_tarball("" "a damaged file in the cache is not used")
if(NOT tarball_PROBLEM)
    message(SEND_ERROR "a registry that is not there is no problem")
endif()

file(RENAME "${SCRATCH}/gone" "${SCRATCH}/registry")
serval_npm_package(tarball notes 1.0.0 ${right})
expect_tarball("${kept}" "a damaged file in the cache is replaced")
file(READ "${kept}" content)
file(GLOB left "${SCRATCH}/build/npm/*" "${SCRATCH}/cache/*" "${SCRATCH}/cache/.*")
if(NOT content STREQUAL "the right bytes" OR NOT left STREQUAL kept)
    message(SEND_ERROR "it has \"${content}\"; files that were left: ${left}")
endif()

set(SERVAL_NPM_CACHE /dev/null/cache)
serval_npm_package(tarball notes 1.0.0 ${right})
expect_tarball("${SCRATCH}/build/npm/notes-1.0.0.tgz" "without a cache that can be written, the build tree has it")
file(REMOVE_RECURSE "${SCRATCH}/registry")
serval_npm_package(tarball notes 1.0.0 ${right})
expect_tarball("${SCRATCH}/build/npm/notes-1.0.0.tgz" "which needs no registry either")
