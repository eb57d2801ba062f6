#!/bin/sh
# Configures and builds into ./build.
#
#   packaging/build.sh tests              everything
#   packaging/build.sh program TARGET...  without what only tests need
set -eu
cd "$(dirname "$0")/.."
what=$1
shift
if [ ! -f build/build.ninja ]; then
  launcher=
  command -v ccache >/dev/null && launcher=-DCMAKE_CXX_COMPILER_LAUNCHER=ccache
  echo "Configuring the build in build/"
  cmake -S . -B build -G Ninja -DBUILD_TESTING=OFF $launcher >/dev/null
fi
if [ "$what" = tests ] && ! grep -q '^BUILD_TESTING:BOOL=ON' build/CMakeCache.txt
then
  cmake -DBUILD_TESTING=ON -DRRDFLOW_WERROR=ON build >/dev/null
fi
packaging/progress.sh Building ninja -C build "$@"
# The fuzz targets, where there is the compiler for them.
if [ "$what" = tests ] && [ $# -eq 0 ] \
  && { command -v clang++-14 || command -v clang++; } >/dev/null
then
  tests/fuzz/build
fi
