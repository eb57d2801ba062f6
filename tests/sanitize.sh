#!/bin/sh
# Builds and runs the tests under sanitizers; each has a build folder of its own.
#
#   tests/sanitize.sh address [CTEST ARGUMENT...]   ASan and UBSan, build-asan/
#   tests/sanitize.sh thread [SECONDS]              TSan, build-tsan/
#
# `address` takes all tests but the campaigns (tests/faults; they go for the same
# code by other ways, and keep to bounds of memory and time), the fuzz targets
# (built with both sanitizers anyhow), and those that count allocations, bytes or
# instructions, which ASan changes.
#
# `thread` takes what threads share outside of actors (tests/races). CAF's
# library is not built with TSan, which therefore cannot see how messages order
# what actors do.
set -eu
cd "$(dirname "$0")/.."
what=${1:-}
[ $# -eq 0 ] || shift
launcher=
command -v ccache >/dev/null && launcher=-DCMAKE_CXX_COMPILER_LAUNCHER=ccache

case $what in
  address)
    packaging/install-packages.sh test
    # -Wno-error: g++ warns of more when it instruments, wrongly at that.
    # -fno-sanitize=null: CAF's headers bind references to an empty tuple at
    # null when an actor is made without arguments; ASan sees real ones.
    cmake -S . -B build-asan -G Ninja $launcher -DCMAKE_BUILD_TYPE=Debug \
      -DCMAKE_CXX_FLAGS_DEBUG="-O1 -g1" \
      -DCMAKE_CXX_FLAGS="-fsanitize=address,undefined \
-fno-sanitize-recover=undefined -fno-sanitize=null -fno-omit-frame-pointer -Wno-error" >/dev/null
    packaging/progress.sh Building ninja -C build-asan
    suppressions=$PWD/tests/sanitizer_suppressions
    # The test that counts allocations replaces some of the operators; the clock
    # of some end-to-end tests is preloaded, in front of ASan.
    export ASAN_OPTIONS="detect_stack_use_after_return=1:\
alloc_dealloc_mismatch=0:verify_asan_link_order=0"
    export LSAN_OPTIONS="suppressions=$suppressions:print_suppressions=0"
    export UBSAN_OPTIONS=print_stacktrace=1
    # With room for the sanitizers' slowness.
    exec ctest --test-dir build-asan --output-on-failure --timeout 900 -j 2 \
      -LE 'fuzz|faults|sanitizers' \
      -E '^(decoder_allocations|slab_allocator|instructions)$' \
      "$@"
    ;;
  thread)
    packaging/install-packages.sh test
    cmake -S . -B build-tsan -G Ninja $launcher >/dev/null
    packaging/progress.sh Building ninja -C build-tsan races
    exec build-tsan/tests/races "${1:-60}"
    ;;
  *)
    sed -n 's/^# \{0,1\}//; 2,5p' "$0" >&2
    exit 64
    ;;
esac
