# SPDX-License-Identifier: GPL-2.0-only
# bash completion for xm: commands and options are xm's own words (its help), guests and devices are those that there are.
# Names of guests come from whatever created them. They are compared and quoted, never expanded: no "compgen -W" here.

_xm_commands() { xm help 2>/dev/null | sed -n 's/^  \([a-z-]*\) .*/\1/p'; }
# The lines of `xm COMMAND --help` that describe an option begin with it.
_xm_options() { echo --help; xm "$1" --help 2>/dev/null | grep '^  -' | grep -oE -- '(^  |, )--?[a-zA-Z]+' | tr -d ' ,'; }
# A name may have spaces: it ends where the five columns of numbers and state begin.
_xm_domains() { xm list 2>/dev/null | sed -nE '1d; s/ +[0-9]+ +[0-9]+ +[0-9]+ +[^ ]+ +[0-9.]+$//p'; }

# Offers the lines of the input that begin with the word so far.
_xm_offer() {
	local line
	while IFS= read -r line; do
		[[ $line == "$1"* ]] && COMPREPLY+=("$(printf %q "$line")")
	done
}

_xm_offer_files() {
	compopt -o filenames 2>/dev/null
	mapfile -t COMPREPLY < <(compgen -f -- "$1")
}

# Whether no argument but options stands before this one.
_xm_first() {
	local i
	for ((i = 2; i < COMP_CWORD; i++)); do
		[[ ${COMP_WORDS[i]} == -* ]] || return
	done
	echo first
}

_xm() {
	local word=${COMP_WORDS[COMP_CWORD]} command=${COMP_WORDS[1]} first
	COMPREPLY=()
	if [ "$COMP_CWORD" -eq 1 ]; then
		_xm_offer "$word" < <(_xm_commands)
		return
	fi
	if [[ $word == -* ]]; then
		_xm_offer "$word" < <(_xm_options "$command")
		return
	fi
	first=$(_xm_first)
	case $command${first:+ first} in
	create\ first)
		_xm_offer_files "$word"
		_xm_offer "$word" < <(cd /etc/xen 2>/dev/null && ls -- *.cfg 2>/dev/null)
		;;
	help\ first)
		_xm_offer "$word" < <(_xm_commands)
		;;
	restore\ first | save)
		_xm_offer_files "$word"
		;;
	pci-attach)
		_xm_offer "$word" < <(xm pci-assignable-list 2>/dev/null)
		;;
	save\ first | pci-attach\ first | pci-detach\ first | pci-list\ first | console\ first | domid\ first | domname\ first | \
		vcpu-set\ first | sysrq\ first | list* | shutdown* | reboot* | destroy* | pause* | unpause* | vcpu-list* | uptime*)
		_xm_offer "$word" < <(_xm_domains)
		;;
	esac
}
complete -F _xm xm
