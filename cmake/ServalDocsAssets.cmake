# serval::docs_assets: Swagger UI and ReDoc as their npm packages have them, compressed, in a static library, so that the
# documentation pages work without internet. SERVAL_DOCS_EMBEDDED says whether there is one; without it the pages name a CDN.
include(ServalNpm)

# These stand in src/openapi/docs_assets.hpp, too, with the hashes that browsers check when the files come from the CDN.
set(SERVAL_SWAGGER_UI_VERSION 5.35.0)
set(SERVAL_SWAGGER_UI_SHA512
    534eaba4cb56f55dd73c638179a993512af4674f63317e0826e00da44fc465b021c341bc0a0c2bcd4e18997927fe1d3008336c5dd19aad334d1c2dec53cc9551)
set(SERVAL_REDOC_VERSION 2.5.4)
set(SERVAL_REDOC_SHA512
    33a8d6846d6aa019c7e93166cc99ecb72099f3b1e6398fd4cc39bbf261e262284476557f61c4bda203a8d4d94496724c78bb32c4715edb215ce2c3631d3ac005)

# ReDoc shows its maker's logo from a CDN, and nothing when that cannot be reached. So it does here: pages that ask another
# host for a picture are not offline.
function(_serval_without_remote_logo file)
    file(READ "${file}" script)
    set(logo "https://cdn.redoc.ly/redoc/logo-mini.svg")
    string(FIND "${script}" "${logo}" at)
    if(at EQUAL -1)
        message(FATAL_ERROR "serval: ReDoc ${SERVAL_REDOC_VERSION} has no logo where serval expects it")
    endif()
    string(REPLACE "${logo}" "data:," script "${script}")
    file(WRITE "${file}" "${script}")
endfunction()

# Compresses a file and appends it to the caller's `bytes` and `table`, which the generated source is made of.
macro(_serval_embed file)
    file(ARCHIVE_CREATE OUTPUT "${file}.gz" PATHS "${file}" FORMAT raw COMPRESSION GZip COMPRESSION_LEVEL 9)
    file(READ "${file}.gz" start LIMIT 4 HEX)
    if(NOT start STREQUAL "1f8b0800") # docs_assets.cpp.in counts on a header of ten bytes
        message(FATAL_ERROR "serval: this CMake's gzip files begin with ${start}")
    endif()
    get_filename_component(name "${file}" NAME)
    file(SIZE "${file}" size)
    file(SHA256 "${file}" hash)
    string(SUBSTRING "${hash}" 0 32 hash)
    string(MAKE_C_IDENTIFIER "serval_docs_${name}" symbol)
    string(APPEND bytes "SERVAL_EMBED(${symbol}, \"${file}.gz\")\n")
    string(APPEND table "    {\"${name}\", \"${hash}\", bytes(${symbol}, ${symbol}_end), ${size}},\n")
endmacro()

function(_serval_generate_docs_assets swagger_ui redoc directory)
    file(REMOVE_RECURSE "${directory}")
    set(swagger_ui_files swagger-ui-bundle.js swagger-ui-bundle.js.LICENSE.txt swagger-ui.css favicon-32x32.png)
    set(redoc_files redoc.standalone.js redoc.standalone.js.LICENSE.txt)
    list(TRANSFORM swagger_ui_files PREPEND "package/" OUTPUT_VARIABLE wanted)
    file(ARCHIVE_EXTRACT INPUT "${swagger_ui}" DESTINATION "${directory}/swagger-ui" PATTERNS ${wanted} package/LICENSE
                                                                                                   package/NOTICE)
    list(TRANSFORM redoc_files PREPEND "package/bundles/" OUTPUT_VARIABLE wanted)
    file(ARCHIVE_EXTRACT INPUT "${redoc}" DESTINATION "${directory}/redoc" PATTERNS ${wanted} package/LICENSE)
    _serval_without_remote_logo("${directory}/redoc/package/bundles/redoc.standalone.js")

    set(bytes "")
    set(table "")
    foreach(name IN LISTS swagger_ui_files)
        _serval_embed("${directory}/swagger-ui/package/${name}")
    endforeach()
    foreach(name IN LISTS redoc_files)
        _serval_embed("${directory}/redoc/package/bundles/${name}")
    endforeach()
    configure_file("${PROJECT_SOURCE_DIR}/src/openapi/docs_assets.cpp.in" "${directory}/docs_assets.cpp" @ONLY)
endfunction()

function(_serval_add_docs_assets swagger_ui redoc)
    set(directory "${PROJECT_BINARY_DIR}/docs_assets")
    # Done again when what it is made of changes.
    file(SHA256 "${CMAKE_CURRENT_FUNCTION_LIST_FILE}" recipe)
    file(SHA256 "${PROJECT_SOURCE_DIR}/src/openapi/docs_assets.cpp.in" template)
    set(stamp "${recipe} ${template} ${directory} ${CMAKE_VERSION}")
    set(made "")
    if(EXISTS "${directory}/stamp")
        file(READ "${directory}/stamp" made)
    endif()
    if(NOT made STREQUAL stamp)
        _serval_generate_docs_assets("${swagger_ui}" "${redoc}" "${directory}")
        file(WRITE "${directory}/stamp" "${stamp}")
    endif()
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/src/openapi/docs_assets.cpp.in")

    add_library(serval_docs_assets STATIC "${directory}/docs_assets.cpp")
    add_library(serval::docs_assets ALIAS serval_docs_assets)
    target_compile_features(serval_docs_assets PRIVATE cxx_std_20)
    target_include_directories(serval_docs_assets PRIVATE "${PROJECT_SOURCE_DIR}/src")
    file(GLOB_RECURSE compressed "${directory}/*.gz")
    set_source_files_properties("${directory}/docs_assets.cpp" PROPERTIES OBJECT_DEPENDS "${compressed}")
    target_compile_options(serval_docs_assets PRIVATE -fno-lto) # it does not see what the assembler defines
    set_target_properties(serval_docs_assets PROPERTIES EXPORT_NAME docs_assets POSITION_INDEPENDENT_CODE ON)
    serval_developer_target(serval_docs_assets)
endfunction()

set(SERVAL_DOCS_EMBEDDED OFF)
if(SERVAL_DOCS_ASSETS)
    serval_npm_package(swagger_ui swagger-ui-dist ${SERVAL_SWAGGER_UI_VERSION} ${SERVAL_SWAGGER_UI_SHA512})
    if(swagger_ui)
        serval_npm_package(redoc redoc ${SERVAL_REDOC_VERSION} ${SERVAL_REDOC_SHA512})
    endif()
    if(swagger_ui AND redoc)
        _serval_add_docs_assets("${swagger_ui}" "${redoc}")
        set(SERVAL_DOCS_EMBEDDED ON)
        message(STATUS "serval: the documentation pages work offline (Swagger UI ${SERVAL_SWAGGER_UI_VERSION}, "
                       "ReDoc ${SERVAL_REDOC_VERSION})")
    else()
        message(WARNING "serval: the documentation pages will load Swagger UI and ReDoc from a CDN, as the packages could "
                        "not be had: ${swagger_ui_PROBLEM}${redoc_PROBLEM}")
    endif()
else()
    message(STATUS "serval: the documentation pages load Swagger UI and ReDoc from a CDN (SERVAL_DOCS_ASSETS is off)")
endif()
