# What serval is built on. serval-config.cmake.in repeats the part that users of an installed serval need.
find_package(Boost 1.81 REQUIRED) # header-only parts: Asio, Beast, Describe, Mp11, System
find_package(Threads REQUIRED)
find_package(nlohmann_json 3.9 REQUIRED) # public, but only for <serval/json.hpp>
find_package(re2 REQUIRED MODULE) # private: the `pattern` constraint in linear time
find_package(libidn2 2.3 REQUIRED MODULE) # private: hosts and addresses in any script; with libunistring
find_package(CLI11 2.1 REQUIRED) # private: the options of serval::run

if(SERVAL_BUILD_TESTS)
    find_package(GTest 1.12 REQUIRED)
    find_package(Python3 3.9 REQUIRED COMPONENTS Interpreter)
endif()
