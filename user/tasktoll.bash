# SPDX-License-Identifier: GPL-2.0-or-later
# Completion of tasktoll for bash.

_tasktoll()
{
	local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} word i
	local commands="stat crash record report flame doctor --help --version"
	local common="--duration --btf --force-rung --format --output --no-color --quiet --verbose
		--help -d -o -q -v -h"
	local table="--interval --rows --sort --threads -i -n -s"
	local report="--crashes --stacks --metric --diff --rows --sort --threads --format --output
		--no-color --quiet --help -n -s -o -q -h"
	local crash="--all --window --exec"
	local targets="--pid --no-children --tid --comm --cgroup --as-root -p -t -c -G --"

	local flame="--metric --format --output --diff --pid --tid --comm --per-thread --no-kernel
		--reverse --quiet --help -o -p -t -c -q -h"

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
	--format)
		word="text json"
		[[ ${COMP_WORDS[1]} == @(stat|report) ]] && word+=" csv"
		[[ ${COMP_WORDS[1]} == flame ]] && word="folded pprof svg"
		;;
	--metric)
		word="offcpu sleep disk preempted switches cost mm runq wake spawn spawn-ns crash"
		;;
	-s | --sort) word="toll switches involuntary mm runq oncpu migrations" ;;
	--exec)
		mapfile -t COMPREPLY < <(compgen -c -- "$current")
		return
		;;
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
		stat) word="$common $table $targets" ;;
		crash) word="$common $crash $targets" ;;
		record)
			word="--output --force --max-memory --inline --debuginfod --duration --interval --btf --force-rung
				--quiet --verbose --help -o -d -i -q -v -h $targets"
			;;
		flame)
			mapfile -t COMPREPLY < <(compgen -W "$flame" -- "$current"; compgen -f -- "$current")
			return
			;;
		report)
			word=$report
			if [[ $current != -* ]]; then # a recording
				mapfile -t COMPREPLY < <(compgen -f -- "$current")
				return
			fi
			;;
		doctor) word="--security --format --output --btf --force-rung --help -o -h" ;;
		*) word=$commands ;;
		esac
		((COMP_CWORD == 1)) && word=$commands
		;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$word" -- "$current")
}
complete -F _tasktoll tasktoll
