find_package(rapidcheck REQUIRED)
add_suites(catalog
  SUITES path_escape path_index series_origin series_list catalog_resolve
    catalog_existing catalog_disk catalog_restart catalog
  LIBRARIES rrdflow_catalog rapidcheck)
