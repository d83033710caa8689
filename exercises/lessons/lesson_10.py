"""Lesson 10: the capstone. The exercises are about a learner's own cell, so they are made for each variant: ``exercises_of``.

``EXERCISES`` are those about the worked example. No backward pass stands here: the references for the gradients are complex
steps of the forward pass, and the mistakes are the same with one path bent (see ``tangents``).
"""

from functools import lru_cache, partial

import numpy as np

from exercises import capstone
from exercises.capstone import tangents
from exercises.capstone.cell import Cell
from exercises.capstone.tangents import Tangents
from exercises.engine.exercise import Exercise
from exercises.engine.mistakes import alike, results
from helpers import gradcheck, losses

# What a person grades: {number: points}. The cells are tagged written-10.3 and written-10.9.
WRITTEN = {"10.3": 8, "10.9": 6}

SIZES = [dict(T=7, B=3, D=2, H=4, O=5, seed=11), dict(T=6, B=2, D=4, H=3, O=2, seed=12)]


# --- the forward pass: mistakes in one part of the cell ---

class OtherActivation(Cell):
    """The activation function is tanh, as in the lessons before. Your cell has another one.

    On paper: compute f(1) with your formula. tanh(1) is 0.762.

    Lesson 10, section 1.
    """

    def f(self, a):
        return np.tanh(a)


class LeakForgotten(Cell):
    """h_t is f(a_t) alone; the leak is left out.

    On paper: your equation of h_t has two terms. The first carries h_{t-1} over.

    Lesson 10, section 1.
    """

    def state(self, t):
        return self.f(self.a[t])


class LeakTheOtherWayRound(Cell):
    """alpha and 1 - alpha have changed places.

    On paper: with alpha = 1 nothing is left of h_{t-1} but what goes through a_t.

    Lesson 10, section 1.
    """

    def state(self, t):
        return self.alpha() * self.h[t - 1] + (1 - self.alpha()) * self.f(self.a[t])


class AlphaForgottenBeforeF(Cell):
    """h_t is (1 - alpha) h_{t-1} + f(a_t): alpha is missing before f.

    On paper: the two weights of h_{t-1} and f(a_t) add up to 1.

    Lesson 10, section 1.
    """

    def state(self, t):
        return (1 - self.alpha()) * self.h[t - 1] + self.f(self.a[t])


class SigmoidForgotten(Cell):
    """The leak is q itself; it must be the sigmoid of q.

    On paper: q may be any number; alpha is between 0 and 1.

    Lesson 10, section 1.
    """

    def alpha(self):
        return self.params["q"] if "q" in self.params else super().alpha()


class RecurrentWeightsTransposed(Cell):
    """W_hh is applied the wrong way round.

    On paper: a row of h is the maths' column, so W_hh h becomes h @ W_hh.T.

    Lesson 02, section 6.
    """

    def recurrent(self, t):
        return self.h[t - 1] @ self.params["W_hh"]


class SkipOneStepTooShort(Cell):
    """The skip reads the state one step later than it should.

    On paper: at step t it reads h_{t-d}, with the d of your equations. In code h[t] is h_t.

    Lesson 10, section 1.
    """

    def earlier(self, t):
        return self.h[t - 1] if self.variant.delay == 2 else self.h[max(t - 2, 0)] if t > 1 or "first" in self.variant.past else 0 * self.h[0]


class SkipOneStepTooLong(Cell):
    """The skip reads the state one step earlier than it should.

    On paper: at step t it reads h_{t-d}, with the d of your equations. In code h[t] is h_t, but x[t-1] is x_t.

    Lesson 10, section 1.
    """

    def earlier(self, t):
        return super().earlier(t - 1)


class OtherStartOfTheSkip(Cell):
    """In the first steps the skip reads the wrong thing: h_0 in place of zeros, or zeros in place of h_0.

    On paper: the sentence under your equations says what stands before the start. A negative index in Python says something else.

    Lesson 10, section 1.
    """

    def earlier(self, t):
        if t >= self.variant.delay:
            return super().earlier(t)
        return 0 * self.h[0] if self.variant.past.endswith("first") else self.h[0]


class PastForgotten(Cell):
    """The second path from the past, the skip or the output that is fed back, is left out of a_t.

    On paper: your a_t has a term with W_skip or W_yh.

    Lesson 10, section 1.
    """

    def past(self, t):
        return 0 * self.h[0]


class OutputBeforeTheFirstStep(Cell):
    """At step 1 it feeds back W_hy h_0 + b_y; there y_0 = 0.

    On paper: the sentence under your equations says what y_0 is.

    Lesson 10, section 1.
    """

    def past(self, t):
        if self.variant.past == "feedback" and t == 1:
            return self.output(0) @ self.params["W_yh"].T
        return super().past(t)


class GainWithoutTheOne(Cell):
    """The gain is W_xg x_t; it must be 1 + W_xg x_t.

    On paper: with x_t = 0 the gain is 1, and the recurrent term stays as it is.

    Lesson 10, section 1.
    """

    def gain(self, t):
        return super().gain(t) - 1


class GainOnTheWholeSum(Cell):
    """The gain multiplies all of a_t; it belongs to the recurrent term alone.

    On paper: where does the bracket after g_t end?

    Lesson 10, section 1.
    """

    def preactivation(self, t):
        if self.variant.extra != "gain":
            return super().preactivation(t)
        return self.gain(t) * (self.recurrent(t) + self.from_input(t) + self.past(t) + self.params["b_h"])


class GainForgotten(Cell):
    """The gain is left out.

    On paper: g_t multiplies the recurrent term, unit by unit.

    Lesson 10, section 1.
    """

    def gain(self, t):
        return 1.0


class SquaresForgotten(Cell):
    """The term with the squares of the states is left out.

    On paper: your a_t has p h_{t-1} h_{t-1}, unit by unit.

    Lesson 10, section 1.
    """

    def square(self, t):
        return 0 * self.h[0]


class SquareIsNotTaken(Cell):
    """The last term of a_t is p h_{t-1}; it must be p h_{t-1} h_{t-1}.

    On paper: a unit of size 0.1 adds 0.01 p, not 0.1 p.

    Lesson 10, section 1.
    """

    def square(self, t):
        return self.params["p"] * self.h[t - 1]


class RealArrays(Cell):
    """The numbers are right for real arguments, but complex ones lose their imaginary part on the way.

    On the way: np.zeros makes real arrays, and an assignment into one drops the imaginary part. Collect the steps in lists, or give the
    arrays the dtype of the state: dtype=complex where an argument is complex.

    Lesson 10, section 2.
    """

    def __init__(self, variant, params, x, h0):
        super().__init__(variant, params, x, h0.real)

    def preactivation(self, t):
        return super().preactivation(t).real

    def state(self, t):
        return super().state(t).real

    def output(self, t):
        return super().output(t).real


CELL_MISTAKES = [OtherActivation, LeakForgotten, LeakTheOtherWayRound, AlphaForgottenBeforeF, SigmoidForgotten, RecurrentWeightsTransposed,
                 SkipOneStepTooShort, SkipOneStepTooLong, OtherStartOfTheSkip, PastForgotten, OutputBeforeTheFirstStep, GainWithoutTheOne,
                 GainOnTheWholeSum, GainForgotten, SquaresForgotten, SquareIsNotTaken, RealArrays]


# --- the backward pass: one path of the change bent ---

class SlopeForgotten(Tangents):
    """The slope of f is left out: what reaches f(a_t) is taken for what reaches a_t.

    On paper: da_t is what reaches f(a_t), times f'(a_t).

    Lesson 10, section 3.
    """

    def activation(self, t):
        return self.a[t]


class SlopeOfTanh(Tangents):
    """The slope is 1 - h_t^2. That is tanh's, and your f is another one.

    On paper: differentiate your f. Its argument is a_t, which the forward pass hands to you.

    Lesson 10, section 3.
    """

    def activation(self, t):
        return (1 - self.real_h[t] ** 2) * self.a[t]


class SlopeOfTanhFromF(Tangents):
    """The slope is 1 - f(a_t)^2. That is tanh's, and your f is another one.

    On paper: differentiate your f.

    Lesson 10, section 3.
    """

    def activation(self, t):
        return (1 - self.cell.f(self.real_a[t]) ** 2) * self.a[t]


class SlopeAtTheState(Tangents):
    """The slope is taken at h_t; it belongs at a_t.

    On paper: f'(a_t), with the argument that f had in the forward pass.

    Lesson 10, section 3.
    """

    def activation(self, t):
        return self.cell.f(self.real_h[t] + 1j * self.a[t].imag)


class SlopeOfTheStepBefore(Tangents):
    """The slope is taken at a_{t-1}; it belongs at a_t.

    On paper: f'(a_t). In code a[t-1] is a_t, because there is no a_0, and h[t] is h_t.

    Lesson 10, section 2.
    """

    def activation(self, t):
        return self.cell.f(self.real_a[max(t - 1, 1)] + 1j * self.a[t].imag)


class CarriedPathForgotten(Tangents):
    """The path that the leak carries over, from h_t straight to h_{t-1}, is left out.

    On paper: h_t has the term (1 - alpha) h_{t-1}, so dh_{t-1} gets (1 - alpha) dh_t. No slope and no weight stand in its way.

    Lesson 10, section 3.
    """

    def carried(self, t):
        return 0 * self.h[t - 1]


class CarriedUnweighted(Tangents):
    """The leak carries dh_t back whole; its share is (1 - alpha).

    On paper: differentiate (1 - alpha) h_{t-1}.

    Lesson 10, section 3.
    """

    def carried(self, t):
        return self.h[t - 1]


class CarriedWithAlpha(Tangents):
    """The leak carries alpha dh_t back; its share is (1 - alpha).

    On paper: alpha belongs to the path through f.

    Lesson 10, section 3.
    """

    def carried(self, t):
        return self.alpha().real * self.h[t - 1]


class CarriedThroughTheSlope(Tangents):
    """What the leak carries back is multiplied by f's slope. That path does not pass through f.

    On paper: in h_t the term (1 - alpha) h_{t-1} stands outside of f.

    Lesson 10, section 3.
    """

    def carried(self, t):
        return super().carried(t).imag * self.cell.f(self.real_a[t] + 1j * tangents.STEP)


class AlphaForgottenBeforeTheSlope(Tangents):
    """da_t lacks the factor alpha.

    On paper: h_t has alpha f(a_t), so da_t = alpha f'(a_t) dh_t.

    Lesson 10, section 3.
    """

    def new(self, t):
        return self.activation(t)


class RecurrentPathForgotten(Tangents):
    """The path from a_t back to h_{t-1} through W_hh is left out.

    On paper: h_{t-1} is read by a_t.

    Lesson 10, section 3.
    """

    def recurrent_state(self, t):
        return 0 * self.h[t - 1]


class RecurrentPathTransposed(Tangents):
    """On the way back W_hh is transposed the wrong way.

    On paper: forward h @ W_hh.T, backward da @ W_hh.

    Lesson 04, section 3.
    """

    def recurrent_state(self, t):
        path = self.h[t - 1] @ self.params["W_hh"].real
        return self.gain(t) * path if self.variant.extra == "gain" else path


class SkipPathForgotten(Tangents):
    """The skip's path is left out: a_{t+d} reads h_t, too.

    On paper: list the readers of h_t. The skip's a_{t+d} is d steps later.

    Lesson 10, section 3.
    """

    def skip_state(self, t):
        return 0 * self.h[0]


class SkipPathTransposed(Tangents):
    """On the way back W_skip is transposed the wrong way.

    On paper: forward h @ W_skip.T, backward da @ W_skip.

    Lesson 04, section 3.
    """

    def skip_state(self, t):
        return self.earlier(self.h, t) @ self.params["W_skip"].real


class SkipLandsOneStepLate(Tangents):
    """What the skip sends back lands one step too late: at h_{t-d+1}, not at h_{t-d}.

    On paper: a_t reads h_{t-d}, so da_t goes to dh_{t-d}. In code da[t-1] is da_t, and dh[t] is dh_t.

    Lesson 10, section 3.
    """

    def skip_state(self, t):
        s = t - self.variant.delay
        return self.through("W_skip", self.h[s + 1] if s >= 0 else self.earlier(self.h, t))


class SkipLandsOneStepEarly(Tangents):
    """What the skip sends back lands one step too early: at h_{t-d-1}, not at h_{t-d}.

    On paper: a_t reads h_{t-d}, so da_t goes to dh_{t-d}. In code da[t-1] is da_t, and dh[t] is dh_t.

    Lesson 10, section 3.
    """

    def skip_state(self, t):
        return self.through("W_skip", self.earlier(self.h, t - 1))


class SkipAtTheStart(Tangents):
    """In the first steps, where the skip reaches back before the start, its path is treated wrongly.

    On paper: if zeros stand before the start, nothing goes back there. If h_0 does, dh_0 gets a share from each of the first steps.

    Lesson 10, section 3.
    """

    def skip_state(self, t):
        if t >= self.variant.delay:
            return super().skip_state(t)
        return 0 * self.h[0] if self.variant.past.endswith("first") else self.through("W_skip", self.h[0])


class FeedbackPathForgotten(Tangents):
    """The path through the output that is fed back is left out: a_{t+1} reads y_t.

    On paper: y_t has two readers, the loss and a_{t+1}. dh_t gets both, through W_hy.

    Lesson 10, section 3.
    """

    def feedback_output(self, t):
        return 0 * self.real_h[0]


class OutputGradientTakenForTotal(Tangents):
    """In the gradients of W_hy and b_y stands the dy that was handed over. It is the immediate gradient; y_t is read by a_{t+1}, too.

    On paper: the total dy_t is the given one plus W_yh^T da_{t+1}.

    Lesson 10, section 3.
    """

    def output_weights(self, t):
        return self.aside(t, super().output_weights(t))

    def output_bias(self, t):
        return self.aside(t, super().output_bias(t))

    def aside(self, t, path):
        """Keep what arrives in y_t by its own parameters, so that it is not fed back."""
        self.kept = {**getattr(self, "kept", {}), t: getattr(self, "kept", {}).get(t, 0) + path.imag}
        return path

    def feedback_output(self, t):
        return self.through("W_yh", self.y[t - 1] - 1j * getattr(self, "kept", {}).get(t - 1, 0))


class OutputPathForgotten(Tangents):
    """dh_t lacks what comes from its own output, W_hy^T dy_t.

    On paper: y_t reads h_t.

    Lesson 10, section 3.
    """

    def output_state(self, t):
        return self.real_y[t][None] * (1 + 0j) if t < self.T else super().output_state(t)


class GainForgottenOnTheWayBack(Tangents):
    """What goes back from a_t through W_hh lacks the gain.

    On paper: the factor g_t stands before W_hh h_{t-1}, so it stands before da_t on the way back.

    Lesson 10, section 3.
    """

    def recurrent_state(self, t):
        return self.through("W_hh", self.h[t - 1])


class SquarePathForgotten(Tangents):
    """The path from a_t back to h_{t-1} through the squares is left out.

    On paper: the derivative of p h h is 2 p h.

    Lesson 10, section 3.
    """

    def square_state(self, t):
        return 0 * self.h[t - 1]


class SquareWithoutTheTwo(Tangents):
    """On the way back through the squares a factor 2 is missing.

    On paper: the derivative of p h h is 2 p h.

    Lesson 10, section 3.
    """

    def square_state(self, t):
        return self.vector("p").real * self.real_h[t - 1] * self.h[t - 1]


class SquareAtTheWrongState(Tangents):
    """On the way back through the squares stands h_t; it must be h_{t-1}.

    On paper: the derivative of p h_{t-1} h_{t-1} by h_{t-1} is 2 p h_{t-1}.

    Lesson 10, section 3.
    """

    def square_state(self, t):
        return 2 * self.vector("p").real * self.real_h[t] * self.h[t - 1]


STATE_MISTAKES = [SlopeForgotten, SlopeOfTanh, SlopeOfTanhFromF, SlopeAtTheState, SlopeOfTheStepBefore, CarriedPathForgotten,
                  CarriedUnweighted, CarriedWithAlpha, CarriedThroughTheSlope, AlphaForgottenBeforeTheSlope, RecurrentPathForgotten,
                  RecurrentPathTransposed, SkipPathForgotten, SkipPathTransposed, SkipLandsOneStepLate, SkipLandsOneStepEarly,
                  SkipAtTheStart, FeedbackPathForgotten, OutputPathForgotten, GainForgottenOnTheWayBack, SquarePathForgotten,
                  SquareWithoutTheTwo, SquareAtTheWrongState]


# In the gradients of the parameters.

class WeightsMeetTheStateOfTheirOwnStep(Tangents):
    """dW_hh pairs da_t with h_t; it must be h_{t-1}.

    On paper: in a_t, W_hh multiplies h_{t-1}. In code that is h[t-1], beside da[t-1].

    Lesson 10, section 4.
    """

    def before(self, t):
        return self.real_h[t]


class OnlyTheFirstStepIsKept(Tangents):
    """dW_hh holds the share of step 1 alone: is there an = where += belongs?

    On paper: the same W_hh works at every step, and its gradient is the sum of all shares.

    Lesson 04, section 2.
    """

    def recurrent_weights(self, t):
        return super().recurrent_weights(t) if t == 1 else 0 * self.real_h[0]


class GainForgottenInTheWeights(Tangents):
    """dW_hh lacks the gain.

    On paper: a_t has g_t W_hh h_{t-1}, so the row of W_hh's gradient is g_t da_t times h_{t-1}.

    Lesson 10, section 4.
    """

    def recurrent_weights(self, t):
        return self.by("W_hh", self.before(t))


class GainWeightsWithoutTheRecurrentTerm(Tangents):
    """dW_xg pairs da_t with x_t, and lacks the factor that the gain multiplies.

    On paper: the derivative of g_t (W_hh h_{t-1}) by g_t is W_hh h_{t-1}.

    Lesson 10, section 4.
    """

    def gain_weights(self, t):
        return self.by("W_xg", self.x[:, t - 1])


class SecondPathOfTheInputForgotten(Tangents):
    """dx lacks the path through the gain.

    On paper: x_t has two readers, a_t and g_t.

    Lesson 10, section 4.
    """

    def gain_input(self, t):
        return 0 * self.real_h[0]


class SkipWeightsMeetTheWrongStep(Tangents):
    """dW_skip pairs da_t with a state one step too late.

    On paper: in a_t, W_skip multiplies h_{t-d}.

    Lesson 10, section 4.
    """

    def skip_weights(self, t):
        s = t - self.variant.delay
        return self.by("W_skip", self.real_h[s + 1] if s >= 0 else self.earlier(self.real_h, t))


class SkipWeightsAtTheStart(Tangents):
    """dW_skip is wrong in its shares of the first steps, where the skip reaches back before the start.

    On paper: with zeros before the start these steps add nothing. With h_0 there, each adds da_t times h_0.

    Lesson 10, section 4.
    """

    def skip_weights(self, t):
        if t >= self.variant.delay:
            return super().skip_weights(t)
        return 0 * self.real_h[0] if self.variant.past.endswith("first") else self.by("W_skip", self.real_h[0])


class SkipWeightsMeetTheLastStates(Tangents):
    """In the first steps dW_skip pairs da_t with one of the last states.

    On paper: a negative index counts from the end in Python. The sentence under your equations says what stands before the start.

    Lesson 10, section 4.
    """

    def skip_weights(self, t):
        return self.by("W_skip", self.real_h[t - self.variant.delay])


class FeedbackWeightsMeetTheLastOutput(Tangents):
    """At step 1 dW_yh pairs da_1 with the last output, y_T.

    On paper: y_0 = 0, so step 1 adds nothing. In code y_{t-1} is y[t-2], and at t = 1 that is y[-1], the last one.

    Lesson 10, section 4.
    """

    def feedback_weights(self, t):
        return self.by("W_yh", self.real_y[t - 1] if t > 1 else self.real_y[-1])


class FeedbackWeightsMeetTheirOwnOutput(Tangents):
    """dW_yh pairs da_t with y_t; it must be y_{t-1}.

    On paper: in a_t, W_yh multiplies y_{t-1}. In code y[t-1] is y_t, so y_{t-1} is y[t-2]; y_0 is zero.

    Lesson 10, section 4.
    """

    def feedback_weights(self, t):
        return self.by("W_yh", self.real_y[t])


class SquareWeightsWithoutTheSquare(Tangents):
    """dp pairs da_t with h_{t-1}; it must be its square.

    On paper: the derivative of p h h by p is h h.

    Lesson 10, section 4.
    """

    def square_weights(self, t):
        return self.vector("p") * self.real_h[t - 1]


class LeakGradientWithoutTheOldState(Tangents):
    """The gradient of the leak has f(a_t) only; alpha stands before h_{t-1}, too.

    On paper: the derivative of (1 - alpha) h_{t-1} + alpha f(a_t) by alpha is f(a_t) - h_{t-1}.

    Lesson 10, section 4.
    """

    def leak(self, t):
        return self.alpha() * self.cell.f(self.real_a[t])


class LeakGradientWithTheNewState(Tangents):
    """The gradient of the leak has h_t - h_{t-1}; it must be f(a_t) - h_{t-1}.

    On paper: h_t is the mixture; alpha multiplies f(a_t).

    Lesson 10, section 4.
    """

    def leak(self, t):
        return self.alpha() * (self.real_h[t] - self.real_h[t - 1])


class SlopeOfTheSigmoidForgotten(Tangents):
    """dq is the gradient of alpha; the sigmoid's slope is missing.

    On paper: dq = dalpha times alpha (1 - alpha).

    Lesson 10, section 4.
    """

    def squashed(self):
        return super().squashed().real + 1j * self.vector("q").imag


WEIGHT_MISTAKES = [WeightsMeetTheStateOfTheirOwnStep, OnlyTheFirstStepIsKept, GainForgottenInTheWeights,
                   GainWeightsWithoutTheRecurrentTerm, SecondPathOfTheInputForgotten, SkipWeightsMeetTheWrongStep, SkipWeightsAtTheStart,
                   SkipWeightsMeetTheLastStates, FeedbackWeightsMeetTheLastOutput, FeedbackWeightsMeetTheirOwnOutput,
                   OutputGradientTakenForTotal, SquareWeightsWithoutTheSquare, LeakGradientWithoutTheOldState, LeakGradientWithTheNewState,
                   SlopeOfTheSigmoidForgotten]


def mean_over_the_batch(gradients, params, x, a, h, y, dy):
    """The parameters' gradients are means over the batch; they must be sums.

    On paper: the loss is a sum over the sequences, and so is its gradient.

    Lesson 04, section 3.
    """
    return {name: g if name in ("x", "h0") else g / len(h[0]) for name, g in gradients(params, x, a, h, y, dy).items()}


def first_sequence_only(gradients, params, x, a, h, y, dy):
    """The parameters' gradients are those of the first sequence alone.

    On paper: every sequence of the batch uses the weights, so each adds to their gradients.

    Lesson 04, section 3.
    """
    alone = gradients(params, x[:, :1], a[:, :1], h[:, :1], y[:, :1], dy[:, :1])
    return {name: g if name in ("x", "h0") else alone[name] for name, g in gradients(params, x, a, h, y, dy).items()}


def skip_lands_on_the_last_states(variant, params, x, a, h, y, dy):
    """In the first steps the skip's share lands on one of the last states: it is added there when that state's turn is over.

    On paper: a negative index counts from the end in Python. The sentence under your equations says what stands before the start.

    Lesson 10, section 4.
    """
    bent = SkipAtTheStart if variant.past.endswith("first") else Tangents
    dh, da = tangents.state_gradients(bent, variant, params, x, a, h, y, dy)
    for t in range(1, variant.delay):
        dh[t - variant.delay] += da[t - 1] @ params["W_skip"]
    return dh, da


def feedback_lands_on_the_last_output(variant, params, x, a, h, y, dy):
    """What step 1 sends back to y_0 lands on the last output, y_T, and so in the gradients of W_hy and b_y.

    On paper: y_0 is a constant, so step 1 sends nothing to it. In code y_{t-1} is y[t-2], and at t = 1 that is y[-1], the last one.

    Lesson 10, section 4.
    """
    found = tangents.gradients(Tangents, variant, params, x, a, h, y, dy)
    share = tangents.state_gradients(Tangents, variant, params, x, a, h, y, dy)[1][0] @ params["W_yh"]
    return {**found, "W_hy": found["W_hy"] + share.T @ h[-1], "b_y": found["b_y"] + share.sum(axis=0)}


# --- the exercises of one variant ---

def given(function, first):
    """A function with its first argument filled in, under its own name and with its own words."""
    filled = partial(function, first)
    filled.__name__, filled.__doc__ = function.__name__, function.__doc__
    return filled


def that_show(mistakes, form, instances):
    """Of some classes, those that change a result on the instances; of those that change it alike, the first."""
    known, found = [results(form(mistakes[0].__bases__[0]), instances)], []
    for mistake in mistakes:
        result = results(form(mistake), instances)
        if result is not None and not any(alike(result, other) for other in known):
            known.append(result)
            found.append(mistake)
    return found


class Maker:
    """Makes the exercises for one variant."""

    def __init__(self, variant):
        self.variant, self.project = variant, capstone.Project("", variant)

    def forward(self, params, x, h0):
        """The reference forward pass."""
        return Cell(self.variant, params, x, h0).run()

    def case(self, change=None, loss_at=None, **sizes):
        """A problem as the arguments of a backward pass: (params, x, a, h, y, dy). change: function of (params, x, h0)."""
        drawn = self.project.problem(**sizes)
        params, x, h0 = change(drawn.params, drawn.x, drawn.h0) if change else (drawn.params, drawn.x, drawn.h0)
        a, h, y = self.forward(params, x, h0)
        dy = losses.squared_error(y, drawn.target)[1]
        if loss_at is not None:
            only = np.zeros_like(dy)
            only[loss_at] = dy[loss_at]
            dy = only
        return params, x, a, h, y, dy

    def cases(self):
        """Two sizes, each with a loss at every step and once more at the last step only."""
        return [self.case(loss_at=where, **sizes) for sizes in SIZES for where in (None, -1)]

    def probes(self):
        """Easier problems, on which single terms vanish."""
        def with_params(**makers):
            return lambda params, x, h0: (params | {name: make(params[name]) for name, make in makers.items() if name in params}, x, h0)

        zero, found = np.zeros_like, {"T = 1": self.case(T=1), "B = 1": self.case(B=1)}
        for name in ("W_skip", "W_yh", "W_xg", "p", "W_hh"):
            if name in self.project.shapes(1, 1, 1):
                found[f"{name} = 0"] = self.case(change=with_params(**{name: zero}))
        if self.variant.leak != "given":
            found["alpha = 1"] = self.case(change=with_params(alpha=np.ones_like, q=lambda q: 0 * q + 50.0))
        found["h_0 = 0"] = self.case(change=lambda params, x, h0: (params, x, 0 * h0))
        found["x = 0"] = self.case(change=lambda params, x, h0: (params, 0 * x, h0))
        found["W_hh is symmetric"] = self.case(change=with_params(W_hh=lambda W: (W + W.T) / 2))
        return found | {"only the last step has a loss": self.case(loss_at=-1), "only step 1 has a loss": self.case(loss_at=0)}

    def exercises(self):
        """{number: Exercise}."""
        made = [self.forward_pass(), self.readers(), self.slope(), self.states(), self.gradients(), self.proof(), self.training()]
        if capstone.project(capstone.EXAMPLE).variant != self.variant:
            for number, exercise in made:
                exercise.published = EXERCISES[number]
        return dict(made)

    def forward_pass(self):
        def form(cell):
            return lambda params, x, h0: cell(self.variant, params, x, h0).run()

        def real(params, x, h0):
            return self.forward(params, x, h0)

        def instances():
            drawn = [self.project.problem(**sizes) for sizes in SIZES]
            found = [(problem.params, problem.x, problem.h0) for problem in drawn]
            rng = np.random.default_rng(13)
            moved = {name: value + 0.05j * rng.standard_normal(value.shape) for name, value in drawn[0].params.items()}
            return [*found, (moved, drawn[0].x + 0j, drawn[0].h0 + 0.05j)]

        def probes():
            return {words: (params, x, h[0]) for words, (params, x, a, h, y, dy) in self.probes().items() if "loss" not in words}

        def mistakes():
            return that_show(CELL_MISTAKES, form, instances())

        return "10.1", Exercise(
            "The forward pass", "Your cell runs, on real and on complex numbers.", real, instances,
            ("Which arrays does step t read, and under which index does each stand in h, in x and in y?",
             "Three lines for each step: the sum a_t, the state h_t from h_{t-1} and f(a_t), the output y_t. In rows, W v is v @ W.T.",
             "Start with the lists a, h, y = [], [h0], []; in a loop over t = 1 ... len(x) append to each; at the end np.array of all three. "
             "For what stands before the start: test whether the index of the state is below 0, or that of the output below 1."),
            lru_cache(mistakes), points=4, formulas=Cell, form=form, probes=probes, parts=("a", "h", "y"))

    def readers(self):
        variant = self.variant

        def readers(t, T, skip=True, first=True):
            found = {"y": [t] if t else [], "a": [] if t == T else [t + 1], "h": [] if t == T else [t + 1]}
            if variant.delay and skip:
                at_start = range(1, variant.delay) if t == 0 and variant.past.endswith("first") and first else ()
                found["a"] = sorted({*found["a"], *at_start, *([t + variant.delay] if t + variant.delay <= T else [])})
            return found

        def reference(t, T):
            return {name: np.array(steps, int) for name, steps in readers(t, T).items()}

        def leak_forgotten(t, T):
            """The next state is missing: the leak carries h_t over into h_{t+1}, past a_{t+1}.

            On paper: in which of your equations does a state stand on the right-hand side?

            Lesson 10, section 3.
            """
            return {**readers(t, T), "h": []}

        def skip_forgotten(t, T):
            """The skip is missing: a_{t+d} reads h_t.

            On paper: write your a_t at step t + d.

            Lesson 10, section 3.
            """
            return readers(t, T, skip=False)

        def first_steps_forgotten(t, T):
            """The first steps are missing among the readers of h_0: the skip finds h_0 before the start, too.

            On paper: write your a_1, a_2, ..., each with the state that its skip reads.

            Lesson 10, section 3.
            """
            return readers(t, T, first=False)

        def output_before_the_first_step(t, T):
            """h_0 has no output: y starts with y_1.

            On paper: the loss is a sum over y_1 ... y_T.

            Lesson 10, section 3.
            """
            return {**readers(t, T), "y": [t]}

        def beyond_the_end(t, T):
            """There are steps beyond the last, T.

            On paper: after step T nothing reads anything.

            Lesson 10, section 3.
            """
            return {name: steps if name == "y" else readers(t, 99)[name] for name, steps in readers(t, T).items()}

        def next_output(t, T):
            """y_{t+1} is no direct reader of h_t: what it knows of h_t has come through h_{t+1}.

            On paper: a direct reader has h_t in its own equation.

            Lesson 10, section 3.
            """
            return {**readers(t, T), "y": readers(t, T)["y"] + ([t + 1] if t < T else [])}

        def through_the_output(t, T):
            """a_{t+1} is missing. If you left it out because it reads y_t: it reads h_t through W_hh as well.

            On paper: which states stand in a_{t+1}?

            Lesson 10, section 3.
            """
            return {**readers(t, T), "a": [step for step in readers(t, T)["a"] if step != t + 1]}

        instances = [(3, 7), (0, 7), (7, 7), (5, 7), (1, 7), (6, 7), (0, 5)]
        candidates = [leak_forgotten, skip_forgotten, first_steps_forgotten, output_before_the_first_step, beyond_the_end, next_output,
                      through_the_output]
        mistakes = [wrong for wrong in candidates if any(wrong(*case) != readers(*case) for case in instances)]
        return "10.2", Exercise(
            "Who reads a state?", "These are all the paths by which a gradient comes back to a state.", reference, instances,
            ("In which of your equations does a state stand on the right-hand side, and with which index?",
             "If a_t reads h_{t-d}, then h_t is read by a_{t+d}. So turn every index round, and keep steps from 1 to T.",
             "For h_0 write out the first steps one by one: which state does each really read? Then build three lists with if t ...: and if t + ... <= T:."),
            mistakes, points=2, parts=("y", "a", "h"), label="the list {}")

    def slope(self):
        def f(a):
            return capstone.ACTIVATIONS[self.variant.activation].function(a)

        def reference(a):
            return f(a + 1j * tangents.STEP).imag / tangents.STEP

        def slope_of_tanh(a):
            """It is 1 - tanh(a)^2. That is tanh's slope, and your f is another one.

            On paper: differentiate your f.

            Lesson 10, section 1.
            """
            return 1 - np.tanh(a) ** 2

        def form_of_tanh(a):
            """It is 1 - f(a)^2. The rule "one minus the square of the result" is tanh's own.

            On paper: differentiate your f.

            Lesson 10, section 1.
            """
            return 1 - f(a) ** 2

        def slope_at_the_result(a):
            """It is f' at f(a); it must be f' at a.

            On paper: a is the argument that f had in the forward pass.

            Lesson 10, section 4.
            """
            return reference(f(a))

        def function_itself(a):
            """It is f(a), and not its slope.

            On paper: at a = 0 your f is 0 but its slope is not.

            Lesson 10, section 1.
            """
            return f(a)

        def sign_flipped(a):
            """The sign is wrong.

            On paper: does your f grow or fall at a = 0?

            Lesson 10, section 1.
            """
            return -reference(a)

        rng = np.random.default_rng(14)
        return "10.4", Exercise(
            "The slope", "You have the derivative of your activation function.", reference,
            [(1.5 * rng.standard_normal((4, 3)),), (1.5 * rng.standard_normal((5, 2, 3)),)],
            ("Is your f a product, a quotient, or a function of a function?",
             "Differentiate on paper, then test at a = 0 against a small difference (f(1e-4) - f(-1e-4)) / 2e-4.",
             "One line: return the formula, with np.exp, np.cos, np.sqrt as needed; everything works entry by entry."),
            [slope_of_tanh, form_of_tanh, slope_at_the_result, function_itself, sign_flipped], points=2, parts=("the slope",),
            probes={"a = 0": (np.zeros((2, 3)),)})

    def states(self):
        def form(bent):
            return lambda params, x, a, h, y, dy: tangents.state_gradients(bent, self.variant, params, x, a, h, y, dy)

        def reference(params, x, a, h, y, dy):
            return form(Tangents)(params, x, a, h, y, dy)

        def mistakes():
            wraps = [given(skip_lands_on_the_last_states, self.variant)] if self.variant.delay else []
            return [*that_show(STATE_MISTAKES, form, self.cases()), *wraps]

        return "10.5", Exercise(
            "Back through the states", "Every path back to a state is there, at its own step and with its own factor.", reference, self.cases,
            ("Who reads h_t? Each reader sends something back, and dh[t] is the sum.",
             "From T down to 1: dh[t] = W_hy^T dy_t + what its later readers send; da_t = alpha f'(a_t) dh_t, entry by entry.",
             "Keep dh as an array of zeros with T + 1 slots. At step t first finish dh[t] and da[t-1]; then add to the slots that a_t and h_t read: "
             "dh[t-1] += ..., and a slot further back for a skip. Going down, every slot is complete when its turn comes."),
            lru_cache(mistakes), points=4, form=form, probes=self.probes,
            parts=("dh", "da"))

    def gradients(self):
        def form(bent):
            return lambda params, x, a, h, y, dy: tangents.gradients(bent, self.variant, params, x, a, h, y, dy)

        def reference(params, x, a, h, y, dy):
            return form(Tangents)(params, x, a, h, y, dy)

        def mistakes():
            wraps = [given(feedback_lands_on_the_last_output, self.variant)] if self.variant.past == "feedback" else []
            return [*that_show([*WEIGHT_MISTAKES, *STATE_MISTAKES], form, self.cases()), *wraps,
                    given(mean_over_the_batch, reference), given(first_sequence_only, reference)]

        return "10.6", Exercise(
            "All gradients", "The gradient of everything that has one is right.", reference, self.cases,
            ("Which of your equations does each parameter stand in, and what does it multiply there?",
             "The gradient of a matrix is a sum over steps of (what reaches the product)^T (what the matrix multiplies); of a vector, a sum over steps and batch.",
             "Call state_gradients for dh and da. Then, for example, W_xh: sum over t of da[t-1].T @ x[t-1]. For what a gain multiplies, put the gain "
             "on da first; for x, add one term for each place where x_t stands."),
            lru_cache(mistakes), points=8, form=form, probes=self.probes, label="d{}")

    def proof(self):
        def agree(forward, backward, params, x, h0, target, tolerance=1e-9, relative=True, passes=lambda error, limit: error <= limit):
            variables = {**params, "x": x, "h0": h0}

            def loss(v):
                return 0.5 * ((forward({name: v[name] for name in params}, v["x"], v["h0"])[2] - target) ** 2).sum()

            numeric = gradcheck.complex_step(loss, variables)
            a, h, y = forward(params, x, h0)
            grads = backward(params, x, a, h, y, y - target)
            return {name: bool(passes(np.abs(grads[name] - g).max(), tolerance * (np.abs(g).max() if relative else 1)))
                    for name, g in numeric.items()}

        def reference(forward, backward, params, x, h0, target):
            return agree(forward, backward, params, x, h0, target)

        def too_loose(forward, backward, params, x, h0, target):
            """The tolerance is too loose: a gradient that is off in its eighth digit passes.

            On paper: the complex step is exact to rounding, so ask for 1e-9.

            Lesson 10, section 5.
            """
            return agree(forward, backward, params, x, h0, target, tolerance=1e-6)

        def absolute_errors(forward, backward, params, x, h0, target):
            """The errors are absolute: where all gradients are small, wrong ones pass.

            On paper: divide the largest difference by the largest entry of the numerical gradient.

            Lesson 04, section 5.
            """
            return agree(forward, backward, params, x, h0, target, relative=False)

        def not_a_number_passes(forward, backward, params, x, h0, target):
            """A gradient with NaN in it passes.

            On paper: every comparison with NaN is False. Ask "error <= tolerance", not "not error > tolerance".

            Lesson 04, section 5.
            """
            return agree(forward, backward, params, x, h0, target, passes=lambda error, limit: not error > limit)

        def without_absolute_value(forward, backward, params, x, h0, target):
            """Differences below zero pass: an absolute value is missing.

            On paper: the largest difference, whatever its sign.

            Lesson 04, section 5.
            """
            def signed(params, x, a, h, y, dy):
                return {name: np.where(g - exact[name] < 0, exact[name], g) for exact in [self.exact(params, x, a, h, y, dy)]
                        for name, g in backward(params, x, a, h, y, dy).items()}

            return agree(forward, signed, params, x, h0, target)

        def input_and_first_state_left_out(forward, backward, params, x, h0, target):
            """x and h0 are not compared.

            On paper: they have gradients, too, and dh0 shows what the whole recursion did.

            Lesson 04, section 5.
            """
            return {name: right for name, right in agree(forward, backward, params, x, h0, target).items() if name in params}

        def right_gradients_fail(forward, backward, params, x, h0, target):
            """Nothing passes, not even right gradients: what is compared are not the derivatives of one loss.

            On paper: dy is y - target if the loss is half the sum of (y - target)^2; a mean has another dy. And np.abs, a norm or .real in the
            loss takes the imaginary part away.

            Lesson 10, section 5.
            """
            return dict.fromkeys([*params, "x", "h0"], False)

        return "10.7", Exercise(
            "Your proof", "Your check passes what is right and nothing else.", reference, self.suspects,
            ("What do you compare, what do you divide by, and which error is small enough?",
             "loss: 0.5 times the sum of (y - target)^2, of a dict of all variables. dy = y - target. Error: max |d - numeric| / max |numeric|.",
             "variables = {**params, \"x\": x, \"h0\": h0}; numeric = gradcheck.complex_step(loss, variables); then one comparison per name, "
             "written as error <= 1e-9."),
            [too_loose, absolute_errors, not_a_number_passes, without_absolute_value, input_and_first_state_left_out,
             right_gradients_fail], points=4, label='"{}"')

    def exact(self, params, x, a, h, y, dy):
        """All gradients, by the complex step."""
        return tangents.gradients(Tangents, self.variant, params, x, a, h, y, dy)

    def suspects(self):
        """Backward passes to judge, right and wrong: the arguments of exercise 10.7."""
        drawn = self.project.problem(T=4, B=2, D=3, H=3, O=2, seed=15)
        names = list(drawn.variables())

        def planted(spoil, wrong):
            def backward(params, x, a, h, y, dy):
                return {name: spoil(g) if name in wrong else g for name, g in self.exact(params, x, a, h, y, dy).items()}

            return backward

        def off(size):
            def spoil(g):
                g = g.copy()
                g.flat[-1] += size * np.abs(g).max()
                return g

            return spoil

        def case(backward, target=drawn.target):
            return self.forward, backward, drawn.params, drawn.x, drawn.h0, target

        near = self.forward(drawn.params, drawn.x, drawn.h0)[2] + 1e-4 * drawn.target
        return [case(self.exact), case(planted(off(3e-8), names[::2])), case(planted(off(-3e-8), names[1::2])),
                case(planted(off(3e-8), names[1::2]), near), case(planted(lambda g: 0 * g + np.nan, names[1::3]))]

    def training(self):
        task = capstone.sunspots()
        persistence = task.rmse(task.x[-1, :, 0], task.train)

        def reference(updates, seed):
            return capstone.fitted_readout(self.project, task, seed, H=24)

        def verdict(params):
            wrong = self.misshapen(params)
            if wrong:
                return wrong
            H = len(params["b_h"])
            arrays = {name: np.asarray(value, float) for name, value in params.items()}
            y = self.forward(arrays, task.x, np.zeros((task.x.shape[1], H)))[2]
            error = task.rmse(y[-1, :, 0], task.train)
            if error < 0.9 * persistence:
                return ""
            return (f"With these parameters your cell forecasts the training years with an error of {error:.1f}; persistence, which has "
                    f"learned nothing, has {persistence:.1f}. Get it below {0.9 * persistence:.1f}. Are the gradients negated, is the mask "
                    "used, are the new parameters the ones that are returned?")

        return "10.8", Exercise(
            "Train it", "Trained by your own backward pass, it beats persistence on the training years.", reference, [(100, 1)],
            ("What are the five steps of one update, and which two of lesson 05's helpers do the last two?",
             "forward; y - target at the last step of each window, divided by the number of windows; backward; clip; adam.",
             "losses.squared_error(y, target, mask, \"mean\") gives loss and dy. Keep only the gradients of the parameters. "
             "clip.by_global_norm(grads, 1.0) returns two things, optimisers.adam(params, grads, memory, 0.01) too."),
            points=2, verdict=verdict, seconds=30.0)

    def misshapen(self, params):
        """What is wrong with the shapes of trained parameters, a sentence; "" if nothing is."""
        if not isinstance(params, dict):
            return f"Return the trained parameters, a dict. This is {type(params).__name__}."
        names = list(self.project.shapes(1, 1, 1))
        if sorted(map(str, params)) != sorted(names):
            return f"Return a dict with the parameters of your cell: {', '.join(names)}. This one has {', '.join(map(str, params)) or 'none'}."
        H = np.size(params["b_h"])
        for name, shape in self.project.shapes(1, H, 1).items():
            array = np.asarray(params[name])
            if array.shape != shape or array.dtype.kind != "f":
                return f"{name} should hold real numbers in shape {shape}; it has shape {array.shape}."
            if not np.isfinite(array).all():
                return f"{name} is not finite: the training has diverged."
        return ""


@lru_cache(maxsize=None)
def exercises_of(code):
    """The exercises about the cell with that code, {number: Exercise}."""
    return Maker(capstone.from_code(code)).exercises()


EXERCISES = exercises_of(capstone.project(capstone.EXAMPLE).variant.code)
