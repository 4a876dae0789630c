#!/usr/bin/env bash
# Installs and starts the mock, waits for it, and writes $GITHUB_ENV and $GITHUB_OUTPUT.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
folder=${RUNNER_TEMP:?}/talentlms-mock
python3 -m venv "$folder"
"$folder/bin/python" -m pip install --quiet --no-compile --disable-pip-version-check \
  "${PACKAGE:-$here/../../..}"

# Words of a command line, as a shell splits them: quotes are not looked into.
read -r -a arguments <<< "${ARGUMENTS:-}"
nohup "$folder/bin/talentlms-mock" serve --proxy-port "${PROXY_PORT:-8888}" \
  ${arguments[@]+"${arguments[@]}"} > "$LOG" 2>&1 &

if ! "$folder/bin/talentlms-mock" env --wait 60 --format github > "$folder/environment"; then
  cat "$LOG" >&2
  exit 1
fi
cat "$folder/environment" >> "$GITHUB_ENV"
echo "$folder/bin" >> "$GITHUB_PATH"
"$folder/bin/talentlms-mock" portal show --json | "$folder/bin/python" -c '
import json, sys
portal = json.load(sys.stdin)
for name in ("base_url", "api_key", "ca_file", "control_url"):
    print(name.replace("_", "-"), portal[name], sep="=")
' >> "$GITHUB_OUTPUT"
