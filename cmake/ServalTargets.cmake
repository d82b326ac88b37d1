# Functions that set up serval's own targets. Nothing here reaches a project that uses serval.

# Gives a target of serval's own build the warning set; PRIVATE, hence never exported.
function(serval_developer_target target)
    set_target_properties(${target} PROPERTIES CXX_EXTENSIONS OFF CXX_SCAN_FOR_MODULES OFF)
    if(SERVAL_DEVELOPER_WARNINGS)
        target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror)
        if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 14)
            # False alarms of g++ 12 and 13 in inlined std::string code (GCC PR 105329, 105651, 105762).
            target_compile_options(${target} PRIVATE -Wno-restrict -Wno-stringop-overflow -Wno-stringop-overread -Wno-array-bounds)
        endif()
    endif()
    if(SERVAL_SANITIZE AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
        # Instrumented code misleads what g++ infers from optimised code; the other presets keep these warnings.
        target_compile_options(${target} PRIVATE -Wno-array-bounds -Wno-maybe-uninitialized -Wno-stringop-overflow
                                                 -Wno-stringop-overread)
    endif()
    if(SERVAL_PRECOMPILED_HEADERS)
        if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
            target_compile_options(${target} PRIVATE -fpch-preprocess) # lets ccache see through the header
        elseif(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
            target_compile_options(${target} PRIVATE "SHELL:-Xclang -fno-pch-timestamp")
        endif()
    endif()
endfunction()

# serval_batch_sources(<target> <group> <source>...): with SERVAL_UNITY_BUILD, the sources are compiled in batches of
# eight, in their order, so that those of a batch share what they include. Batches do not reach over a group: a new
# source moves no source of another group into another batch.
function(serval_batch_sources target group)
    if(NOT SERVAL_UNITY_BUILD)
        return()
    endif()
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
    set(index 0)
    foreach(source IN LISTS ARGN)
        math(EXPR batch "${index} / 8")
        math(EXPR index "${index} + 1")
        set_source_files_properties(${source} TARGET_DIRECTORY ${target} PROPERTIES UNITY_GROUP "${group}_${batch}")
    endforeach()
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
        # g++ takes a batch's sources for headers, and so their anonymous namespaces for shared ones.
        set_property(TARGET ${target} APPEND PROPERTY COMPILE_OPTIONS -Wno-subobject-linkage)
    endif()
endfunction()

# serval_add_layer(<layer> <source>... [COLD <source>...]): adds a layer's sources, those of the current folder, to the
# library. Sources behind COLD, which run when a program starts or seldom, are compiled for size when it is optimised.
function(serval_add_layer layer)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "" COLD)
    target_sources(serval_hot PRIVATE ${arg_UNPARSED_ARGUMENTS})
    serval_batch_sources(serval_hot ${layer} ${arg_UNPARSED_ARGUMENTS})
    target_sources(serval_cold PRIVATE ${arg_COLD})
    serval_batch_sources(serval_cold ${layer} ${arg_COLD})
endfunction()

# Builds everything below the current directory with the sanitizers of SERVAL_SANITIZE, and with what fuzzers need.
# A macro, because add_compile_options() speaks to the directory of its caller.
macro(serval_enable_sanitizers)
    if(SERVAL_BUILD_FUZZERS)
        add_compile_options(-fsanitize=fuzzer-no-link) # the coverage that leads libFuzzer
    endif()
    if(SERVAL_SANITIZE)
        add_compile_options(-fsanitize=${SERVAL_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
        add_link_options(-fsanitize=${SERVAL_SANITIZE})
        if(CMAKE_CXX_COMPILER_ID MATCHES "Clang" AND "${SERVAL_SANITIZE}" MATCHES "undefined")
            add_compile_options(-fno-sanitize=function) # coroutine frames are called through another type
        endif()
        if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND "${SERVAL_SANITIZE}" MATCHES "thread")
            add_compile_options(-Wno-tsan) # Asio has atomic_thread_fence, which g++ only warns about
        endif()
    endif()
endmacro()

# Uses ccache where it is installed, unless the user chose a launcher. The sloppiness is what precompiled headers need.
set(SERVAL_CCACHE_SLOPPINESS pch_defines,time_macros,include_file_mtime,include_file_ctime)
if(PROJECT_IS_TOP_LEVEL AND NOT DEFINED CMAKE_CXX_COMPILER_LAUNCHER)
    find_program(SERVAL_CCACHE ccache)
    mark_as_advanced(SERVAL_CCACHE)
    if(SERVAL_CCACHE)
        set(CMAKE_CXX_COMPILER_LAUNCHER
            "${CMAKE_COMMAND}" -E env CCACHE_SLOPPINESS=${SERVAL_CCACHE_SLOPPINESS} "${SERVAL_CCACHE}")
    endif()
endif()
