# Shared by ./run, ./check and scripts/*: finds or installs what a build needs. Source it; it defines functions and changes nothing by itself.

KINORA_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
KINORA_CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/kinora

say() { printf '\033[1m%s\033[0m\n' "kinora: $*" >&2; }
die() { printf '%s\n' "kinora: $2" >&2; exit "$1"; }

# Debian packages. Everything that a bare Debian 12 lacks stands here, compilers included.
build_packages=(
  g++ cmake ninja-build ccache mold pkg-config git ca-certificates
  python3 python3-pip unzip                                   # only to fetch and unpack the LibTorch wheel
  qt6-base-dev libqt6opengl6-dev qt6-charts-dev qt6-svg-dev qt6-tools-dev qt6-tools-dev-tools qt6-l10n-tools
  libgl1-mesa-dev libopengl-dev libegl-dev libxkbcommon-dev libvulkan-dev
  libopencv-core-dev libopencv-imgproc-dev libopencv-objdetect-dev libopencv-video-dev opencv-data libhdf5-dev
  libavcodec-dev libavformat-dev libavutil-dev libavfilter-dev libswscale-dev
  libre2-dev libprotozero-dev libcli11-dev libtomlplusplus-dev nlohmann-json3-dev libspdlog-dev
)
# What the window needs to show itself: the X11 platform plug-in's libraries, SVG icons, a font with Latin and one with Chinese glyphs.
run_packages=(qt6-qpa-plugins libqt6svg6 qt6-translations-l10n fonts-dejavu-core fonts-wqy-microhei)

# $1...: package names. Installs the missing ones; asks once before it uses sudo; exits 2 with the exact command if it may not.
ensure_packages() {
  local missing=() p
  local installed
  installed=$(dpkg-query -W -f='${db:Status-Status} ${Package}\n' 2>/dev/null | sed -n 's/^installed //p') || true
  for p in "$@"; do grep -qxF -- "$p" <<<"$installed" || missing+=("$p"); done
  [[ ${#missing[@]} -gt 0 ]] || return 0
  local line="apt-get install -y --no-install-recommends ${missing[*]}"
  command -v apt-get >/dev/null || die 2 "this set-up knows Debian's packages only; install the equivalents of: ${missing[*]}"
  local sudo=()
  if [[ $(id -u) -ne 0 ]]; then
    if command -v sudo >/dev/null && { sudo -n true 2>/dev/null || [[ -t 0 && -t 2 ]]; }; then
      sudo=(sudo)
      if [[ -t 0 && -t 2 ]]; then
        printf 'kinora: %d Debian packages are missing (%s).\nInstall them with sudo now? [Y/n] ' "${#missing[@]}" "${missing[*]}" >&2
        local answer; read -r answer
        [[ -z $answer || $answer == [yY]* ]] || die 2 "nothing was installed; run this yourself, then try again: sudo $line"
      fi
    else
      die 2 "Debian packages are missing and there is neither root nor sudo; run this as root, then try again: $line"
    fi
  fi
  say "installing ${#missing[@]} Debian packages"
  # the settings stand behind sudo, which would drop them from the environment
  "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update -qq >&2 || die 2 "apt-get update failed; mend the package sources, then run: $line"
  "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2 || die 2 "the installation failed; run this by hand to see why: $line"
}

wants_cuda() {
  case "${KINORA_CUDA:-}" in
    1|on|ON|yes) return 0 ;;
    0|off|OFF|no) return 1 ;;
  esac
  [[ -e /proc/driver/nvidia/version ]] || command -v nvidia-smi >/dev/null
}

# LibTorch 2.11.0, out of the Python wheels whose hashes stand in scripts/libtorch-*.txt. Sets KINORA_LIBTORCH to the folder that holds lib/ and include/.
# A finished folder is moved into place in one rename, so a folder under its final name is always whole.
ensure_libtorch() {
  if [[ -n ${KINORA_LIBTORCH:-} ]]; then
    [[ -e $KINORA_LIBTORCH/lib/libtorch_cpu.so && -e $KINORA_LIBTORCH/include/torch/csrc/api/include/torch/torch.h ]] ||
      die 3 "KINORA_LIBTORCH=$KINORA_LIBTORCH holds no lib/libtorch_cpu.so with its headers; point it at the 'torch' folder of a torch 2.11.0 wheel"
    export KINORA_LIBTORCH
    return 0
  fi
  [[ $(uname -m) == x86_64 ]] || die 2 "the pinned LibTorch wheel is for x86-64; set KINORA_LIBTORCH to a LibTorch 2.11.0 for $(uname -m)"
  local kind=cpu
  wants_cuda && kind=cuda
  local lists=("$KINORA_ROOT/scripts/libtorch-cpu.txt")
  [[ $kind == cpu ]] || lists+=("$KINORA_ROOT/scripts/libtorch-cuda.txt")
  local stamp final stage
  stamp=$(cat "${lists[@]}" | sha256sum | cut -c1-12)
  final=$KINORA_CACHE/libtorch-2.11.0-$kind-$stamp
  if [[ ! -e $final/torch/lib/libtorch_cpu.so ]]; then
    mkdir -p "$KINORA_CACHE"
    exec 9>"$KINORA_CACHE/setup.lock"
    flock 9  # two set-ups at once: the second waits, then finds the work done
    if [[ ! -e $final/torch/lib/libtorch_cpu.so ]]; then
      rm -rf "$KINORA_CACHE"/.stage-*
      stage=$(mktemp -d "$KINORA_CACHE/.stage-XXXXXX")
      say "fetching LibTorch 2.11.0 ($kind; about $([[ $kind == cpu ]] && echo 0.6 || echo 2.9) GB, once, into $KINORA_CACHE)"
      local platforms=() v list
      for v in manylinux_2_28 manylinux_2_27 manylinux_2_25 manylinux_2_18 manylinux_2_17 manylinux2014 manylinux_2_12 manylinux2010 manylinux_2_5 manylinux1; do
        platforms+=(--platform "${v}_x86_64")
      done
      for list in "${lists[@]}"; do
        python3 -m pip download --quiet --disable-pip-version-check --no-cache-dir --no-deps --only-binary=:all: --require-hashes \
          --python-version 3.11 --implementation cp --abi cp311 --abi none "${platforms[@]}" -d "$stage/wheels" -r "$list" >&2 ||
          { rm -rf "$stage"; die 3 "LibTorch could not be fetched (network, proxy or a changed file); run the same command again, or set KINORA_LIBTORCH=/path/to/torch"; }
      done
      local wheel
      for wheel in "$stage"/wheels/*.whl; do
        if [[ $kind == cpu && $wheel == */torch-* ]]; then
          # the CPU build loads four of the wheel's libraries; the rest is over half a gigabyte
          unzip -q "$wheel" 'torch/include/*' torch/lib/libtorch_cpu.so torch/lib/libc10.so 'torch/lib/libgomp*' 'torch*.dist-info/*' -d "$stage/site"
        else
          unzip -q -o "$wheel" -d "$stage/site"
        fi || { rm -rf "$stage"; die 3 "could not unpack $(basename "$wheel"): is the disk full? (needs $([[ $kind == cpu ]] && echo 2 || echo 9) GB in $KINORA_CACHE)"; }
        rm -f "$wheel"
      done
      mv "$stage/site" "$final" && rm -rf "$stage"
    fi
    exec 9>&-
  fi
  export KINORA_LIBTORCH=$final/torch
}

# Jobs such that LibTorch's headers (1.5 GB a compiler) fit into memory.
build_jobs() {
  local cores mem
  cores=$(nproc)
  mem=$(awk '/MemAvailable/ {print int($2 / 1700000)}' /proc/meminfo)
  [[ $mem -ge 1 ]] || mem=1
  echo $((cores < mem ? cores : mem))
}

# $1: preset; rest: targets (none: all)
build() {
  local preset=$1; shift
  cd "$KINORA_ROOT"
  # the precompiled header changes byte for byte between builds: without these ccache never hits (facts in docs/building.md)
  export CCACHE_SLOPPINESS=pch_defines,time_macros CCACHE_PCH_EXTSUM=1 CCACHE_MAXSIZE="${CCACHE_MAXSIZE:-8G}" CCACHE_BASEDIR="$KINORA_ROOT"
  local log
  log=$(mktemp)
  if ! cmake --preset "$preset" >"$log" 2>&1; then
    cat "$log" >&2; rm -f "$log"; die 1 "the build could not be configured (above)"
  fi
  rm -f "$log"
  local targets=()
  [[ $# -eq 0 ]] || targets=(--target "$@")
  cmake --build "build/$preset" -j "$(build_jobs)" "${targets[@]}" >&2 || die 1 "the build failed (above)"
}
