"""Exercises of lesson 02: the forward pass."""

import numpy as np

from exercises.engine.exercise import Exercise
from exercises.engine.kinds import choice
from exercises.engine.mistakes import row
from exercises.engine.options import Predict
from exercises.formulas import far_problems, fed_back, forward
from exercises.formulas.forward import Forward
from helpers import losses, rnn


# --- 2.1: one step for a vector; 2.3: the forward pass of a batch ---

def one_step(params, x_t, h_prev):
    """The state and the output of one step of one sequence."""
    cache = rnn.forward(params, x_t[None, None, :], h_prev[None, :])
    return cache.h[1, 0], cache.y[0, 0]


def larger_forward(arguments):
    """The far problems of 2.1 and 2.3: first inputs and states are larger, then weights and biases."""
    return [far_problems.larger(arguments, 1, 2), far_problems.larger(arguments, 0)]


def run(params, x, h0):
    """All states and all outputs."""
    cache = rnn.forward(params, x, h0)
    return cache.h, cache.y


def step_probes():
    """Easier arguments for 2.1."""
    no_past = forward.problem(change=lambda params, x, h0: (params, x, 0 * h0))
    found = {"h_{t-1} = 0": no_past, **forward.step_probes()}
    return {words.replace("x = 0", "x_t = 0"): forward.first_step(problem)
            for words, problem in found.items()}


ONE_STEP = {
    "results exchanged": row("02.2", lambda params, x_t, h_prev: one_step(params, x_t, h_prev)[::-1],
        "The two results are in the wrong order.",
        "first the state h_t, then the output y_t."),
}


# --- 2.2: shapes ---

def shapes(T, B, D, H, O):
    """Measured on real arrays."""
    x, h = np.zeros((T, B, D)), np.zeros((T + 1, B, H))
    W_xh, W_hy = np.zeros((H, D)), np.zeros((O, H))
    return {"h": h.shape, "x[t-1]": x[0].shape, "x[t-1] @ W_xh.T": (x[0] @ W_xh.T).shape,
            "x @ W_xh.T": (x @ W_xh.T).shape, "h[1:] @ W_hy.T": (h[1:] @ W_hy.T).shape,
            "y[:, b]": (h[1:] @ W_hy.T)[:, 0].shape}


class Shapes:
    """The six shapes, each by itself. Sizes: T steps, B sequences, D inputs, H hidden units, O outputs."""

    def __init__(self, T, B, D, H, O):
        self.T, self.B, self.D, self.H, self.O = T, B, D, H, O

    def run(self):
        """All six, a dict."""
        return {"h": self.states(), "x[t-1]": self.one_input(), "x[t-1] @ W_xh.T": self.one_product(),
                "x @ W_xh.T": self.all_products(), "h[1:] @ W_hy.T": self.outputs(),
                "y[:, b]": self.one_sequence()}

    def states(self):
        """h, all states"""
        return self.T + 1, self.B, self.H

    def one_input(self):
        """x[t-1], the inputs of a step"""
        return self.B, self.D

    def one_product(self):
        """x[t-1] @ W_xh.T, the input term of a step"""
        return self.B, self.H

    def all_products(self):
        """x @ W_xh.T, the input terms of all steps"""
        return self.T, self.B, self.H

    def outputs(self):
        """h[1:] @ W_hy.T, the outputs without their bias"""
        return self.T, self.B, self.O

    def one_sequence(self):
        """y[:, b], the outputs of one sequence"""
        return self.T, self.O


SHAPES = {
    "no slot for the first state": row("02.3", dict(states=lambda s: (s.T, s.B, s.H)),
        "h has T slots.",
        "T inputs, but T + 1 states: h_0 ... h_T."),
    "states without the batch": row("02.3", dict(states=lambda s: (s.T + 1, s.H)),
        "h holds the states of a single sequence.",
        "it holds the states of all B sequences at every step."),
    "batch first": row("02.3",
        dict(states=lambda s: (s.B, s.T + 1, s.H),
             all_products=lambda s: (s.B, s.T, s.H),
             outputs=lambda s: (s.B, s.T, s.O)),
        "The batch is the first axis.",
        "the first axis is time. So x[t-1] holds step t of all sequences."),
    "one step of one sequence": row("02.3", dict(one_input=lambda s: (s.D,)),
        "x[t-1] is one sequence's input only.",
        "x is (T, B, D). One index takes away one axis, the first."),
    "index keeps its axis": row("02.3", dict(one_input=lambda s: (1, s.B, s.D)),
        "x[t-1] still has an axis for time.",
        "x is (T, B, D). A single index takes its axis away; only a slice such as x[0:1] keeps it."),
    "sequences as columns": row("02.3", dict(one_product=lambda s: (s.H, s.B)),
        "The sequences are columns, as in the maths; in the code they are rows.",
        "(B, D) times (D, H) is (B, H). Row b is sequence b."),
    "product keeps the inputs' size": row("02.3", dict(one_product=lambda s: (s.B, s.D)),
        "x[t-1] @ W_xh.T has D columns.",
        "(B, D) times (D, H): the D in the middle is summed over and disappears."),
    "transpose forgotten": row("02.3", dict(all_products=lambda s: (s.T, s.B, s.D)),
        "x @ W_xh.T has as many columns as W_xh.",
        "W_xh is (H, D), so W_xh.T is (D, H), and the product has H columns."),
    "steps and sequences flattened": row("02.3", dict(all_products=lambda s: (s.T * s.B, s.H)),
        "x @ W_xh.T is a matrix of T B rows.",
        "@ multiplies the last two axes. Those before them stay as they are."),
    "product loses the time axis": row("02.3", dict(all_products=lambda s: (s.B, s.H)),
        "x @ W_xh.T has no axis for time.",
        "@ multiplies the last two axes. Those before them stay as they are."),
    "outputs of all states": row("02.3", dict(outputs=lambda s: (s.T + 1, s.B, s.O)),
        "h[1:] has T + 1 slots.",
        "h has T + 1 slots, 0 to T. The slice begins at slot 1."),
    "one output too few": row("02.3", dict(outputs=lambda s: (s.T - 1, s.B, s.O)),
        "h[1:] has T - 1 slots.",
        "h has T + 1 slots, 0 to T. The slice begins at slot 1."),
    "outputs keep the states' size": row("02.3", dict(outputs=lambda s: (s.T, s.B, s.H)),
        "h[1:] @ W_hy.T has H columns.",
        "(B, H) times (H, O): the H in the middle is summed over and disappears."),
    "step picked instead of sequence": row("02.3", dict(one_sequence=lambda s: (s.B, s.O)),
        "y[:, b] is one step of all sequences.",
        "y is (T, B, O). The colon keeps the first axis, and b picks on the second."),
    "sequence keeps its axis": row("02.3", dict(one_sequence=lambda s: (s.T, 1, s.O)),
        "y[:, b] still has an axis for the batch.",
        "b is one number. A single index takes its axis away; only a slice such as y[:, 0:1] keeps it."),
    "one step and one sequence picked": row("02.3", dict(one_sequence=lambda s: (s.O,)),
        "y[:, b] has the outputs only: the axis for time is missing.",
        "the colon stands for all steps."),
}


# --- 2.4: softmax ---

class Softmax:
    """Probabilities along the last axis. y: scores (..., O)."""

    def __init__(self, y):
        self.y = y

    def run(self):
        """The probabilities, (..., O)."""
        return self.probabilities()

    def scores(self):
        """the scores"""
        return self.y

    def shift(self):
        """the number c that is taken off the scores of a row"""
        return self.scores().max(axis=-1, keepdims=True)

    def exponentials(self):
        """the exponentials of the shifted scores"""
        return np.exp(self.scores() - self.shift())

    def total(self):
        """the sum of the exponentials"""
        return self.exponentials().sum(axis=-1, keepdims=True)

    def probabilities(self):
        """the probabilities, the exponentials divided by their sum"""
        return self.exponentials() / self.total()


SOFTMAX = {
    "scores not shifted": row("02.7", dict(shift=lambda s: 0.0),
        "Nothing is taken off the scores, so large ones overflow.",
        "e^1000 is infinity for the computer, and infinity divided by infinity is nan."),
    "shifted by largest of all": row("02.7", dict(shift=lambda s: s.scores().max()),
        "One number is taken off the whole array, its largest score. A row that lies far below gets a sum of "
        "zero.",
        "a score of -2000 has the exponential 0, and 0 divided by 0 is nan. Each row needs a c of its own."),
    "shifted by the mean": row("02.7", dict(shift=lambda s: s.scores().mean(axis=-1, keepdims=True)),
        "The mean is taken off each row. A score far above it still overflows.",
        "no exponential overflows if the largest exponent in the row is 0. Which c does that?"),
    "shifted by the smallest": row("02.7", dict(shift=lambda s: s.scores().min(axis=-1, keepdims=True)),
        "The smallest score is taken off each row. A score far above it still overflows.",
        "no exponential overflows if the largest exponent in the row is 0. Which c does that?"),
    "shifted by the largest size": row("02.7",
        dict(shift=lambda s: np.abs(s.scores()).max(axis=-1, keepdims=True)),
        "The largest size is taken off each row, without its sign. A row of large negative scores gets a "
        "sum of zero.",
        "with scores -1000 and -999, c = 1000 makes both exponentials 0."),
    "shift added": row("02.7", dict(shift=lambda s: -s.scores().max(axis=-1, keepdims=True)),
        "The largest score is added; it must be taken off.",
        "no exponential overflows if the largest exponent in the row is 0."),
    "divided by the largest": row("02.7", dict(scores=lambda s: s.y / s.y.max(axis=-1, keepdims=True)),
        "The scores are divided by the largest; it must be taken off.",
        "only c in the exponent, taken off all scores, cancels. Division changes the differences between "
        "scores."),
    "scores clipped": row("02.7", dict(scores=lambda s: np.clip(s.y, -500, 500)),
        "The scores are clipped to [-500, 500]. Scores beyond that are no longer told apart.",
        "1000 and 999 should give 0.73 and 0.27. Clipped, they give one half each."),
    "sign of scores flipped": row("02.7", dict(scores=lambda s: -s.y),
        "The smallest score gets the largest probability.",
        "p_i is e to the power of y_i, not of -y_i."),
    "exponential missing": row("02.7", dict(exponentials=lambda s: s.scores()),
        "The scores are divided by their sum, without exponentials.",
        "a probability is positive, and scores can be negative."),
    "not normalised": row("02.7", dict(total=lambda s: 1.0),
        "The exponentials are not divided by their sum.",
        "the probabilities of a row sum to 1."),
    "normalised over everything": row("02.7", dict(total=lambda s: s.exponentials().sum()),
        "The sum below the line is over the whole array; it must be over each row.",
        "every row is a set of probabilities of its own and sums to 1. Is an axis missing in the sum?"),
    "softmax of the whole array": row("02.7",
        dict(shift=lambda s: s.scores().max(), total=lambda s: s.exponentials().sum()),
        "Largest score and sum are taken over the whole array; both must be taken over each row.",
        "every row is a set of probabilities of its own and sums to 1. Is an axis missing, twice?"),
    "normalised over the first axis": row("02.7", dict(total=lambda s: s.exponentials().sum(axis=0)),
        "The sum below the line is over the first axis; it must be over the last.",
        "the classes stand along the last axis. Their probabilities sum to 1."),
    "softmax over the first axis": row("02.7",
        dict(shift=lambda s: s.scores().max(axis=0), total=lambda s: s.exponentials().sum(axis=0)),
        "Largest score and sum are taken along the first axis; it must be the last.",
        "the classes stand along the last axis. Their probabilities sum to 1."),
    "epsilon below the line": row("02.7", dict(total=lambda s: Softmax.total(s) + 1e-8),
        "A small number such as 1e-8 is added below the line, so the probabilities do not sum to 1.",
        "with the right c, one term of the sum is e^0 = 1. So it is never zero, and needs no help."),
    "nan replaced by zero": row("02.7",
        dict(shift=lambda s: 0.0, run=lambda s: np.nan_to_num(Softmax.run(s))),
        "Nothing is taken off the scores, and the nan that comes of it is replaced by 0.",
        "scores of 1000 and 999 have the probabilities 0.73 and 0.27, not 0."),
    "logarithm returned": row("02.7", dict(run=lambda s: s.scores() - s.shift() - np.log(s.total())),
        "The result is the logarithm of the probabilities.",
        "probabilities are positive and sum to 1."),
    "sigmoid of each score": row("02.7", dict(run=lambda s: 1 / (1 + np.exp(-s.scores()))),
        "Each score goes through the sigmoid 1/(1 + e^-y), by itself.",
        "the probabilities of a row sum to 1, so each depends on all scores."),
}


def softmax_instances():
    """Scores of ordinary size, of size 1000, rows that lie far apart, and a single row."""
    rng = np.random.default_rng(24)
    ordinary = rng.standard_normal((3, 5))
    apart = ordinary + np.array([[1000.0], [0.0], [-1000.0]])
    return [(ordinary,), (1000 * rng.standard_normal((6, 3, 5)),), (apart,),
            (2 * rng.standard_normal((5, 2, 3)),), (np.array([-1001.0, -1000.0, -1003.0, -1000.5]),)]


def softmax_probes():
    """Easier scores for 2.4."""
    rng = np.random.default_rng(27)
    ordinary = rng.standard_normal((3, 5))
    same_largest = ordinary - ordinary.max(axis=-1, keepdims=True)
    return {"there is one row of small scores": (ordinary[:1],),
            "there is one row of scores above 1000": (ordinary[:1] + 1000,),
            "there is one row of scores below -1000": (ordinary[:1] - 1000,),
            "all scores are small": (ordinary,),
            "the largest score of every row is 0": (same_largest,),
            "the largest score of every row is 1000": (same_largest + 1000,)}


# --- 2.5: masked cross-entropy ---

def masked_loss(y, classes, mask):
    """The mean cross-entropy over the steps that count."""
    return losses.cross_entropy(y, classes, mask, reduction="mean")[0]


class MaskedLoss:
    """Mean cross-entropy over counted steps. y: (T, B, O). classes: (T, B). mask: (T, B) of booleans."""

    def __init__(self, y, classes, mask):
        self.y, self.classes, self.mask = y, classes, mask

    def run(self):
        """The mean, a number."""
        return self.mean()

    def scores(self):
        """the scores that go into log_softmax"""
        return self.y

    def log_p(self):
        """the log-probabilities, log_softmax of the scores"""
        return losses.log_softmax(self.scores())

    def right_class(self):
        """the index of the right class"""
        return self.classes

    def step_losses(self):
        """the loss of each step, minus the log-probability of the right class"""
        return -np.take_along_axis(self.log_p(), self.right_class()[..., None], axis=-1)[..., 0]

    def counted(self):
        """which steps count"""
        return self.mask

    def total(self):
        """the sum over the steps that count"""
        return self.step_losses()[self.counted()].sum()

    def divisor(self):
        """the number of steps that count"""
        return self.counted().sum()

    def mean(self):
        """the mean, the sum divided by the number of steps that count"""
        return self.total() / self.divisor()


def logarithm_of_softmax_becomes_nan(s):
    exponentials = np.exp(s.scores())
    return np.log(exponentials / exponentials.sum(axis=-1, keepdims=True))


MASKED_LOSS = {
    "logarithm of softmax": row("02.7", dict(log_p=lambda s: np.log(losses.softmax(s.scores()))),
        "The logarithm is taken of the finished softmax. A probability that was rounded to 0 makes the loss "
        "infinite.",
        "log p_i = y_i - log(sum of exponentials) is an ordinary number for scores of any size."),
    "logarithm of softmax becomes nan": row("02.7", dict(log_p=logarithm_of_softmax_becomes_nan),
        "The logarithm is taken of the finished softmax. Large scores make it nan: exponentials overflow, or "
        "log 0 is multiplied by 0.",
        "log p_i = y_i - log(sum of exponentials) is an ordinary number for scores of any size."),
    "epsilon in the logarithm": row("02.7", dict(log_p=lambda s: np.log(losses.softmax(s.scores()) + 1e-12)),
        "A small number such as 1e-12 keeps log away from 0. So a tiny probability never costs more than a "
        "fixed amount.",
        "if the right class lies 1000 below the largest score, the loss is 1000, not -log(1e-12) = 27.6."),
    "larger epsilon in the logarithm": row("02.7",
        dict(log_p=lambda s: np.log(losses.softmax(s.scores()) + 1e-8)),
        "A small number such as 1e-8 keeps log away from 0. So a tiny probability never costs more than a "
        "fixed amount.",
        "if the right class lies 1000 below the largest score, the loss is 1000, not -log(1e-8) = 18.4."),
    "classes taken for steps": row("02.7",
        lambda y, classes, mask: -losses.log_softmax(y)[classes][mask].mean(),
        "The classes stand in the first axis, which counts the steps; the class is the last axis.",
        "log_p is (T, B, O). The right class of step t of sequence b is log_p[t, b, classes[t, b]]."),
    "logarithm missing": row("02.7", dict(log_p=lambda s: losses.softmax(s.scores())),
        "The probability is used; the loss needs its logarithm.",
        "L_t = -log p. With p = 1 the loss is 0."),
    "scores taken for log probabilities": row("02.7", dict(log_p=lambda s: s.scores()),
        "The scores themselves are used; the loss needs log_softmax of them.",
        "log p_i = y_i - log(sum of exponentials). The second term is missing."),
    "softmax over the batch": row("02.7",
        dict(log_p=lambda s: losses.log_softmax(s.scores().swapaxes(1, 2)).swapaxes(1, 2)),
        "The probabilities sum to 1 over the sequences of a step; they must sum to 1 over the classes.",
        "each step of each sequence has its own probabilities, along the last axis."),
    "log softmax of probabilities": row("02.7",
        dict(log_p=lambda s: losses.log_softmax(losses.softmax(s.scores()))),
        "The scores go through softmax and then through log_softmax, which holds a softmax of its own.",
        "log_softmax takes scores."),
    "masked scores": row("02.8",
        dict(scores=lambda s: s.y * s.mask[..., None], total=lambda s: s.step_losses().sum()),
        "The scores of padded steps are made zero, and the steps still add to the sum: log O each.",
        "a step that does not count adds nothing. The mask belongs to the losses L_t, after the logarithm."),
    "class index one too low": row("02.7", dict(right_class=lambda s: (s.classes - 1) % s.y.shape[-1]),
        "The entry before the right class is picked, and for class 0 the last one.",
        "classes count from 0, as Python's indices do."),
    "most likely class picked": row("02.7", dict(right_class=lambda s: s.y.argmax(axis=-1)),
        "The class with the largest score is picked; the loss is about the right class.",
        "L_t = -log p of the class that should have been said, however small its p is."),
    "mean over the classes": row("02.7", dict(step_losses=lambda s: -s.log_p().mean(axis=-1)),
        "The mean is over all classes; of each step only the right class counts.",
        "L_t = -log p of the right class. No class but that one stands in it."),
    "sign missing": row("02.7", dict(step_losses=lambda s: -MaskedLoss.step_losses(s)),
        "The minus sign is missing.",
        "the logarithm of a probability is negative, and a loss of cross-entropy is not."),
    "padding counted": row("02.8", dict(counted=lambda s: np.ones_like(s.mask)),
        "All steps count, padded ones, too.",
        "where the mask is False, nothing is added to the sum, nor to the number of steps."),
    "mask inverted": row("02.8", dict(counted=lambda s: ~s.mask),
        "The steps that should not count are the ones that do.",
        "the mask is True where a step counts."),
    "class zero taken for padding": row("02.8", dict(counted=lambda s: s.classes != 0),
        "Steps whose right class is 0 are left out. But 0 is a class like any other; the mask alone says "
        "what counts.",
        "a real step can have class 0."),
    "sum instead of mean": row("02.7", dict(divisor=lambda s: 1),
        "The sum is not divided by the number of steps.",
        "a mean is the sum over the steps that count, divided by their number."),
    "mean over all steps": row("02.8", dict(divisor=lambda s: s.mask.size),
        "The sum over the counted steps is divided by the number of all steps, T B.",
        "how many numbers have you added? With more padding, your loss becomes smaller."),
    "divided by the batch size": row("02.7", dict(divisor=lambda s: s.mask.shape[1]),
        "The sum is divided by the number of sequences; here it is a mean over steps.",
        "how many numbers have you added?"),
    "divided by T": row("02.7", dict(divisor=lambda s: len(s.mask)),
        "The sum is divided by T; here it is a mean over the steps of all sequences.",
        "how many numbers have you added?"),
    "mean of the sequences' means": row("02.8",
        dict(run=lambda s: (s.step_losses().sum(axis=0, where=s.counted()) / s.counted().sum(axis=0)).mean()),
        "The mean is taken within each sequence first, and then over the sequences. So steps of short "
        "sequences weigh more.",
        "here every step that counts weighs the same."),
    "mean of the steps' means": row("02.8",
        dict(run=lambda s: (s.step_losses().sum(axis=1, where=s.counted()) / s.counted().sum(axis=1)).mean()),
        "The mean is taken over the sequences at each step first, and then over the steps.",
        "here every step that counts weighs the same. Late steps have fewer sequences."),
    "steps not reduced": row("02.7", dict(run=lambda s: s.step_losses()[s.counted()]),
        "The losses of the steps are returned, one by one.",
        "the result is one number, their mean."),
}


def loss_problem(mask, seed=25, O=5, scale=1.0):
    """Scores, scaled where the mask is True, and classes, 0 where it is False."""
    rng = np.random.default_rng(seed)
    y, classes = rng.standard_normal((*mask.shape, O)), rng.integers(0, O, mask.shape)
    return np.where(mask[..., None], scale * y, y), np.where(mask, classes, 0), mask


def masked_instances():
    """Padded sequences, a loss at the end only, and scores so large that a probability rounds to zero."""
    lengths = np.array([4, 6, 1, 3])
    padded, end = losses.length_mask(lengths, 6), losses.last_step_mask(lengths, 6)
    return [loss_problem(padded), loss_problem(end, seed=26), loss_problem(padded, seed=27, scale=1000.0)]


def masked_probes():
    """Easier arguments for 2.5."""
    padded = losses.length_mask(np.array([4, 6, 1, 3]), 6)
    everything = np.ones((6, 4), bool)
    y, classes, _ = loss_problem(everything)
    return {"every step counts": (y, classes, everything),
            "there is one sequence": (y[:, :1], classes[:, :1], padded[:, :1]),
            "there is one step": (y[:1], classes[:1], everything[:1]),
            "all sequences have the same length": (y, classes, losses.length_mask(np.array([4, 4, 4, 4]), 6)),
            "all scores are the same": (np.full_like(y, 0.7), np.where(padded, classes, 0), padded),
            "all scores are small": loss_problem(padded),
            "no right class is 0": (y, np.where(padded, np.maximum(classes, 1), 0), padded)}


# --- 2.6: each sequence's last state ---

def last_states(h, lengths):
    """The state of each sequence after its own last step."""
    return np.stack([h[n, b] for b, n in enumerate(lengths)])


class LastStates:
    """Each sequence's last state, formula by formula. Arguments as those of ``last_states``."""

    def __init__(self, h, lengths):
        self.h, self.lengths = h, lengths

    def run(self):
        """The states, (B, H)."""
        found = np.zeros((len(self.lengths), *self.h.shape[2:]))
        for b in self.sequences():
            found[b] = self.state(b)
        return found

    def sequences(self):
        """the loop over the batch, every b"""
        return range(len(self.lengths))

    def slot(self, b):
        """the slot of the last state, lengths[b]"""
        return self.lengths[b]

    def column(self, b):
        """the place of sequence b in a slot, b"""
        return b

    def state(self, b):
        """the last state of sequence b, h[lengths[b], b]"""
        return self.h[self.slot(b)][self.column(b)]


LAST_STATES = {
    "slot of the first state forgotten": row("02.3",
        lambda h, lengths: h[lengths - 1, np.arange(len(lengths))],
        "It picks the state one step before the last, as if h had no slot for h_0.",
        "slot 0 holds h_0, so slot n holds the state after n steps."),
    "last slot for all": row("02.8", lambda h, lengths: h[-1],
        "It picks h[-1] for every sequence: the states after all T steps, padding included.",
        "draw three sequences of different lengths, and mark the last real step of each."),
    "longest length for all": row("02.8", lambda h, lengths: h[lengths.max()],
        "It picks the state after the longest sequence's last step, for every sequence.",
        "draw three sequences of different lengths, and mark the last real step of each."),
    "first length for all": row("02.8", lambda h, lengths: h[lengths[0]],
        "It picks every state after the first sequence's last step.",
        "each b has its own entry of lengths."),
    "sequence not picked": row("02.8", lambda h, lengths: h[lengths],
        "h[lengths] picks whole slots, with all sequences in them: its shape is (B, B, H).",
        "each state needs two indices, a time and a sequence."),
    "first sequence for all": row("02.8", lambda h, lengths: h[lengths, 0],
        "The time is right, but the state is always the first sequence's.",
        "each state needs two indices, a time and a sequence."),
    "counted from the end": row("02.8", lambda h, lengths: h[-lengths, np.arange(len(lengths))],
        "h[-n] counts the slots from the end.",
        "a sequence of 2 steps ends in slot 2, however long the padding is."),
    "one state too late": row("02.3",
        lambda h, lengths: h[np.minimum(lengths + 1, len(h) - 1), np.arange(len(lengths))],
        "It picks the state one step after the sequence's end, where the array has one.",
        "slot 0 holds h_0, so slot n holds the state after n steps."),
    "first states": row("02.3", lambda h, lengths: h[0],
        "It picks h_0, the states before the first step.",
        "slot 0 holds h_0, so slot n holds the state after n steps."),
    "mean over the steps": row("02.8",
        lambda h, lengths: np.stack([h[1:n + 1, b].mean(axis=0) for b, n in enumerate(lengths)]),
        "It takes the mean over the real steps; asked for is the state after the last one.",
        "the last state has already seen the whole sequence."),
    "mask instead of a choice": row("02.8", lambda h, lengths: h[-1] * (lengths == len(h) - 1)[:, None],
        "It makes the padded states zero and picks h[-1]. A sequence that ends early gets zeros.",
        "the state after the last real step stands in the middle of h, at slot lengths[b]."),
}


def last_state_instances():
    """States (T + 1, B, H) that are all different, and lengths that include 1 and T."""
    rng = np.random.default_rng(26)
    return [(rng.standard_normal((7, 5, 3)), np.array([4, 6, 1, 3, 6])),
            (rng.standard_normal((9, 2, 4)), np.array([5, 2]))]


def last_state_probes():
    """Easier arguments for 2.6."""
    h = np.random.default_rng(28).standard_normal((7, 4, 3))
    return {"B = 1": (h[:, :1], np.array([4])),
            "all lengths are the same": (h, np.array([4, 4, 4, 4])),
            "no sequence is padded": (h, np.array([6, 6, 6, 6])),
            "all sequences have the same states": (h[:, :1] + np.zeros_like(h), np.array([4, 6, 1, 3]))}


EXERCISES = {
    "2.1": Exercise(
        "One step for a vector",
        "Your step gives the same state and output as the course's network.",
        one_step,
        lambda: [forward.first_step(problem) for problem in forward.problems()],
        hints=("Three columns are added before tanh. Where does each come from? And which state is the "
               "output read off?",
               "h_t = tanh(W_hh h_{t-1} + W_xh x_t + b_h), then y_t = W_hy h_t + b_y.",
               'With W = params["W_hh"], the first term is W @ h_prev. Two more terms, then np.tanh of the '
               "sum. The output uses the new state."),
        mistakes=forward.STEP | ONE_STEP,
        formulas=forward.Step, form=forward.one_step, probes=step_probes, parts=("h_t", "y_t"), points=1,
        gaps=('a_t = params["W_hh"] @ h_prev + params["W_xh"] @ x_t + params["b_h"]\nh_t = np.tanh(a_t)',
              'y_t = params["W_hy"] @ h_t + params["b_y"]'),
        far=lambda: larger_forward(forward.first_step(forward.problem()))),
    "2.2": Exercise(
        "Shapes",
        "You know the shape of every array of the forward pass.",
        shapes,
        [(6, 3, 2, 4, 5), (7, 2, 9, 3, 8)],
        hints=("Which axis is time, which is the batch? And how many states are there, if there are T "
               "inputs?",
               "(..., m, n) @ (n, p) gives (..., m, p): the size in the middle disappears, the axes in front "
               "stay.",
               "An index such as [t-1] takes one axis away, a slice such as [1:] keeps it and makes it "
               "shorter by one. W_xh.T is (D, H), W_hy.T is (H, O)."),
        mistakes=SHAPES, formulas=Shapes, points=1),
    "2.3": Exercise(
        "The forward pass of a batch",
        "Your forward pass is the course's forward pass, for a batch, at every step.",
        run,
        forward.problems,
        hints=("If the states are rows, on which side of h[t-1] does W_hh stand, and which way round? Which "
               "slot does step 1 fill?",
               "h[0] = h0. For t = 1 ... T: h[t] = tanh(h[t-1] W_hh^T + x_t W_xh^T + b_h), where x_t is "
               "x[t-1]. Row by row, y_t = h_t W_hy^T + b_y.",
               "h = np.zeros((len(x) + 1, *h0.shape)), then h[0] = h0, then for t in range(1, len(h)) fill "
               "h[t]. After the loop, h[1:] holds the states that have outputs."),
        mistakes=forward.STEP | forward.SEQUENCE,
        formulas=Forward, probes=forward.probes, parts=("h", "y"), points=3,
        far=lambda: larger_forward(forward.problem())),
    "2.4": Exercise(
        "A softmax that survives",
        "Your softmax survives scores of any size.",
        losses.softmax,
        softmax_instances,
        hints=("If c is taken off a row of scores, which is the largest exponent? What should it be so that "
               "nothing overflows?",
               "p_i = e^(y_i - c) / sum over j of e^(y_j - c), with c the largest score of the row.",
               "Take y.max(axis=-1, keepdims=True) off y before np.exp, and divide by the sum along the same "
               "axis, also with keepdims=True."),
        mistakes=SOFTMAX,
        formulas=Softmax, probes=softmax_probes, points=2),
    "2.5": Exercise(
        "Cross-entropy that counts no padding",
        "Your loss counts the steps of the mask and no others.",
        masked_loss,
        masked_instances,
        hints=("How many numbers do you add up, and by which number do you divide? (Two loops will "
               "do, over t and b: log_p[t, b, classes[t, b]] is the class of one step.)",
               "L = -(sum over t, b of m[t, b] log p[t, b, class]) / (sum over t, b of m[t, b]).",
               "log_p = losses.log_softmax(y). Collect log_p[t, b, classes[t, b]] for all t and b with "
               "mask[t, b], take the mean, and turn the sign round."),
        mistakes=MASKED_LOSS,
        formulas=MaskedLoss, probes=masked_probes, points=2),
    "2.6": Exercise(
        "Each sequence's last state",
        "You pick every sequence's own last state.",
        last_states,
        last_state_instances, formulas=LastStates,
        hints=("A sequence of two steps: which slot of h holds its last state? And in which column does "
               "sequence b stand?",
               "Row b of the result is h_{T_b} of sequence b, with T_b = lengths[b].",
               "A loop over b that collects h[lengths[b], b], and np.stack at the end, is enough."),
        mistakes=LAST_STATES,
        probes=last_state_probes, points=1,
        far=lambda: [far_problems.larger(last_state_probes()["B = 1"], 0)]),
    "2.7": choice(
        "Another padding",
        "You know what padding reaches and what it does not.",
        "c",
        {"a": "the network reads a padded step like any other. Its input is a term of a_t, so the state "
              "after it depends on it.",
         "b": "the mask leaves the outputs of padded steps out of the loss. Which states do the outputs that "
              "count depend on?",
         "c": "The states after a sequence's end read the padding, so they change; the steps that count come "
              "before it, so the masked loss does not.",
         "d": "time runs forwards only. A real step's state comes from the inputs up to it, and the padding "
              "comes later."},
        hints=("Draw the unrolled network for the sequence of 6 steps. Which arrows start at x_7?",
               "h_t depends on x_1 ... x_t. The loss is the sum of m[t, b] L[t, b], and m is 0 after a "
               "sequence's end.",
               "Go through it in two steps. Is x_7 a term of a_7? Does L_7 count?")),
    "2.8": choice(
        "Padding in front",
        "You know when padding in front is harmless.",
        "d",
        {"a": "the mask leaves their losses out. But the padded steps still make a state, and the first real "
              "step starts from it.",
         "b": "b_y is added to the outputs, and no output feeds a state. Which bias do the states of padded "
              "steps contain?",
         "c": "tanh and the bias b_h act at every step, even if W_hh only hands the state on. So it does not "
              "stay where it was.",
         "d": "With h_0 = 0 and b_h = 0, each padded step computes tanh(W_hh 0 + W_xh 0 + 0) = 0, so the "
              "first real step starts from h_0 after all."},
        hints=("Which state does the first real step start from, and which one should it start from?",
               "A padded step computes h_t = tanh(W_hh h_{t-1} + b_h).",
               "Put h_{t-1} = 0 into it. For which networks is the result 0 again?")),
    "2.9": Exercise(
        "A network that hears itself",
        "You can run a network that nobody wrote down for you. If you wrote y[t - 2]: at t = 1 that is "
        "y[-1], the last slot, and right only because this slot is still zero.",
        fed_back.hears_itself, fed_back.problems,
        hints=("How many terms stand inside tanh now? And which of them does a step have to wait for?",
               "h_t = tanh(W_hh h_{t-1} + W_xh x_t + W_yh y_{t-1} + b_h), then y_t = W_hy h_t + b_y, with "
               "y_0 = 0. So the outputs cannot wait until the loop is over.",
               "Take exercise 2.3 and an array y of zeros, (T, B, O). Inside the loop make h[t], then "
               "y[t - 1]. What step t hears is y[t - 2], and for t = 1 a row of zeros for each sequence."),
        mistakes=fed_back.mistakes(), shared=True,
        formulas=fed_back.FedBack, probes=fed_back.probes, parts=("h", "y"), points=2,
        far=lambda: larger_forward(fed_back.hearing(forward.problem()))),
}

# What a learner commits to before the next cell runs. A number is an address, and is never given twice.
# The thoughts are read after "Behind b is often the thought that".

PREDICTS = {
    "P02.1": Predict("Softmax of 1000 and 999", {
        "a": ("0.73 and 0.27.", "a formula that is right on paper is right in the computer, too."),
        "b": ("1 and 0.", "the larger score outweighs everything when scores are this large."),
        "c": ("No numbers at all.", "e to the power of 1000 is more than a floating-point number can hold.")},
        "c"),
    "P02.2": Predict("A step with the gradient of the sum", {
        "a": ("It lowers the loss as much: the direction is the same.",
              "a gradient says where to go, and the learning rate alone how far."),
        "b": ("It lowers the loss 18 times as much.",
              "a step that is 18 times as long gets 18 times as far down."),
        "c": ("The loss goes up.", "a step along a good direction can be too long.")}, "c"),
    "P02.3": Predict("The state over eight steps of zeros", {
        "a": ("It stays as it is.", "an input of zero says nothing, so nothing can happen."),
        "b": ("It sinks to zero.", "without input a network forgets, and that zero is its state of rest."),
        "c": ("It moves to some other place.",
              "two of the three terms of a step are still there, the recurrence and the bias.")}, "c"),
    "P02.4": Predict("50 steps with larger weights from state to state", {
        "a": ("None: all three activations keep the state in bounds.",
              "random inputs push up as often as down, so that nothing builds up."),
        "b": ("Only the linear one: ReLU stops half of the units.",
              "a unit that is off takes away as much as the larger weights add."),
        "c": ("The linear one and ReLU.", "of the three functions only tanh has a ceiling and a floor."),
        "d": ("All three.", "a factor of 2, applied 50 times, is too much for any network.")}, "c"),
}


# --- warm-ups: from lessons 01 and 00 ---

SHARED_WEIGHT = {
    "last copy only": row("01.6", lambda copies: copies[-1],
        "It is the gradient of the last copy alone.",
        "moving the shared weight moves every copy, and each adds its own effect."),
    "first copy only": row("01.6", lambda copies: copies[0],
        "It is the gradient of the first copy alone.",
        "moving the shared weight moves every copy, and each adds its own effect."),
    "mean over the copies": row("01.6", lambda copies: copies.mean(axis=0),
        "It is the mean over the copies; their effects add up.",
        "move w by a little: every copy moves by that little, and each moves the loss."),
    "summed over the entries": row("01.6", lambda copies: copies.sum(axis=(1, 2)),
        "It is a number for each step; a gradient has the shape of its weight, (H, H).",
        "which axis counts the steps? That one disappears."),
}

THROUGH_TANH = {
    "slope left out": row("00.6", lambda dh, h: dh,
        "tanh's slope is missing.",
        "between a and h stands tanh. A change of a reaches h times the slope."),
    "upstream gradient left out": row("00.6", lambda dh, h: 1 - h ** 2,
        "It is the slope alone; it must be multiplied by dh.",
        "the chain rule is dL/da = dL/dh times dh/da. Both factors are needed."),
    "slope without the square": row("00.6", lambda dh, h: dh * (1 - h),
        "The slope is 1 - h; the square is missing.",
        "tanh is as flat far to the left as far to the right."),
    "tanh taken twice": row("00.6", lambda dh, h: dh * (1 - np.tanh(h) ** 2),
        "The slope takes tanh of h; but h is tanh(a) already.",
        "the slope at a is 1 - tanh(a)^2, and tanh(a) is h."),
    "divided by the slope": row("00.6", lambda dh, h: dh / (1 - h ** 2),
        "dh is divided by tanh's slope; it must be multiplied.",
        "where tanh is flat, little goes back."),
}

COPIES = np.random.default_rng(201).standard_normal((5, 3, 3))
KEPT = np.tanh(np.random.default_rng(202).standard_normal((3, 4)))

WARM_UPS = {
    "2.a": Exercise(
        "One weight, many copies", "Who shares a weight adds up the gradients of its copies.",
        lambda copies: copies.sum(axis=0), [(COPIES,), (COPIES[:4, :2, :2],)],
        hints=("If the shared weight moves by a little, which copies move with it?",
               "dL/dW = the sum over t of dL/dW^(t).",
               "The steps stand along the first axis: sum over axis 0."),
        mistakes=SHARED_WEIGHT, parts=("dW",), points=0),
    "2.b": choice(
        "One line for all steps", "NumPy lines shapes up from the right.", "c", {
            "a": "W is (H, D) and x is (T, B, D). @ sums over the last axis of the left array and the last "
                 "but one of the right: here D would have to meet B.",
            "b": "The D columns of x would meet the H rows of W. Which of W's axes has the size D?",
            "c": "(T, B, D) times (D, H) is (T, B, H), and a bias (H,) meets the last axis.",
            "d": "b[:, None] is a column, (H, 1): its H would meet the sequences, not the units."},
        hints=("Write the shape below every array. What must stand next to what?",
               "u[t, i, j] = the sum over d of x[t, i, d] W[j, d], plus b[j].",
               "The sum runs over the last axis of both. So W has to be turned over, and b can stay as it "
               "is."), points=0),
    "2.c": Exercise(
        "Back through tanh", "dL/da is dL/dh times the slope, and the slope needs h alone.",
        lambda dh, h: dh * (1 - h ** 2), [(COPIES[0, :2].ravel()[:4], KEPT[0]), (2 * KEPT[2], KEPT[1])],
        hints=("How much does h move when a does? And the loss when h does?",
               "dL/da = dL/dh times (1 - h^2), entry by entry.",
               "One product of two arrays of the same shape. No function of NumPy is needed."),
        mistakes=THROUGH_TANH, parts=("da",), points=0),
}
