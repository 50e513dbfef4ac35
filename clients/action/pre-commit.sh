#!/usr/bin/env bash
# What does the hook of pre-commit run? The `tidegate` that is installed, or the pinned one, which is fetched once.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
binary=$(command -v tidegate || "$here/install.sh")
exec "$binary" check --changed --offline --quiet --against git:HEAD "$@"
