# SPDX-License-Identifier: GPL-2.0
# Sourced, with packages.sh: how check.sh and check-arch.sh count what they check.
# finish prints "N passed, N failed, N skipped", and ends them.
passed=0 failed=0 skipped=0
mkdir -p build/log

# part NAME: says what comes, and how many seconds have gone
part()
{
	echo "--- $1 ($SECONDS s)"
}

count()
{
	passed=$((passed + $1))
	failed=$((failed + $2))
	skipped=$((skipped + $3))
}

finish()
{
	echo "$passed passed, $failed failed, $skipped skipped"
	[ $failed -eq 0 ]
	exit
}

# step NAME COMMAND...: one check whose output matters only if it fails
step()
{
	local name=$1 log
	shift

	log=build/log/check-${name// /-}
	if "$@" > "$log" 2>&1; then
		echo "ok $name ($SECONDS s)"
		count 1 0 0
	else
		tail -n 40 "$log"
		echo "FAILED $name, see $log"
		count 0 1 0
	fi
}

# module_clean VERSION [ARGUMENT]...: fails on any warning of compiler, sparse or
# modpost
module_clean()
{
	local log=build/log/module-$1

	[ -n "${fast:-}" ] || rm -rf build/module-"$1"
	tools/qemu/module.sh "$@" 2>&1 | tee "$log"
	[ "${PIPESTATUS[0]}" -eq 0 ] && ! grep -iE 'warning|error' "$log"
}

kunit_check()
{
	local out status word n

	part "kunit $1"
	out=$(tools/qemu/kunit.sh "$1")
	status=$?
	echo "$out"
	out=$(tail -n 1 <<< "$out")
	for word in passed failed crashed errors skipped; do
		n=$(sed -n "s/.*$word: \([0-9]*\).*/\1/p" <<< "$out")
		case $word in
		passed) count "${n:-0}" 0 0 ;;
		skipped) count 0 0 "${n:-0}" ;;
		*) count 0 "${n:-0}" 0 ;;
		esac
	done
	# Broken before or beside the tests.
	if [ $status -ne 0 ] && ! [[ $out =~ (failed|crashed|errors): ]]; then
		count 0 1 0
	fi
}

# guest NAME COMMAND...: boots a guest that prints "ok", "not ok" or "skipped" per check
guest()
{
	local name=$1 log status
	shift

	part "$name"
	log=build/log/guest-${name// /-}
	"$@" > "$log" 2>&1
	status=$?
	grep -vE '^ok ' "$log"
	count "$(grep -c '^ok ' "$log")" "$(grep -c '^not ok ' "$log")" \
		"$(grep -c '^skipped ' "$log")"
	if [ $status -ne 0 ] && ! grep -q '^not ok ' "$log"; then
		count 0 1 0
	fi
}

# foreign_check NAME VERSION: the modules on a kernel of another architecture
foreign_check()
{
	local modules=build/module-$2

	guest "$1" tools/qemu/boot.sh --kernel "$2" \
		--add $modules/tslab.ko \
		--add $modules/samples/tslab_request_sample.ko \
		--add $modules/tools/bench/tslab_retention.ko \
		--add $modules/tools/torture/tslab_torture.ko \
		tools/qemu/foreign-guest.sh
}
