# Stops on platforms that nobody has run, before anything half works.
if(NOT (CMAKE_SYSTEM_NAME STREQUAL "Linux" AND CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|amd64)$"))
  message(FATAL_ERROR
    "JustJIT has only been run on Linux x86-64; this is ${CMAKE_SYSTEM_NAME} ${CMAKE_SYSTEM_PROCESSOR}. "
    "To port it, see \"Platforms\" in CONTRIBUTING.md; nothing was built.")
endif()
if(NOT CMAKE_SIZEOF_VOID_P EQUAL 8)
  message(FATAL_ERROR "JustJIT needs a 64-bit build; this compiler makes ${CMAKE_SIZEOF_VOID_P}-byte pointers.")
endif()
if(NOT CMAKE_CXX_COMPILER_ID MATCHES "^(GNU|Clang)$")
  message(FATAL_ERROR "JustJIT is built with GCC (12 or newer) or Clang, not ${CMAKE_CXX_COMPILER_ID}.")
endif()
