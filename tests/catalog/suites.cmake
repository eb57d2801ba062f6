find_package(rapidcheck REQUIRED)
add_suites(catalog rrdflow_catalog rapidcheck)
