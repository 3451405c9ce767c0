# SPDX-License-Identifier: GPL-2.0-only
# bash completion for xm

_xm() {
	local word=${COMP_WORDS[COMP_CWORD]} command=${COMP_WORDS[1]} names
	COMPREPLY=()
	if [ "$COMP_CWORD" -eq 1 ]; then
		COMPREPLY=($(compgen -W "$(xm help 2>/dev/null | sed -n 's/^  \([a-z-]*\) .*/\1/p')" -- "$word"))
		return
	fi
	if [[ $word == -* ]]; then
		COMPREPLY=($(compgen -W "$(xm "$command" --help 2>/dev/null | grep -o -- '-[a-z-]*' | grep '^-') --help" -- "$word"))
		return
	fi
	case $command in
	create)
		COMPREPLY=($(compgen -f -- "$word") $(cd /etc/xen 2>/dev/null && compgen -G "$word*.cfg"))
		;;
	help)
		COMPREPLY=($(compgen -W "$(xm help 2>/dev/null | sed -n 's/^  \([a-z-]*\) .*/\1/p')" -- "$word"))
		;;
	list | console | shutdown | reboot | destroy | pause | unpause | save | domid | domname | vcpu-list | vcpu-set | uptime | sysrq | pci-attach | pci-detach | pci-list)
		names=$(xm list 2>/dev/null | awk 'NR > 1 { print $1 }')
		COMPREPLY=($(compgen -W "$names" -- "$word"))
		;;
	esac
}
complete -F _xm xm
