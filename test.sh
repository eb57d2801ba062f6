#!/bin/sh
# Installs what is missing, builds, and runs every test.
set -eu
cd "$(dirname "$0")"
packaging/install-packages.sh test
packaging/build.sh tests
# Some wait for a browser or a broker on a machine that may be busy: who fails
# is shown, and gets a second chance.
exec ctest --test-dir build --output-on-failure --timeout 600 -j 2 \
  --repeat until-pass:2 "$@"
