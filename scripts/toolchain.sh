# shellcheck shell=bash
# Finds the JDK and the Maven that Holdfast is built and run with. Sourced by ./holdfast, ./verify and the guest tests;
# bash, no external command on the way to a JDK that is there. The caller owns `set` options; nothing runs on sourcing.
#
#   find_jdk             sets JDK_HOME (a JDK >= 25) and JDK_VERSION (its full version), or says what to do and returns 1
#   find_maven           sets MAVEN (the command), or says what to do and answers 1
#   run_maven ARGUMENT…  runs Maven on that JDK; HOLDFAST_MAVEN_ARGS adds arguments (split at blanks)
#
# Both find_ functions install a missing Debian package, if they are called by root in a source tree on Debian or
# Ubuntu, and say so before they do. HOLDFAST_NO_INSTALL=1 forbids it.

JDK_MINIMUM=25
MAVEN_MINIMUM=3.8

# Sets REPLY to the full version of the JDK in $1 (javac and all), or answers 1.
_jdk_version() {
  local home=$1 key value runtime='' version=''
  [[ -x $home/bin/java && -x $home/bin/javac && -r $home/release ]] || return 1
  while IFS='=' read -r key value; do
    value=${value%\"} value=${value#\"}
    case $key in
      JAVA_VERSION) version=$value ;;
      JAVA_RUNTIME_VERSION) runtime=$value ;;
    esac
  done <"$home/release"
  REPLY=${runtime:-$version}
  [[ $REPLY =~ ^[0-9]+ ]]
}

# Takes $1 as JDK_HOME if it is new enough, and older than what was found before: the minimum is what is tested most. Under its
# own name: distributions have links to it, and what is kept for one JDK, such as a start-up cache, is kept once.
_consider_jdk() {
  local major
  _jdk_version "$1" || return 0
  major=${REPLY%%[!0-9]*}
  if ((major >= JDK_MINIMUM)) && { [[ -z $JDK_HOME ]] || ((major < ${JDK_VERSION%%[!0-9]*})); }; then
    JDK_HOME=$(cd -P -- "$1" && pwd)
    JDK_VERSION=$REPLY
  fi
}

_look_for_jdk() {
  local home java name
  JDK_HOME='' JDK_VERSION=''
  if [[ -n ${JAVA_HOME:-} ]]; then
    _consider_jdk "$JAVA_HOME"
    [[ -z $JDK_HOME ]] || return 0
  fi
  # JAVA_HOME_25_X64 and its like are how continuous integration services name the JDKs they have.
  for name in "${!JAVA_HOME_@}"; do
    _consider_jdk "${!name}"
  done
  for home in /usr/lib/jvm/* /usr/java/* /usr/local/*jdk* /opt/*jdk* /opt/*java*/* /opt/*temurin* \
    "${HOME:-/nonexistent}"/.sdkman/candidates/java/* "${HOME:-/nonexistent}"/.jdks/*; do
    _consider_jdk "$home"
  done
  [[ -z $JDK_HOME ]] || return 0
  if java=$(command -v java) && java=$(readlink -f -- "$java"); then
    _consider_jdk "${java%/bin/java}"
  fi
  [[ -n $JDK_HOME ]]
}

# Whether packages may be installed here: by root, with apt-get, if nobody forbids it. Only for a source tree, which has
# to be built: what was installed itself, below /usr or /opt or without sources, never installs anything else.
_may_install() {
  local tree
  [[ ${HOLDFAST_NO_INSTALL:-0} == 0 ]] || return 1
  ((EUID == 0)) && command -v apt-get >/dev/null || return 1
  tree=$(cd -P -- "${BASH_SOURCE[0]%/*}/.." && pwd) || return 1
  [[ -e $tree/pom.xml && $tree != /usr/* && $tree != /opt/* ]]
}

# Installs Debian packages if that is allowed and possible, and says so before. A first attempt may fail for reasons that can be
# mended: an index from long ago names files that the mirrors no longer have, and a dpkg that was once interrupted refuses
# everything until it has been told to finish. If the second fails too, it says why, and what the first had to say.
_apt_install() {
  local first
  _may_install || return 1
  printf 'holdfast: installing the Debian package %s, which is missing (HOLDFAST_NO_INSTALL=1 forbids it)\n' "$*" >&2
  export DEBIAN_FRONTEND=noninteractive
  if ! apt-cache show "$@" >/dev/null 2>&1; then
    apt-get update -qq >/dev/null 2>&1 || return 1
    apt-cache show "$@" >/dev/null 2>&1 || return 1
  fi
  first=$(apt-get install -y -qq --no-install-recommends "$@" </dev/null 2>&1) && return 0
  dpkg --force-confold --configure -a </dev/null >/dev/null 2>&1 || true
  apt-get update -qq >/dev/null 2>&1 || true
  apt-get install -y -qq --no-install-recommends "$@" </dev/null >/dev/null && return 0
  printf 'holdfast: before that, apt-get install %s said:\n%s\n' "$*" "$first" >&2
  return 1
}

find_jdk() {
  _look_for_jdk && return 0
  if _apt_install "openjdk-$JDK_MINIMUM-jdk-headless" && _look_for_jdk; then
    return 0
  fi
  cat >&2 <<TEXT
holdfast needs a JDK $JDK_MINIMUM or newer (with javac) and found none.
  JAVA_HOME is ${JAVA_HOME:-not set}; also looked in JAVA_HOME_*, /usr/lib/jvm, /usr/java,
  /usr/local, /opt, ~/.sdkman/candidates/java, ~/.jdks and on the PATH.
  Install one (Debian 13 and later, Ubuntu: apt-get install openjdk-$JDK_MINIMUM-jdk-headless; elsewhere a build of OpenJDK
  such as Eclipse Temurin), then set JAVA_HOME to its directory.
TEXT
  return 1
}

find_maven() {
  if MAVEN=$(command -v mvn) || { _apt_install maven && MAVEN=$(command -v mvn); }; then
    return 0
  fi
  cat >&2 <<TEXT
holdfast is built with Maven $MAVEN_MINIMUM or newer and found no mvn on the PATH.
  Install it (Debian, Ubuntu: apt-get install maven), or put the bin directory of a downloaded one on the PATH.
TEXT
  return 1
}

run_maven() {
  local extra
  read -r -a extra <<<"${HOLDFAST_MAVEN_ARGS:-}"
  # Maven's own JVM flags are in .mvn/jvm.config.
  JAVA_HOME=$JDK_HOME "$MAVEN" "${extra[@]}" "$@" </dev/null
}
