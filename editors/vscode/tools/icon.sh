#!/usr/bin/env bash
# Draws media/icon.svg into media/icon.png, which is what VS Code shows in its list of extensions. Needs Chromium.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../media"
chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --force-device-scale-factor=1 \
  --default-background-color=00000000 --window-size=256,256 --screenshot=icon.png icon.svg
