add_suites(serve rrdflow_serve)

# Serves the page over invented series, for page.py.
add_executable(page_server serve/page_server.cpp)
target_link_libraries(page_server PRIVATE rrdflow_serve)
add_test(NAME page COMMAND ${CMAKE_SOURCE_DIR}/tests/e2e/page.py
  --page-server $<TARGET_FILE:page_server> --shots ${CMAKE_BINARY_DIR}/page)
set_tests_properties(page PROPERTIES RUN_SERIAL ON TIMEOUT 600)

if(TARGET rrdflow)
  add_test(NAME e2e_page COMMAND ${CMAKE_SOURCE_DIR}/tests/e2e/page_service.py
    --shots ${CMAKE_BINARY_DIR}/page)
  add_test(NAME e2e_first_example
    COMMAND ${CMAKE_SOURCE_DIR}/tests/e2e/first_example.py
    --shots ${CMAKE_BINARY_DIR}/page)
  set_tests_properties(e2e_page e2e_first_example
    PROPERTIES LABELS e2e RUN_SERIAL ON TIMEOUT 600
    ENVIRONMENT "RRDFLOW=$<TARGET_FILE:rrdflow>;PYTHONDONTWRITEBYTECODE=1")
endif()
