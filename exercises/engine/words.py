"""English: lists, and verbs that agree with the names before them."""


def listed(words, last="and"):
    """ "a, b and c" """
    words = list(words)
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}"


def plural(name):
    """True if what a name stands for is many things: "the new params", "factors", not "the list of norms"."""
    head = "what" if name.startswith("what ") else name.split(" of ")[0].split()[-1]
    return head.endswith("s") and not head.endswith(("ss", "us", "is", "as", "_s")) and len(head) > 2


def are(names):
    """ "is" or "are", as it must stand after a list of names."""
    return "are" if len(names) > 1 or plural(names[0]) else "is"


def grouped(names, every):
    """The names of parts, with one name for all entries of a dict, where all of them are among the names."""
    def holder(name):
        return name.split("[")[0]

    whole = {holder(name) for name in every} - {holder(name) for name in every if name not in names}
    return list(dict.fromkeys(holder(name) if holder(name) in whole else name for name in names))


def capital(sentence):
    """The sentence with a capital, unless it begins with a name from the code."""
    is_word = sentence.split(" ")[0] in ("the", "part", "it", "when", "what")
    return sentence[:1].upper() + sentence[1:] if is_word else sentence
