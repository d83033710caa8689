"""The loop that writes a name, one method per formula, and the mistakes that people make in it."""

import numpy as np

from exercises.engine.mistakes import row
from helpers import losses, rnn, sampling
from helpers.datasets import ALPHABET


class Writer:
    """The loop that writes a name."""

    def __init__(self, params, rng, temperature, max_letters):
        self.params, self.rng, self.temperature, self.max_letters = params, rng, temperature, max_letters

    def run(self):
        """A name."""
        self.word, self.state = "", None
        self.x = self.first_input()
        for _ in range(self.limit()):
            cache = rnn.forward(self.params, self.x, self.state)
            self.y = cache.y[-1, 0]
            self.state = self.next_state(cache)
            self.letter = self.drawn()
            if self.ends():
                break
            self.word += self.written()
            self.x = self.next_input()
        return self.result()

    def limit(self):
        """the largest number of rounds, max_letters"""
        return self.max_letters

    def first_input(self):
        """the first input, class 0"""
        return sampling.one_hot(0)

    def next_state(self, cache):
        """the state that the next round starts from, the last of this one"""
        return cache.state

    def probabilities(self):
        """the probabilities, the softmax of y / temperature"""
        return losses.softmax(self.y / self.temperature)

    def drawn(self):
        """the letter, drawn from the probabilities"""
        return self.rng.choice(len(ALPHABET), p=self.probabilities())

    def ends(self):
        """the end, class 0"""
        return self.letter == 0

    def written(self):
        """the letter of the class that was drawn"""
        return ALPHABET[self.letter]

    def next_input(self):
        """the next input, the letter that was drawn"""
        return sampling.one_hot(self.letter)

    def result(self):
        """the name, all letters but no dot"""
        return self.word


WRITER_MISTAKES = {
    "state not carried": row("05.6", dict(next_state=lambda s, cache: None),
        "Each round starts from a zero state; it must start from the last round's.",
        "after c i n q u e g r a, what does a network know that sees a alone?"),
    "temperature multiplied": row("05.6", dict(probabilities=lambda s: losses.softmax(s.y * s.temperature)),
        "The scores are multiplied by the temperature; they must be divided by it.",
        "below 1 the distribution should become sharper. Does halving the scores do that?"),
    "temperature without effect": row("05.6", dict(probabilities=lambda s: losses.softmax(s.y)),
        "The temperature has no effect: it is not used, or cancels when the probabilities are divided by "
        "their sum.",
        "the temperature divides the scores, before the softmax."),
    "temperature after the softmax": row("05.6",
        dict(probabilities=lambda s: losses.softmax(losses.softmax(s.y) / s.temperature)),
        "The probabilities are divided by the temperature and go through a second softmax.",
        "one softmax, of scores divided by the temperature."),
    "likeliest letter taken": row("05.6", dict(drawn=lambda s: int(np.argmax(s.y))),
        "Each letter is the likeliest one; it must be drawn from the probabilities.",
        "two calls with different generators should write different names."),
    "all letters alike": row("05.6", dict(drawn=lambda s: s.rng.choice(len(ALPHABET))),
        "The letters are drawn with equal probabilities: p is missing from rng.choice.",
        "rng.choice(27) knows nothing of the network."),
    "each letter drawn twice": row("05.6", dict(next_input=lambda s: sampling.one_hot(s.drawn())),
        "Two letters are drawn in each round: one is written, and another goes back in.",
        "draw once, and give the result a name."),
    "first input is the letter a": row("05.6", dict(first_input=lambda s: sampling.one_hot(1)),
        "The first input is class 1, the letter a; it must be class 0, which starts a name.",
        "what did the network read first in every name it was trained on?"),
    "first input is zero": row("05.6", dict(first_input=lambda s: 0 * sampling.one_hot(0)),
        "The first input is all zeros; it must be class 0, with a 1 in its first entry.",
        "class 0 is the dot that starts a name. One-hot means that one entry is 1."),
    "same input always": row("05.6", dict(next_input=lambda s: s.x),
        "Every round reads the dot again; what was drawn must be the next input.",
        "a network that is not told which letter was drawn cannot go on from it."),
    "inputs pile up": row("05.6", dict(next_input=lambda s: np.maximum(s.x, sampling.one_hot(s.letter))),
        "The next input keeps the ones of the letters before; it must hold one 1 only.",
        "make a new array of zeros in each round."),
    "probabilities fed back": row("05.6", dict(next_input=lambda s: s.probabilities()[None, None]),
        "The probabilities are the next input; it must be the letter that was drawn, one-hot.",
        "the network was trained on letters, and each of them is a single 1."),
    "whole word read again": row("05.6",
        dict(next_input=lambda s: np.concatenate([s.x, sampling.one_hot(s.letter)])),
        "Each round reads the whole word so far, and starts from the state that has read it already.",
        "carry the state and read one letter, or read the whole word from a zero state. Not both."),
    "one letter too many": row("05.6", dict(limit=lambda s: s.max_letters + 1),
        "A name may get one letter more than max_letters.",
        "after how many rounds must the loop end, if none draws the dot?"),
    "one letter too few": row("05.6", dict(limit=lambda s: s.max_letters - 1),
        "The longest name is one letter shorter than max_letters.",
        "after how many rounds must the loop end, if none draws the dot?"),
    "limit ignored": row("05.6", dict(limit=lambda s: 500),
        "The name goes on after max_letters letters.",
        "a network may never draw the dot. Then the limit ends the loop."),
    "dot kept": row("05.6", dict(result=lambda s: s.word + "." if s.ends() else s.word),
        "The dot that ends a name is written, too.",
        "class 0 ends the loop before anything is added to the word."),
    "dot does not end": row("05.6", dict(ends=lambda s: False),
        "Class 0 does not end the name: it goes on to max_letters rounds.",
        "the network draws the dot to say that the name is complete."),
    "dots skipped": row("05.6", dict(ends=lambda s: False, written=lambda s: ALPHABET[s.letter].strip(".")),
        "Class 0 is left out of the name but does not end it.",
        "the network draws the dot to say that the name is complete."),
    "letters one class late": row("05.6", dict(written=lambda s: ALPHABET[(s.letter + 1) % len(ALPHABET)]),
        "Each class is written as the letter after it: class 1 becomes b.",
        "ALPHABET begins with the dot, so that class 1 is a."),
    "first letter lost": row("05.6", dict(result=lambda s: s.word[1:]),
        "The first letter is missing from the name.",
        "the first round draws the first letter. Is it added to the word?"),
    "last letter only": row("05.6", dict(result=lambda s: s.word[-1:]),
        "The name is its last letter alone: each letter replaces the one before.",
        "+= and not =."),
}
