# The parts that threads share, and their test, with -fsanitize=thread: built
# apart from the libraries, whose objects are without it.
if(NOT CMAKE_CXX_FLAGS MATCHES "-fsanitize")
  add_executable(races races/main.cpp)
  file(GLOB sources CONFIGURE_DEPENDS
    ${CMAKE_SOURCE_DIR}/actors/base/*.cpp
    ${CMAKE_SOURCE_DIR}/actors/journal/*.cpp)
  list(REMOVE_ITEM sources
    ${CMAKE_SOURCE_DIR}/actors/journal/journal_keeper.cpp)
  target_sources(races PRIVATE ${sources})
  foreach(name actors/mqtt/mqtt_intake config/topic_syntax messages/error)
    target_sources(races PRIVATE ${CMAKE_SOURCE_DIR}/${name}.cpp)
  endforeach()
  target_include_directories(races PRIVATE ${CMAKE_SOURCE_DIR})
  target_compile_options(races PRIVATE -fsanitize=thread -O1 -g1)
  target_link_libraries(races PRIVATE CAF::core xxhash date-tz -fsanitize=thread)
  add_test(NAME races COMMAND races)
  add_test(NAME races_control COMMAND races control)
  set_tests_properties(races_control PROPERTIES WILL_FAIL ON)
  set_tests_properties(races races_control
    PROPERTIES LABELS sanitizers TIMEOUT 120)
endif()
