"""Exercises of lesson 02: the forward pass."""

import numpy as np

from exercises.engine.exercise import Exercise
from exercises.engine.kinds import choice
from exercises.formulas import forward
from exercises.formulas.forward import Forward
from helpers import losses, rnn


# --- 2.1: one step for a vector; 2.3: the forward pass of a batch ---

def one_step(params, x_t, h_prev):
    cache = rnn.forward(params, x_t[None, None, :], h_prev[None, :])
    return cache.h[1, 0], cache.y[0, 0]


def run(params, x, h0):
    cache = rnn.forward(params, x, h0)
    return cache.h, cache.y


def step_probes():
    """Easier arguments for 2.1."""
    no_past = forward.problem(change=lambda params, x, h0: (params, x, 0 * h0))
    found = {"h_{t-1} = 0": no_past, **forward.step_probes()}
    return {words.replace("x = 0", "x_t = 0"): forward.first_step(problem) for words, problem in found.items()}


def results_exchanged(params, x_t, h_prev):
    """The two results are in the wrong order.

    On paper: first the state h_t, then the output y_t.

    Lesson 02, section 2.
    """
    return one_step(params, x_t, h_prev)[::-1]


# --- 2.2: shapes ---

def shapes(T, B, D, H, O):
    """Measured on real arrays."""
    x, h = np.zeros((T, B, D)), np.zeros((T + 1, B, H))
    W_xh, W_hy = np.zeros((H, D)), np.zeros((O, H))
    return {"h": h.shape, "x[t-1]": x[0].shape, "x[t-1] @ W_xh.T": (x[0] @ W_xh.T).shape,
            "x @ W_xh.T": (x @ W_xh.T).shape, "h[1:] @ W_hy.T": (h[1:] @ W_hy.T).shape,
            "y[:, b]": (h[1:] @ W_hy.T)[:, 0].shape}


class Shapes:
    """The six shapes, each by itself. Sizes: T steps, B sequences, D inputs, H hidden units, O outputs.

    ``run()`` returns the dict.
    """

    def __init__(self, T, B, D, H, O):
        self.T, self.B, self.D, self.H, self.O = T, B, D, H, O

    def run(self):
        return {"h": self.states(), "x[t-1]": self.one_input(), "x[t-1] @ W_xh.T": self.one_product(),
                "x @ W_xh.T": self.all_products(), "h[1:] @ W_hy.T": self.outputs(), "y[:, b]": self.one_sequence()}

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


class NoSlotForTheFirstState(Shapes):
    """h has T slots.

    On paper: T inputs, but T + 1 states: h_0 ... h_T.

    Lesson 02, section 3.
    """

    def states(self):
        return self.T, self.B, self.H


class StatesWithoutTheBatch(Shapes):
    """h holds the states of a single sequence.

    On paper: it holds the states of all B sequences at every step.

    Lesson 02, section 3.
    """

    def states(self):
        return self.T + 1, self.H


class BatchFirst(Shapes):
    """The batch is the first axis.

    On paper: the first axis is time. So x[t-1] holds step t of all sequences.

    Lesson 02, section 3.
    """

    def states(self):
        return self.B, self.T + 1, self.H

    def all_products(self):
        return self.B, self.T, self.H

    def outputs(self):
        return self.B, self.T, self.O


class OneStepOfOneSequence(Shapes):
    """x[t-1] is one sequence's input only.

    On paper: x is (T, B, D). One index takes away one axis, the first.

    Lesson 02, section 3.
    """

    def one_input(self):
        return (self.D,)


class IndexKeepsItsAxis(Shapes):
    """x[t-1] still has an axis for time.

    On paper: x is (T, B, D). A single index takes its axis away; only a slice such as x[0:1] keeps it.

    Lesson 02, section 3.
    """

    def one_input(self):
        return 1, self.B, self.D


class SequencesAsColumns(Shapes):
    """The sequences are columns, as in the maths; in the code they are rows.

    On paper: (B, D) times (D, H) is (B, H). Row b is sequence b.

    Lesson 02, section 3.
    """

    def one_product(self):
        return self.H, self.B


class ProductKeepsTheInputsSize(Shapes):
    """x[t-1] @ W_xh.T has D columns.

    On paper: (B, D) times (D, H): the D in the middle is summed over and disappears.

    Lesson 02, section 3.
    """

    def one_product(self):
        return self.B, self.D


class TransposeForgotten(Shapes):
    """x @ W_xh.T has as many columns as W_xh.

    On paper: W_xh is (H, D), so W_xh.T is (D, H), and the product has H columns.

    Lesson 02, section 3.
    """

    def all_products(self):
        return self.T, self.B, self.D


class StepsAndSequencesFlattened(Shapes):
    """x @ W_xh.T is a matrix of T B rows.

    On paper: @ multiplies the last two axes. Those before them stay as they are.

    Lesson 02, section 3.
    """

    def all_products(self):
        return self.T * self.B, self.H


class ProductLosesTheTimeAxis(Shapes):
    """x @ W_xh.T has no axis for time.

    On paper: @ multiplies the last two axes. Those before them stay as they are.

    Lesson 02, section 3.
    """

    def all_products(self):
        return self.B, self.H


class OutputsOfAllStates(Shapes):
    """h[1:] has T + 1 slots.

    On paper: h has T + 1 slots, 0 to T. The slice begins at slot 1.

    Lesson 02, section 3.
    """

    def outputs(self):
        return self.T + 1, self.B, self.O


class OneOutputTooFew(Shapes):
    """h[1:] has T - 1 slots.

    On paper: h has T + 1 slots, 0 to T. The slice begins at slot 1.

    Lesson 02, section 3.
    """

    def outputs(self):
        return self.T - 1, self.B, self.O


class OutputsKeepTheStatesSize(Shapes):
    """h[1:] @ W_hy.T has H columns.

    On paper: (B, H) times (H, O): the H in the middle is summed over and disappears.

    Lesson 02, section 3.
    """

    def outputs(self):
        return self.T, self.B, self.H


class StepPickedInsteadOfSequence(Shapes):
    """y[:, b] is one step of all sequences.

    On paper: y is (T, B, O). The colon keeps the first axis, and b picks on the second.

    Lesson 02, section 3.
    """

    def one_sequence(self):
        return self.B, self.O


class SequenceKeepsItsAxis(Shapes):
    """y[:, b] still has an axis for the batch.

    On paper: b is one number. A single index takes its axis away; only a slice such as y[:, 0:1] keeps it.

    Lesson 02, section 3.
    """

    def one_sequence(self):
        return self.T, 1, self.O


class OneStepAndOneSequencePicked(Shapes):
    """y[:, b] has the outputs only: the axis for time is missing.

    On paper: the colon stands for all steps.

    Lesson 02, section 3.
    """

    def one_sequence(self):
        return (self.O,)


# --- 2.4: softmax ---

class Softmax:
    """Probabilities along the last axis. y: scores (..., O). ``run()`` returns (..., O)."""

    def __init__(self, y):
        self.y = y

    def run(self):
        return self.exponentials() / self.total()

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
        """the sum below the line"""
        return self.exponentials().sum(axis=-1, keepdims=True)


def of_scores(softmax):
    """The form for 2.4."""
    return lambda y: softmax(y).run()


class ScoresNotShifted(Softmax):
    """Nothing is taken off the scores, so large ones overflow.

    On paper: e^1000 is infinity for the computer, and infinity divided by infinity is nan.

    Lesson 02, section 7.
    """

    def shift(self):
        return 0.0


class ShiftedByLargestOfAll(Softmax):
    """One number is taken off the whole array, its largest score. A row that lies far below gets a sum of zero.

    On paper: a score of -2000 has the exponential 0, and 0 divided by 0 is nan. Each row needs a c of its own.

    Lesson 02, section 7.
    """

    def shift(self):
        return self.scores().max()


class ShiftedByTheMean(Softmax):
    """The mean is taken off each row. A score far above it still overflows.

    On paper: no exponential overflows if the largest exponent in the row is 0. Which c does that?

    Lesson 02, section 7.
    """

    def shift(self):
        return self.scores().mean(axis=-1, keepdims=True)


class ShiftedByTheSmallest(Softmax):
    """The smallest score is taken off each row. A score far above it still overflows.

    On paper: no exponential overflows if the largest exponent in the row is 0. Which c does that?

    Lesson 02, section 7.
    """

    def shift(self):
        return self.scores().min(axis=-1, keepdims=True)


class ShiftedByTheLargestSize(Softmax):
    """The largest size is taken off each row, without its sign. A row of negative scores gets a sum of zero.

    On paper: with scores -1000 and -999, c = 1000 makes both exponentials 0.

    Lesson 02, section 7.
    """

    def shift(self):
        return np.abs(self.scores()).max(axis=-1, keepdims=True)


class ShiftAdded(Softmax):
    """The largest score is added; it must be taken off.

    On paper: no exponential overflows if the largest exponent in the row is 0.

    Lesson 02, section 7.
    """

    def shift(self):
        return -self.scores().max(axis=-1, keepdims=True)


class DividedByTheLargest(Softmax):
    """The scores are divided by the largest; it must be taken off.

    On paper: only c in the exponent, taken off all scores, cancels. Division changes the differences between scores.

    Lesson 02, section 7.
    """

    def scores(self):
        return self.y / self.y.max(axis=-1, keepdims=True)


class ScoresClipped(Softmax):
    """The scores are clipped to [-500, 500]. Scores beyond that are no longer told apart.

    On paper: 1000 and 999 should give 0.73 and 0.27. Clipped, they give one half each.

    Lesson 02, section 7.
    """

    def scores(self):
        return np.clip(self.y, -500, 500)


class SignOfScoresFlipped(Softmax):
    """The smallest score gets the largest probability.

    On paper: p_i is e to the power of y_i, not of -y_i.

    Lesson 02, section 7.
    """

    def scores(self):
        return -self.y


class ExponentialMissing(Softmax):
    """The scores are divided by their sum, without exponentials.

    On paper: a probability is positive, and scores can be negative.

    Lesson 02, section 7.
    """

    def exponentials(self):
        return self.scores()


class NotNormalised(Softmax):
    """The exponentials are not divided by their sum.

    On paper: the probabilities of a row sum to 1.

    Lesson 02, section 7.
    """

    def total(self):
        return 1.0


class NormalisedOverEverything(Softmax):
    """The sum below the line is over the whole array; it must be over each row.

    On paper: every row is a set of probabilities of its own and sums to 1. Is an axis missing in the sum?

    Lesson 02, section 7.
    """

    def total(self):
        return self.exponentials().sum()


class SoftmaxOfTheWholeArray(Softmax):
    """Largest score and sum are taken over the whole array; both must be taken over each row.

    On paper: every row is a set of probabilities of its own and sums to 1. Is an axis missing, twice?

    Lesson 02, section 7.
    """

    def shift(self):
        return self.scores().max()

    def total(self):
        return self.exponentials().sum()


class NormalisedOverTheFirstAxis(Softmax):
    """The sum below the line is over the first axis; it must be over the last.

    On paper: the classes stand along the last axis. Their probabilities sum to 1.

    Lesson 02, section 7.
    """

    def total(self):
        return self.exponentials().sum(axis=0)


class SoftmaxOverTheFirstAxis(Softmax):
    """Largest score and sum are taken along the first axis; it must be the last.

    On paper: the classes stand along the last axis. Their probabilities sum to 1.

    Lesson 02, section 7.
    """

    def shift(self):
        return self.scores().max(axis=0)

    def total(self):
        return self.exponentials().sum(axis=0)


class EpsilonBelowTheLine(Softmax):
    """A small number such as 1e-8 is added below the line, so the probabilities do not sum to 1.

    On paper: with the right c, one term of the sum is e^0 = 1. So it is never zero, and needs no help.

    Lesson 02, section 7.
    """

    def total(self):
        return super().total() + 1e-8


class NanReplacedByZero(Softmax):
    """Nothing is taken off the scores, and the nan that comes of it is replaced by 0.

    On paper: scores of 1000 and 999 have the probabilities 0.73 and 0.27, not 0.

    Lesson 02, section 7.
    """

    def shift(self):
        return 0.0

    def run(self):
        return np.nan_to_num(super().run())


class LogarithmReturned(Softmax):
    """The result is the logarithm of the probabilities.

    On paper: probabilities are positive and sum to 1.

    Lesson 02, section 7.
    """

    def run(self):
        return self.scores() - self.shift() - np.log(self.total())


class SigmoidOfEachScore(Softmax):
    """Each score goes through the sigmoid 1/(1 + e^-y), by itself.

    On paper: the probabilities of a row sum to 1, so each depends on all scores.

    Lesson 02, section 7.
    """

    def run(self):
        return 1 / (1 + np.exp(-self.scores()))


def softmax_instances():
    """Scores of ordinary size, of size 1000, rows that lie far apart, and a single row."""
    rng = np.random.default_rng(24)
    ordinary = rng.standard_normal((3, 5))
    apart = ordinary + np.array([[1000.0], [0.0], [-1000.0]])
    return [(ordinary,), (1000 * rng.standard_normal((6, 3, 5)),), (apart,), (2 * rng.standard_normal((5, 2, 3)),),
            (np.array([-1001.0, -1000.0, -1003.0, -1000.5]),)]


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
    return losses.cross_entropy(y, classes, mask, reduction="mean")[0]


class MaskedLoss:
    """Mean cross-entropy over counted steps. y: (T, B, O). classes: (T, B). mask: (T, B) of booleans.

    ``run()`` returns a number.
    """

    def __init__(self, y, classes, mask):
        self.y, self.classes, self.mask = y, classes, mask

    def run(self):
        return self.total() / self.divisor()

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


def of_masked(loss):
    """The form for 2.5."""
    return lambda y, classes, mask: loss(y, classes, mask).run()


class LogarithmOfSoftmax(MaskedLoss):
    """The logarithm is taken of the finished softmax. A probability that was rounded to 0 makes the loss infinite.

    On paper: log p_i = y_i - log(sum of exponentials) is an ordinary number for scores of any size.

    Lesson 02, section 7.
    """

    def log_p(self):
        return np.log(losses.softmax(self.scores()))


class LogarithmOfSoftmaxBecomesNan(MaskedLoss):
    """The logarithm is taken of the finished softmax. Large scores make it nan: exponentials overflow, or log 0 is multiplied
    by 0.

    On paper: log p_i = y_i - log(sum of exponentials) is an ordinary number for scores of any size.

    Lesson 02, section 7.
    """

    def log_p(self):
        exponentials = np.exp(self.scores())
        return np.log(exponentials / exponentials.sum(axis=-1, keepdims=True))


class EpsilonInTheLogarithm(MaskedLoss):
    """A small number such as 1e-12 keeps log away from 0. So a tiny probability never costs more than a fixed amount.

    On paper: if the right class lies 1000 below the largest score, the loss is 1000, not -log(1e-12) = 27.6.

    Lesson 02, section 7.
    """

    def log_p(self):
        return np.log(losses.softmax(self.scores()) + 1e-12)


class LargerEpsilonInTheLogarithm(MaskedLoss):
    """A small number such as 1e-8 keeps log away from 0. So a tiny probability never costs more than a fixed amount.

    On paper: if the right class lies 1000 below the largest score, the loss is 1000, not -log(1e-8) = 18.4.

    Lesson 02, section 7.
    """

    def log_p(self):
        return np.log(losses.softmax(self.scores()) + 1e-8)


class LogarithmMissing(MaskedLoss):
    """The probability is used; the loss needs its logarithm.

    On paper: L_t = -log p. With p = 1 the loss is 0.

    Lesson 02, section 7.
    """

    def log_p(self):
        return losses.softmax(self.scores())


class ScoresTakenForLogProbabilities(MaskedLoss):
    """The scores themselves are used; the loss needs log_softmax of them.

    On paper: log p_i = y_i - log(sum of exponentials). The second term is missing.

    Lesson 02, section 7.
    """

    def log_p(self):
        return self.scores()


class SoftmaxOverTheBatch(MaskedLoss):
    """The probabilities sum to 1 over the sequences of a step; they must sum to 1 over the classes.

    On paper: each step of each sequence has its own probabilities, along the last axis.

    Lesson 02, section 7.
    """

    def log_p(self):
        return losses.log_softmax(self.scores().swapaxes(1, 2)).swapaxes(1, 2)


class LogSoftmaxOfProbabilities(MaskedLoss):
    """The scores go through softmax and then through log_softmax, which holds a softmax of its own.

    On paper: log_softmax takes scores.

    Lesson 02, section 7.
    """

    def log_p(self):
        return losses.log_softmax(losses.softmax(self.scores()))


class MaskedScores(MaskedLoss):
    """The scores of padded steps are made zero, and the steps still add to the sum: log O each.

    On paper: a step that does not count adds nothing. The mask belongs to the losses L_t, after the logarithm.

    Lesson 02, section 8.
    """

    def scores(self):
        return self.y * self.mask[..., None]

    def total(self):
        return self.step_losses().sum()


class ClassIndexOneTooLow(MaskedLoss):
    """The entry before the right class is picked, and for class 0 the last one.

    On paper: classes count from 0, as Python's indices do.

    Lesson 02, section 7.
    """

    def right_class(self):
        return (self.classes - 1) % self.y.shape[-1]


class MostLikelyClassPicked(MaskedLoss):
    """The class with the largest score is picked; the loss is about the right class.

    On paper: L_t = -log p of the class that should have been said, however small its p is.

    Lesson 02, section 7.
    """

    def right_class(self):
        return self.y.argmax(axis=-1)


class MeanOverTheClasses(MaskedLoss):
    """The mean is over all classes; of each step only the right class counts.

    On paper: L_t = -log p of the right class. No class but that one stands in it.

    Lesson 02, section 7.
    """

    def step_losses(self):
        return -self.log_p().mean(axis=-1)


class SignMissing(MaskedLoss):
    """The minus sign is missing.

    On paper: the logarithm of a probability is negative, and a loss of cross-entropy is not.

    Lesson 02, section 7.
    """

    def step_losses(self):
        return -super().step_losses()


class PaddingCounted(MaskedLoss):
    """All steps count, padded ones, too.

    On paper: where the mask is False, nothing is added to the sum, nor to the number of steps.

    Lesson 02, section 8.
    """

    def counted(self):
        return np.ones_like(self.mask)


class MaskInverted(MaskedLoss):
    """The steps that should not count are the ones that do.

    On paper: the mask is True where a step counts.

    Lesson 02, section 8.
    """

    def counted(self):
        return ~self.mask


class ClassZeroTakenForPadding(MaskedLoss):
    """Steps whose right class is 0 are left out. But 0 is a class like any other; the mask alone says what counts.

    On paper: a real step can have class 0.

    Lesson 02, section 8.
    """

    def counted(self):
        return self.classes != 0


class SumInsteadOfMean(MaskedLoss):
    """The sum is not divided by the number of steps.

    On paper: a mean is the sum over the steps that count, divided by their number.

    Lesson 02, section 7.
    """

    def divisor(self):
        return 1


class MeanOverAllSteps(MaskedLoss):
    """The sum over the counted steps is divided by the number of all steps, T B.

    On paper: how many numbers have you added? With more padding, your loss becomes smaller.

    Lesson 02, section 8.
    """

    def divisor(self):
        return self.mask.size


class DividedByTheBatchSize(MaskedLoss):
    """The sum is divided by the number of sequences; here it is a mean over steps.

    On paper: how many numbers have you added?

    Lesson 02, section 7.
    """

    def divisor(self):
        return self.mask.shape[1]


class DividedByT(MaskedLoss):
    """The sum is divided by T; here it is a mean over the steps of all sequences.

    On paper: how many numbers have you added?

    Lesson 02, section 7.
    """

    def divisor(self):
        return len(self.mask)


class MeanOfTheSequencesMeans(MaskedLoss):
    """The mean is taken within each sequence first, and then over the sequences. So steps of short sequences weigh more.

    On paper: here every step that counts weighs the same.

    Lesson 02, section 8.
    """

    def run(self):
        return (self.step_losses().sum(axis=0, where=self.counted()) / self.counted().sum(axis=0)).mean()


class MeanOfTheStepsMeans(MaskedLoss):
    """The mean is taken over the sequences at each step first, and then over the steps.

    On paper: here every step that counts weighs the same. Late steps have fewer sequences.

    Lesson 02, section 8.
    """

    def run(self):
        return (self.step_losses().sum(axis=1, where=self.counted()) / self.counted().sum(axis=1)).mean()


class StepsNotReduced(MaskedLoss):
    """The losses of the steps are returned, one by one.

    On paper: the result is one number, their mean.

    Lesson 02, section 7.
    """

    def run(self):
        return self.step_losses()[self.counted()]


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
    return np.stack([h[n, b] for b, n in enumerate(lengths)])


def slot_of_the_first_state_forgotten(h, lengths):
    """It picks the state one step before the last, as if h had no slot for h_0.

    On paper: slot 0 holds h_0, so slot n holds the state after n steps.

    Lesson 02, section 3.
    """
    return h[lengths - 1, np.arange(len(lengths))]


def last_slot_for_all(h, lengths):
    """It picks h[-1] for every sequence: the states after all T steps, padding included.

    On paper: draw three sequences of different lengths, and mark the last real step of each.

    Lesson 02, section 8.
    """
    return h[-1]


def longest_length_for_all(h, lengths):
    """It picks the state after the longest sequence's last step, for every sequence.

    On paper: draw three sequences of different lengths, and mark the last real step of each.

    Lesson 02, section 8.
    """
    return h[lengths.max()]


def first_length_for_all(h, lengths):
    """It picks every state after the first sequence's last step.

    On paper: each b has its own entry of lengths.

    Lesson 02, section 8.
    """
    return h[lengths[0]]


def sequence_not_picked(h, lengths):
    """h[lengths] picks whole slots, with all sequences in them: its shape is (B, B, H).

    On paper: each state needs two indices, a time and a sequence.

    Lesson 02, section 8.
    """
    return h[lengths]


def first_sequence_for_all(h, lengths):
    """The time is right, but the state is always the first sequence's.

    On paper: each state needs two indices, a time and a sequence.

    Lesson 02, section 8.
    """
    return h[lengths, 0]


def counted_from_the_end(h, lengths):
    """h[-n] counts the slots from the end.

    On paper: a sequence of 2 steps ends in slot 2, however long the padding is.

    Lesson 02, section 8.
    """
    return h[-lengths, np.arange(len(lengths))]


def one_state_too_late(h, lengths):
    """It picks the state one step after the sequence's end, where the array has one.

    On paper: slot 0 holds h_0, so slot n holds the state after n steps.

    Lesson 02, section 3.
    """
    return h[np.minimum(lengths + 1, len(h) - 1), np.arange(len(lengths))]


def first_states(h, lengths):
    """It picks h_0, the states before the first step.

    On paper: slot 0 holds h_0, so slot n holds the state after n steps.

    Lesson 02, section 3.
    """
    return h[0]


def mean_over_the_steps(h, lengths):
    """It takes the mean over the real steps; asked for is the state after the last one.

    On paper: the last state has already seen the whole sequence.

    Lesson 02, section 8.
    """
    return np.stack([h[1:n + 1, b].mean(axis=0) for b, n in enumerate(lengths)])


def mask_instead_of_a_choice(h, lengths):
    """It makes the padded states zero and picks h[-1]. A sequence that ends early gets zeros.

    On paper: the state after the last real step stands in the middle of h, at slot lengths[b].

    Lesson 02, section 8.
    """
    return h[-1] * (lengths == len(h) - 1)[:, None]


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
        hints=("Three columns are added before tanh. Where does each come from? And which state is the output read off?",
               "h_t = tanh(W_hh h_{t-1} + W_xh x_t + b_h), then y_t = W_hy h_t + b_y.",
               'With W = params["W_hh"], the first term is W @ h_prev. Two more terms, then np.tanh of the sum. '
               "The output uses the new state."),
        mistakes=[*forward.STEP, results_exchanged],
        formulas=forward.Step, form=forward.one_step, probes=step_probes, parts=("h_t", "y_t"), points=1),
    "2.2": Exercise(
        "Shapes",
        "You know the shape of every array of the forward pass.",
        shapes,
        [(6, 3, 2, 4, 5), (7, 2, 9, 3, 8)],
        hints=("Which axis is time, which is the batch? And how many states are there, if there are T inputs?",
               "(..., m, n) @ (n, p) gives (..., m, p): the size in the middle disappears, the axes in front stay.",
               "An index such as [t-1] takes one axis away, a slice such as [1:] keeps it and makes it shorter by one. "
               "W_xh.T is (D, H), W_hy.T is (H, O)."),
        mistakes=[NoSlotForTheFirstState, StatesWithoutTheBatch, BatchFirst, OneStepOfOneSequence, IndexKeepsItsAxis,
                  SequencesAsColumns, ProductKeepsTheInputsSize, TransposeForgotten, StepsAndSequencesFlattened,
                  ProductLosesTheTimeAxis, OutputsOfAllStates, OneOutputTooFew, OutputsKeepTheStatesSize,
                  StepPickedInsteadOfSequence, SequenceKeepsItsAxis, OneStepAndOneSequencePicked],
        formulas=Shapes, form=lambda table: lambda *sizes: table(*sizes).run(), points=1),
    "2.3": Exercise(
        "The forward pass of a batch",
        "Your forward pass is the course's forward pass, for a batch, at every step.",
        run,
        forward.problems,
        hints=("If the states are rows, on which side of h[t-1] does W_hh stand, and which way round? "
               "Which slot does step 1 fill?",
               "h[0] = h0. For t = 1 ... T: h[t] = tanh(h[t-1] W_hh^T + x_t W_xh^T + b_h), where x_t is x[t-1]. "
               "Row by row, y_t = h_t W_hy^T + b_y.",
               "h = np.zeros((len(x) + 1, *h0.shape)), then h[0] = h0, then for t in range(1, len(h)) fill h[t]. "
               "After the loop, h[1:] holds the states that have outputs."),
        mistakes=[*forward.STEP, *forward.SEQUENCE],
        formulas=Forward, form=forward.batch, probes=forward.probes, parts=("h", "y"), points=3),
    "2.4": Exercise(
        "A softmax that survives",
        "Your softmax survives scores of any size.",
        losses.softmax,
        softmax_instances,
        hints=("If c is taken off a row of scores, which is the largest exponent? "
               "What should it be so that nothing overflows?",
               "p_i = e^(y_i - c) / sum over j of e^(y_j - c), with c the largest score of the row.",
               "Take y.max(axis=-1, keepdims=True) off y before np.exp, and divide by the sum along the same axis, "
               "also with keepdims=True."),
        mistakes=[ScoresNotShifted, ShiftedByLargestOfAll, ShiftedByTheMean, ShiftedByTheSmallest, ShiftedByTheLargestSize,
                  ShiftAdded, DividedByTheLargest, ScoresClipped, SignOfScoresFlipped, ExponentialMissing, NotNormalised,
                  NormalisedOverEverything, SoftmaxOfTheWholeArray, NormalisedOverTheFirstAxis, SoftmaxOverTheFirstAxis,
                  EpsilonBelowTheLine, NanReplacedByZero, LogarithmReturned, SigmoidOfEachScore],
        formulas=Softmax, form=of_scores, probes=softmax_probes, points=2),
    "2.5": Exercise(
        "Cross-entropy that counts no padding",
        "Your loss counts the steps of the mask and no others.",
        masked_loss,
        masked_instances,
        hints=("How many numbers do you add up, and by which number do you divide?",
               "L = -(sum over t, b of m[t, b] log p[t, b, class]) / (sum over t, b of m[t, b]).",
               "log_p = losses.log_softmax(y). Collect log_p[t, b, classes[t, b]] for all t and b with mask[t, b], "
               "take the mean, and turn the sign round."),
        mistakes=[LogarithmOfSoftmax, LogarithmOfSoftmaxBecomesNan, EpsilonInTheLogarithm, LargerEpsilonInTheLogarithm,
                  LogarithmMissing, ScoresTakenForLogProbabilities, SoftmaxOverTheBatch, LogSoftmaxOfProbabilities,
                  MaskedScores, ClassIndexOneTooLow, MostLikelyClassPicked, MeanOverTheClasses, SignMissing, PaddingCounted,
                  MaskInverted, ClassZeroTakenForPadding, SumInsteadOfMean, MeanOverAllSteps, DividedByTheBatchSize, DividedByT,
                  MeanOfTheSequencesMeans, MeanOfTheStepsMeans, StepsNotReduced],
        formulas=MaskedLoss, form=of_masked, probes=masked_probes, points=2),
    "2.6": Exercise(
        "Each sequence's last state",
        "You pick every sequence's own last state.",
        last_states,
        last_state_instances,
        hints=("A sequence of two steps: which slot of h holds its last state? And in which column does sequence b stand?",
               "Row b of the result is h_{T_b} of sequence b, with T_b = lengths[b].",
               "A loop over b that collects h[lengths[b], b], and np.stack at the end, is enough."),
        mistakes=[slot_of_the_first_state_forgotten, last_slot_for_all, longest_length_for_all, first_length_for_all,
                  sequence_not_picked, first_sequence_for_all, counted_from_the_end, one_state_too_late, first_states,
                  mean_over_the_steps, mask_instead_of_a_choice],
        probes=last_state_probes, points=1),
    "2.7": choice(
        "Another padding",
        "You know what padding reaches and what it does not.",
        "c",
        {"a": "the network reads a padded step like any other. Its input is a term of a_t, so the state after it depends on it.",
         "b": "the mask leaves the outputs of padded steps out of the loss. Which states do the outputs that count depend on?",
         "c": "The states after a sequence's end read the padding, so they change; the steps that count come before it, "
              "so the masked loss does not.",
         "d": "time runs forwards only. A real step's state comes from the inputs up to it, and the padding comes later."},
        hints=("Draw the unrolled network for the sequence of 6 steps. Which arrows start at x_7?",
               "h_t depends on x_1 ... x_t. The loss is the sum of m[t, b] L[t, b], and m is 0 after a sequence's end.",
               "Go through it in two steps. Is x_7 a term of a_7? Does L_7 count?")),
    "2.8": choice(
        "Padding in front",
        "You know when padding in front is harmless.",
        "d",
        {"a": "the mask leaves their losses out. But the padded steps still make a state, "
              "and the first real step starts from it.",
         "b": "b_y is added to the outputs, and no output feeds a state. Which bias do the states of padded steps contain?",
         "c": "tanh and the bias b_h act at every step, even if W_hh only hands the state on. So it does not stay where it was.",
         "d": "With h_0 = 0 and b_h = 0, each padded step computes tanh(W_hh 0 + W_xh 0 + 0) = 0, "
              "so the first real step starts from h_0 after all."},
        hints=("Which state does the first real step start from, and which one should it start from?",
               "A padded step computes h_t = tanh(W_hh h_{t-1} + b_h).",
               "Put h_{t-1} = 0 into it. For which networks is the result 0 again?")),
}
