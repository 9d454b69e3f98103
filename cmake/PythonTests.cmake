# Test extensions: each tests/{runtime,vm}/*.cpp is a Python module of its own, linked with the module's objects but not
# with nanobind, in <build>/tests. Never installed.
justjit_sources(decoder_sources support bytecode)
add_library(justjit_decoder OBJECT ${decoder_sources})
justjit_options(justjit_decoder)

foreach(layer runtime vm)
  file(GLOB files CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/tests/${layer}/*.cpp")
  foreach(file IN LISTS files)
    get_filename_component(name "${file}" NAME_WE)
    Python_add_library(${name} MODULE WITH_SOABI "${file}")
    justjit_python_options(${name})
    target_link_libraries(${name} PRIVATE justjit_python justjit_decoder ${CMAKE_DL_LIBS})
    set_target_properties(${name} PROPERTIES LIBRARY_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/tests")
  endforeach()
endforeach()
