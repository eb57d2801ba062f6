#!/bin/sh
# Configures and builds into ./build.
#
#   packaging/build.sh [TARGET...]
set -eu
cd "$(dirname "$0")/.."
if [ ! -f build/build.ninja ]; then
  launcher=
  command -v ccache >/dev/null && launcher=-DCMAKE_CXX_COMPILER_LAUNCHER=ccache
  cmake -S . -B build -G Ninja $launcher >/dev/null
fi
exec ninja -C build --quiet "$@"
