"""Words of lesson 10 that are others where the cell was handed out: {as the lesson has them: instead}."""

OTHER_WORDS = {
    "The cell is yours: your name or number chooses it, and your neighbour's is most likely another one.":
        "The cell is yours: it was handed out to you, and nobody else of your class has it.",
    "Write your name, or the number your teacher knows you by, in the place of the text below. Then run "
    "the cell.":
        "Run the cell below. It shows the equations of the cell that was handed out to you.",
    "and takes a share $\\alpha$ of what is new. $\\alpha$ is a given number, or one number per unit that "
    "is learned, as it stands or as the sigmoid of $q$.":
        "and takes a share $\\alpha$ of what is new; or $a_t$ does, with a share of $a_{t-1}$. $\\alpha$ "
        "is a given number; or one number per unit that is learned, as it stands or as the sigmoid of "
        "$q$; or the input sets it, anew at each step.",
    "a *skip* that reads the state of two or three steps ago, or the last *output*, fed back.":
        "a *skip* that reads the state of two or three steps ago, or how it has changed since; or an "
        "*output* of one or two steps ago, fed back.",
    "A *gain* $g_t$, set by the input, multiplies the recurrent term; or the *squares* of the last states "
    "are added, each with a weight from the vector $p$.":
        "A *gain* $g_t$, set by the input, multiplies the recurrent term; or one that is set by the state "
        "multiplies the input's term; or the *squares* of the last states are added, each with a weight "
        "from the vector $p$; or there is a term that your card alone explains.",
    'print(len(capstone.variants()), "different cells")\n':
        "",
    "In lesson 03 a state had two readers: its output and the next pre-activation. Your states have more.":
        "In lesson 03 a state had two readers: its output and the next pre-activation; a sum and an "
        "output had one each. In your cell there are more.",
    "1. $y_t$, $a_{t+1}$ and $h_{t+1}$; with a skip over $d$ steps $a_{t+d}$, too.":
        "1. $y_t$, $a_{t+1}$ and, where the leak acts on the state, $h_{t+1}$; with a skip over $d$ steps "
        "$a_{t+d}$, too.",
    "2. The leak's: from $h_{t+1}$ straight to $h_t$, times $1 - \\alpha$.":
        "2. The leak's: from $h_{t+1}$ straight to $h_t$, or from $a_{t+1}$ to $a_t$, times $1 - \\alpha$.",
    "**Before you compare with a neighbour: does your $f$ ever fall?** Four of the six never do; the sine "
    "and the window, $a\\, e^{-a^2/2}$, fold back.":
        "**Before you compare with a neighbour: does your $f$ ever fall?** Those that are handed out "
        "never do. Two of those that a name can choose, a sine and a window, $a\\, e^{-a^2/2}$, fold back.",
    "| leak | $h_t = (1-\\alpha) h_{t-1} + \\alpha f(a_t)$: $da_t = \\alpha f'(a_t)\\, dh_t$, and "
    "$(1-\\alpha)\\, dh_t$ goes straight to $h_{t-1}$ |":
        "| leak | $h_t = (1-\\alpha) h_{t-1} + \\alpha f(a_t)$: $da_t = \\alpha f'(a_t)\\, dh_t$, and "
        "$(1-\\alpha)\\, dh_t$ goes straight to $h_{t-1}$; on $a_t$: $(1-\\alpha)\\, da_t$ goes straight "
        "to $a_{t-1}$ |",
}
