# Each source is a target, with a folder of seeds by its name, except the maker of
# seeds.
file(GLOB fuzz_targets CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/*.cpp)
list(TRANSFORM fuzz_targets REPLACE "^.*/(.*)\\.cpp$" "\\1")
list(REMOVE_ITEM fuzz_targets make_seeds)
