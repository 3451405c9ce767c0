# SPDX-License-Identifier: GPL-2.0-only
# bash completion for xm: commands and options are xm's own words (its help), guests and devices are those that there are.

_xm_commands() { xm help 2>/dev/null | sed -n 's/^  \([a-z-]*\) .*/\1/p'; }
# The lines of `xm COMMAND --help` that describe an option begin with it.
_xm_options() { echo --help; xm "$1" --help 2>/dev/null | grep '^  -' | grep -oE -- '(^  |, )--?[a-zA-Z]+' | tr -d ' ,'; }
_xm_domains() { xm list 2>/dev/null | awk 'NR > 1 { print $1 }'; }

_xm() {
	local word=${COMP_WORDS[COMP_CWORD]} command=${COMP_WORDS[1]} first=1 i
	COMPREPLY=()
	if [ "$COMP_CWORD" -eq 1 ]; then
		COMPREPLY=($(compgen -W "$(_xm_commands)" -- "$word"))
		return
	fi
	if [[ $word == -* ]]; then
		COMPREPLY=($(compgen -W "$(_xm_options "$command")" -- "$word"))
		return
	fi
	# Whether an argument that is no option stands before this one.
	for ((i = 2; i < COMP_CWORD; i++)); do
		[[ ${COMP_WORDS[i]} == -* ]] || first=
	done
	case $command${first:+ first} in
	create\ first)
		COMPREPLY=($(compgen -f -- "$word") $(cd /etc/xen 2>/dev/null && compgen -G "$word*.cfg"))
		;;
	help\ first)
		COMPREPLY=($(compgen -W "$(_xm_commands)" -- "$word"))
		;;
	restore\ first | save)
		COMPREPLY=($(compgen -f -- "$word"))
		;;
	pci-attach)
		COMPREPLY=($(compgen -W "$(xm pci-assignable-list 2>/dev/null)" -- "$word"))
		;;
	save\ first | pci-attach\ first | pci-detach\ first | pci-list\ first | console\ first | domid\ first | domname\ first | \
		vcpu-set\ first | sysrq\ first | list* | shutdown* | reboot* | destroy* | pause* | unpause* | vcpu-list* | uptime*)
		COMPREPLY=($(compgen -W "$(_xm_domains)" -- "$word"))
		;;
	esac
}
complete -F _xm xm
