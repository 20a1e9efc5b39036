#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Converts the sources here and compares with what is to come of them: NAME.out has the
# diff, and what is said beside it. Needs no kernel.
#
# usage: run.sh [--update]
#   --update: makes NAME.out of what comes
set -uo pipefail
cd "$(dirname "$0")"
. ../../qemu/packages.sh
passed=0 failed=0 skipped=0
out=$(mktemp)
trap 'rm -f "$out"' EXIT

ok()
{
	echo "ok $1"
	passed=$((passed + 1))
}

not_ok()
{
	echo "not ok $1"
	failed=$((failed + 1))
}

# golden NAME ARGUMENT...: what is said comes first
golden()
{
	local name=$1 said
	shift

	said=$({ ../convert --instance demo_ts "$@" > "$out"; } 2>&1)
	{ [ -z "$said" ] || echo "$said"; cat "$out"; } > "$out.all"
	if [ -n "$update" ]; then
		cp "$out.all" "$name.out"
	fi
	if diff -u "$name.out" "$out.all"; then
		ok "$name"
	else
		not_ok "$name"
	fi
	rm -f "$out.all"
}

# refused NAME STATUS TEXT COMMAND...: ends so, with one line that has the text
refused()
{
	local name=$1 want=$2 text=$3 said status
	shift 3

	said=$("$@" 2>&1)
	status=$?
	if [ $status -eq "$want" ] && [ "$(wc -l <<< "$said")" -eq 1 ] &&
	   [[ $said == convert:\ *"$text"* ]]; then
		ok "refused: $name"
	else
		echo "$said"
		not_ok "refused: $name"
	fi
}

in_place()
{
	local dir

	dir=$(mktemp -d)
	cp caches.[ch] "$dir"
	../convert --instance demo_ts "$dir"/caches.[ch] > "$dir/diff" &&
		cmp -s caches.c "$dir/caches.c" &&
		../convert --instance demo_ts --in-place "$dir"/caches.[ch] > "$out" &&
		[ ! -s "$out" ] &&
		grep -v '^[-+][-+]' "$dir/diff" | sed -n 's/^+//p' | sort > "$dir/added" &&
		cat "$dir"/caches.[ch] | sort | comm -13 - "$dir/added" > "$dir/missing" &&
		[ ! -s "$dir/missing" ]
	status=$?
	rm -r "$dir"
	return $status
}

update=
case ${1:-} in
--update) update=1 ;;
"") ;;
*) sed -n 's/^# usage: /usage: /p' "$0" >&2; exit 2 ;;
esac
need coccinelle python3 || { echo "0 passed, 1 failed, 0 skipped"; exit 1; }

for name in caches usercopy args objects lru mempools left user; do
	files=("$name.c")
	[ ! -e "$name.h" ] || files+=("$name.h")
	golden $name "${files[@]}"
done
golden cleanup cleanup.c cleanup-later.c
for name in kmalloc kmalloc-left; do
	golden $name --kmalloc $name.c
done
golden create --create demo create.c
if in_place; then ok "in place"; else not_ok "in place"; fi
refused "no such file" 1 "nowhere.c: no such file" ../convert --instance ts nowhere.c
refused "no source" 1 "run.sh: not a .c or .h file" ../convert --instance ts run.sh
refused "nothing to convert" 1 "nothing to convert in nothing.c" \
	../convert --instance ts nothing.c
refused "no module_init()" 1 "module_init() in the files" \
	../convert --instance ts --create demo caches.c
refused "bad name" 1 "no name of an instance" \
	../convert --instance ts --create 'a"b' create.c
refused "no spatch" 1 "coccinelle" \
	env PATH=/nowhere "$(python3 -c 'import sys; print(sys.executable)')" ../convert --instance ts caches.c
refused "bad instance" 1 "no name of a variable" ../convert --instance 1 caches.c
refused "no instance" 2 "--instance" ../convert caches.c
refused "no files" 2 "FILE" ../convert --instance ts
refused "unknown option" 2 "--what" ../convert --instance ts --what caches.c
echo "$passed passed, $failed failed, $skipped skipped"
[ $failed -eq 0 ]
