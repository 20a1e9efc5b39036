# SPDX-License-Identifier: GPL-2.0
# Sourced: need PACKAGE... installs what is missing, or says what it takes.

need()
{
	local missing=() package

	for package; do
		dpkg-query -W -f '${Status}\n' "$package" 2>/dev/null |
			grep -q '^install ok installed' || missing+=("$package")
	done
	[ ${#missing[@]} -eq 0 ] && return 0
	if [ "$(id -u)" -ne 0 ]; then
		echo "tslab: these Debian packages are needed; as root, run:" >&2
		echo "  apt-get install --no-install-recommends ${missing[*]}" >&2
		return 1
	fi
	echo "tslab: installing through apt: ${missing[*]}"
	apt_install "${missing[@]}" 2>/dev/null && return 0
	fresh_lists && apt_install "${missing[@]}"
}

apt_install()
{
	DEBIAN_FRONTEND=noninteractive apt-get -qq -y \
		--no-install-recommends install "$@" >/dev/null
}

# Once a run, where apt failed: a new machine has no package lists, and old
# ones name packages that the archive has no longer.
fresh_lists()
{
	[ "$(id -u)" -eq 0 ] && [ -z "${TSLAB_LISTS_FRESH:-}" ] || return 1
	export TSLAB_LISTS_FRESH=1
	apt-get -qq update
}
