#!/bin/sh
# Installs what is missing, builds, and runs every test.
set -eu
cd "$(dirname "$0")"
packaging/install-packages.sh test
packaging/build.sh tests
exec ctest --test-dir build --output-on-failure --timeout 600 -j 4 "$@"
