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
	fresh_lists
	DEBIAN_FRONTEND=noninteractive apt-get -qq -y \
		--no-install-recommends install "${missing[@]}" >/dev/null
}

# A new machine has no package lists, or old ones.
fresh_lists()
{
	local stamp=/var/lib/apt/periodic/update-success-stamp

	[ -n "${TSLAB_LISTS_FRESH:-}" ] && return 0
	if [ "$(id -u)" -eq 0 ] &&
	   [ -z "$(find /var/lib/apt/lists "$stamp" -maxdepth 1 -type f \
		   -mmin -1440 2>/dev/null | head -n 1)" ]; then
		apt-get -qq update
	fi
	export TSLAB_LISTS_FRESH=1
}
