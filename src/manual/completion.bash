# bash completion for matinee; what follows the driver is made of the program's tables of commands and options.

# Offers what stands in `offer`: words, and <files>, <directories>, or <list>: words with commas between.
_matinee_offer() {
    local current=$1 kind found words=() prefix=''
    for kind in "${offer[@]}"; do
        case $kind in
        '<files>' | '<directories>')
            mapfile -t found < <(compgen "$([[ $kind == '<files>' ]] && echo -f || echo -d)" -- "$current")
            COMPREPLY+=("${found[@]}")
            compopt -o filenames -o default 2>/dev/null
            ;;
        '<list>')
            prefix=${current%"${current##*,}"}
            compopt -o nospace 2>/dev/null
            ;;
        *) words+=("$kind") ;;
        esac
    done
    mapfile -t found < <(compgen -P "$prefix" -W "${words[*]}" -- "${current##*,}")
    COMPREPLY+=("${found[@]}")
}

# How many arguments of the command stand before word number $1.
_matinee_arguments_before() {
    local i offer
    arguments=0
    for ((i = 2; i < $1; i++)); do
        if [[ ${COMP_WORDS[i]} != -* ]]; then
            arguments=$((arguments + 1))
        elif [[ ${COMP_WORDS[i + 1]} == '=' ]]; then # bash takes it for a word of its own
            i=$((i + 2))
        elif _matinee_value "${COMP_WORDS[1]}" "${COMP_WORDS[i]}"; then
            i=$((i + 1))
        fi
    done
}

_matinee() {
    local at=$COMP_CWORD command=${COMP_WORDS[1]} current=${COMP_WORDS[COMP_CWORD]} option='' offer=() arguments
    COMPREPLY=()
    if ((at == 1)); then
        _matinee_commands
        offer+=(help --help --version)
    elif [[ $command == help ]]; then
        ((at > 2)) || _matinee_commands
    else
        if [[ $current == '=' ]]; then
            current='' option=${COMP_WORDS[at - 1]}
        elif [[ ${COMP_WORDS[at - 1]} == '=' ]]; then
            option=${COMP_WORDS[at - 2]}
        elif [[ ${COMP_WORDS[at - 1]} == --* ]]; then
            option=${COMP_WORDS[at - 1]}
        fi
        if [[ -z $option ]] || ! _matinee_value "$command" "$option"; then
            _matinee_arguments_before "$at"
            _matinee_argument "$command" "$arguments"
            if [[ $current == -* || ${#offer[@]} -eq 0 ]]; then
                _matinee_options "$command"
            fi
        fi
    fi
    _matinee_offer "$current"
}
complete -F _matinee matinee
