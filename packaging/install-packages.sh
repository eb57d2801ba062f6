#!/bin/sh
# Installs what is missing of rrdflow's Debian packages. Asks nothing, starts no
# daemon.
#
#   packaging/install-packages.sh build|test|bench
set -eu

build="ca-certificates cmake g++ libcaf-dev libcli11-dev libcurl4-openssl-dev
  libhowardhinnant-date-dev libjs-dygraphs libmicrohttpd-dev libmsgpack-cxx-dev
  libpaho-mqtt-dev libpaho-mqttpp-dev librrd-dev libsimdjson-dev libspdlog-dev
  libssl-dev libsystemd-dev libtomlplusplus-dev libxxhash-dev mosquitto
  ninja-build pkg-config robin-map-dev tzdata"
test="chromium chromium-driver clang-14 e2fsprogs libbenchmark-dev
  libclang-rt-14-dev libnss-myhostname librapidcheck-dev mosquitto-clients mount
  procps python3 python3-selenium rrdtool valgrind"
bench="collectd-core libbenchmark-dev libmosquitto1 librrd8 python3
  python3-paho-mqtt rrdcached rrdtool valgrind"

case ${1:-build} in
  test) wanted="$build $test" ;;
  bench) wanted="$build $bench" ;;
  *) wanted=$build ;;
esac

missing=
for package in $wanted; do
  case $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) in
    installed) ;;
    *) missing="$missing $package" ;;
  esac
done
[ -z "$missing" ] && exit 0

root=
[ "$(id -u)" -eq 0 ] || root="sudo -n"

# A policy-rc.d that says 101 keeps maintainer scripts from starting daemons.
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
  printf '#!/bin/sh\nexit 101\n' | $root tee $policy >/dev/null
  $root chmod 755 $policy
  trap '$root rm -f $policy' EXIT
fi

echo "Installing packages:$missing"
apt="$root env DEBIAN_FRONTEND=noninteractive apt-get -q"
# Lists that are a day old may name packages that the mirror no longer has.
# shellcheck disable=SC2086
$apt update >/dev/null
# shellcheck disable=SC2086
"$(dirname "$0")/progress.sh" Installing $apt -o APT::Status-Fd=1 \
  install -y --no-install-recommends $missing </dev/null
