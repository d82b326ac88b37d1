# Finds libidn2 and the libunistring that it is built on as libidn2::libidn2: by pkg-config, which knows only the first,
# else by looking for them. This module is installed beside serval-config.cmake.
find_package(PkgConfig QUIET)
if(PkgConfig_FOUND)
    pkg_check_modules(PC_LIBIDN2 QUIET libidn2)
endif()
find_path(LIBIDN2_INCLUDE_DIR idn2.h HINTS ${PC_LIBIDN2_INCLUDE_DIRS})
find_library(LIBIDN2_LIBRARY idn2 HINTS ${PC_LIBIDN2_LIBRARY_DIRS})
find_path(LIBUNISTRING_INCLUDE_DIR unistr.h HINTS ${PC_LIBIDN2_INCLUDE_DIRS})
find_library(LIBUNISTRING_LIBRARY unistring HINTS ${PC_LIBIDN2_LIBRARY_DIRS})
mark_as_advanced(LIBIDN2_INCLUDE_DIR LIBIDN2_LIBRARY LIBUNISTRING_INCLUDE_DIR LIBUNISTRING_LIBRARY)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(
    libidn2
    REQUIRED_VARS LIBIDN2_LIBRARY LIBIDN2_INCLUDE_DIR LIBUNISTRING_LIBRARY LIBUNISTRING_INCLUDE_DIR
    VERSION_VAR PC_LIBIDN2_VERSION)

if(libidn2_FOUND AND NOT TARGET libidn2::libidn2)
    add_library(libidn2::libidn2 UNKNOWN IMPORTED)
    set_target_properties(
        libidn2::libidn2
        PROPERTIES IMPORTED_LOCATION "${LIBIDN2_LIBRARY}" INTERFACE_INCLUDE_DIRECTORIES
                                                          "${LIBIDN2_INCLUDE_DIR};${LIBUNISTRING_INCLUDE_DIR}"
                   INTERFACE_LINK_LIBRARIES "${LIBUNISTRING_LIBRARY}")
endif()
