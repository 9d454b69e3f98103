# The compiler: bytecode to native code. No Python; LLVM linked statically with its symbols hidden.
set(JUSTJIT_LLVM_VERSIONS 22 21 20 19)   # 19 and 22 are the tested ends

if(NOT LLVM_DIR)
  foreach(version IN LISTS JUSTJIT_LLVM_VERSIONS)
    # By place, not by version: LLVM's version file accepts equal major.minor only.
    find_package(LLVM CONFIG QUIET NO_DEFAULT_PATH PATHS "/usr/lib/llvm-${version}" "/usr/lib64/llvm${version}")
    if(LLVM_FOUND)
      break()
    endif()
  endforeach()
endif()
if(NOT LLVM_FOUND)
  find_package(LLVM CONFIG QUIET)
endif()
if(NOT LLVM_FOUND)
  message(FATAL_ERROR "No LLVM 19 to 22 found. Install llvm-19-dev (or newer), or give -DLLVM_DIR=<prefix>/lib/cmake/llvm.")
endif()
if(NOT LLVM_VERSION_MAJOR IN_LIST JUSTJIT_LLVM_VERSIONS)
  message(FATAL_ERROR "LLVM ${LLVM_PACKAGE_VERSION} in ${LLVM_DIR} is not supported: 19 to 22 are.")
endif()
message(STATUS "JustJIT: LLVM ${LLVM_PACKAGE_VERSION} (${LLVM_DIR}), ${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION}")
set(JUSTJIT_LLVM_COMPONENTS core native codegen analysis support target targetparser mc
  instcombine scalaropts transformutils vectorize)
llvm_map_components_to_libnames(JUSTJIT_LLVM_LIBS ${JUSTJIT_LLVM_COMPONENTS})

justjit_sources(core_sources support bytecode hir translate passes lower engine core)
add_library(justjit_core_objects OBJECT ${core_sources})
justjit_options(justjit_core_objects)
# Bounds are checked in every build: it costs no time that can be measured, and core/recovery.h knows what to do.
target_compile_definitions(justjit_core_objects PUBLIC _GLIBCXX_ASSERTIONS)
target_include_directories(justjit_core_objects SYSTEM PRIVATE ${LLVM_INCLUDE_DIRS})
separate_arguments(llvm_definitions NATIVE_COMMAND "${LLVM_DEFINITIONS}")
target_compile_definitions(justjit_core_objects PRIVATE ${llvm_definitions})
if(NOT LLVM_ENABLE_RTTI)
  target_compile_options(justjit_core_objects PRIVATE -fno-rtti)
endif()

justjit_choose_linker(linker_flags ${LLVM_VERSION_MAJOR})
set(link_flags ${linker_flags} -Wl,--gc-sections -Wl,--as-needed)

# libjustjit_core.so: what the Python modules load at the first compile. It exports jj_core_open alone.
add_library(justjit_core SHARED)
target_link_libraries(justjit_core PRIVATE justjit_core_objects ${JUSTJIT_LLVM_LIBS})
target_link_options(justjit_core PRIVATE ${link_flags} -Wl,--exclude-libs,ALL -Wl,-z,defs
  "-Wl,--version-script=${PROJECT_SOURCE_DIR}/cmake/core.map")
if(CMAKE_BUILD_TYPE STREQUAL "Release")
  target_link_options(justjit_core PRIVATE -s)
endif()
set_target_properties(justjit_core PROPERTIES LINK_DEPENDS "${PROJECT_SOURCE_DIR}/cmake/core.map" LINKER_LANGUAGE CXX)

# jjopt: the same objects as a plain executable; it keeps the links honest and the passes testable without Python.
justjit_sources(jjopt_sources jjopt)
if(jjopt_sources)
  add_executable(jjopt ${jjopt_sources})
  justjit_options(jjopt)
  target_include_directories(jjopt SYSTEM PRIVATE ${LLVM_INCLUDE_DIRS})
  target_link_libraries(jjopt PRIVATE justjit_core_objects ${JUSTJIT_LLVM_LIBS})
  target_link_options(jjopt PRIVATE ${link_flags})
endif()
