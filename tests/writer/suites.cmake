add_suites(writer rrdflow_writer)
target_sources(writer_tests PRIVATE writer/random_case.cpp)

add_executable(same_bytes writer/same_bytes.cpp writer/random_case.cpp)
target_link_libraries(same_bytes PRIVATE rrdflow_writer rrd)
# 100,000 cases: build/tests/same_bytes 100000
add_test(NAME same_bytes COMMAND same_bytes 2000)
