#!/usr/bin/env bash
# Installs missing Debian packages when it may, builds, runs every test. The last line is "N passed, N failed, N skipped".
set -euo pipefail

# Real servers and clients that tests talk to. Without them those tests are skipped, or fail when CI=true.
PACKAGES=(mariadb-server etcd-server python3-grpcio python3-protobuf strace tzdata)

# Seconds that one test project may take; --long allows more.
LIMIT=1500
LONG_LIMIT=21600

usage() {
  cat <<'TEXT'
Usage: ./test.sh [options]

  --filter TEXT         Run only tests whose full name contains TEXT.
  --long                Long loops (1,000 kills of a Pump, every bit of a segment, ...); takes hours.
  --no-install          Install nothing, even when it would be possible.
  --configuration NAME  Release (default) or Debug.
  --help                Show this help.

Exit code 0 when at least one test ran and none failed.
TEXT
}

configuration=Release
filter=
install=yes
while [ $# -gt 0 ]; do
  case "$1" in
    --filter) [ $# -ge 2 ] || { echo "test.sh: --filter needs a text." >&2; exit 2; }; filter=$2; shift ;;
    --configuration) [ $# -ge 2 ] || { echo "test.sh: --configuration needs Release or Debug." >&2; exit 2; }; configuration=$2; shift ;;
    --long) export BINLOG_LONG=1; LIMIT=$LONG_LIMIT ;;
    --no-install) install=no ;;
    -h|--help) usage; exit 0 ;;
    *) echo "test.sh: unknown option $1." >&2; usage >&2; exit 2 ;;
  esac
  shift
done

cd "$(dirname "${BASH_SOURCE[0]}")"
logs=$(mktemp -d "${TMPDIR:-/tmp}/binlog-test.XXXXXX")
guard=
group=

cleanup() {
  stop_group
  if [ -n "$guard" ]; then "${root[@]}" rm -f "$guard"; fi
  rm -rf "$logs"
}

# Ends what a test project left running: the process group that was made for it, and nothing else.
stop_group() {
  if [ -n "$group" ]; then kill -KILL -- "-$group" 2>/dev/null || true; group=; fi
}

trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

missing_packages() {
  local package
  for package in "${PACKAGES[@]}"; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)" = installed ] || echo "$package"
  done
}

# Debian starts a service when its package is configured. policy-rc.d forbids it for this one installation; on a machine that
# has such a file already, that file decides. What systemd would start at the next boot is disabled again.
install_packages() {
  if [ ! -e /usr/sbin/policy-rc.d ]; then
    guard=/usr/sbin/policy-rc.d
    printf '#!/bin/sh\nexit 101\n' | "${root[@]}" tee "$guard" >/dev/null
    "${root[@]}" chmod 755 "$guard"
  fi

  local apt=("${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -y -o Dpkg::Use-Pty=0)
  local result=0
  "${apt[@]}" install --no-install-recommends "$@" >"$logs/apt" 2>&1 \
    || { "${apt[@]}" update >>"$logs/apt" 2>&1 && "${apt[@]}" install --no-install-recommends "$@" >>"$logs/apt" 2>&1; } \
    || result=$?
  if [ -n "$guard" ]; then "${root[@]}" rm -f "$guard"; guard=; fi
  if [ -d /run/systemd/system ]; then
    case " $* " in *" mariadb-server "*) "${root[@]}" systemctl disable --quiet mariadb.service || true ;; esac
    case " $* " in *" etcd-server "*) "${root[@]}" systemctl disable --quiet etcd.service || true ;; esac
  fi
  return "$result"
}

root=()
if command -v dpkg-query >/dev/null; then
  mapfile -t missing < <(missing_packages)
  if [ ${#missing[@]} -gt 0 ]; then
    if [ "$(id -u)" -ne 0 ]; then root=(sudo -n); fi
    if [ "$install" = no ]; then
      echo "Missing packages (not installed because of --no-install): ${missing[*]}"
    elif ! command -v apt-get >/dev/null || { [ "$(id -u)" -ne 0 ] && ! sudo -n true 2>/dev/null; }; then
      echo "Missing packages (install them as root: apt-get install ${missing[*]}): tests that need them are skipped."
    else
      echo "Installing ${missing[*]}"
      if ! install_packages "${missing[@]}"; then
        tail -n 5 "$logs/apt"
        echo "Not installed: $(missing_packages | tr '\n' ' ')- tests that need them are skipped."
      fi
    fi
  fi
else
  echo "Not a Debian system: tests that need one of ${PACKAGES[*]} look for the programs in PATH."
fi

echo "Building ($configuration)"
if ! dotnet build Binlog.sln -c "$configuration" -v quiet --nologo -warnaserror -nodeReuse:false -p:UseSharedCompilation=true; then
  echo "The build failed; no test ran."
  echo "0 passed, 1 failed, 0 skipped"
  exit 1
fi

passed=0 failed=0 skipped=0
binaries="${ArtifactsPath:-artifacts}/bin"
folder=$(echo "$configuration" | tr '[:upper:]' '[:lower:]')

# A number of the summary, 0 when it isn't there.
count() {
  local number
  number=$(echo "$summary" | sed -nE "s/.*$1: ([0-9]+).*/\1/p")
  echo "${number:-0}"
}

# Runs one test project; adds to the counts. A project that crashes, hangs or says nothing counts as one failure.
run_project() {
  local name=$1 log="$logs/$1.log" result=0 summary total errors bad skips idle good
  local command=("$binaries/$name/$folder/$name" -noLogo -noColor -noAutoReporters -longRunning 120)
  if [ -n "$filter" ]; then command+=(-method "*$filter*"); fi
  # Job control gives the job a process group of its own and, unlike a plain "&", leaves SIGINT as it is.
  set -m
  timeout --kill-after=20 "$LIMIT" "${command[@]}" >"$log" 2>&1 </dev/null &
  group=$!
  set +m
  wait "$group" || result=$?
  stop_group

  # The last summary is the runner's; a project without tests (or none that the filter lets through) has a shorter one.
  summary=$(grep -E "^ +$name +Total: [0-9]+" "$log" | tail -n 1 || true)
  total=$(count Total) errors=$(count Errors) bad=$(count Failed) skips=$(count Skipped) idle=$(count 'Not Run')
  good=$((total - bad - skips - idle))
  bad=$((bad + errors))
  if [ -z "$summary" ] || { [ "$result" -ne 0 ] && [ "$bad" -eq 0 ]; }; then bad=1; fi

  printf '%-32s %5d passed, %d failed, %d skipped\n' "$name" "$good" "$bad" "$skips"
  if [ "$bad" -gt 0 ]; then
    tail -n 400 "$log"
    case "$result" in
      124|137) echo "$name: ended after $LIMIT s (the limit for one project)." ;;
      *) if [ -z "$summary" ]; then echo "$name: ended without a summary, exit code $result."; fi ;;
    esac
  fi

  awk -v project="$name" '
    / \[SKIP\]$/ { sub(/^ +/, ""); sub(/ \[SKIP\]$/, ""); test = $0; next }
    test != "" { sub(/^ +/, ""); print "  " test ": " $0; test = "" }' "$log" >>"$logs/skips"
  passed=$((passed + good)); failed=$((failed + bad)); skipped=$((skipped + skips))
}

for project in tests/*/*.csproj; do
  if grep -q '<IsTestProject>true' "$project"; then run_project "$(basename "$project" .csproj)"; fi
done

if [ "$skipped" -gt 0 ]; then
  echo "Skipped:"
  cat "$logs/skips"
fi

if [ "$((passed + failed))" -eq 0 ]; then echo "No test ran."; fi
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
