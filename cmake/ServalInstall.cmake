# Install rules: headers, libraries, CMake package and pkg-config files.
include(CMakePackageConfigHelpers)

set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/serval")

set(libraries serval)
if(SERVAL_DOCS_EMBEDDED AND NOT BUILD_SHARED_LIBS) # a shared serval carries them
    list(APPEND libraries serval_docs_assets)
endif()
install(TARGETS ${libraries} EXPORT serval-targets)
install(DIRECTORY "${PROJECT_SOURCE_DIR}/include/" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" FILES_MATCHING PATTERN "*.hpp"
        PATTERN "testing" EXCLUDE)
# What g++ 12 miscompiles, in users' sources, too.
install(PROGRAMS "${PROJECT_SOURCE_DIR}/scripts/check_coroutines.py" DESTINATION "${CMAKE_INSTALL_BINDIR}"
        RENAME serval-check-coroutines)
install(EXPORT serval-targets NAMESPACE serval:: DESTINATION "${package_dir}")

# What tests of applications need is a component of its own, of the installation and of the package.
install(TARGETS serval_testing EXPORT serval-testing-targets COMPONENT serval_testing)
install(DIRECTORY "${PROJECT_SOURCE_DIR}/include/serval/testing" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/serval"
        COMPONENT serval_testing FILES_MATCHING PATTERN "*.hpp")
install(EXPORT serval-testing-targets NAMESPACE serval:: DESTINATION "${package_dir}" COMPONENT serval_testing)

configure_package_config_file(
    "${PROJECT_SOURCE_DIR}/cmake/serval-config.cmake.in" "${PROJECT_BINARY_DIR}/serval-config.cmake"
    INSTALL_DESTINATION "${package_dir}" NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file("${PROJECT_BINARY_DIR}/serval-config-version.cmake" COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/serval-config.cmake" "${PROJECT_BINARY_DIR}/serval-config-version.cmake"
              "${PROJECT_SOURCE_DIR}/cmake/Findre2.cmake" "${PROJECT_SOURCE_DIR}/cmake/Findlibidn2.cmake"
        DESTINATION "${package_dir}")

# A static serval needs RE2, libidn2 and libunistring, which has no pkg-config file, at the user's link step; a shared one
# carries them.
if(BUILD_SHARED_LIBS)
    set(SERVAL_PC_REQUIRES "Requires: nlohmann_json")
else()
    set(SERVAL_PC_REQUIRES "Requires: nlohmann_json, re2, libidn2")
endif()
set(SERVAL_PC_LIBS "-lserval")
if(serval_docs_assets IN_LIST libraries)
    string(APPEND SERVAL_PC_LIBS " -lserval_docs_assets")
endif()
if(NOT BUILD_SHARED_LIBS)
    string(APPEND SERVAL_PC_LIBS " -lunistring")
    if(SERVAL_GC_SECTIONS)
        string(APPEND SERVAL_PC_LIBS " -Wl,--gc-sections")
    endif()
endif()
# The prefix is told from where the file lies, so that an install tree can be moved.
cmake_path(SET pkgconfig_dir "${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig")
cmake_path(RELATIVE_PATH CMAKE_INSTALL_PREFIX BASE_DIRECTORY "${pkgconfig_dir}" OUTPUT_VARIABLE SERVAL_PC_PREFIX)
foreach(kind IN ITEMS INCLUDE LIB)
    cmake_path(APPEND SERVAL_PC_${kind}DIR "\${prefix}" "${CMAKE_INSTALL_${kind}DIR}")
endforeach()
configure_file("${PROJECT_SOURCE_DIR}/cmake/serval.pc.in" "${PROJECT_BINARY_DIR}/serval.pc" @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/serval.pc" DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
configure_file("${PROJECT_SOURCE_DIR}/cmake/serval-testing.pc.in" "${PROJECT_BINARY_DIR}/serval-testing.pc" @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/serval-testing.pc" DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig"
        COMPONENT serval_testing)

if(SERVAL_DOCS_EMBEDDED) # the licences want to come along
    foreach(name IN ITEMS swagger-ui redoc)
        install(DIRECTORY "${PROJECT_BINARY_DIR}/docs_assets/${name}/package/" DESTINATION "${CMAKE_INSTALL_DOCDIR}/${name}"
                FILES_MATCHING PATTERN "LICENSE" PATTERN "NOTICE" PATTERN "*.LICENSE.txt")
    endforeach()
endif()
