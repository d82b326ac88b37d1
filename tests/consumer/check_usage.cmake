# Fails when serval::serval hands serval's own warnings, sanitizers or precompiled headers to its user.
foreach(property IN ITEMS INTERFACE_COMPILE_OPTIONS INTERFACE_LINK_OPTIONS INTERFACE_PRECOMPILE_HEADERS)
    get_target_property(value serval::serval ${property})
    list(REMOVE_ITEM value LINKER:--gc-sections) # SERVAL_GC_SECTIONS
    if(value)
        message(FATAL_ERROR "serval::serval exports ${property}: ${value}")
    endif()
endforeach()

# A server links nothing that is for its tests.
get_target_property(libraries serval::serval INTERFACE_LINK_LIBRARIES)
if(libraries MATCHES "testing")
    message(FATAL_ERROR "serval::serval links what is for tests: ${libraries}")
endif()
