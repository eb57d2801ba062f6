#!/bin/sh
# Installs what is missing, builds, and starts the demo; arguments go to
# `rrdflow demo`, e.g. ./run.sh --sensors 1000 --rate 5000
set -eu
cd "$(dirname "$0")"
packaging/install-packages.sh build
packaging/build.sh program rrdflow
exec build/rrdflow demo "$@"
