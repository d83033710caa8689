"""Exercises of lesson 07: windows, the cut, double counting, checkpoints."""

import functools

import numpy as np

from exercises.engine.exercise import Exercise
from exercises.engine.kinds import choice, ordering
from exercises.engine.mistakes import row
from exercises.engine.options import Predict
from exercises.formulas import backward, far_problems, random_cuts
from exercises.formulas.backward import Backward
from helpers import gradcheck, losses, rnn
from helpers.long_sequences import checkpointing, truncated

WINDOWS = [(11, 3, 5), (9, 2, 7), (8, 1, 3), (12, 4, 4), (5, 7, 9), (10, 4, 7)]     # (T, k1, k2)


# --- 7.1: windows ---

def windows(T, k1, k2):
    """The windows of a sequence as rows (start, first, stop)."""
    return np.array([window[:3] for window in truncated.windows(T, k1, k2)])


class Windows:
    """The windows, formula by formula. Arguments as those of ``windows``."""

    def __init__(self, T, k1, k2):
        self.T, self.k1, self.k2 = T, k1, k2

    def run(self):
        """The rows (start, first, stop)."""
        return np.array([[self.start(first), first, self.stop(first)] for first in self.firsts()])

    def firsts(self):
        """the steps before the new ones of each window, 0, k1, 2 k1, ... below T"""
        return range(0, self.T, self.k1)

    def stop(self, first):
        """where a window stops, first + k1 but at most T"""
        return min(first + self.k1, self.T)

    def start(self, first):
        """where a window starts, k2 before its stop but at least 0"""
        return max(self.stop(first) - self.k2, 0)


def changed(T, k1, k2, change):
    """Windows whose rows (start, first, stop) are changed one by one; a row that becomes None is left out."""
    changed_rows = [change(*window) for window in windows(T, k1, k2).tolist()]
    return np.array([window for window in changed_rows if window is not None]).reshape(-1, 3)


WINDOW_MISTAKES = {
    "start counted from first": row("07.1",
        lambda T, k1, k2: changed(T, k1, k2, lambda start, first, stop: (max(0, first - k2), first, stop)),
        "The start is k2 before first; it must be k2 before stop.",
        "a window has k2 steps in all, the new ones among them. How many has yours?"),
    "window one step too long": row("07.1",
        lambda T, k1, k2: changed(T, k1, k2, lambda start, first, stop: (max(0, stop - k2 - 1), first, stop)),
        "The start is one step too early: the windows have k2 + 1 steps.",
        "x[start:stop] holds stop - start steps. That must be k2."),
    "window one step too short": row("07.1",
        lambda T, k1, k2: changed(T, k1, k2, lambda start, first, stop: (max(0, stop - k2 + 1), first, stop)),
        "The start is one step too late: the windows have k2 - 1 steps.",
        "x[start:stop] holds stop - start steps. That must be k2."),
    "start before the sequence": row("07.1",
        lambda T, k1, k2: changed(T, k1, k2, lambda start, first, stop: (stop - k2, first, stop)),
        "A start is negative: there is no past before step 1.",
        "with k2 = 7 the window that stops at 2 cannot begin at -5. In Python x[-5:2] is another piece, or "
        "empty."),
    "start and stop outside": row("07.1",
        lambda T, k1, k2: np.array([(first + k1 - k2, first, first + k1) for first in range(0, T, k1)]),
        "A start is negative, and the last stop may be beyond T: both must stay inside the sequence.",
        "steps are 1 ... T, so a window begins at 0 or later and stops at T or before."),
    "stop beyond the sequence": row("07.1",
        lambda T, k1, k2: np.array([(max(0, first + k1 - k2), first, first + k1)
                                    for first in range(0, T, k1)]),
        "The last window stops beyond T, and its start is counted from there; it must stop at T.",
        "if k1 does not divide T, the last window has fewer new steps."),
    "last stop alone beyond": row("07.1",
        lambda T, k1, k2: changed(T, k1, k2, lambda start, first, stop: (start, first, first + k1)),
        "The last window stops beyond T; it must stop at T. Its start is right.",
        "if k1 does not divide T, the last window has fewer new steps."),
    "last start counted from beyond": row("07.1",
        lambda T, k1, k2: changed(T, k1, k2, lambda start, first, stop:
                                  (max(0, first + k1 - k2), first, stop)),
        "The last window's start is counted from first + k1; it must be counted from stop.",
        "if k1 does not divide T, the last window stops at T. It looks back over k2 steps from there."),
    "last window left out": row("07.1",
        lambda T, k1, k2: changed(T, k1, k2, lambda start, first, stop:
                                  (start, first, stop) if stop - first == k1 else None),
        "The last window is missing where k1 does not divide T: its losses are never sent back.",
        "the windows' new steps together must be all steps 1 ... T."),
    "first windows left out": row("07.1",
        lambda T, k1, k2: changed(T, k1, k2, lambda start, first, stop:
                                  (start, first, stop) if stop >= k2 else None),
        "The windows that are shorter than k2 are missing: the losses of the first steps are never sent "
        "back.",
        "the windows' new steps together must be all steps 1 ... T. A window without enough past is "
        "shorter."),
    "stride k2": row("07.1", lambda T, k1, k2: windows(T, k2, k2),
        "first goes in steps of k2; it must go in steps of k1.",
        "after every k1 steps their losses are sent back."),
    "windows do not overlap": row("07.1", lambda T, k1, k2: windows(T, k1, k1),
        "Each window begins with its new steps; it must look back over k2 steps.",
        "k2 is never used. Where k1 < k2, windows overlap."),
    "stop is the last index": row("07.1",
        lambda T, k1, k2: changed(T, k1, k2, lambda start, first, stop: (start, first, stop - 1)),
        "stop is one too small: x[start:stop] leaves out the last step.",
        "in Python a slice ends before its second number. The window of the steps 1 to 4 is x[0:4]."),
    "counted from one": row("07.1",
        lambda T, k1, k2: changed(T, k1, k2, lambda start, first, stop: (start + 1, first + 1, stop)),
        "start and first are one too large.",
        "the new steps are first+1 ... stop, so first is the number of steps before them: 0 for the first "
        "window."),
}


def window_probes():
    """Easier arguments of 7.1 and 7.2, on which single mistakes do not show."""
    return {"k1 = k2 and k1 divides T": (12, 4, 4), "k1 = 1": (9, 1, 4), "k1 divides T": (12, 3, 5),
            "k2 = T": (9, 2, 9), "k1 = T": (7, 7, 7)}


# --- 7.2: which losses reach which states ---

def reached(T, k1, k2):
    """Ones where the loss of a step, the row, reaches the state of a step, the column."""
    return truncated.reached(T, k1, k2).astype(int)


class Reached:
    """Which loss reaches which state, formula by formula. Arguments as those of ``reached``."""

    def __init__(self, T, k1, k2):
        self.T, self.k1, self.k2 = T, k1, k2

    def run(self):
        """Ones and zeros, (T, T)."""
        return grid(self.T, lambda t, s: self.after_the_cut(s, t) and self.not_later(s, t))

    def windows_before(self, t):
        """the number of windows before that of step t, (t - 1) // k1"""
        return (t - 1) // self.k1

    def stop(self, t):
        """where the window stops in which step t is new, a multiple of k1 but at most T"""
        return min((self.windows_before(t) + 1) * self.k1, self.T)

    def start(self, t):
        """where the window starts in which step t is new, k2 before its stop but at least 0"""
        return max(self.stop(t) - self.k2, 0)

    def after_the_cut(self, s, t):
        """the states behind the cut, start < s"""
        return self.start(t) < s

    def not_later(self, s, t):
        """the states that came before the loss, s <= t"""
        return s <= t


def grid(T, rule):
    """Ones where a rule holds. rule: function of the step t of the loss and the step s of the state."""
    return np.array([[int(rule(t, s)) for s in range(1, T + 1)] for t in range(1, T + 1)])


def stop_of(t, T, k1):
    """Where the window stops in which step t is new."""
    return min(T, -(-t // k1) * k1)


REACH_MISTAKES = {
    "every loss reaches k2 states": row("07.1", lambda T, k1, k2: grid(T, lambda t, s: t - k2 < s <= t),
        "Every loss reaches the k2 states up to its own; that is so for k1 = 1 only.",
        "all losses of a window share one cut. The first new loss is k1 - 1 steps closer to it than the "
        "last."),
    "every loss reaches the fewest": row("07.1",
        lambda T, k1, k2: grid(T, lambda t, s: t - (k2 - k1 + 1) < s <= t),
        "Every loss reaches k2 - k1 + 1 states; that is the number of a window's first new loss only.",
        "all losses of a window share one cut, and later ones are further from it."),
    "losses reach the future": row("07.1",
        lambda T, k1, k2: grid(T, lambda t, s: max(0, stop_of(t, T, k1) - k2) < s <= stop_of(t, T, k1)),
        "A loss reaches the states after it, to the end of its window.",
        "L_t depends on h_1 ... h_t. What comes later cannot have caused it."),
    "nothing is left out": row("07.1", lambda T, k1, k2: grid(T, lambda t, s: True),
        "Every loss reaches every state, those after it and those before the cut as well.",
        "L_t depends on h_1 ... h_t, and in a window the way back ends at start. Which s are left?"),
    "own state left out": row("07.1",
        lambda T, k1, k2: grid(T, lambda t, s: max(0, stop_of(t, T, k1) - k2) < s < t),
        "A loss does not reach the state of its own step; it does, through the output.",
        "y_t = W_hy h_t + b_y. In code a row is True from start to t, t excluded: columns are counted "
        "from 0."),
    "state at the cut included": row("07.1",
        lambda T, k1, k2: grid(T, lambda t, s: max(0, stop_of(t, T, k1) - k2) <= s <= t),
        "The state at the cut, h_start, counts as reached; it is a constant.",
        "start < s. The window's steps are start+1 ... stop."),
    "nothing is cut": row("07.1", lambda T, k1, k2: grid(T, lambda t, s: s <= t),
        "Every loss reaches all states before it: that is full BPTT.",
        "k1 and k2 are not used."),
    "window of the next loss": row("07.1",
        lambda T, k1, k2: grid(T, lambda t, s: max(0, min(T, (t // k1 + 1) * k1) - k2) < s <= t),
        "A loss at the end of a window is counted to the next one.",
        "with k1 = 4, step 4 is new in the window that stops at 4. t // k1 is 1 for t = 4; rounded up it "
        "must stay 1."),
    "only new steps reached": row("07.1", lambda T, k1, k2: grid(T, lambda t, s: (t - 1) // k1 * k1 < s <= t),
        "A loss reaches the new steps of its window only; the older ones pass the gradient on, too.",
        "the way back goes on to start, and k2 is not used."),
    "last window not at the end": row("07.1",
        lambda T, k1, k2: grid(T, lambda t, s: max(0, -(-t // k1) * k1 - k2) < s <= t),
        "The last window is taken to stop at a multiple of k1 beyond T, so its start is too late.",
        "if k1 does not divide T, the last window stops at T and still has k2 steps."),
    "cut one step late": row("07.1",
        lambda T, k1, k2: grid(T, lambda t, s: max(0, stop_of(t, T, k1) - k2 + 1) < s <= t),
        "The cut is one step too late: the states that are reached begin at start + 2.",
        "the window's first step is start + 1, and its state is reached."),
    "states counted from zero": row("07.1",
        lambda T, k1, k2: grid(T, lambda t, s: max(0, stop_of(t, T, k1) - k2) + 1 < s <= t),
        "Every loss misses the first state after the cut, even h_1: if s is counted from 0, start < s leaves "
        "it out.",
        "start < s is for s = 1, 2, ... If s = 0 stands for h_1 in code, it reads start <= s."),
    "rows and columns exchanged": row("07.1", lambda T, k1, k2: reached(T, k1, k2).T,
        "Rows and columns are exchanged: a row belongs to a loss, a column to a state.",
        "L_1 reaches h_1 only, so the first row has one True. The first column may have many."),
}


# --- 7.3: cut the gradient ---

class Cut(Backward):
    """The backward pass of ``backward.Backward`` with a cut at the end of every piece.

    k: steps in a piece.
    """

    def __init__(self, params, x, h, dy, k):
        super().__init__(params, x, h, dy)
        self.k = k

    def ends_a_piece(self, t):
        """which steps end a piece, the multiples of k"""
        return t % self.k == 0

    def later(self, t):
        """dh_later, which is zero at the end of a piece"""
        return 0 * self.arriving if self.ends_a_piece(t) else super().later(t)


def one_cut_sequence(cut):
    """A form for 7.3: a batch of one. A mistake of the backward pass meets the cut, too."""
    joined = Cut if cut is Backward else cut if issubclass(cut, Cut) else type(cut.__name__, (cut, Cut), {})

    def answer(params, x, h, dy, k):
        return backward.without_batch(joined(params, x[:, None], h[:, None], dy[:, None], k).run())

    return answer


def state_forgotten_at_the_cut(s, t):
    first = t > 1 and s.ends_a_piece(t - 1)
    return 0 * Cut.previous(s, t) if first else Cut.previous(s, t)


CUTS = {
    "nothing is cut": row("07.2", dict(ends_a_piece=lambda s, t: False),
        "The gradient is never cut: this is full BPTT.",
        "k is not used. At the end of a piece nothing may arrive from the next step."),
    "cut at every step": row("07.2", dict(ends_a_piece=lambda s, t: True),
        "The gradient is cut at every step; it must be cut at the end of every piece only.",
        "inside a piece dh_later survives from step t+1 to step t. With k = 1 you would be right."),
    "cut one past the end": row("07.2", dict(ends_a_piece=lambda s, t: (t - 1) % s.k == 0),
        "The cut is between the steps k + 1 and k + 2; it must be between k and k + 1.",
        "the first piece is the steps 1 ... k. Nothing may cross from k + 1 to k: at t = k nothing arrives."),
    "cut one before the end": row("07.2", dict(ends_a_piece=lambda s, t: (t + 1) % s.k == 0),
        "The cut is between the steps k - 1 and k; it must be between k and k + 1.",
        "the first piece is the steps 1 ... k. Count the steps of yours. If t is counted from 0 in code, the "
        "step is t + 1."),
    "pieces counted from the end": row("07.2", dict(ends_a_piece=lambda s, t: (s.T - t) % s.k == 0),
        "The pieces are counted from the last step backward; they must be counted from step 1.",
        "training goes forward in time, so the first piece is the steps 1 ... k, and the last may be "
        "shorter."),
    "state forgotten at the cut": row("07.2", dict(previous=state_forgotten_at_the_cut),
        "At the first step of a piece the state before it is left out of dW_hh; it is a constant, but not "
        "zero.",
        "the share of step t is da_t h_{t-1}^T, at the first step of a piece, too. The state is carried; "
        "only its gradient is cut."),
    "last loss in piece lost": row("07.2",
        dict(direct=lambda s, t: 0 * Cut.direct(s, t) if s.ends_a_piece(t) else Cut.direct(s, t)),
        "At the end of a piece the whole of dh_t, or da_t, is zero; the step's own output still has a "
        "gradient.",
        "dh_t = W_hy^T dy_t + what arrives. Only what arrives from step t+1 is cut. Clear it before you use "
        "it in dh_t."),
    "nothing reaches the first state": row("07.2", dict(dh0=lambda s: 0 * s.arriving),
        "dh0 is zero; the first piece begins with h_0, and nothing is cut there.",
        "in the first piece dh_later arrives at h_0 as it does in full BPTT."),
}


@functools.cache
def cut_instances():
    """The first sequences of the shared problems: pieces that end before T, and a loss at the end only.

    No k is right by chance.
    """
    every, last, other, _ = (backward.first_sequence(found) for found in backward.problems())
    return [(*every, 3), (*other, 2), (*last, 5)]


@functools.cache
def cut_probes():
    """Easier arguments of 7.3, on which single mistakes do not show."""
    found = {words: (*backward.first_sequence(problem), 2)
             for words, problem in backward.probes().items() if words != "B = 1"}
    whole = backward.first_sequence(backward.problem())
    return {**found, "k = 1": (*whole, 1), "k = T": (*whole, len(whole[1])),
            "k is larger than T": (*whole, 9)}


def cut_far():
    """The far problems of 7.3: one piece is longer than any window."""
    long = backward.first_sequence(far_problems.long_problem())
    return [*far_problems.far(cut_instances()[0], (*long, 110), 3),
            far_problems.from_large_state(lambda found: (*backward.first_sequence(found), 3))]


NO_BATCH = ["biases keep batch axis", "initial state gradient summed over batch"]


# --- 7.5: count once ---

def steps_from(window, first):
    """One number per step of a window: 0.0 for the steps up to ``first``, 1.0 for those after it."""
    return (np.arange(window.start, window.stop) >= first).astype(float)


class Windowed:
    """Truncated BPTT, window by window. ``run()`` returns (loss, dW_hh, dW_hy)."""

    def __init__(self, params, x, target, h0, k1, k2):
        self.params, self.x, self.target, self.h0, self.k1, self.k2 = params, x, target, h0, k1, k2

    def run(self):
        """The loss and the gradients of W_hh and W_hy, added up over the windows."""
        self.state, total, dW_hh, dW_hy = self.h0, 0.0, 0.0, 0.0
        for window in self.windows():
            self.window = window
            start, _, stop, _ = window
            self.cache = rnn.forward(self.params, self.x[start:stop], self.state)
            one = np.ones((1, self.x.shape[1]))
            loss, dy = losses.squared_error(self.cache.y, self.target[start:stop])
            each = 0.5 * (dy ** 2).sum(axis=(1, 2))
            counted = (self.counted_in_dy()[:, None] * one)[..., None]
            grads = rnn.backward(self.params, self.cache, dy * counted)
            total += (self.counted_in_loss() * each).sum()
            dW_hh, dW_hy = dW_hh + grads["W_hh"], dW_hy + grads["W_hy"]
            self.state = self.next_state()
        return total, dW_hh, dW_hy

    def windows(self):
        """the windows, of k2 steps at most, one for every k1 steps"""
        return truncated.windows(len(self.x), self.k1, self.k2)

    def new_steps(self):
        """which steps of a window are new"""
        return steps_from(self.window, self.window.first)

    def counted_in_loss(self):
        """which steps of a window count in the loss, the new ones"""
        return self.new_steps()

    def counted_in_dy(self):
        """which steps of a window have a dy, the new ones"""
        return self.new_steps()

    def next_state(self):
        """the state with which the next window begins, at its own start"""
        start, _, _, next_start = self.window
        return self.cache.h[next_start - start]


def starting_at_first(s):
    """The windows without their old steps."""
    return [truncated.Window(first, first, stop, stop) for _, first, stop, _ in Windowed.windows(s)]


def by_windows(windowed):
    """A form for 7.5."""
    return lambda params, x, target, h0, k1, k2: windowed(params, x, target, h0, k1, k2).run()


WINDOWED_MISTAKES = {
    "every loss of every window": row("07.4", dict(new_steps=lambda s: np.ones(len(s.cache.y))),
        "All losses of a window are sent back, the old ones again: double counting, as before.",
        "a step that lies in three windows counts three times. Let k2 be T and compare with full BPTT."),
    "loss counts again": row("07.4", dict(counted_in_loss=lambda s: np.ones(len(s.cache.y))),
        "The gradients are right, but the loss still counts old steps again.",
        "the loss you report must be the one you differentiate."),
    "gradient counts again": row("07.4", dict(counted_in_dy=lambda s: np.ones(len(s.cache.y))),
        "The loss is right, but the gradients still count old steps again.",
        "the backward pass begins with dy. Which of its rows must be zero?"),
    "shared out": row("07.4", dict(new_steps=lambda s: np.full(len(s.cache.y), s.k1 / s.k2)),
        "Every loss of a window counts k1/k2; but not every step lies in k2/k1 windows.",
        "the last steps lie in one window only. And a loss that is sent back in a later window reaches "
        "further than its own allows."),
    "old steps instead of new": row("07.4", dict(new_steps=lambda s: 1 - Windowed.new_steps(s)),
        "The old steps count and the new ones do not: it must be the other way round.",
        "dy[:first - start] belongs to the old steps. These are zero."),
    "only the last step counts": row("07.4",
        dict(new_steps=lambda s: steps_from(s.window, s.window.stop - 1)),
        "Only the last step of each window counts; all k1 new ones must.",
        "with k1 = 3 two losses of three are never sent back."),
    "one old step counts": row("07.4",
        dict(new_steps=lambda s: steps_from(s.window, s.window.first - 1)),
        "One old step counts, too: the border between old and new is one step too early.",
        "a window has first - start old steps. These are the rows 0 to first - start - 1 of dy."),
    "one new step lost": row("07.4",
        dict(new_steps=lambda s: steps_from(s.window, s.window.first + 1)),
        "The first new step of each window does not count: the border between old and new is one step too "
        "late.",
        "a window has first - start old steps. These are the rows 0 to first - start - 1 of dy."),
    "last k1 steps count": row("07.4",
        dict(new_steps=lambda s: steps_from(s.window, s.window.stop - s.k1)),
        "The last k1 steps of each window count; but the last window may have fewer new ones.",
        "T = 11 and k1 = 3. Which steps are new in the window that stops at 11? Use first, not k1."),
    "old steps cut away": row("07.4",
        [dict(windows=starting_at_first), dict(windows=lambda s: truncated.windows(len(s.x), s.k1, s.k1))],
        "The windows start at first and hold their new steps only: nothing is counted twice, but nothing "
        "reaches further back either.",
        "the old steps stay in the forward and the backward pass. They pass the gradient on; their own "
        "losses are left out."),
    "state after the window": row("07.4", dict(next_state=lambda s: s.cache.state),
        "The next window begins with the last state of this one; but it begins earlier, at next_start.",
        "windows overlap. The state that belongs to x[next_start:] is the one after next_start steps."),
    "state not carried": row("07.3", dict(next_state=lambda s: s.h0),
        "Every window begins with h0; it must begin with the state at its own start.",
        "to cut the gradient is not to forget the state."),
    "state reset": row("07.3", dict(next_state=lambda s: 0 * s.h0),
        "Every window but the first begins with zeros; it must begin with the state at its own start.",
        "to cut the gradient is not to forget the state."),
}


def sequence_problem(seed, **sizes):
    """(params, x, target, h0) of a random problem."""
    drawn = gradcheck.random_problem(np.random.default_rng(seed), **sizes)
    return drawn.params, drawn.x, drawn.target, drawn.h0


def far_sequence():
    """(params, x, target, h0) of a long sequence."""
    params, x, h0, target = far_problems.long_sequence()
    return params, x, target, h0


@functools.cache
def counting_instances():
    """The arguments of 7.5: k1 does not divide T, and windows overlap."""
    return [(*sequence_problem(71, T=11, B=3, D=2, H=4, O=5), 3, 7),
            (*sequence_problem(72, T=8, B=2, D=4, H=3, O=5), 3, 5),
            (*sequence_problem(73, T=7, B=4, D=3, H=5, O=2), 2, 7)]


def shorter_windows(arguments, received):
    """Which shorter windows give the dW_hh of an answer to 7.5, in a sentence; "" if none do."""
    *problem, k1, asked_for = arguments
    for k2 in range(k1, asked_for):
        if np.allclose(received[1], Windowed(*problem, k1, k2).run()[1], rtol=1e-9, atol=0):
            return f"Right for {k2} steps, then cut off: its windows have {k2} steps where k2 is {asked_for}."
    return ""


def counting_far():
    """The far problems of 7.5: long windows."""
    arguments = (*far_sequence(), 20, 110)
    large, long = far_problems.far(counting_instances()[0], arguments, 2)
    params, x, target, h0, *windows = counting_instances()[0]
    params = {**params, "W_hh": params["W_hh"] / far_problems.TIMES}        # tanh keeps its slope
    return [large, long._replace(said=functools.partial(shorter_windows, arguments), alone=dict),
            far_problems.larger((params, x, target, h0, *windows), 3)]


def counting_probes():
    """Easier arguments of 7.5, on which single mistakes do not show."""
    problem = sequence_problem(74, T=6, B=3, D=2, H=4, O=5)
    params, x, target, h0 = problem
    return {"k1 = k2": (*problem, 2, 2), "k1 = T": (*problem, 6, 6), "k1 = 1": (*problem, 1, 3),
            "k1 divides T": (*problem, 2, 4), "k2 = T": (*problem, 2, 6),
            "h_0 = 0": (params, x, target, 0 * h0, 2, 4)}


# --- 7.8: checkpoints ---

class Checkpointed:
    """The full gradient, segment by segment. ``run()`` returns (loss, gradients)."""

    def __init__(self, forward, params, x, target, h0, s):
        self.forward, self.params, self.x, self.target = forward, params, x, target
        self.h0, self.s = h0, s
        self.segments = self.cut()

    def run(self):
        """The loss and the gradients of the whole sequence."""
        states = [self.h0]
        for segment in self.segments:
            states.append(self.forward(self.params, self.x[segment], states[-1]).state)
        self.states = states
        self.loss, self.dstate = 0.0, None
        self.total = {name: np.zeros_like(p) for name, p in self.params.items()}
        self.dx, self.done, self.dh0s = np.zeros_like(self.x), 0, {}
        for number in self.order():
            self.number, segment = number, self.segments[number]
            cache = self.forward(self.params, self.x[segment], self.first_state())
            part, dy = losses.squared_error(cache.y, self.target[segment])
            self.grads = rnn.backward(self.params, cache, dy, self.arriving())
            self.loss = self.loss_so_far() + part
            self.total = {name: self.so_far(name) + self.grads[name] for name in self.params}
            self.dx[self.place()] = self.grads["x"]
            self.done += len(self.grads["x"])
            self.dstate = self.handed_on()
            self.dh0s[number] = self.grads["h0"]
        return self.loss, {**self.total, "x": self.dx, "h0": self.dh0()}

    def cut(self):
        """the segments, of s steps each, the last one shorter"""
        return checkpointing.cut(len(self.x), self.s)

    def order(self):
        """the order in which segments are sent back, from the last to the first"""
        return range(len(self.segments) - 1, -1, -1)

    def first_state(self):
        """the checkpoint from which a segment is run again, the state before its first step"""
        return self.states[self.number]

    def arriving(self):
        """what arrives at a segment's last state, the dstate of the segment after it"""
        return self.dstate

    def handed_on(self):
        """what a segment hands to the one before it, the gradient of its first state"""
        return self.grads["h0"]

    def loss_so_far(self):
        """the loss of the segments before, to which the next one is added"""
        return self.loss

    def so_far(self, name):
        """the parameters' gradients of the segments before, to which the next ones are added"""
        return self.total[name]

    def place(self):
        """where a segment's dx belongs, at its own steps"""
        return self.segments[self.number]

    def dh0(self):
        """dh0, what the first segment hands on"""
        return self.dh0s[0]


CHECKPOINT_MISTAKES = {
    "nothing handed on": row("07.8", dict(arriving=lambda s: None),
        "No segment gets a dstate: this is truncated BPTT, in pieces of s steps.",
        "the first state of a segment is the last state of the one before. Its gradient must go there."),
    "handed on again": row("07.2",
        dict(handed_on=lambda s: s.grads["h0"] + (0 if s.dstate is None else s.dstate)),
        "The dstates of all later segments are added up; each segment's dh0 holds the later ones already.",
        "dL/dh_s has two parts, and what a segment returns as h0 is made of both."),
    "first segment first": row("07.8", dict(order=lambda s: range(len(s.segments))),
        "The segments are sent back from the first to the last; it must be from the last to the first.",
        "a segment's dstate comes from the one after it, so that one must be done before."),
    "every segment from h0": row("07.8", dict(first_state=lambda s: s.h0),
        "Every segment is run again from h0; it must start from its own checkpoint.",
        "the first state of the second segment is the last state of the first."),
    "every segment from zeros": row("07.8",
        dict(first_state=lambda s: s.states[0] if s.number == 0 else 0 * s.h0),
        "Every segment but the first is run again from zeros; it must start from its own checkpoint.",
        "without its checkpoint a segment forgets all that came before."),
    "checkpoint after the segment": row("07.8", dict(first_state=lambda s: s.states[s.number + 1]),
        "Each segment is run again from the state after it; it must be the state before it.",
        "list first states and segments beside each other. The first segment begins with h0."),
    "only the last done remains": row("07.8", dict(so_far=lambda s, name: 0.0),
        "The parameters' gradients are those of one segment, the one that was done last; they must be added "
        "up.",
        "a weight works in every segment, so its gradient is a sum: += and not =."),
    "loss of one segment": row("07.8", dict(loss_so_far=lambda s: 0.0),
        "The loss is that of one segment, the one that was done last; it must be the sum of all.",
        "L is the sum over all steps."),
    "input gradients in order of work": row("07.8",
        dict(place=lambda s: slice(s.done, s.done + len(s.grads["x"]))),
        "dx is put together in the order in which the segments were done, the last one first.",
        "dx[t-1] belongs to x_t, whatever is computed first."),
    "first state gradient of the last segment": row("07.8", dict(dh0=lambda s: s.dh0s[len(s.segments) - 1]),
        "dh0 is what the last segment returns; it must be what the first one returns.",
        "only the first segment begins with h_0. It is done last."),
    "short segment dropped": row("07.8",
        dict(cut=lambda s: [segment for segment in Checkpointed.cut(s)
                            if segment.stop - segment.start == s.s]),
        "The last segment is missing where s does not divide T.",
        "T = 7 and s = 3 make segments of 3, 3 and 1 steps."),
}


def checkpointed_gradient(forward, params, x, target, h0, s):
    """(loss, gradients) of the whole sequence, by the course's own checkpoints."""
    return checkpointing.loss_and_gradients(rnn, params, x, target, losses.squared_error, state=h0, segment=s,
                                            reduction="sum")


class SmallMemory:
    """``rnn.forward`` for at most so many steps. It counts the steps that it has run."""

    def __init__(self, most):
        self.__most, self.steps = most, 0

    def __call__(self, params, x, h0=None):
        if len(x) > self.__most:
            raise ValueError(f"forward takes at most s = {self.__most} steps at a time here; "
                             f"received {len(x)}")
        self.steps += len(x)
        return rnn.forward(params, x, h0)


def remembering(most, problem):
    """The arguments of 7.8: a forward pass for at most so many steps, and a problem."""
    return SmallMemory(most), *problem, most


def runs_again(answer):
    """Does an answer to 7.8 run its segments twice? Only the last one's cache is still there."""
    forward, *rest = checkpoint_instances()[1]
    forward.steps = 0
    answer(forward, *rest)
    return forward.steps >= 2 * len(rest[1]) - rest[-1]


def checkpoint_far():
    """The far problems of 7.8. A step without a loss has its output as target."""
    params, x, target, h0 = far_sequence()
    long = far_problems.long(remembering(12, (params, x, target, h0)), 3, rnn.forward(params, x, h0).y)
    return [far_problems.large(checkpoint_instances()[0], 3), long]


@functools.cache
def checkpoint_instances():
    """The arguments of 7.8: with a last segment that is shorter, without, and with single steps."""
    return [remembering(3, sequence_problem(81, T=8, B=3, D=2, H=4, O=5)),
            remembering(2, sequence_problem(82, T=6, B=2, D=4, H=3, O=5)),
            remembering(1, sequence_problem(84, T=4, B=2, D=2, H=3, O=3))]


def checkpoint_probes():
    """Easier arguments of 7.8, on which single mistakes do not show."""
    problem = sequence_problem(83, T=6, B=3, D=2, H=4, O=5)
    params, x, target, h0 = problem
    return {"there is one segment only": remembering(6, problem),
            "there are two segments": remembering(3, problem),
            "s divides T": remembering(2, problem), "s = 1": remembering(1, problem),
            "W_hh = 0": remembering(2, ({**params, "W_hh": 0 * params["W_hh"]}, x, target, h0)),
            "h_0 = 0": remembering(2, (params, x, target, 0 * h0))}


EXERCISES = {
    "7.1": Exercise(
        "The windows of a sequence", "Your windows bring every loss once, and look back over k2 steps.",
        windows, WINDOWS,
        hints=("For T = 11, k1 = 3, k2 = 5: where does each window stop, and where does the last one?",
               "first = 0, k1, 2 k1, ... below T; stop = min(first + k1, T); start = max(0, stop - k2).",
               "A loop for first in range(0, T, k1) that appends (max(0, stop - k2), first, stop) to a "
               "list."),
        parts=("the list of windows",), mistakes=WINDOW_MISTAKES, formulas=Windows, probes=window_probes),
    "7.2": Exercise(
        "Who reaches whom",
        "Each loss reaches its own state and those before it, back to the cut of its own window.",
        reached, WINDOWS,
        hints=("In which window is step t new, and where does that window start? One loss, for T = 11, "
               "k1 = 3, k2 = 5: L_8 is new in the window that stops at 9 and starts at 4. So it reaches "
               "h_5 ... h_8.",
               "stop = min(T, k1 * ceil(t / k1)); start = max(0, stop - k2); True for start < s <= t.",
               "Zeros of dtype bool; for t from 1 to T set grid[t-1, start:t] = True. -(-t // k1) rounds up. "
               "Or take your windows of 7.1 and loop over their new steps first+1 ... stop."),
        parts=("the grid",), mistakes=REACH_MISTAKES, formulas=Reached, probes=window_probes),
    "7.3": Exercise(
        "Back to the cut",
        "Inside a piece your gradient travels as in full BPTT, and at its end nothing arrives.",
        one_cut_sequence(Cut), cut_instances,
        hints=("T = 7 and k = 3: after which steps does a piece end? What would arrive there from the step "
               "after it?",
               "dh_t = W_hy^T dy_t + W_hh^T da_{t+1}, the second term only if t is no multiple of k.",
               "Take the loop of exercise 4.2. Its first line inside becomes: if t % k == 0, dh_later is "
               "zeros."),
        points=2, tolerance=1e-12, label="d{}",
        parts=("W_hh", "W_xh", "W_hy", "b_h", "b_y", "x", "h0"), formulas=Cut,
        form=one_cut_sequence, mistakes=backward.mistakes(first=CUTS, without=NO_BATCH), shared=True,
        probes=cut_probes, far=cut_far),
    "7.4": choice(
        "One line in the loop", "You tell a cut from a reset.", "c", {
            "a": "No gradient crosses the border in either version, that is true. But the next piece begins "
                 "with another state. What happens to its outputs?",
            "b": "The loss is computed from the outputs, and these from the states. Are the states of the "
                 "next piece the same?",
            "c": "With zeros the network has forgotten: other outputs, another loss. A piece from zeros "
                 "depends on nothing before it, so its gradient is exact, for the loss of a network that "
                 "forgets. With detach() the outputs and the loss are those of one long run, and the "
                 "gradient is cut.",
            "d": "The full gradient of the whole series follows a loss back over all pieces. Does anything "
                 "lead back over a reset?"},
        hints=("What does the forward pass of the next piece begin with, in each version?",
               "detach() keeps the numbers and drops the history; zeros_like drops the numbers, too.",
               "Section 3 prints the losses of full, cut and reset. Which two are equal?")),
    "7.5": Exercise(
        "Count every loss once", "Every loss is sent back once, over its whole window.", by_windows(Windowed),
        counting_instances,
        hints=("Which rows of a window's dy belong to steps that were new in an earlier window?",
               "The first first - start steps of a window are old: they count neither in the loss nor in dy.",
               "new = np.zeros((stop - start, B)); new[first - start:] = 1; hand it to losses.squared_error "
               "as its mask. The rest stays."),
        points=2, parts=("the loss", "dW_hh", "dW_hy"), formulas=Windowed, form=by_windows,
        mistakes=WINDOWED_MISTAKES, probes=counting_probes, far=counting_far),
    "7.6": choice(
        "How long a memory?", "k2 - k1 is what every loss can count on.", "b", {
            "a": "4 is k1. The first new loss in a window has k2 - k1 older steps behind it. How many are "
                 "these?",
            "b": "The first new loss of a window has k2 - k1 = 6 older steps between itself and the cut, so "
                 "it reaches 7 states: its own and those at lag 1 to 6.",
            "c": "The number of states that every loss reaches is 7, that is true. But its own state is one "
                 "of them, at lag 0.",
            "d": "Lag 9 = k2 - 1 is reached by the last loss of each window only. Look at the first new one.",
            "e": "The state at lag 10 would be the one at the cut, or one before it: no loss of the window "
                 "reaches it."},
        hints=("Draw one window of ten steps. Which of its losses is closest to the cut?",
               "The new steps are the last four, so the first new one is the seventh step of the window.",
               "The seventh step reaches itself at lag 0, and the first step of the window at lag ...?")),
    "7.7": ordering(
        "Two pieces of a series",
        "The state goes on where the series goes on, its gradient does not, and another series begins anew.",
        "cgfebadh", {
            "g": [("c", "the forward pass begins with a state, and the first one is zeros.")],
            "f": [("g", "the backward pass needs the states and losses of the forward pass.")],
            "e": [("g", "h_4 is known after the forward pass over steps 1 to 4.")],
            "b": [("f", "there is no gradient yet.")],
            "a": [("e", "steps 5 to 8 go on from the state that was kept."),
                  ("b", "after every k1 steps there is an update: the next piece runs with the new "
                        "parameters.")],
            "d": [("a", "the backward pass needs the states and losses of the forward pass.")],
            "h": [("a", "the state of this series is still needed for steps 5 to 8."),
                  ("c", "the first series comes first.")]},
        hints=("Which step needs nothing from the others? And what must happen between the two forward "
               "passes?",
               "For each piece: forward, backward, update. Between the pieces the state is kept and its past "
               "is dropped.",
               "zeros, forward 1 to 4; then backward, keep, update; then forward 5 to 8. The other series "
               "comes at the end.")),
    "7.8": Exercise(
        "The full gradient in little memory", "The full gradient, from segments of s steps.",
        checkpointed_gradient, checkpoint_instances,
        hints=("What must you keep from the first way forward, and what does each segment get from the one "
               "after it?",
               "Segments start at 0, s, 2s, ... First states: h0, then each segment's cache.state. Backward: "
               "rnn.backward(params, cache, dy, dstate), with dstate = the h0 of the segment done before; "
               "None for the last one.",
               "Two loops. Forward: append cache.state to a list. Backward over the reversed pairs of start "
               "and first state: forward, squared_error on target[start:start + s], backward; loss +=, every "
               "parameter's gradient +=, dx[start:start + s] =, dstate = grads[\"h0\"]. At the end dh0 is "
               "the dstate."),
        points=4, parts=("the loss", "grads"), formulas=Checkpointed,
        mistakes=CHECKPOINT_MISTAKES, probes=checkpoint_probes, far=checkpoint_far,
        promises={"It does not run each segment again with the forward that it is handed: so the caches of "
                  "all steps are kept, which a small memory cannot do.": runs_again}),
    "7.9": Exercise(
        "Back through given cuts",
        "What crosses is longer by 1 / (1 - c), and the mean over all patterns is the full gradient.",
        random_cuts.one_sequence(random_cuts.RandomCuts), random_cuts.instances,
        hints=("At which step of your loop does something arrive across the border crosses[0]?",
               "dh_t = W_hy^T dy_t + crosses[t-1] / (1 - c) * W_hh^T da_{t+1} for t < T.",
               "Your loop of exercise 7.3; the line that cuts becomes: if t < len(x), dh_later is multiplied "
               "by crosses[t-1] / (1 - c)."),
        points=2, tolerance=1e-12, label="d{}",
        parts=("W_hh", "W_xh", "W_hy", "b_h", "b_y", "x", "h0"), formulas=random_cuts.RandomCuts,
        form=random_cuts.one_sequence, shared=True,
        mistakes=backward.mistakes(first=random_cuts.MISTAKES, without=NO_BATCH),
        probes=random_cuts.probes, far=random_cuts.far),
}


# --- warm-ups: from lessons 06, 05 and 03 ---

ARRIVING = {
    "slope forgotten": row("03.5", lambda W_hh, h_next, dh_next: W_hh.T @ dh_next,
        "The slope of tanh at step t+1 is missing.",
        "h_t goes into a_{t+1}, and from there through tanh. Both are on the way back."),
    "matrix not transposed": row("03.5", lambda W_hh, h_next, dh_next: W_hh @ ((1 - h_next ** 2) * dh_next),
        "W_hh is not transposed. Because it is square, no error is raised.",
        "unit j of h_t feeds every unit i through W_hh[i, j]: the sum is over i, the rows."),
    "slope after the matrix": row("03.5",
        lambda W_hh, h_next, dh_next: (1 - h_next ** 2) * (W_hh.T @ dh_next),
        "The slope is applied after W_hh^T; it must come before.",
        "forward: W_hh first, then tanh. Backward it is the other way round."),
    "stops before tanh": row("03.5", lambda W_hh, h_next, dh_next: (1 - h_next ** 2) * dh_next,
        "This is da_{t+1}; what arrives at h_t has gone through W_hh, too.",
        "a_{t+1} = W_hh h_t + ...: one more factor."),
}

ARRIVALS = np.random.default_rng(703).standard_normal((2, 6, 4))

WARM_UPS = {
    "7.a": choice(
        "From a loss to an input", "The lag counts the steps back, and each has one Jacobian.", "b", {
            "a": "The lag is right. Count the Jacobians again: the first is dh_20/dh_19, the last dh_6/dh_5.",
            "b": "From h_20 back to h_5 there are 15 steps, and each step back is one factor.",
            "c": "The states h_5, h_6, ..., h_20 are 16. How many steps are there between them?",
            "d": "The lag counts from the loss back, not from the beginning of the sequence."},
        hints=("How many steps is it from h_7 back to h_5, and how many Jacobians are multiplied?",
               "h_20 depends on h_19 by one Jacobian, h_19 on h_18 by the next.",
               "t - s of them, from t = 20 and s = 5."), points=0),
    "7.b": choice(
        "From one update to the next", "What is learned goes on, and the optimiser's memory.", "c", {
            "a": "Every batch has its own gradients, taken at the parameters of that moment. What would it "
                 "mean to add up old ones?",
            "b": "The next batch holds other sequences. Do they begin where these have ended?",
            "c": "Gradients are made anew, and every batch begins with its own first state. The second part "
                 "is what changes in this lesson.",
            "d": "Adam divides by a mean of squares over many updates. Where does it keep it?"},
        hints=("What did the update of lesson 05 return, and what did the next one get?",
               "params, memory = update(params, grads, memory, learning_rate).",
               "Look for the option with what stands on the left of that line."), points=0),
    "7.c": Exercise(
        "What arrives from the next step", "Back through tanh, then back through W_hh.",
        lambda W_hh, h_next, dh_next: W_hh.T @ ((1 - h_next ** 2) * dh_next),
        [(ARRIVALS[0, :4], np.tanh(ARRIVALS[0, 4]), ARRIVALS[0, 5]),
         (ARRIVALS[1, :3, :3], np.tanh(ARRIVALS[1, 4, :3]), ARRIVALS[1, 5, :3])],
        hints=("Which two things does h_t go through on its way to h_{t+1}?",
               "da_{t+1} = (1 - h_{t+1}^2) * dh_{t+1}; what arrives is W_hh^T da_{t+1}.",
               "One line: the slope times dh_next, and W_hh.T @ in front."),
        mistakes=ARRIVING, parts=("what arrives",), points=0),
}


PREDICTS = {
    "P07.1": Predict("In full, cut, reset", {
        "a": ("Full and cut have the same loss. All three gradients differ.",
              "a cut touches nothing on the way forward, and a reset does."),
        "b": ("All three losses are equal. The gradients differ.",
              "the weights, the inputs and the targets are the same three times."),
        "c": ("Cut and reset agree in loss and gradient.",
              "in both no gradient crosses a border, so they must be the same thing.")}, "a"),
    "P07.2": Predict("A buffer that nobody empties", {
        "a": ("Once.", "each window makes one gradient, and each gradient makes one update."),
        "b": ("Twice.", "what is left in the buffer slips into the next update, and only there."),
        "c": ("Three times.", "what is in the buffer stays there, and later updates use it again.")}, "c"),
    "P07.3": Predict("A window of two, a delay of six", {
        "a": ("On the untrained one.", "who does not yet use the past has little to lose at a cut."),
        "b": ("On the one that is learning.",
              "the cosine grows as the gradient finds its direction."),
        "c": ("On the trained one.",
              "a network that can do the task is right whatever its gradient sees.")}, "a"),
    "P07.4": Predict("More sequences", {
        "a": ("From about 64 on.", "an average over many sequences makes every error smaller."),
        "b": ("From about 1,024 on.",
              "the error falls like one over the root of the number, slowly but surely."),
        "c": ("Never.", "what is cut is missing from every sequence, and so from every average.")}, "c"),
    "P07.5": Predict("The smallest window", {
        "a": ("k = 4.", "a memory can be put together from shorter pieces."),
        "b": ("k = 6.", "the state with which a window begins still holds the input of six steps ago."),
        "c": ("k = 7.", "a gradient must travel from the answer to the input itself, over seven states."),
        "d": ("k = 12.", "most losses of a window must have the whole delay behind them.")}, "b"),
    "P07.6": Predict("More weights that learn", {
        "a": ("Yes, it ends better.", "more weights that learn can only help."),
        "b": ("They end about the same.", "a gradient of five steps says nothing about a delay of six."),
        "c": ("No, it ends worse.",
              "weights that are moved by a gradient without a view of the memory may spoil it.")}, "c"),
    "P07.7": Predict("A cue out of reach", {
        "a": ("No, it cannot.", "what no gradient reaches cannot be learned."),
        "b": ("With the weights as drawn, often; with zeros, no.",
              "something must have written the cue into the state, and luck can do that."),
        "c": ("Yes, from both starts.", "a carried state lets everything through.")}, "b"),
    "P07.8": Predict("One step short", {
        "a": ("No rung at all.", "the first input gets no gradient, and it is what must be remembered."),
        "b": ("As high as the read-out alone.",
              "without a gradient to the first input there is nothing for the recurrence to learn."),
        "c": ("As high as the full gradient.",
              "random weights write the first input down, and that keeping and reading it can be learned.")},
        "c"),
    "P07.9": Predict("Memory by length", {
        "a": ("1 in full, 1/2 with checkpoints.", "all states are kept, or about the root of their number."),
        "b": ("1 in full, 0 with checkpoints.", "checkpoints keep one segment, however long the sequence."),
        "c": ("1 for both, with another c.",
              "checkpoints save a fixed part of the states.")}, "a"),
    "P07.10": Predict("Cuts at random, without the factors", {
        "a": ("Yes: the mean is the full gradient.",
              "every border is open in some patterns, so that nothing is always missing."),
        "b": ("No: it is the full gradient, shorter by one factor.",
              "each cut takes away the same part of everything."),
        "c": ("No: it points in another direction.",
              "a share that must cross many borders is lost more often than one that crosses few.")}, "c"),
}
