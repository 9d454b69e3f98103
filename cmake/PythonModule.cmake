# justjit._core for one Python: entry, frames, helpers. It loads the compiler (libjustjit_core.so) at the first compile.
find_package(Python 3.10 REQUIRED COMPONENTS Interpreter Development.Module)
if(NOT Python_INTERPRETER_ID MATCHES "^(Python|Anaconda|ActivePython)$" OR Python_VERSION VERSION_GREATER_EQUAL 3.14)
  message(FATAL_ERROR
    "JustJIT supports CPython 3.10 to 3.13; ${Python_EXECUTABLE} is ${Python_INTERPRETER_ID} ${Python_VERSION}.")
endif()
execute_process(
  COMMAND "${Python_EXECUTABLE}" -c "import sys, sysconfig; print(sys.implementation.name, sysconfig.get_config_var('Py_GIL_DISABLED') or 0, int(hasattr(sys, 'gettotalrefcount')))"
  OUTPUT_VARIABLE build_kind OUTPUT_STRIP_TRAILING_WHITESPACE)
# For the tests alone: generated code does not keep a debug build's total of references.
option(JUSTJIT_DEBUG_PYTHON "Accept a debug build of CPython, for its assertions" OFF)
if(NOT build_kind STREQUAL "cpython 0 0" AND NOT (JUSTJIT_DEBUG_PYTHON AND build_kind STREQUAL "cpython 0 1"))
  message(FATAL_ERROR "JustJIT needs a release build of CPython with the GIL; ${Python_EXECUTABLE} reports "
    "\"${build_kind}\" (implementation, free-threaded, debug).")
endif()
execute_process(COMMAND "${Python_EXECUTABLE}" -m nanobind --cmake_dir
  OUTPUT_VARIABLE nanobind_ROOT OUTPUT_STRIP_TRAILING_WHITESPACE RESULT_VARIABLE missing ERROR_QUIET)
if(missing)
  message(FATAL_ERROR "nanobind (2 or newer) is missing: ${Python_EXECUTABLE} -m pip install nanobind")
endif()
find_package(nanobind CONFIG REQUIRED)
if(nanobind_VERSION VERSION_LESS 2)
  message(FATAL_ERROR "nanobind ${nanobind_VERSION} is too old: 2 or newer is needed.")
endif()
message(STATUS "JustJIT: Python ${Python_VERSION} (${Python_EXECUTABLE}), nanobind ${nanobind_VERSION}")

justjit_sources(python_sources runtime vm compiler)
# vm/py31x.cpp: exactly the one of this version is built.
set(version_file "py${Python_VERSION_MAJOR}${Python_VERSION_MINOR}")
list(FILTER python_sources EXCLUDE REGEX "/py3[0-9]+[a-z_]*\\.cpp$")
file(GLOB version_sources CONFIGURE_DEPENDS
  "${PROJECT_SOURCE_DIR}/src/vm/${version_file}*.cpp" "${PROJECT_SOURCE_DIR}/src/runtime/compat/${version_file}*.cpp")
foreach(folder IN LISTS Python_INCLUDE_DIRS)
  if(NOT EXISTS "${folder}/internal/pycore_interp.h")
    message(FATAL_ERROR "${folder} lacks CPython's internal headers (internal/pycore_*.h); install the complete headers.")
  endif()
endforeach()

function(justjit_python_options target)
  justjit_options(${target})
  target_compile_options(${target} PRIVATE
    -fno-strict-aliasing -fno-semantic-interposition -fno-plt -fno-stack-protector)
  # CPython's own headers decide the frame layouts; the internal ones include each other by bare name.
  foreach(folder IN LISTS Python_INCLUDE_DIRS)
    target_include_directories(${target} SYSTEM PRIVATE "${folder}" "${folder}/internal")
  endforeach()
endfunction()

# Everything but the bindings, so that the test extensions link with the same objects.
add_library(justjit_python OBJECT ${python_sources} ${version_sources})
justjit_python_options(justjit_python)

justjit_sources(module_sources module)
nanobind_add_module(_core NB_STATIC NB_DOMAIN justjit NOMINSIZE ${module_sources})
justjit_python_options(_core)
justjit_choose_linker(linker_flags 19)
target_link_options(_core PRIVATE ${linker_flags} -Wl,--gc-sections -Wl,--as-needed)
target_link_libraries(_core PRIVATE justjit_python ${CMAKE_DL_LIBS})

install(TARGETS _core LIBRARY DESTINATION justjit)
install(FILES "${PROJECT_SOURCE_DIR}/python/justjit.pth" DESTINATION .)
if(JUSTJIT_CORE_PREBUILT)
  install(FILES "${JUSTJIT_CORE_PREBUILT}" DESTINATION justjit RENAME libjustjit_core.so)
else()
  install(TARGETS justjit_core LIBRARY DESTINATION justjit)
endif()
