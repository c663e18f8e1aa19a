# SPDX-License-Identifier: GPL-2.0-or-later
# Completion of tasktoll for bash.

_tasktoll()
{
	local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} word i
	local common="--duration --interval --btf --force-rung --format --output --rows --sort
		--threads --no-color --quiet --verbose --help -d -i -o -n -s -q -v -h"
	local targets="--pid --no-children --tid --comm --cgroup --as-root -p -t -c -G --"

	COMPREPLY=()
	for ((i = 1; i < COMP_CWORD; i++)); do
		if [[ ${COMP_WORDS[i]} == -- ]]; then # a program follows
			_command_offset $((i + 1)) 2>/dev/null
			return
		fi
	done
	case $previous in
	-p | --pid | -t | --tid)
		word=$(cd /proc && echo [0-9]*)
		;;
	--format) word="text json csv" ;;
	-s | --sort) word="toll switches involuntary mm runq oncpu migrations" ;;
	-o | --output | --btf)
		mapfile -t COMPREPLY < <(compgen -f -- "$current")
		return
		;;
	-G | --cgroup)
		mapfile -t COMPREPLY < <(compgen -d -- "${current:-/sys/fs/cgroup/}")
		return
		;;
	*)
		case ${COMP_WORDS[1]} in
		stat) word="$common $targets" ;;
		doctor) word="--format --output --btf --force-rung --help -o -h" ;;
		*) word="stat doctor --help --version" ;;
		esac
		((COMP_CWORD == 1)) && word="stat doctor --help --version"
		;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$word" -- "$current")
}
complete -F _tasktoll tasktoll
