# Functions with which the folders under tests/ declare their tests.
include(GoogleTest)

# What every test target has in common. All targets need equal flags, since they share one precompiled header.
function(serval_configure_test_target target)
    target_link_libraries(${target} PRIVATE serval::testing GTest::gtest)
    target_include_directories(${target} PRIVATE "${PROJECT_SOURCE_DIR}/src" "${PROJECT_SOURCE_DIR}/tests")
    target_compile_definitions(${target} PRIVATE SERVAL_TEST_DATA_DIR="${PROJECT_SOURCE_DIR}/tests")
    serval_developer_target(${target})
endfunction()

function(_serval_add_gtest_executable target prefix)
    add_executable(${target} ${ARGN})
    serval_configure_test_target(${target})
    target_link_libraries(${target} PRIVATE serval_test_support GTest::gtest_main)
    if(SERVAL_PRECOMPILED_HEADERS)
        target_precompile_headers(${target} REUSE_FROM serval_test_support)
    endif()
    gtest_discover_tests(${target} TEST_PREFIX "${prefix}" DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60
                         PROPERTIES TIMEOUT 60)
endfunction()

# serval_add_unit_tests(<layer> <source>... [ALONE <source>...]): the executable <layer>_tests; tests are named
# <layer>.<suite>.<test>. Sources behind ALONE, whose helpers have names that others have, too, are not batched.
function(serval_add_unit_tests layer)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "" ALONE)
    _serval_add_gtest_executable(${layer}_tests "${layer}." ${arg_UNPARSED_ARGUMENTS} ${arg_ALONE})
    serval_batch_sources(${layer}_tests tests ${arg_UNPARSED_ARGUMENTS})
endfunction()

# serval_add_integration_tests(<name> <source>...): the executable <name>_integration_tests.
function(serval_add_integration_tests name)
    _serval_add_gtest_executable(${name}_integration_tests "integration.${name}." ${ARGN})
endfunction()

# serval_add_example_tests(<example> <source>...): the executable <example>_example_tests, for an example whose endpoints
# are the library <example>_endpoints.
function(serval_add_example_tests example)
    _serval_add_gtest_executable(${example}_example_tests "examples." ${ARGN})
    target_link_libraries(${example}_example_tests PRIVATE ${example}_endpoints)
endfunction()

# serval_add_contract_tests(<source>...): the executable contract_tests, with the routes of contract_routes.
function(serval_add_contract_tests)
    _serval_add_gtest_executable(contract_tests "contract." ${ARGN})
    target_link_libraries(contract_tests PRIVATE contract_routes)
endfunction()

# Sets <variable> to the command line with which a user of serval compiles one source, for tests that run the compiler.
function(serval_user_compile_command variable)
    set(directories "$<TARGET_PROPERTY:serval,INTERFACE_INCLUDE_DIRECTORIES>")
    list(JOIN CMAKE_CXX_IMPLICIT_INCLUDE_DIRECTORIES "|" implicit)
    string(REPLACE "+" "[+]" implicit "${implicit}")
    # Naming an implicit directory a second time would change the order in which headers are found.
    set(directories "$<FILTER:${directories},EXCLUDE,^(${implicit})$>")
    set(${variable}
        "${CMAKE_CXX_COMPILER}" -std=c++20 "-I$<JOIN:${directories},$<SEMICOLON>-I>"
        PARENT_SCOPE)
endfunction()
