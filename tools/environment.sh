#!/usr/bin/env bash
# Make the virtual environment that every make target uses, on a bare Debian too.
# usage: tools/environment.sh FOLDER; PYTHON=/path/to/python3.11 chooses another Python.
#
# Debian ships Python without the part of `venv` that brings pip. Where it is missing we borrow the system's
# pip, or install python3-venv if we may, or say what to install.
set -euo pipefail
folder=$1

say() { printf '%s\n' "$*" >&2; }

new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

find_python() {
    for python in ${PYTHON:-python3.11 python3 python3.12 python3.13}; do
        if new_enough "$python"; then command -v "$python"; return; fi
    done
    say "Python 3.11 or newer is missing. What to do: apt install python3 python3-venv, or make PYTHON=/path/to/python3.11"
    return 1
}

borrow_pip() {
    "$1" -m pip --version >/dev/null 2>&1 || return 1
    "$1" -m venv --clear --without-pip "$folder"
    "$1" -m pip --quiet --python "$folder/bin/python" install pip
}

install_venv() {
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 1
    say "python3-venv is missing; installing it"
    apt-get update -qq >&2 && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y python3-venv >&2
}

python=$(find_python)
if "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then
    "$python" -m venv --clear "$folder"
elif ! borrow_pip "$python"; then
    rm -rf "$folder"
    install_venv || { say "This Python has no venv. What to do: apt install python3-venv, then the same make again"; exit 1; }
    "$python" -m venv --clear "$folder"
fi
