#!/bin/sh
# Writes the locks anew from pyproject.toml: names, versions, markers and hashes, and no word on
# where the packages come from.  With --upgrade newer versions are taken; without, only what
# pyproject.toml asks for changes.
set -eu
cd -- "$(dirname -- "$0")/.."
compile() {
    .venv/bin/uv pip compile pyproject.toml "$@" --quiet --universal --python-version 3.11 \
        --generate-hashes --no-emit-index-url --no-header --no-annotate
}
compile --group build --output-file requirements.lock "$@"
compile --group build --group dev --constraints requirements.lock \
    --output-file requirements-dev.lock "$@"
compile --group build --extra hub --constraints requirements.lock \
    --output-file requirements-hub.lock "$@"
for group in spark s3; do
    .venv/bin/uv pip compile --group "$group" --quiet --universal --python-version 3.11 \
        --generate-hashes --no-emit-index-url --no-header --no-annotate \
        --output-file "requirements-$group.lock" "$@"
done
.venv/bin/python scripts/make_environment.py
