#!/usr/bin/env bash
# Pin everything that pyproject.toml asks for, and what builds the package, with hashes and without any index address.
# usage: tools/lock.sh PATH_TO_UV. Versions that the lock already holds stay, unless pyproject.toml asks for newer ones.
set -euo pipefail
{ cat requirements.lock 2>/dev/null | grep -v '^#' || true; } > requirements.lock.new
echo 'setuptools>=77' | "$1" pip compile pyproject.toml - --all-extras --generate-hashes --strip-extras \
    --no-emit-index-url --no-emit-find-links --no-header --no-annotate --no-config --python-version 3.11 \
    --quiet --output-file requirements.lock.new >/dev/null
{ echo '# Every package that Entrepot, its extras and its tests need, pinned with hashes. Written by `make lock`.'
  cat requirements.lock.new; } > requirements.lock
rm requirements.lock.new
