#!/bin/sh
# Makes .venv with the first fitting Python and installs what `$1` needs: runtime, or dev.
set -eu
here=$(dirname -- "$0")
for python in ${PYTHON:-python3.11 python3 python3.12 python3.13 python3.14}; do
    # A version manager's stand-in may be on the path without the version behind it, and Debian
    # ships Python without ensurepip: only a run tells.
    if "$python" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
    then
        exec "$python" "$here/environment.py" "$@"
    fi
done
echo "No Python 3.11 or later with its venv module was found; install it (Debian:" \
    "apt-get install python3.11-venv), or name one with PYTHON=/path/to/python3.11," \
    "and run make again." >&2
exit 1
