# flakehist in bash. What can be completed is asked of the program itself: `flakehist completions bash -- WORD…`.

_flakehist() {
    # Bash takes words apart at `:` and `=` too; what no space separates is put together again. Nothing behind the
    # cursor is looked at.
    local rest=${COMP_LINE:0:COMP_POINT} gap last i words=()
    for ((i = 0; i <= COMP_CWORD; i++)); do
        gap=${rest%%[![:space:]]*}
        rest=${rest#"$gap"}
        local word=${COMP_WORDS[i]}
        ((i < COMP_CWORD)) || word=$rest
        rest=${rest#"$word"}
        last=$((${#words[@]} - 1))
        if [[ -z $gap && $last -ge 0 ]]; then
            words[last]+=$word
        else
            words+=("$word")
        fi
    done
    last=$((${#words[@]} - 1))

    # Of an answer bash wants only what comes after the last such character.
    local word=${words[last]} kept= line
    local tail=${word##*[$COMP_WORDBREAKS]}
    [[ $tail == "$word" ]] || kept=${word%"$tail"}
    COMPREPLY=()
    while IFS= read -r line; do
        line=${line%%$'\t'*}
        COMPREPLY+=("${line#"$kept"}")
    done < <("${1/#\~\//$HOME/}" completions bash -- "${words[@]:1}" 2>/dev/null)
}

# Where nothing fits, files do. Bash below 4.4 cannot leave the order as it is.
complete -o default -o nosort -F _flakehist flakehist 2>/dev/null || complete -o default -F _flakehist flakehist
