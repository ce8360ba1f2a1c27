#!/usr/bin/env bash
# The browser that the report's tests look through. Installed where we are root on Debian, else named as missing:
# the tests that need it then skip, by name.
set -uo pipefail
for browser in chromium chromium-browser google-chrome; do
    command -v "$browser" >/dev/null && exit 0
done
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "installing chromium for the browser tests"
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y chromium >/dev/null && exit 0
fi
echo "chromium is missing: the tests that look at pages in a browser will be skipped. To run them: apt install chromium"
