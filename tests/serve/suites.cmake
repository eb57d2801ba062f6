add_suites(serve
  SUITES data_request http_daemon http_front http_gate http_server http_settings
         json_writer process_metrics prometheus_text request_text time_text
  LIBRARIES rrdflow_serve)

# Serves the page over invented series, for page.py.
add_executable(page_server serve/page_server.cpp)
target_link_libraries(page_server PRIVATE rrdflow_serve)
