"""Exercises of lesson 05: optimisers, clipping, whole updates, baselines, sampling."""

import copy
from functools import lru_cache

import numpy as np

from exercises.engine.exercise import Exercise
from exercises.engine.kinds import choice, ordering
from exercises.engine.mistakes import function_of
from exercises.formulas import backward, specimens
from exercises.formulas.backward import Backward
from helpers import baselines, clip, gradcheck, losses, optimisers, rnn, sampling
from helpers.datasets import ALPHABET

SHAPES = {"W_hh": (4, 4), "W_xh": (4, 2), "b_h": (4,)}


def arrays(rng, scale=1.0):
    """A dict of random arrays, of three shapes."""
    return {name: scale * rng.standard_normal(shape) for name, shape in SHAPES.items()}


# --- 5.1: the learner's own backward pass ---

@lru_cache(maxsize=None)
def backward_mistakes():
    return specimens.mistakes(backward.batch, backward.problems())


# --- 5.2: momentum ---

def momentum_step(params, grads, velocity, learning_rate, beta):
    return optimisers.momentum(params, grads, velocity, learning_rate, beta)


class Momentum:
    """One step of momentum, for one array. ``run()`` returns (p, v) after it."""

    def __init__(self, p, g, v, learning_rate, beta):
        self.p, self.g, self.v, self.learning_rate, self.beta = p, g, v, learning_rate, beta

    def run(self):
        self.new_v = self.kept() + self.added()
        return self.moved(), self.memory()

    def kept(self):
        """what is kept of the old velocity, beta v"""
        return self.beta * self.v

    def added(self):
        """what the gradient adds to the velocity, g itself"""
        return self.g

    def step(self):
        """the step, the learning rate times the new velocity"""
        return self.learning_rate * self.new_v

    def moved(self):
        """the new parameter, p minus the step"""
        return self.p - self.step()

    def memory(self):
        """the velocity that is returned, the new one"""
        return self.new_v


def for_each_array(momentum):
    """A form for 5.2: the same for each array of a dict."""
    def answer(params, grads, velocity, learning_rate, beta):
        found = {name: momentum(p, grads[name], velocity[name], learning_rate, beta).run() for name, p in params.items()}
        return {name: p for name, (p, _) in found.items()}, {name: v for name, (_, v) in found.items()}

    return answer


class MemoryMadeAnew(Momentum):
    """The velocity starts from zero in every step; it must start from the old one.

    On paper: without the old velocity, momentum takes the steps of gradient descent.

    Lesson 05, section 3.
    """

    def kept(self):
        return 0 * self.v


class VelocityDoesNotFade(Momentum):
    """The old velocity is kept in full; it must fade by the factor beta.

    On paper: with a steady gradient the velocity should tend to g / (1 - beta), and not grow for ever.

    Lesson 05, section 3.
    """

    def kept(self):
        return self.v


class GradientWeighedByOneMinusBeta(Momentum):
    """The new gradient counts 1 - beta; its weight must be 1.

    On paper: unroll v_k. The newest gradient g_k has the factor beta^0. Adam weighs it by 1 - beta, momentum does not.

    Lesson 05, section 3.
    """

    def added(self):
        return (1 - self.beta) * self.g


class BetaOnTheGradient(Momentum):
    """beta multiplies the gradient, and the old velocity counts 1 - beta; it must be v = beta v + g.

    On paper: beta is how much of the past is kept. With beta = 0 momentum should be gradient descent.

    Lesson 05, section 3.
    """

    def kept(self):
        return (1 - self.beta) * self.v

    def added(self):
        return self.beta * self.g


class VelocityHoldsTheStep(Momentum):
    """The velocity adds up learning rate times gradient; it must add up the gradients themselves.

    On paper: v = beta v + g, then p = p - learning rate * v. The learning rate comes in at the second line only.

    Lesson 05, section 3.
    """

    def added(self):
        return self.learning_rate * self.g

    def step(self):
        return self.new_v


class VelocityPointsDownhill(Momentum):
    """The velocity is v = beta v - learning rate * g, and the parameter adds it: another convention, with another velocity.

    On paper: here v is a sum of gradients and points uphill; the minus sign and the learning rate stand in the parameter's line.

    Lesson 05, section 3.
    """

    def added(self):
        return -self.learning_rate * self.g

    def step(self):
        return -self.new_v


class LearningRateMissing(Momentum):
    """The step is the whole velocity; it must be the learning rate times the velocity.

    On paper: set beta = 0. What is left should be gradient descent with its learning rate.

    Lesson 05, section 3.
    """

    def step(self):
        return self.new_v


class StepAlongTheOldVelocity(Momentum):
    """The parameter moves along the old velocity; the new one comes first, then the step.

    On paper: at the first step the old velocity is zero. Should nothing move?

    Lesson 05, section 3.
    """

    def step(self):
        return self.learning_rate * self.v


class StepAlongTheGradient(Momentum):
    """The velocity is updated, but the parameter moves along the gradient.

    On paper: follow v from one line to the next. Which line uses the new one?

    Lesson 05, section 3.
    """

    def step(self):
        return self.learning_rate * self.g


class LookAheadStep(Momentum):
    """The step is learning rate * (g + beta v), which is Nesterov's variant.

    On paper: the step here is the learning rate times the new velocity, and that holds g once.

    Lesson 05, section 3.
    """

    def step(self):
        return self.learning_rate * (self.g + self.beta * self.new_v)


class SignFlipped(Momentum):
    """The parameter moves uphill: the step is added; it must be subtracted.

    On paper: the gradient, and so the velocity, points to where the loss grows.

    Lesson 05, section 3.
    """

    def moved(self):
        return self.p + self.step()


class ParametersNotReplaced(Momentum):
    """The parameters come back as they were.

    On paper: p = p - ... inside a loop gives the name p to a new array, and the dict keeps the old one. Build a new dict.

    Lesson 05, section 4.
    """

    def moved(self):
        return self.p


class OldVelocityReturned(Momentum):
    """The old velocity is returned; the next step needs the new one.

    On paper: write two steps in a row, and pass on what the first returns.

    Lesson 05, section 3.
    """

    def memory(self):
        return self.v


MOMENTUM_MISTAKES = [
    MemoryMadeAnew, VelocityDoesNotFade, GradientWeighedByOneMinusBeta, BetaOnTheGradient, VelocityHoldsTheStep,
    VelocityPointsDownhill, LearningRateMissing, StepAlongTheOldVelocity, StepAlongTheGradient, LookAheadStep, SignFlipped,
    ParametersNotReplaced, OldVelocityReturned]


def momentum_instances():
    """A later step, and a first one."""
    rng = np.random.default_rng(4)
    return [(arrays(rng), arrays(rng), arrays(rng), 0.03, 0.8), (arrays(rng), arrays(rng), arrays(rng, 0.0), 0.2, 0.9)]


def momentum_probes():
    params, grads, velocity, learning_rate, beta = momentum_instances()[0]
    zeros = optimisers.zeros_like(params)
    return {"the velocity is zero": (params, grads, zeros, learning_rate, beta),
            "the gradient is zero": (params, zeros, velocity, learning_rate, beta),
            "beta = 0": (params, grads, velocity, learning_rate, 0.0),
            "beta = 1/2": (params, grads, velocity, learning_rate, 0.5),
            "the learning rate is 1": (params, grads, velocity, 1.0, beta)}


# --- 5.3: Adam ---

def adam_step(p, g, m, v, k, learning_rate, beta1, beta2, eps):
    new, (_, first, second) = optimisers.adam({"p": p}, {"p": g}, (k - 1, {"p": m}, {"p": v}), learning_rate, beta1, beta2, eps)
    return new["p"], first["p"], second["p"]


class Adam:
    """One step of Adam, for one array. ``run()`` returns (p, m, v) after it."""

    def __init__(self, p, g, m, v, k, learning_rate, beta1, beta2, eps):
        self.p, self.g, self.m, self.v, self.k = p, g, m, v, k
        self.learning_rate, self.beta1, self.beta2, self.eps = learning_rate, beta1, beta2, eps

    def run(self):
        self.new_m = self.kept_of_m() + self.added_to_m()
        self.new_v = self.kept_of_v() + self.added_to_v()
        return self.moved(), *self.memory()

    def kept_of_m(self):
        """what is kept of m, beta1 m"""
        return self.beta1 * self.m

    def added_to_m(self):
        """what the gradient adds to m, (1 - beta1) g"""
        return (1 - self.beta1) * self.g

    def kept_of_v(self):
        """what is kept of v, beta2 v"""
        return self.beta2 * self.v

    def added_to_v(self):
        """what the gradient adds to v, (1 - beta2) g^2"""
        return (1 - self.beta2) * self.g ** 2

    def m_hat(self):
        """the corrected m, m / (1 - beta1^k)"""
        return self.new_m / (1 - self.beta1 ** self.k)

    def v_hat(self):
        """the corrected v, v / (1 - beta2^k)"""
        return self.new_v / (1 - self.beta2 ** self.k)

    def divisor(self):
        """what the step is divided by, the root of the corrected v, plus eps"""
        return np.sqrt(self.v_hat()) + self.eps

    def moved(self):
        """the new parameter, p minus the learning rate times the quotient"""
        return self.p - self.learning_rate * self.m_hat() / self.divisor()

    def memory(self):
        """the means that are returned, new and uncorrected"""
        return self.new_m, self.new_v


def one_array(adam):
    """A form for 5.3."""
    return lambda *arguments: adam(*arguments).run()


class NoBiasCorrection(Adam):
    """Neither mean is corrected for its start at zero.

    On paper: at k = 1 with m = 0, m is (1 - beta1) g. Divide by what the weights add up to, 1 - beta1^k, and v by 1 - beta2^k.

    Lesson 05, section 3.
    """

    def m_hat(self):
        return self.new_m

    def v_hat(self):
        return self.new_v


class FirstMeanNotCorrected(Adam):
    """v is corrected, m is not.

    On paper: at k = 1 every entry should move by the learning rate. Here it moves by (1 - beta1) of that.

    Lesson 05, section 3.
    """

    def m_hat(self):
        return self.new_m


class SecondMeanNotCorrected(Adam):
    """m is corrected, v is not.

    On paper: at k = 1 every entry should move by the learning rate. Here it is divided by the root of (1 - beta2) g^2, which is
    too small.

    Lesson 05, section 3.
    """

    def v_hat(self):
        return self.new_v


class OneRateCorrectsBoth(Adam):
    """Both means are divided by 1 - beta1^k; each must be divided by its own sum of weights.

    On paper: the weights in v are made of beta2, so they add up to 1 - beta2^k.

    Lesson 05, section 3.
    """

    def v_hat(self):
        return self.new_v / (1 - self.beta1 ** self.k)


class CorrectionOneStepLate(Adam):
    """The correction uses k - 1; it must use k, the number of this step.

    On paper: at k = 1 one gradient is in the mean, and 1 - beta^0 is 0: you would divide by it.

    Lesson 05, section 3.
    """

    def m_hat(self):
        return self.new_m / (1 - self.beta1 ** (self.k - 1.0))

    def v_hat(self):
        return self.new_v / (1 - self.beta2 ** (self.k - 1.0))


class CorrectionOneStepEarly(Adam):
    """The correction uses k + 1; k counts from 1 already.

    On paper: at k = 1 the only weight is 1 - beta, and that is 1 - beta^1.

    Lesson 05, section 3.
    """

    def m_hat(self):
        return self.new_m / (1 - self.beta1 ** (self.k + 1))

    def v_hat(self):
        return self.new_v / (1 - self.beta2 ** (self.k + 1))


class CorrectionTheSameAtEveryStep(Adam):
    """The correction divides by 1 - beta; it must be 1 - beta^k.

    On paper: after many steps the weights add up to nearly 1, and there is nothing left to correct.

    Lesson 05, section 3.
    """

    def m_hat(self):
        return self.new_m / (1 - self.beta1)

    def v_hat(self):
        return self.new_v / (1 - self.beta2)


class CorrectedMeansReturned(Adam):
    """The corrected means are returned and would be kept; the next step needs them as they were before the correction.

    On paper: write two steps. The second would take beta1 times a mean that was divided already, and divide it again.

    Lesson 05, section 3.
    """

    def memory(self):
        return self.m_hat(), self.v_hat()


class OldMeansReturned(Adam):
    """The old m and v are returned; the next step needs the new ones.

    On paper: write two steps in a row, and pass on what the first returns.

    Lesson 05, section 3.
    """

    def memory(self):
        return self.m, self.v


class OldMeansInTheStep(Adam):
    """The step is taken with the m and v from before; they must be updated first.

    On paper: at k = 1 both are zero. Should nothing move?

    Lesson 05, section 3.
    """

    def m_hat(self):
        return self.m / (1 - self.beta1 ** self.k)

    def v_hat(self):
        return self.v / (1 - self.beta2 ** self.k)


class EpsInsideTheRoot(Adam):
    """eps is added inside the root; it must be added after it.

    On paper: the root of 1e-8 is 1e-4. Inside, eps counts ten thousand times as much.

    Lesson 05, section 3.
    """

    def divisor(self):
        return np.sqrt(self.v_hat() + self.eps)


class EpsBeforeTheCorrection(Adam):
    """eps is added to the root of the uncorrected v, and then both are corrected; it must be added last.

    On paper: in the step the corrected v stands under the root, and eps beside that root.

    Lesson 05, section 3.
    """

    def divisor(self):
        return (np.sqrt(self.new_v) + self.eps) / np.sqrt(1 - self.beta2 ** self.k)


class EpsMissing(Adam):
    """eps is not added.

    On paper: an entry whose gradients were all zero so far would move by 0/0.

    Lesson 05, section 3.
    """

    def divisor(self):
        return np.sqrt(self.v_hat())


class RootMissing(Adam):
    """The step is divided by v; it must be divided by its root.

    On paper: multiply all gradients by 10. The step should stay as it is, so what it is divided by must grow as the gradient
    does.

    Lesson 05, section 3.
    """

    def divisor(self):
        return self.v_hat() + self.eps


class SquareMissing(Adam):
    """v takes up the gradient; it must take up its square.

    On paper: the root of a negative mean is not a number.

    Lesson 05, section 3.
    """

    def added_to_v(self):
        return (1 - self.beta2) * self.g


class SquareOfTheMean(Adam):
    """v takes up the square of m; it must take up the square of the gradient.

    On paper: gradients that alternate in sign have a mean near 0, but their squares do not.

    Lesson 05, section 3.
    """

    def added_to_v(self):
        return (1 - self.beta2) * self.new_m ** 2


class FirstMeanNotUsed(Adam):
    """The step takes the gradient itself; it must take the corrected m.

    On paper: m is computed. Which line uses it?

    Lesson 05, section 3.
    """

    def m_hat(self):
        return self.g


class GradientAtFullWeight(Adam):
    """m adds the gradient at weight 1, as momentum does; in Adam its weight is 1 - beta1.

    On paper: m is a mean. With a steady gradient g it should tend to g.

    Lesson 05, section 3.
    """

    def added_to_m(self):
        return self.g


class SquareAtFullWeight(Adam):
    """v adds the squared gradient at weight 1; its weight is 1 - beta2.

    On paper: v is a mean. With a steady gradient g it should tend to g^2.

    Lesson 05, section 3.
    """

    def added_to_v(self):
        return self.g ** 2


class WeightsExchanged(Adam):
    """The old means count 1 - beta and the new gradient beta; it must be the other way round.

    On paper: with beta near 1 a mean should change slowly.

    Lesson 05, section 3.
    """

    def kept_of_m(self):
        return (1 - self.beta1) * self.m

    def added_to_m(self):
        return self.beta1 * self.g

    def kept_of_v(self):
        return (1 - self.beta2) * self.v

    def added_to_v(self):
        return self.beta2 * self.g ** 2


class RatesExchanged(Adam):
    """beta1 belongs to m and beta2 to v; they are exchanged.

    On paper: the first rate belongs to the first mean, that of the gradient.

    Lesson 05, section 3.
    """

    def __init__(self, p, g, m, v, k, learning_rate, beta1, beta2, eps):
        super().__init__(p, g, m, v, k, learning_rate, beta2, beta1, eps)


class MeansMadeAnew(Adam):
    """m and v start from zero in every step; they must start from the old ones.

    On paper: Adam's memory is m and v. Without it every step is a first step.

    Lesson 05, section 3.
    """

    def kept_of_m(self):
        return 0 * self.m

    def kept_of_v(self):
        return 0 * self.v


class StepUphill(Adam):
    """The step is added; it must be subtracted.

    On paper: the gradient, and so its mean, points to where the loss grows.

    Lesson 05, section 3.
    """

    def moved(self):
        return self.p + self.learning_rate * self.m_hat() / self.divisor()


class ParameterNotMoved(Adam):
    """The parameter comes back as it was.

    On paper: three things change in a step: p, m and v.

    Lesson 05, section 3.
    """

    def moved(self):
        return self.p


ADAM_MISTAKES = [
    NoBiasCorrection, FirstMeanNotCorrected, SecondMeanNotCorrected, OneRateCorrectsBoth, CorrectionOneStepLate,
    CorrectionOneStepEarly, CorrectionTheSameAtEveryStep, CorrectedMeansReturned, OldMeansReturned, OldMeansInTheStep,
    EpsInsideTheRoot, EpsBeforeTheCorrection, EpsMissing, RootMissing, SquareMissing, SquareOfTheMean, FirstMeanNotUsed,
    GradientAtFullWeight, SquareAtFullWeight, WeightsExchanged, RatesExchanged, MeansMadeAnew, StepUphill, ParameterNotMoved]


def adam_instances():
    """A later step; a first step, with an entry whose gradient is zero; gradients so small that it matters where eps stands."""
    rng = np.random.default_rng(5)
    draw = lambda: rng.standard_normal((3, 5))
    first = (draw(), draw(), np.zeros((3, 5)), np.zeros((3, 5)), 1, 0.5, 0.9, 0.999, 1e-8)
    first[1][1, 2] = 0.0
    return [(draw(), draw(), draw(), draw() ** 2, 7, 0.02, 0.8, 0.95, 1e-8), first,
            (np.zeros((3, 5)), 1e-3 * draw(), 1e-3 * draw(), 1e-6 * draw() ** 2, 3, 1.0, 0.9, 0.99, 1e-2)]


def adam_probes():
    p, g, m, v, k, learning_rate, beta1, beta2, eps = adam_instances()[0]
    return {"k = 1, m = 0 and v = 0": (p, g, 0 * m, 0 * v, 1, learning_rate, beta1, beta2, eps),
            "k is so large that nothing needs a correction": (p, g, m, v, 10 ** 6, learning_rate, beta1, beta2, eps),
            "the gradient is zero": (p, 0 * g, m, v, k, learning_rate, beta1, beta2, eps),
            "beta1 = 0": (p, g, m, v, k, learning_rate, 0.0, beta2, eps),
            "beta2 = 0": (p, g, m, v, k, learning_rate, beta1, 0.0, eps),
            "eps = 0": (p, g, m, v, k, learning_rate, beta1, beta2, 0.0)}


# --- 5.4: clipping ---

class Clipping:
    """Clipping by global norm. ``run()`` returns (clipped, norm)."""

    def __init__(self, grads, max_norm):
        self.grads, self.max_norm = grads, max_norm

    def run(self):
        self.length = self.norm()
        self.share = self.factor()
        self.clipped = {name: self.shortened(g) for name, g in self.grads.items()}
        return self.clipped, self.reported()

    def norm(self):
        """the norm of all gradients together"""
        return length_of(self.grads)

    def factor(self):
        """the factor, max_norm / norm but at most 1"""
        return self.max_norm / max(self.length, self.max_norm)

    def shortened(self, g):
        """each array times the common factor"""
        return self.share * g

    def reported(self):
        """the norm that is returned, the one before clipping"""
        return self.length


def length_of(grads):
    """The length of all arrays as one long vector."""
    return np.sqrt(sum((g ** 2).sum() for g in grads.values()))


def clipped_by(clipping):
    """A form for 5.4."""
    return lambda grads, max_norm: clipping(grads, max_norm).run()


class EachArrayByItself(Clipping):
    """Each array is clipped by its own norm; one norm over all arrays together is asked for.

    On paper: clip (3) and (4) to length 1. Apart they become 1 and 1, together 0.6 and 0.8: only that is the old direction.

    Lesson 05, section 4.
    """

    def shortened(self, g):
        return g * self.max_norm / max(length_of({"g": g}), self.max_norm)


class EveryEntryCut(Clipping):
    """Every entry is cut to [-max_norm, max_norm]: this is clipping by value.

    On paper: large entries are cut and small ones are not, so the direction changes. By norm, one factor shortens all.

    Lesson 05, section 4.
    """

    def shortened(self, g):
        return np.clip(g, -self.max_norm, self.max_norm)


class ShortGradientsStretched(Clipping):
    """Gradients that are short enough are stretched to max_norm; they must stay as they are.

    On paper: the factor is max_norm / norm, but never more than 1.

    Lesson 05, section 4.
    """

    def factor(self):
        return self.max_norm / self.length if self.length > 0 else 1.0


class ShortGradientsStretchedAndZerosLost(Clipping):
    """Gradients that are short enough are stretched to max_norm, and where all are zero, 0/0 is no number.

    On paper: the factor is max_norm / norm, but never more than 1. With all gradients zero, what is your factor?

    Lesson 05, section 4.
    """

    def shortened(self, g):
        return np.divide(g, self.length) * self.max_norm


class ZeroDividedByZero(Clipping):
    """Where all gradients are zero, the factor is 0/0, and every gradient becomes nan.

    On paper: a gradient of zeros has the norm 0. Which quotient of yours has it below?

    Lesson 05, section 4.
    """

    def factor(self):
        return np.divide(min(self.length, self.max_norm), self.length)


class LongGradientsKept(Clipping):
    """The comparison is the wrong way round: short gradients are stretched, long ones stay.

    On paper: which of the two should change, a norm above max_norm or one below?

    Lesson 05, section 4.
    """

    def factor(self):
        return self.max_norm / self.length if 0 < self.length < self.max_norm else 1.0


class FactorUpsideDown(Clipping):
    """Long gradients are multiplied by norm / max_norm, which makes them longer.

    On paper: a gradient of norm 10 should end at max_norm. By which factor?

    Lesson 05, section 4.
    """

    def factor(self):
        return max(self.length / self.max_norm, 1.0)


class ClippedToLengthOne(Clipping):
    """Long gradients get the length 1; it must be max_norm.

    On paper: divide by the norm and you have the unit vector. One more factor is needed.

    Lesson 05, section 4.
    """

    def factor(self):
        return 1 / self.length if self.length > self.max_norm else 1.0


class NothingClipped(Clipping):
    """The gradients come back as they were, long ones too.

    On paper: g = factor * g inside a loop gives the name g to a new array, and the dict keeps the old one. Build a new dict.

    Lesson 05, section 4.
    """

    def shortened(self, g):
        return g


class RootMissingInTheNorm(Clipping):
    """The norm is the sum of the squares; the root is missing.

    On paper: the vector (3, 4) has the length 5.

    Lesson 05, section 4.
    """

    def norm(self):
        return length_of(self.grads) ** 2


class NormsAddedUp(Clipping):
    """The arrays' norms are added up; their squares must be.

    On paper: two arrays (3) and (4) make the vector (3, 4), of length 5 and not 7.

    Lesson 05, section 4.
    """

    def norm(self):
        return sum(length_of({"g": g}) for g in self.grads.values())


class LargestOfTheNorms(Clipping):
    """The norm is that of the longest array; all arrays must enter it.

    On paper: two arrays (3) and (4) make the vector (3, 4), of length 5 and not 4.

    Lesson 05, section 4.
    """

    def norm(self):
        return max(length_of({"g": g}) for g in self.grads.values())


class NormOfTheLastArray(Clipping):
    """The norm is that of the last array alone: a sum over the arrays is missing.

    On paper: before the loop over the arrays the sum of squares is 0, and each array adds to it.

    Lesson 05, section 4.
    """

    def norm(self):
        return length_of({"g": list(self.grads.values())[-1]})


class AbsoluteValuesAddedUp(Clipping):
    """The norm adds up absolute values; it must be the root of the sum of squares.

    On paper: the vector (3, 4) has the length 5 and not 7.

    Lesson 05, section 4.
    """

    def norm(self):
        return sum(np.abs(g).sum() for g in self.grads.values())


class LargestEntryAsNorm(Clipping):
    """The norm is the largest entry; it must be the root of the sum of squares.

    On paper: the vector (3, 4) has the length 5 and not 4.

    Lesson 05, section 4.
    """

    def norm(self):
        return max(np.abs(g).max() for g in self.grads.values())


class MeanOfTheSquares(Clipping):
    """The squares are averaged; they must be added up.

    On paper: the vector (3, 4) has the length 5. The root of the mean square is 3.54.

    Lesson 05, section 4.
    """

    def norm(self):
        return np.sqrt(np.mean(np.concatenate([g.ravel() for g in self.grads.values()]) ** 2))


class NormAfterClipping(Clipping):
    """The norm that is returned is the one after clipping; it should be the one before.

    On paper: after clipping it is never above max_norm, and would not tell you how long the gradient was.

    Lesson 05, section 4.
    """

    def reported(self):
        return length_of(self.clipped)


CLIPPING_MISTAKES = [
    EachArrayByItself, EveryEntryCut, ShortGradientsStretched, ShortGradientsStretchedAndZerosLost, ZeroDividedByZero,
    LongGradientsKept, FactorUpsideDown, ClippedToLengthOne, NothingClipped, RootMissingInTheNorm, NormsAddedUp,
    LargestOfTheNorms, NormOfTheLastArray, AbsoluteValuesAddedUp, LargestEntryAsNorm, MeanOfTheSquares, NormAfterClipping]


def clipping_instances():
    """Too long; short enough, so that nothing may change; all zero, where 0/0 lurks."""
    rng = np.random.default_rng(6)
    return [(arrays(rng), 1.5), (arrays(rng, 0.01), 1.5), (arrays(rng, 0.0), 0.7)]


def clipping_probes():
    grads, max_norm = clipping_instances()[0]
    return {"the gradients are short enough": ({name: 0.05 * g for name, g in grads.items()}, max_norm),
            "there is one array only": ({"W_hh": grads["W_hh"]}, max_norm),
            "max_norm = 1": (grads, 1.0),
            "one entry is not zero": ({"b_h": np.array([0.0, 7.0, 0.0, 0.0])}, max_norm)}


# --- 5.5: one update ---

def train_step(params, memory, x, target, mask, learning_rate, max_norm):
    return Update(params, memory, x, target, mask, learning_rate, max_norm).run()


class Update:
    """One update: forward, loss, backward, clip, Adam. ``run()`` returns (params, memory, loss)."""

    def __init__(self, params, memory, x, target, mask, learning_rate, max_norm):
        self.params, self.memory, self.x, self.target, self.mask = params, memory, x, target, mask
        self.learning_rate, self.max_norm = learning_rate, max_norm

    def run(self):
        self.y, cache = self.outputs(self.params)
        self.grads = rnn.backward(self.params, cache, self.dy())
        self.length = self.norm()
        self.share = self.factor()
        trained = {name: self.shortened(self.grads[name]) for name in self.params}
        self.new_params, memory = self.updated(trained)
        return self.new_params, list(memory), self.loss()

    def outputs(self, params):
        cache = rnn.forward(params, self.x)
        return cache.y, cache

    def counted(self):
        """which steps count, the mask"""
        return self.mask.astype(float)

    def total(self):
        """what the sum over the counted steps is divided by, their number"""
        return self.counted().sum()

    def dy(self):
        """dy, the derivative of the mean over the counted steps"""
        return losses.cross_entropy(self.y, self.target, self.counted())[1] / self.total()

    def loss(self):
        """the loss, the mean over the counted steps before the update"""
        return losses.cross_entropy(self.y, self.target, self.counted())[0] / self.total()

    def norm(self):
        """the global norm of the five parameters' gradients"""
        return length_of({name: self.grads[name] for name in self.params})

    def factor(self):
        """the clipping factor, max_norm / norm but at most 1"""
        return self.max_norm / max(self.length, self.max_norm)

    def shortened(self, g):
        """each gradient times the common factor"""
        return self.share * g

    def updated(self, grads):
        """Adam's step"""
        return optimisers.adam(self.params, grads, self.memory, self.learning_rate)


def one_update(update):
    """A form for 5.5."""
    return lambda *arguments: update(*arguments).run()


class ClippingLeftOut(Update):
    """The optimiser gets gradients that nobody has clipped: clipping is missing, or comes after the optimiser.

    On paper: backward, clip, update. What does the optimiser receive from the stage before it?

    Lesson 05, section 2.
    """

    def factor(self):
        return 1.0


class NormOfAllSevenGradients(Update):
    """The gradients of x and h0 enter the norm; only those of the parameters should.

    On paper: x and h0 are data, nobody updates them. A large batch would make the norm larger, and the steps shorter.

    Lesson 05, section 4.
    """

    def norm(self):
        return length_of(self.grads)


class EachGradientByItself(Update):
    """Each gradient is clipped by its own norm; one norm over all parameters together is asked for.

    On paper: one common factor keeps the direction; a factor for each array does not.

    Lesson 05, section 4.
    """

    def shortened(self, g):
        return g * self.max_norm / max(length_of({"g": g}), self.max_norm)


class EveryGradientCut(Update):
    """The gradients are clipped by value, entry by entry; it must be by their global norm.

    On paper: cutting the large entries alone turns the gradient into another direction.

    Lesson 05, section 4.
    """

    def shortened(self, g):
        return np.clip(g, -self.max_norm, self.max_norm)


class ClippedAtNormOne(Update):
    """The gradients are clipped at norm 1; it must be max_norm.

    On paper: which of your function's arguments has no effect?

    Lesson 05, section 4.
    """

    def factor(self):
        return 1 / max(self.length, 1.0)


class WeightsClippedByValue(Update):
    """The weights are clipped, after the update; it must be the gradients, before it.

    On paper: clipping limits how far one step goes, and not where the parameters may be.

    Lesson 05, section 4.
    """

    def factor(self):
        return 1.0

    def updated(self, grads):
        params, memory = super().updated(grads)
        return clip.by_value(params, self.max_norm), memory


class WeightsClippedByNorm(Update):
    """The weights are shortened to max_norm, after the update; it must be the gradients, before it.

    On paper: clipping limits how far one step goes, and not where the parameters may be.

    Lesson 05, section 4.
    """

    def factor(self):
        return 1.0

    def updated(self, grads):
        params, memory = super().updated(grads)
        return clip.by_global_norm(params, self.max_norm)[0], memory


class MaskIgnored(Update):
    """The mask is not used: padding counts as if it were data.

    On paper: the steps where the mask is False have no target. They belong neither to the sum nor to the number it is divided by.

    Lesson 05, section 6.
    """

    def counted(self):
        return np.ones(self.mask.shape)


class PaddingInTheMean(Update):
    """The sum over the counted steps is divided by the number of all steps, T * B.

    On paper: a mean over n things divides by n. How many steps count?

    Lesson 05, section 6.
    """

    def total(self):
        return self.mask.size


class SumForMean(Update):
    """Loss and gradient are sums over the counted steps; they must be means.

    On paper: with a sum, a batch twice as large makes a gradient twice as long.

    Lesson 05, section 2.
    """

    def total(self):
        return 1.0


class GradientOfTheSum(Update):
    """The loss is the mean, but dy is the gradient of the sum.

    On paper: divide a loss by n, and its gradient is divided by n, too.

    Lesson 05, section 2.
    """

    def dy(self):
        return super().dy() * self.total()


class SumReported(Update):
    """dy is the gradient of the mean, but the loss that is returned is the sum.

    On paper: the loss you report must be the one you differentiate.

    Lesson 05, section 2.
    """

    def loss(self):
        return super().loss() * self.total()


class SquaredErrorReported(Update):
    """The loss that is returned is a squared error of the probabilities; it must be the cross-entropy.

    On paper: the loss you report must be the one you differentiate, and softmax(y) - one-hot is the gradient of the
    cross-entropy.

    Lesson 05, section 2.
    """

    def loss(self):
        error = losses.softmax(self.y) - np.eye(self.y.shape[-1])[self.target]
        return 0.5 * ((error ** 2).sum(axis=-1) * self.counted()).sum() / self.total()


class LossAfterTheUpdate(Update):
    """The loss is computed with the new parameters; it should be the one before the update.

    On paper: the gradient belongs to the old parameters. So does the loss beside it.

    Lesson 05, section 2.
    """

    def loss(self):
        self.y, _ = self.outputs(self.new_params)
        return super().loss()


class OptimiserMemoryMadeAnew(Update):
    """Adam starts with an empty memory; it must go on from the one it is given.

    On paper: what survives from one update to the next? The parameters, and the optimiser's memory.

    Lesson 05, section 2.
    """

    def updated(self, grads):
        return optimisers.adam(self.params, grads, None, self.learning_rate)


class OldParametersReturned(Update):
    """The parameters come back as they were.

    On paper: what Adam returns must get a name, and that name must be returned.

    Lesson 05, section 4.
    """

    def updated(self, grads):
        return self.params, super().updated(grads)[1]


class UpdateUphill(Update):
    """The parameters move uphill, against Adam's step.

    On paper: optimisers.adam subtracts the step itself. It takes gradients with the sign that backward gives them.

    Lesson 05, section 2.
    """

    def updated(self, grads):
        params, memory = super().updated(grads)
        return {name: 2 * p - params[name] for name, p in self.params.items()}, memory


class GradientTurnedRound(Update):
    """Adam gets the gradients with a minus sign, and so goes uphill.

    On paper: optimisers.adam subtracts the step itself. It takes gradients with the sign that backward gives them.

    Lesson 05, section 2.
    """

    def updated(self, grads):
        return super().updated({name: -g for name, g in grads.items()})


UPDATE_MISTAKES = [
    ClippingLeftOut, NormOfAllSevenGradients, EachGradientByItself, EveryGradientCut, ClippedAtNormOne, WeightsClippedByValue,
    WeightsClippedByNorm, MaskIgnored, PaddingInTheMean, SumForMean, GradientOfTheSum, SumReported, SquaredErrorReported,
    LossAfterTheUpdate, OptimiserMemoryMadeAnew, OldParametersReturned, UpdateUphill, GradientTurnedRound]


@lru_cache(maxsize=None)
def update_instances():
    """The first update with clipping; a later one with its memory, once clipped and once not."""
    rng = np.random.default_rng(7)
    instances, memory = [], None
    for max_norm in (0.1, 0.2, 50.0):
        problem = gradcheck.random_problem(rng, T=7)
        params = {**problem.params, "W_hy": 3 * problem.params["W_hy"]}
        target = rng.integers(5, size=(7, 3))
        mask = losses.length_mask(np.array([7, 4, 5]), 7)
        instances.append((params, memory, problem.x, target, mask, 0.01, max_norm))
        memory = tuple(train_step(*instances[-1])[1])
    return instances


def update_probes():
    params, memory, x, target, mask, learning_rate, max_norm = update_instances()[1]
    every = np.ones_like(mask)
    return {"memory is None": (params, None, x, target, mask, learning_rate, max_norm),
            "every step counts": (params, memory, x, target, every, learning_rate, max_norm),
            "nothing needs clipping": (params, memory, x, target, mask, learning_rate, 50.0),
            "one step of one sequence counts":
                (params, memory, x[:1, :1], target[:1, :1], every[:1, :1], learning_rate, max_norm)}


# --- 5.6: baselines ---

class Forecasts:
    """Persistence and autoregression. ``run()`` returns a dict of forecasts."""

    def __init__(self, x_train, target_train, x):
        self.x_train, self.target_train, self.x = x_train, target_train, x

    def run(self):
        self.fitted = self.weights()
        return {"persistence": self.persistence(), "autoregression": self.autoregression()}

    def persistence(self):
        """the persistence forecast, each window's last value"""
        return self.x[-1, :, 0]

    def windows_as_rows(self, windows):
        """the matrix with a row for each window"""
        return windows[:, :, 0].T

    def constant(self, rows):
        """the last column of the matrix, ones"""
        return np.ones((len(rows), 1))

    def matrix(self, windows):
        rows = self.windows_as_rows(windows)
        return np.hstack([rows, self.constant(rows)])

    def weights(self):
        """the weights, by least squares on the training windows"""
        return np.linalg.lstsq(self.matrix(self.x_train), self.target_train, rcond=None)[0]

    def autoregression(self):
        """the autoregression's forecast, the matrix of x times the weights"""
        return self.matrix(self.x) @ self.fitted


def two_forecasts(forecasts):
    """A form for 5.6."""
    return lambda x_train, target_train, x: forecasts(x_train, target_train, x).run()


class OldestValuePersists(Forecasts):
    """Persistence repeats the first value of each window; it must repeat the last.

    On paper: next year will be like this year. Which end of a window is this year?

    Lesson 05, section 5.
    """

    def persistence(self):
        return self.x[0, :, 0]


class SecondLastValuePersists(Forecasts):
    """Persistence repeats the last value but one.

    On paper: a window has the steps 0 ... T-1. The last is x[-1].

    Lesson 05, section 5.
    """

    def persistence(self):
        return self.x[-2, :, 0] if len(self.x) > 1 else self.x[-1, :, 0]


class MeanOfTheWindowPersists(Forecasts):
    """Persistence takes the mean of the window; it must take the last value.

    On paper: next year will be like this year, not like an average of the years before.

    Lesson 05, section 5.
    """

    def persistence(self):
        return self.x.mean(axis=0)[:, 0]


class TargetMeanForecast(Forecasts):
    """Persistence gives the mean of the training targets to every window; it must give each window its own last value.

    On paper: that is another baseline, the training mean. It reads nothing from the window.

    Lesson 05, section 5.
    """

    def persistence(self):
        return np.full(self.x.shape[1], self.target_train.mean())


class ConstantMissing(Forecasts):
    """The autoregression has no constant: the column of ones is missing.

    On paper: if all twelve years are 0, a weighted sum of them is 0, whatever the weights.

    Lesson 05, section 5.
    """

    def constant(self, rows):
        return np.zeros((len(rows), 1))


class ConstantFittedButNotAdded(Forecasts):
    """The constant is fitted, but it is missing from the forecasts.

    On paper: T weights and one constant make T + 1 numbers. Count those that your forecast uses.

    Lesson 05, section 5.
    """

    def autoregression(self):
        return self.windows_as_rows(self.x) @ self.fitted[:-1]


class ConstantFirstThenLast(Forecasts):
    """The ones stand in the last column in the fit and in the first one in the forecast, or the other way round.

    On paper: write the matrix once, in a function, and use it for both.

    Lesson 05, section 5.
    """

    def autoregression(self):
        return np.roll(self.matrix(self.x), 1, axis=1) @ self.fitted


class ReshapedForTransposed(Forecasts):
    """The windows are reshaped to (N, T); they must be transposed.

    On paper: reshape keeps the order of the numbers, so a row would hold the same step of many windows.

    Lesson 05, section 5.
    """

    def windows_as_rows(self, windows):
        return windows[:, :, 0].reshape(windows.shape[1], -1)


class WindowsReversedForTheForecast(Forecasts):
    """The years stand in one order in the fit and in the other in the forecast.

    On paper: each weight belongs to one place in the window.

    Lesson 05, section 5.
    """

    def autoregression(self):
        rows = self.windows_as_rows(self.x)
        return np.hstack([rows[:, ::-1], self.constant(rows)]) @ self.fitted


class LastYearAlone(Forecasts):
    """The autoregression uses the last value and a constant; it must use the whole window.

    On paper: one weight for each of the T years, and a constant.

    Lesson 05, section 5.
    """

    def windows_as_rows(self, windows):
        return windows[-1:, :, 0].T


class WindowMeanAlone(Forecasts):
    """The autoregression uses the mean of the window and a constant; each year needs a weight of its own.

    On paper: one weight for each of the T years, and a constant.

    Lesson 05, section 5.
    """

    def windows_as_rows(self, windows):
        return windows.mean(axis=0)


class FittedToTheLastValue(Forecasts):
    """The weights are fitted to the windows' own last value; they must be fitted to target_train, the value after it.

    On paper: what is already in the window can be copied without an error: the weights are 0 ... 0, 1.

    Lesson 05, section 5.
    """

    def weights(self):
        return np.linalg.lstsq(self.matrix(self.x_train), self.x_train[-1, :, 0], rcond=None)[0]


class TargetCentredConstantLost(Forecasts):
    """The target's mean is taken off before the fit and never added again.

    On paper: for windows that are all at their mean, what do you forecast?

    Lesson 05, section 5.
    """

    def weights(self):
        centred = self.target_train - self.target_train.mean()
        return np.linalg.lstsq(self.matrix(self.x_train), centred, rcond=None)[0]


FORECAST_MISTAKES = [
    OldestValuePersists, SecondLastValuePersists, MeanOfTheWindowPersists, TargetMeanForecast, ConstantMissing,
    ConstantFittedButNotAdded, ConstantFirstThenLast, ReshapedForTransposed, WindowsReversedForTheForecast, LastYearAlone,
    WindowMeanAlone, FittedToTheLastValue, TargetCentredConstantLost]


def draw_series(rng, T, N):
    """Windows (T, N, 1) far from zero, so that a constant matters."""
    return 2 + rng.standard_normal((T, N, 1)).cumsum(axis=0)


def forecast_instances():
    """Six years, then four; more windows to train on than to forecast from."""
    rng = np.random.default_rng(8)
    instances = []
    for T, N, M in ((6, 30, 7), (4, 12, 5)):
        train = draw_series(rng, T, N)
        instances.append((train, train[0, :, 0] - 0.5 * train[-2, :, 0] + rng.standard_normal(N), draw_series(rng, T, M)))
    return instances


def forecast_probes():
    rng = np.random.default_rng(18)
    train, x, one = draw_series(rng, 6, 30), draw_series(rng, 6, 7), draw_series(rng, 1, 30)
    target = train[0, :, 0] - 0.5 * train[4, :, 0]
    return {"the target is a weighted sum without a constant": (train, target, x),
            "the target is the window's last value": (train, train[-1, :, 0], x),
            "a window is one year long": (one, 2 * one[0, :, 0] + rng.standard_normal(30), one[:, :5])}


# --- 5.7: sampling ---

def sample_name(params, rng, temperature, max_letters):
    """The generator stays as it is, so that the next call draws the same numbers."""
    return sampling.name(rnn, params, copy.deepcopy(rng), temperature, max_letters)


class Writer:
    """The loop that writes. ``run()`` returns a name."""

    def __init__(self, params, rng, temperature, max_letters):
        self.params, self.rng, self.temperature, self.max_letters = params, rng, temperature, max_letters

    def run(self):
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


def writes(writer):
    """A Writer as a function with the arguments of 5.7."""
    return lambda params, rng, temperature, max_letters: writer(params, rng, temperature, max_letters).run()


class StateNotCarried(Writer):
    """Each round starts from a zero state; it must start from the last round's.

    On paper: after c i n q u e g r a, what does a network know that sees a alone?

    Lesson 05, section 6.
    """

    def next_state(self, cache):
        return None


class TemperatureMultiplied(Writer):
    """The scores are multiplied by the temperature; they must be divided by it.

    On paper: below 1 the distribution should become sharper. Does halving the scores do that?

    Lesson 05, section 6.
    """

    def probabilities(self):
        return losses.softmax(self.y * self.temperature)


class TemperatureWithoutEffect(Writer):
    """The temperature has no effect: it is not used, or cancels when the probabilities are divided by their sum.

    On paper: the temperature divides the scores, before the softmax.

    Lesson 05, section 6.
    """

    def probabilities(self):
        return losses.softmax(self.y)


class TemperatureAfterTheSoftmax(Writer):
    """The probabilities are divided by the temperature and go through a second softmax.

    On paper: one softmax, of scores divided by the temperature.

    Lesson 05, section 6.
    """

    def probabilities(self):
        return losses.softmax(losses.softmax(self.y) / self.temperature)


class LikeliestLetterTaken(Writer):
    """Each letter is the likeliest one; it must be drawn from the probabilities.

    On paper: two calls with different generators should write different names.

    Lesson 05, section 6.
    """

    def drawn(self):
        return int(np.argmax(self.y))


class AllLettersAlike(Writer):
    """The letters are drawn with equal probabilities: p is missing from rng.choice.

    On paper: rng.choice(27) knows nothing of the network.

    Lesson 05, section 6.
    """

    def drawn(self):
        return self.rng.choice(len(ALPHABET))


class EachLetterDrawnTwice(Writer):
    """Two letters are drawn in each round: one is written, and another goes back in.

    On paper: draw once, and give the result a name.

    Lesson 05, section 6.
    """

    def next_input(self):
        return sampling.one_hot(self.drawn())


class FirstInputIsLetterA(Writer):
    """The first input is class 1, the letter a; it must be class 0, which starts a name.

    On paper: what did the network read first in every name it was trained on?

    Lesson 05, section 6.
    """

    def first_input(self):
        return sampling.one_hot(1)


class FirstInputIsZero(Writer):
    """The first input is all zeros; it must be class 0, with a 1 in its first entry.

    On paper: class 0 is the dot that starts a name. One-hot means that one entry is 1.

    Lesson 05, section 6.
    """

    def first_input(self):
        return 0 * sampling.one_hot(0)


class SameInputAlways(Writer):
    """Every round reads the dot again; what was drawn must be the next input.

    On paper: a network that is not told which letter was drawn cannot go on from it.

    Lesson 05, section 6.
    """

    def next_input(self):
        return self.x


class InputsPileUp(Writer):
    """The next input keeps the ones of the letters before; it must hold one 1 only.

    On paper: make a new array of zeros in each round.

    Lesson 05, section 6.
    """

    def next_input(self):
        return np.maximum(self.x, sampling.one_hot(self.letter))


class ProbabilitiesFedBack(Writer):
    """The probabilities are the next input; it must be the letter that was drawn, one-hot.

    On paper: the network was trained on letters, and each of them is a single 1.

    Lesson 05, section 6.
    """

    def next_input(self):
        return self.probabilities()[None, None]


class WholeWordReadAgain(Writer):
    """Each round reads the whole word so far, and starts from the state that has read it already.

    On paper: carry the state and read one letter, or read the whole word from a zero state. Not both.

    Lesson 05, section 6.
    """

    def next_input(self):
        return np.concatenate([self.x, sampling.one_hot(self.letter)])


class OneLetterTooMany(Writer):
    """A name may get one letter more than max_letters.

    On paper: after how many rounds must the loop end, if none draws the dot?

    Lesson 05, section 6.
    """

    def limit(self):
        return self.max_letters + 1


class OneLetterTooFew(Writer):
    """The longest name is one letter shorter than max_letters.

    On paper: after how many rounds must the loop end, if none draws the dot?

    Lesson 05, section 6.
    """

    def limit(self):
        return self.max_letters - 1


class LimitIgnored(Writer):
    """The name goes on after max_letters letters.

    On paper: a network may never draw the dot. Then the limit ends the loop.

    Lesson 05, section 6.
    """

    def limit(self):
        return 500


class DotKept(Writer):
    """The dot that ends a name is written, too.

    On paper: class 0 ends the loop before anything is added to the word.

    Lesson 05, section 6.
    """

    def result(self):
        return self.word + "." if self.ends() else self.word


class DotDoesNotEnd(Writer):
    """Class 0 does not end the name: it goes on to max_letters rounds.

    On paper: the network draws the dot to say that the name is complete.

    Lesson 05, section 6.
    """

    def ends(self):
        return False


class DotsSkipped(Writer):
    """Class 0 is left out of the name but does not end it.

    On paper: the network draws the dot to say that the name is complete.

    Lesson 05, section 6.
    """

    def ends(self):
        return False

    def written(self):
        return ALPHABET[self.letter].strip(".")


class LettersOneClassLate(Writer):
    """Each class is written as the letter after it: class 1 becomes b.

    On paper: ALPHABET begins with the dot, so that class 1 is a.

    Lesson 05, section 6.
    """

    def written(self):
        return ALPHABET[(self.letter + 1) % len(ALPHABET)]


class FirstLetterLost(Writer):
    """The first letter is missing from the name.

    On paper: the first round draws the first letter. Is it added to the word?

    Lesson 05, section 6.
    """

    def result(self):
        return self.word[1:]


class LastLetterOnly(Writer):
    """The name is its last letter alone: each letter replaces the one before.

    On paper: += and not =.

    Lesson 05, section 6.
    """

    def result(self):
        return self.word[-1:]


WRITER_MISTAKES = [
    StateNotCarried, TemperatureMultiplied, TemperatureWithoutEffect, TemperatureAfterTheSoftmax, LikeliestLetterTaken,
    AllLettersAlike, EachLetterDrawnTwice, FirstInputIsLetterA, FirstInputIsZero, SameInputAlways, InputsPileUp,
    ProbabilitiesFedBack, WholeWordReadAgain, OneLetterTooMany, OneLetterTooFew, LimitIgnored, DotKept, DotDoesNotEnd,
    DotsSkipped, LettersOneClassLate, FirstLetterLost, LastLetterOnly]


@lru_cache(maxsize=None)
def sampling_network():
    """A random network with large weights, so that a lost state or a wrong temperature gives other names."""
    params = rnn.init(len(ALPHABET), 10, len(ALPHABET), np.random.default_rng(9))
    params = {**params, "W_hh": 1.5 * params["W_hh"], "W_xh": 4 * params["W_xh"], "W_hy": 3 * params["W_hy"]}
    params["b_y"][0] = 2.0
    return params


def sampling_instances():
    """Three temperatures, and a name that is cut short."""
    return [(sampling_network(), np.random.default_rng(seed), temperature, max_letters)
            for seed, temperature, max_letters in ((4, 0.5, 20), (6, 1.0, 20), (5, 2.0, 20), (4, 1.0, 5))]


def sampling_probes():
    params = sampling_network()
    forgetful = {**params, "W_hh": 0 * params["W_hh"]}
    return {"the temperature is 1": (params, np.random.default_rng(6), 1.0, 20),
            "max_letters = 1": (params, np.random.default_rng(3), 0.5, 1),
            "W_hh = 0": (forgetful, np.random.default_rng(7), 0.5, 20)}


# --- 5.8: several updates, each from two halves of a batch ---

def train_in_halves(params, batches, learning_rate, beta, max_norm):
    return Training(params, batches, learning_rate, beta, max_norm).run()


class Training:
    """Momentum on batches that come in two halves. ``run()`` returns (params, losses)."""

    def __init__(self, params, batches, learning_rate, beta, max_norm):
        self.params, self.batches = params, batches
        self.learning_rate, self.beta, self.max_norm = learning_rate, beta, max_norm
        self.T = len(batches)
        self.sums, self.state = optimisers.zeros_like(params), None
        self.velocity, self.losses = None, np.zeros(self.T)

    def run(self):
        for k in range(1, self.T + 1):
            self.halves = self.batches[k - 1]
            for group in self.groups():
                self.sums = self.start()
                for self.half in group:
                    self._take(k)
                self.params, self.velocity = self.updated()
        return self.params, self.losses

    def _take(self, k):
        """Forward and backward through one half."""
        x, target, _ = self.half
        self.cache = rnn.forward(self.params, x, self.first_state())
        loss, dy = losses.cross_entropy(self.cache.y, target, self.counted(self.half))
        self.grads = rnn.backward(self.params, self.cache, self.share() * dy)
        self.sums = self.added()
        self.losses[k - 1] = self.loss_so_far(k) + self.loss_share() * loss
        self.state = self.cache.state

    def groups(self):
        """which halves make one update, both of a batch"""
        return [self.halves]

    def start(self):
        """the sum of gradients that a batch begins with, zeros"""
        return optimisers.zeros_like(self.params)

    def first_state(self):
        """the state that the sequences start from, zeros"""
        return None

    def counted(self, half):
        """which steps count, the mask"""
        return half[2].astype(float)

    def total(self, halves):
        return sum(self.counted(half).sum() for half in halves)

    def share(self):
        """the weight of a step in the gradient, one over the steps that count in both halves"""
        return 1 / self.total(self.halves)

    def loss_share(self):
        """the weight of a step in the loss, one over the steps that count in both halves"""
        return self.share()

    def loss_so_far(self, k):
        """the loss of the half before"""
        return self.losses[k - 1]

    def added(self):
        """the gradients of both halves, added up"""
        return {name: self.sums[name] + self.grads[name] for name in self.params}

    def norm(self):
        """the norm of the summed gradients of the five parameters"""
        return length_of(self.sums)

    def factor(self):
        """the clipping factor, once for each update"""
        return self.max_norm / max(self.norm(), self.max_norm)

    def memory(self):
        """the optimiser's memory, the velocity after the update before"""
        return self.velocity

    def updated(self):
        """the update by momentum"""
        grads = {name: self.factor() * g for name, g in self.sums.items()}
        return optimisers.momentum(self.params, grads, self.memory(), self.learning_rate, self.beta)


def trained_by(training):
    """A form for 5.8."""
    return lambda *arguments: training(*arguments).run()


class AccumulatorNotReset(Training):
    """The gradients of earlier batches are still in the sum.

    On paper: after an update its gradients have done their work. Every batch begins with zeros.

    Lesson 05, section 2.
    """

    def start(self):
        return self.sums


class SecondHalfReplacesTheFirst(Training):
    """Only the second half's gradient is used: it replaces the first one's, and must be added to it.

    On paper: a sum over both halves needs +, for every parameter.

    Lesson 05, section 8.
    """

    def added(self):
        return {name: self.grads[name] for name in self.params}


class StateCarriedAcrossUnrelatedSequences(Training):
    """Each half starts from the last state of the half before; these sequences have nothing to do with each other.

    On paper: what does the last letter of one name say of the first letter of another? Start from zeros.

    Lesson 05, section 2.
    """

    def first_state(self):
        return self.state


class StateCarriedToTheSecondHalf(Training):
    """The second half of a batch starts from the last state of the first; these sequences have nothing to do with each other.

    On paper: a half holds other sequences, not later steps of the same ones. Start from zeros.

    Lesson 05, section 8.
    """

    def first_state(self):
        return None if self.half is self.halves[0] else self.state


class UpdateAfterEachHalf(Training):
    """The parameters move after each half; there must be one update for a batch.

    On paper: the second half's gradient belongs to the parameters that the first half has seen.

    Lesson 05, section 8.
    """

    def groups(self):
        return [[half] for half in self.halves]


class HalvesAsBatchesOfTheirOwn(Training):
    """Each half is treated as a batch: its own mean, its own update. There must be one update for both.

    On paper: count the updates that the velocity sees. There should be as many as there are batches.

    Lesson 05, section 8.
    """

    def groups(self):
        return [[half] for half in self.halves]

    def share(self):
        return 1 / self.total([self.half])

    def loss_share(self):
        return self.share() / 2


class ClippedBeforeAccumulation(Training):
    """Each half's gradient is clipped, and then they are added; first add, then clip once.

    On paper: gradients 4 and -1 add up to 3. Each clipped to length 1, they add up to 0, and nothing moves.

    Lesson 05, section 8.
    """

    def added(self):
        clipped, _ = clip.by_global_norm({name: self.grads[name] for name in self.params}, self.max_norm)
        return {name: self.sums[name] + clipped[name] for name in self.params}

    def factor(self):
        return 1.0


class SumClippedAfterEachHalf(Training):
    """The sum is clipped after the first half, and again after the second; clip once, when it is complete.

    On paper: what is cut off after the first half cannot be made up for by the second.

    Lesson 05, section 8.
    """

    def added(self):
        return clip.by_global_norm(super().added(), self.max_norm)[0]


class NothingIsClipped(Training):
    __doc__ = ClippingLeftOut.__doc__
    factor = ClippingLeftOut.factor


class NormOfSevenGradients(Training):
    """The gradients of x and h0 enter the norm; only those of the parameters should.

    On paper: x and h0 are data, nobody updates them.

    Lesson 05, section 4.
    """

    def added(self):
        before = self.squares if self.half is not self.halves[0] else 0.0
        self.squares = before + sum((self.grads[name] ** 2).sum() for name in ("x", "h0"))
        return super().added()

    def norm(self):
        return np.sqrt(length_of(self.sums) ** 2 + self.squares)


class VelocityMadeAnew(Training):
    """The optimiser's memory starts from zero in every update; it must live as long as the training.

    On paper: what is made inside the loop over the batches is new each time. Without its memory, momentum is gradient descent.

    Lesson 05, section 2.
    """

    def memory(self):
        return None


class MeanOfTheMeans(Training):
    """Each half's mean counts one half; but the halves have different numbers of steps that count.

    On paper: the mean of 1, 1, 1 and 5 is 2. The mean of the means of (1, 1, 1) and (5) is 3.

    Lesson 05, section 8.
    """

    def share(self):
        return 1 / (2 * self.total([self.half]))


class SumOfTheMeans(Training):
    """The two halves' means are added up; the mean over all their steps is asked for.

    On paper: a sum of two means is about twice as large as a mean.

    Lesson 05, section 8.
    """

    def share(self):
        return 1 / self.total([self.half])


class SumOverTheSteps(Training):
    """Loss and gradient are sums over the steps; they must be means.

    On paper: divide by the number of steps that count, of both halves together.

    Lesson 05, section 8.
    """

    def share(self):
        return 1.0


class MeanWithPadding(Training):
    """The sum over the counted steps is divided by the number of all steps, padding among them.

    On paper: a mean over n things divides by n. How many steps count?

    Lesson 05, section 6.
    """

    def share(self):
        return 1 / sum(half[2].size for half in self.halves)


class PaddingCounted(Training):
    """The masks are not used: padding counts as if it were data.

    On paper: the steps where a mask is False have no target. They belong neither to the sum nor to the number it is divided by.

    Lesson 05, section 6.
    """

    def counted(self, half):
        return np.ones(half[2].shape)


class LossOfTheSecondHalf(Training):
    """The loss that is kept is the second half's share alone; the first half's must be added.

    On paper: the loss of an update is that of all its steps.

    Lesson 05, section 8.
    """

    def loss_so_far(self, k):
        return 0.0


class LossIsMeanOfTheMeans(Training):
    """The gradient is right, but the loss that is kept is the mean of the two halves' means.

    On paper: the loss you report must be the one you differentiate.

    Lesson 05, section 8.
    """

    def loss_share(self):
        return 1 / (2 * self.total([self.half]))


class LossIsSumOfTheMeans(Training):
    """The gradient is right, but the loss that is kept is the sum of the two halves' means.

    On paper: the loss you report must be the one you differentiate.

    Lesson 05, section 8.
    """

    def loss_share(self):
        return 1 / self.total([self.half])


class LossIsSum(Training):
    """The gradient is right, but the loss that is kept is the sum over the steps.

    On paper: the loss you report must be the one you differentiate.

    Lesson 05, section 8.
    """

    def loss_share(self):
        return 1.0


class TrainingUphill(Training):
    """The parameters move uphill.

    On paper: optimisers.momentum subtracts the step itself. It takes gradients with the sign that backward gives them.

    Lesson 05, section 2.
    """

    def updated(self):
        self.sums = {name: -g for name, g in self.sums.items()}
        return super().updated()


class ParametersNeverChange(Training):
    """Every batch sees the parameters that training began with, and these are returned.

    On paper: the name that an update gives to its result must be the one that the next forward pass reads.

    Lesson 05, section 4.
    """

    def updated(self):
        return self.params, super().updated()[1]


class OnlyTheLastUpdateCounts(Training):
    """Every update starts from the first parameters, and only the last one's result is returned.

    On paper: the name that an update gives to its result must be the one that the next forward pass reads.

    Lesson 05, section 4.
    """

    def updated(self):
        params, velocity = super().updated()
        last = self.halves is self.batches[-1]
        return (params if last else self.params), velocity


TRAINING_MISTAKES = [
    AccumulatorNotReset, SecondHalfReplacesTheFirst, StateCarriedAcrossUnrelatedSequences, StateCarriedToTheSecondHalf,
    UpdateAfterEachHalf, HalvesAsBatchesOfTheirOwn, ClippedBeforeAccumulation, SumClippedAfterEachHalf, NothingIsClipped,
    NormOfSevenGradients, VelocityMadeAnew, MeanOfTheMeans, SumOfTheMeans, SumOverTheSteps, MeanWithPadding, PaddingCounted,
    LossOfTheSecondHalf, LossIsMeanOfTheMeans, LossIsSumOfTheMeans, LossIsSum, TrainingUphill, ParametersNeverChange,
    OnlyTheLastUpdateCounts]


def draw_half(rng, lengths, D, O):
    """Half a batch: (x, target, mask) with padding after each length."""
    lengths = np.array(lengths)
    T, B = lengths.max(), len(lengths)
    return rng.standard_normal((T, B, D)), rng.integers(O, size=(T, B)), losses.length_mask(lengths, T)


def draw_training(seed, lengths, D=2, H=4, O=5):
    """(params, batches) of a random network. lengths: for each batch, the lengths of the sequences in its two halves."""
    rng = np.random.default_rng(seed)
    params = gradcheck.random_problem(rng, D=D, H=H, O=O).params
    return params, [tuple(draw_half(rng, half, D, O) for half in halves) for halves in lengths]


@lru_cache(maxsize=None)
def training_instances():
    """Two updates that are both clipped, then three of which none is."""
    clipped = draw_training(15, [((2, 1), (4, 3)), ((3, 4), (1, 2))])
    free = draw_training(16, [((5, 1, 2), (3, 5, 4)), ((1, 2, 1), (5, 6, 3)), ((4, 4, 4), (2, 1, 1))], D=3, H=5, O=4)
    return [(*clipped, 0.3, 0.8, 0.2), (*free, 0.1, 0.9, 50.0)]


def training_probes():
    params, batches = draw_training(17, [((3, 4), (2, 1)), ((1, 2), (4, 3))])
    alike = draw_training(18, [((3, 3), (3, 3)), ((2, 2), (2, 2))])
    return {"there is one batch only": (params, batches[:1], 0.3, 0.8, 0.2),
            "all halves have equally many steps and no padding": (*alike, 0.3, 0.8, 0.2),
            "nothing needs clipping": (params, batches, 0.3, 0.8, 50.0),
            "beta = 0": (params, batches, 0.3, 0.0, 0.2)}


EXERCISES = {
    "5.1": Exercise(
        "Your own backward pass", "Your own backward pass is right, all seven gradients. It can train.", rnn.backward,
        backward.problems,
        hints=("Was exercise 4.3 right? Then the body of that function is all you need; its helpers, too, if it calls any.",
               "da_t = (1 - h_t^2) * (dy_t W_hy + da_{t+1} W_hh), in rows; then the five sums, dx_t = da_t W_xh and dh_0 = da_1 "
               "W_hh.",
               "Begin with x, h = cache.x, cache.h and a carry of zeros like h[0]. Go through t = T ... 1 with dy[t-1], h[t], "
               "h[t-1], x[t-1]. Return one dict: the five parameters, x and h0."),
        points=2, label="d{}", parts=("W_hh", "W_xh", "W_hy", "b_h", "b_y", "x", "h0"), formulas=Backward, form=backward.batch,
        mistakes=backward_mistakes, probes=backward.probes),
    "5.2": Exercise(
        "A momentum step", "Your momentum remembers, and adds the new gradient at full weight.", momentum_step,
        momentum_instances,
        hints=("Which of the two lines of momentum needs the result of the other?",
               "v_k = beta v_{k-1} + g_k, then p_k = p_{k-1} - learning_rate * v_k.",
               "Two dict comprehensions over the names in params. The second one uses the dict that the first one makes."),
        parts=("the new params", "the new velocity"), formulas=Momentum, form=for_each_array, mistakes=MOMENTUM_MISTAKES,
        probes=momentum_probes),
    "5.3": Exercise(
        "An Adam step", "Your Adam corrects its bias, at the first step and later.", adam_step, adam_instances,
        hints=("Which three things change in a step, and which two are needed only for a moment?",
               "m = beta1 m + (1 - beta1) g; v = beta2 v + (1 - beta2) g^2; p moves by -learning_rate * m_hat / (sqrt(v_hat) + "
               "eps), with m_hat = m / (1 - beta1^k) and v_hat = v / (1 - beta2^k).",
               "Five lines: the new m, the new v, m_hat and v_hat under names of their own, and the new p. Return p, m and v."),
        points=2, parts=("the new p", "the new m", "the new v"), formulas=Adam, form=one_array, mistakes=ADAM_MISTAKES,
        probes=adam_probes),
    "5.4": Exercise(
        "Clip by global norm", "Your clipping shortens what is too long, leaves the rest alone, and keeps the direction.",
        clip.by_global_norm, clipping_instances,
        hints=("By which number do you multiply a gradient that is too long? One that is short enough? One that is all zeros?",
               "norm = sqrt(sum of all squares, over all arrays); factor = min(1, max_norm / norm).",
               "Add up (g ** 2).sum() over grads.values() and take the root. A quotient with the larger of norm and max_norm "
               "below the line is never above 1 and never divides by 0."),
        parts=("the clipped gradients", "the norm before clipping"), tolerance=1e-6, formulas=Clipping, form=clipped_by,
        mistakes=CLIPPING_MISTAKES, probes=clipping_probes),
    "5.5": Exercise(
        "One training step", "One whole update, in the right order.", train_step, update_instances,
        hints=("Which six stages make one update, and what does each hand to the next?",
               "cache = forward(params, x); (loss, dy) = the mean cross-entropy; grads = backward(params, cache, dy); clip; "
               "Adam.",
               "Between backward and clip make a dict with the names in params only. Clipping returns two things, Adam as well. "
               "The loss is the one from the second line."),
        points=2, parts=("the new params", "the new memory", "the loss"), formulas=Update,
        form=one_update, mistakes=UPDATE_MISTAKES, probes=update_probes),
    "5.6": Exercise(
        "Two baselines", "Both baselines are right.", baselines.forecasts, forecast_instances,
        hints=("What does one row of the matrix hold, and how many columns has it?",
               "A w = target with A = [window, 1] for each window: lstsq finds the w with the smallest squared error. Forecast: "
               "A of x, times w.",
               "Write a function that makes the matrix from windows: [:, :, 0].T beside a column of ones. Use it twice. "
               "np.linalg.lstsq returns four things; the weights are the first."),
        points=2, tolerance=1e-8, parts=("persistence", "autoregression"), formulas=Forecasts, form=two_forecasts,
        mistakes=FORECAST_MISTAKES, probes=forecast_probes),
    "5.7": Exercise(
        "Sample a name", "It writes: each letter goes back in, and the state goes on.", sample_name, sampling_instances,
        hints=("Which two things must a round of the loop hand to the next one?",
               "p = softmax(y / temperature); the letter is drawn from p; next x = one-hot of the letter, next h0 = cache.state.",
               "Before the loop: an empty word, letter 0, state None. In it: zeros of shape (1, 1, 27) with a 1 at the letter; "
               "forward; keep the state; draw; break at 0; add the letter to the word."),
        points=2, mistakes=[function_of(mistake, writes) for mistake in WRITER_MISTAKES], probes=sampling_probes),
    "5.8": Exercise(
        "Train on batches in two halves",
        "One update for each batch, and nothing but parameters and velocity goes from one to the next.",
        train_in_halves, training_instances,
        hints=("What is made anew for each half, what for each batch, and what lives as long as the training?",
               "L = (S_1 + S_2) / (n_1 + n_2), with S_i the sum over the counted steps of half i, and n_i their number. Its "
               "gradient is the sum of two gradients, divided by n_1 + n_2.",
               "Before the loop: velocity None, an empty list of losses. For each batch: n from both masks, a dict of zeros, "
               "loss 0. For each half: forward from no state, loss and dy with the reduction \"sum\", backward with dy / n, add. "
               "After both halves: clip, momentum, note the loss."),
        points=4, parts=("the new params", "the list of losses"), formulas=Training, form=trained_by, mistakes=TRAINING_MISTAKES,
        probes=training_probes),
    "5.9": ordering(
        "One update, line by line",
        "Every line finds what it needs, and the best parameters are kept before the update replaces them.",
        "gcaefbhd", {
            "c": [("g", "the forward pass reads x, and this line fetches it.")],
            "a": [("c", "the loss compares the outputs of the forward pass with the target.")],
            "e": [("a", "the backward pass starts from dy, the loss's derivative.")],
            "f": [("e", "there are no gradients yet.")],
            "b": [("e", "there are no gradients yet."),
                  ("f", "the norm must not contain the gradients of x and h0, and this line drops them.")],
            "h": [("a", "whether these parameters are the best so far is known from their loss.")],
            "d": [("b", "the optimiser takes its step with the clipped gradients."),
                  ("h", "the loss belongs to the parameters before the update. After it, they are gone.")]},
        hints=("Which line needs nothing from the others? And which name is given a new value by more than one line?",
               "data, forward, loss, backward, clip, update. Two lines more have to find their places between these.",
               "The gradients of x and h0 must go before a norm is taken. And the loss is that of the parameters before the "
               "update.")),
    "5.10": choice(
        "The missing first share", "Predicted.", "c", {
            "a": "The first letter still gets its gradient: dW_xh, db_h and dx of step 1 are complete. Only what W_hh met at "
                 "step 1 is left out. What did it meet?",
            "b": "A diverging loss needs a gradient that points uphill. How large is the share that is left out?",
            "c": "Every name starts from h_0 = 0, so the share da_1 h_0^T that is left out is zero. On this task the wrong code "
                 "gives the right gradient, and neither the loss nor a check on these data can tell. Start from a state that is "
                 "not zero, and it is wrong.",
            "d": "The code is wrong, that is true. But a check on a batch of names compares two numbers that are the same: "
                 "compute da_1 h_0^T there."},
        hints=("Write down what is left out: a product of two factors. What is the second factor, for every name?",
               "The share is da_1 h_0^T, and rnn.forward starts with h_0 = 0 if it is given no state.",
               "Zero, exactly, in every update. Which of the options fits, for the loss and for a check on the same data?")),
}
