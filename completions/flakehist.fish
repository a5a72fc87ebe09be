# flakehist in fish. What can be completed is asked of the program itself: `flakehist completions fish -- WORD…`.

function __flakehist_complete
    set -l words (commandline -opc)
    set -l word (commandline -ct)
    # An empty word is a word too.
    set -q word[1]; or set word ''
    set -l found (command $words[1] completions fish -- $words[2..-1] $word 2>/dev/null)
    # Where nothing fits, files do.
    if set -q found[1]
        printf '%s\n' $found
    else
        __fish_complete_path $word
    end
end

complete -c flakehist -f -k -a '(__flakehist_complete)'
