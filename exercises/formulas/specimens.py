"""Wrong backward passes: mistakes that people make, each planted into one formula.

``backward.Backward`` is the right calculation, one small method per formula. A mistake is a subclass that replaces one method,
now and then two or three; its docstring says what is wrong, how to see it on paper, and where the course has it. Two mistakes at
once are a class that inherits from both. Most of them were found in public code. None of them raises an error.

    MISTAKES                            the frequent ones, a list of classes
    RARE                                the others, a list of classes
    SPECIMENS[name](params, cache, dy)  the gradients of the sixteen that lesson 04 looks at, one of them or more wrong
    WORDS[name]                         what is wrong with it, in words
"""

import re
from functools import partial

import numpy as np

from exercises.engine.mistakes import occurring
from exercises.formulas.backward import Backward, gradients


# --- the order of the steps ---

class AscendingTimeLoop(Backward):
    """The backward loop runs from the first step to the last.

    On paper: dh_t needs da_{t+1}. So step t+1 must be finished before step t.

    Lesson 03, section 5.
    """

    def steps(self):
        return range(1, self.T + 1)


class SkipsFirstStep(Backward):
    """The backward loop stops before step 1.

    On paper: step 1 reads the weights, the bias and h_0. Without it, its shares are missing from every sum.

    Lesson 04, section 2.
    """

    def steps(self):
        return range(self.T, 1, -1)


class SkipsLastStep(Backward):
    """The backward loop begins one step too early: step T is left out.

    On paper: the last step has a loss, a slope and a share of every sum. Write down the first and the last t of your loop.

    Lesson 04, section 2.
    """

    def steps(self):
        return range(self.T - 1, 0, -1)


class LoopVisitsFiveSteps(Backward):
    """The backward loop visits the last five steps only.

    On paper: a window of five is the whole gradient only if T is at most 5. Each earlier step adds its shares, too.

    Lesson 04, section 2.
    """

    def steps(self):
        return range(self.T, max(self.T - 5, 0), -1)


# --- dL/dh_t: direct and indirect effect ---

class DroppedFutureTerm(Backward):
    """Nothing arrives from later steps: each step sees its own loss only.

    On paper: h_t is read twice, by y_t and by a_{t+1}. Two readers are two paths, and paths add up.

    Lesson 03, section 5.
    """

    def dh(self, t):
        return self.direct(t)


class LossAtLastStepOnly(Backward):
    """Only the last step's loss counts: the direct effect of every earlier step is left out.

    On paper: at each step with a loss, h_t is read by y_t and by a_{t+1}. What arrives must be added to the direct effect, it
    does not replace it.

    Lesson 03, section 5.
    """

    def dh(self, t):
        return super().dh(t) if t == self.T else self.arriving


class LastLossAtEveryStep(Backward):
    """The last step's error enters at every step.

    On paper: the direct effect of step t is W_hy^T dy_t. The loss of step T reaches an earlier state through the carry, and
    only through it.

    Lesson 03, section 5.
    """

    def direct(self, t):
        return super().direct(self.T)


class OutputErrorOneStepEarly(Backward):
    """The direct effect of step t uses dy of step t-1, and at step 1 an index of -1 fetches the last one.

    On paper: dy has T slots, and h has T+1. dy[t-1] belongs to y_t, and so to h[t].

    Lesson 01, section 2.
    """

    def direct(self, t):
        return self.dy[t - 2] @ self.params["W_hy"]


class StateAddedAsGradient(Backward):
    """The state before is added to the gradient; what arrives from step t+1 is needed there.

    On paper: h_{t-1} is a value, not a derivative. What is added to the direct effect is W_hh^T da_{t+1}.

    Lesson 03, section 5.
    """

    def dh(self, t):
        return self.direct(t) + self.h[t - 1]


class LastStepCountedTwice(Backward):
    """The direct effect of the last step is counted twice.

    On paper: at step T there is no future, so the carry starts at zero. If it starts with W_hy^T dy_T, the loop may not add
    that again.

    Lesson 03, section 5.
    """

    def dh(self, t):
        return super().dh(t) + (self.direct(t) if t == self.T else 0)


def from_a_window(backward, t, back):
    """dh_t from the losses of steps t ... t + back only: each loss travels no more than ``back`` steps."""
    last = min(t + back, backward.T)
    dh = backward.direct(last)
    for s in range(last, t, -1):
        dh = backward.direct(s - 1) + (backward.slope(s) * dh) @ backward.params["W_hh"]
    return dh


class TruncatedOneStepBack(Backward):
    """Each loss travels one step back and is cut off there.

    On paper: h_t reaches the losses of all later steps. The full gradient needs them all, whatever T is; a single step back is
    a truncation.

    Lesson 03, section 5.
    """

    def dh(self, t):
        return from_a_window(self, t, 1)


class TruncatedTwoStepsBack(Backward):
    """Each loss travels two steps back and is cut off there.

    On paper: h_t reaches the losses of all later steps. The full gradient needs them all, whatever T is; two steps back is a
    truncation.

    Lesson 03, section 5.
    """

    def dh(self, t):
        return from_a_window(self, t, 2)


class TruncatedFourStepsBack(Backward):
    """Each loss travels four steps back and is cut off there.

    On paper: h_t reaches the losses of all later steps. The full gradient needs them all, whatever T is; four steps back is a
    truncation.

    Lesson 03, section 5.
    """

    def dh(self, t):
        return from_a_window(self, t, 4)


class TruncatedFiveStepsBack(Backward):
    """Each loss travels five steps back and is cut off there.

    On paper: h_t reaches the losses of all later steps. The full gradient needs them all, whatever T is; five steps back is a
    truncation.

    Lesson 03, section 5.
    """

    def dh(self, t):
        return from_a_window(self, t, 5)


# --- tanh's slope ---

class TanhDerivativeAppliedTwice(Backward):
    """The slope is 1 - tanh(h)^2, but h is tanh(a) already.

    On paper: tanh'(a) = 1 - tanh(a)^2, and tanh(a_t) is h_t.

    Lesson 04, section 1.
    """

    def slope(self, t):
        return 1 - np.tanh(self.h[t]) ** 2


class TanhDerivativeAtFinalState(Backward):
    """Every step uses the slope of the last state.

    On paper: h_t = tanh(a_t), so the slope of step t is made of h_t. Is it computed before the loop?

    Lesson 03, section 3.
    """

    def slope(self, t):
        return 1 - self.h[self.T] ** 2


class TanhDerivativeAtPreviousState(Backward):
    """The slope of step t is made of h_{t-1}; it needs h_t.

    On paper: a_t becomes h_t, and tanh's slope at a_t is 1 - h_t^2. h has T+1 slots, and h[0] is h_0.

    Lesson 03, section 3.
    """

    def slope(self, t):
        return 1 - self.h[t - 1] ** 2


class TanhDerivativeOmitted(Backward):
    """da = dh: tanh's slope is left out.

    On paper: between h_t and a_t stands tanh, and a gradient that passes it is multiplied by its slope.

    Lesson 04, section 1.
    """

    def slope(self, t):
        return np.ones_like(self.h[t])


class TanhDerivativeWithoutSquare(Backward):
    """The slope is 1 - h; the square is missing.

    On paper: tanh'(a) = 1 - tanh(a)^2. At h = -1 tanh is flat, and its slope must be 0.

    Lesson 04, section 1.
    """

    def slope(self, t):
        return 1 - self.h[t]


class TanhDerivativeSquaresTheBracket(Backward):
    """The slope is (1 - h)^2: the square stands outside the bracket.

    On paper: tanh'(a) = 1 - tanh(a)^2. At h = -1 tanh is flat, and its slope must be 0.

    Lesson 04, section 1.
    """

    def slope(self, t):
        return (1 - self.h[t]) ** 2


class TanhDerivativeWithPlus(Backward):
    """The slope is 1 + h^2; it needs a minus.

    On paper: tanh is steepest at 0 and flat far away, so its slope falls as h grows. 1 + h^2 is the slope of tan.

    Lesson 04, section 1.
    """

    def slope(self, t):
        return 1 + self.h[t] ** 2


class TanhDerivativeSignFlipped(Backward):
    """The slope is h^2 - 1: its sign is flipped.

    On paper: tanh grows everywhere, so its slope is never negative.

    Lesson 04, section 1.
    """

    def slope(self, t):
        return self.h[t] ** 2 - 1


class TanhDerivativeInverted(Backward):
    """It divides by tanh's slope; it must multiply.

    On paper: dL/da_t = dL/dh_t times dh_t/da_t. 1/(1 - h^2) is the slope of tanh's inverse.

    Lesson 04, section 1.
    """

    def slope(self, t):
        return 1 / (1 - self.h[t] ** 2)


class SigmoidDerivative(Backward):
    """The slope is h (1 - h): that is the sigmoid's.

    On paper: for tanh, dh/da = 1 - h^2.

    Lesson 04, section 1.
    """

    def slope(self, t):
        return self.h[t] * (1 - self.h[t])


class ReluDerivative(Backward):
    """The slope is 1 where h is positive and 0 elsewhere: that is ReLU's.

    On paper: for tanh, dh/da = 1 - h^2, for positive and negative h alike.

    Lesson 02, section 4.
    """

    def slope(self, t):
        return 1.0 * (self.h[t] > 0)


# --- da_t ---

class SlopeOnDirectEffectOnly(Backward):
    """The slope multiplies the direct effect only, not what arrives from step t+1.

    On paper: both paths end in h_t, and from there both go back through tanh: add first, then multiply. Is a bracket missing?

    Lesson 03, section 5.
    """

    def da(self, t):
        direct = self.direct(t)
        return self.slope(t) * direct + self.all_dh[t] - direct


class SlopeOnArrivingOnly(Backward):
    """The slope multiplies what arrives from step t+1 only, not the direct effect.

    On paper: both paths end in h_t, and from there both go back through tanh: add first, then multiply. Is a bracket missing?

    Lesson 03, section 5.
    """

    def da(self, t):
        direct = self.direct(t)
        return direct + self.slope(t) * (self.all_dh[t] - direct)


class UpstreamGradientMissing(Backward):
    """da is the slope alone: dL/dh is not in it.

    On paper: the slope is dh_t/da_t. The chain rule multiplies it by dL/dh_t.

    Lesson 04, section 1.
    """

    def da(self, t):
        return self.slope(t)


# --- what travels back ---

class CarryMatrixNotTransposed(Backward):
    """What travels back is multiplied by W_hh, not by its transpose.

    On paper: h_{t-1}[j] reaches every a_t[i] through W_hh[i, j]; the sum runs over i, the first index. In code: for a column
    that is W_hh.T @ da, and for rows da @ W_hh. What looks transposed for rows, da @ W_hh.T, is W_hh da.

    Lesson 03, section 3.
    """

    def carry(self, t):
        return self.all_da[t] @ self.params["W_hh"].T


class CarryThroughJacobian(Backward):
    """What travels back is multiplied by the Jacobian J_t; it must be its transpose.

    On paper: J_t = diag(1 - h_t^2) W_hh carries a nudge forward. A gradient goes back through J_t^T = W_hh^T diag(1 - h_t^2):
    first the slope, then W_hh^T. Even a symmetric W_hh does not make J_t symmetric.

    Lesson 03, section 3.
    """

    def carry(self, t):
        return self.slope(t) * (self.all_dh[t] @ self.params["W_hh"].T)


class CarrySlopeTwice(Backward):
    """What travels back is J_t^T da_t: tanh's slope is in it twice.

    On paper: the slope is a part of J_t^T = W_hh^T diag(1 - h_t^2), and a part of da_t, too. What travels back is J_t^T dh_t, which is
    the same as W_hh^T da_t.

    Lesson 03, section 5.
    """

    def carry(self, t):
        return (self.slope(t) * self.all_da[t]) @ self.params["W_hh"]


class CarryWithoutRecurrentMatrix(Backward):
    """da travels back as it is: W_hh^T is missing.

    On paper: h_{t-1} enters a_t through W_hh. A gradient that goes back through a product comes out multiplied by the
    transpose.

    Lesson 03, section 3.
    """

    def carry(self, t):
        return self.all_da[t]


class CarryWithoutSlope(Backward):
    """What travels back is W_hh^T dh_t: tanh's slope is missing.

    On paper: from h_t to h_{t-1} the way leads through a_t. So da_t travels back, not dh_t.

    Lesson 03, section 3.
    """

    def carry(self, t):
        return self.all_dh[t] @ self.params["W_hh"]


class CarryWithoutSlopeAndMatrix(Backward):
    """dh travels back as it is: tanh's slope and W_hh^T are missing.

    On paper: from h_t to h_{t-1} the way leads through tanh and through W_hh; each multiplies.

    Lesson 03, section 3.
    """

    def carry(self, t):
        return self.all_dh[t]


class CarryExtraTanhDerivative(Backward):
    """What travels back is multiplied by tanh's slope at h_{t-1}; step t-1 does that again.

    On paper: on the way from a_t to a_{t-1} there is one tanh, and so one slope.

    Lesson 03, section 5.
    """

    def carry(self, t):
        return (1 - self.h[t - 1] ** 2) * super().carry(t)


class SlopeOnWrongSideOfTranspose(Backward):
    """The slope multiplies after W_hh^T; it must multiply before.

    On paper: the Jacobian is diag(1 - h_t^2) W_hh. Transposed, the order turns round: first the slope, then W_hh^T.

    Lesson 03, section 7.
    """

    def carry(self, t):
        return self.slope(t) * (self.all_dh[t] @ self.params["W_hh"])


class CarryNeverAssigned(Backward):
    """What should travel back stays zero, and so does dh_0.

    On paper: h_t is read twice, by y_t and by a_{t+1}. At the end of each round the carry must be replaced by what this step
    sends back.

    Lesson 04, section 2.
    """

    def carry(self, t):
        return np.zeros_like(self.all_da[t])


class CarryAccumulates(Backward):
    """The carry is added up over the steps; each step must replace it.

    On paper: dh_t holds all of the future already. What travels on is W_hh^T da_t alone: = here, and += for the weights only.

    Lesson 04, section 2.
    """

    def carry(self, t):
        return self.arriving + super().carry(t)


class StateGradientKept(Backward):
    """What travels back is dh_t + W_hh^T da_t; it must be W_hh^T da_t alone.

    On paper: dh_t is the gradient of h_t. What step t sends to h_{t-1} has passed tanh and W_hh. If one variable holds dh_t first
    and what travels back afterwards, it must be replaced, not added to.

    Lesson 04, section 2.
    """

    def carry(self, t):
        return self.all_dh[t] + super().carry(t)


class CarryStopsBeforeFirstStep(Backward):
    """Step 1 sends nothing back: dh_0 is what step 2 sent to step 1.

    On paper: h_0 enters a_1 as h_1 enters a_2. The last carry, W_hh^T da_1, is dh_0.

    Lesson 03, section 6.
    """

    def carry(self, t):
        return super().carry(t) if t > 1 else self.arriving


class CarryClippedToOne(Backward):
    """What travels back is clipped to [-1, 1] inside the time loop.

    On paper: a gradient that is clipped on its way is not the derivative of the loss. Clip after the backward pass, all
    gradients together.

    Lesson 05, section 4.
    """

    def carry(self, t):
        return np.clip(super().carry(t), -1.0, 1.0)


class CarryClippedToFive(Backward):
    """What travels back is clipped to [-5, 5] inside the time loop.

    On paper: a gradient that is clipped on its way is not the derivative of the loss. Clip after the backward pass, all
    gradients together.

    Lesson 05, section 4.
    """

    def carry(self, t):
        return np.clip(super().carry(t), -5.0, 5.0)


class UpdateInsideTimeLoop(Backward):
    """The parameters are updated inside the time loop, with a learning rate of 0.1.

    On paper: the forward pass used one W at all steps, so the backward pass must use that W at all steps. Update after the
    loop.

    Lesson 05, section 2.
    """

    def carry(self, t):
        shares = {"W_hh": self.share_of_W_hh(t), "W_xh": self.share_of_W_xh(t), "W_hy": self.share_of_W_hy(t)}
        self.params = {name: value - 0.1 * shares[name] if name in shares else value for name, value in self.params.items()}
        return super().carry(t)


# --- the state before ---

class RecurrentOuterUsesCurrentState(Backward):
    """dW_hh pairs da_t with h_t; it needs h_{t-1}.

    On paper: in a_t = W_hh h_{t-1} + ... the matrix meets the state before the step.

    Lesson 03, section 6.
    """

    def previous(self, t):
        return self.h[t]


class PreviousStateWrapsToLast(Backward):
    """At step 1 an index of -1 fetches the last state; it should be h_0.

    On paper: write down, for t = 1, which slot holds h_{t-1}. Python's -1 is the last slot.

    Lesson 04, section 6.
    """

    def previous(self, t):
        return self.h[1:][t - 2]


class FirstStepRecurrentTermSkipped(Backward):
    """dW_hh leaves out the term of step 1, da_1 h_0^T.

    On paper: the sum over t begins at 1, and there the matrix meets h_0.

    Lesson 03, section 6.
    """

    def previous(self, t):
        return self.h[t - 1] * (t > 1)


class RecurrentOuterUsesLastState(Backward):
    """dW_hh pairs every da_t with the last state.

    On paper: in a_t = W_hh h_{t-1} + ... each step has its own state before it. Are all states kept, or one that is
    overwritten?

    Lesson 04, section 1.
    """

    def previous(self, t):
        return self.h[self.T]


class RecurrentOuterUsesFirstState(Backward):
    """dW_hh pairs every da_t with h_0.

    On paper: in a_t = W_hh h_{t-1} + ... each step has its own state before it; h_0 stands before step 1 only.

    Lesson 03, section 6.
    """

    def previous(self, t):
        return self.h[0]


class RecurrentOuterOneStateEarly(Backward):
    """dW_hh pairs da_t with h_{t-2}; it needs h_{t-1}.

    On paper: h has T+1 slots: h[t] is the state after step t, and h[t-1] the state before it.

    Lesson 01, section 2.
    """

    def previous(self, t):
        return self.h[t - 2]


class StatesOneSlotEarly(Backward):
    """Every state is taken one slot too early: the state of step t from the slot of h_{t-1}.

    On paper: h has T+1 slots, because h[0] is h_0; x and dy have T. In a loop that counts from 0, x[t] goes with the state
    h[t+1].

    Lesson 01, section 2.
    """

    def slope(self, t):
        return 1 - self.h[t - 1] ** 2

    def previous(self, t):
        return self.h[t - 2]

    def share_of_W_hy(self, t):
        return self.dy[t - 1].T @ self.h[t - 1]


# --- sums over time ---

class EarliestStepOnly(Backward):
    """= instead of +=: of all steps only the first one is kept.

    On paper: the same weight works at every step, so its gradient is a sum over the steps.

    Lesson 04, section 2.
    """

    def add(self, total, share, t):
        return share


class LatestStepOnly(Backward):
    """Of all steps only the last one adds to the gradients.

    On paper: the same weight works at every step, so its gradient is a sum over the steps. Is the sum inside the loop?

    Lesson 04, section 2.
    """

    def add(self, total, share, t):
        return share if t == self.T else total


# --- the gradients of W_hh and W_xh ---

class RecurrentOuterTransposed(Backward):
    """dW_hh adds h_{t-1} da_t^T; it needs da_t h_{t-1}^T.

    On paper: row i of W_hh feeds a_t[i], and column j reads h_{t-1}[j]. So da_t gives the rows.

    Lesson 03, section 6.
    """

    def share_of_W_hh(self, t):
        return super().share_of_W_hh(t).T


class SlopeOnColumns(Backward):
    """In dW_hh the slopes scale the columns; they must scale the rows.

    On paper: tanh acts on a_t, and a_t[i] belongs to row i. Multiply dh_t by the slope first, then take the outer product.

    Lesson 03, section 7.
    """

    def share_of_W_hh(self, t):
        return self.all_dh[t].T @ (self.slope(t) * self.previous(t))


class ElementwiseInsteadOfOuter(Backward):
    """dW_hh adds the products entry by entry, the same row everywhere; it needs outer products.

    On paper: dW_hh[i, j] = da_t[i] h_{t-1}[j], with two free indices. Entry by entry there is one, and NumPy repeats the row.

    Lesson 04, section 1.
    """

    def share_of_W_hh(self, t):
        return (self.all_da[t] * self.previous(t)).sum(axis=0)


class DotProductInsteadOfOuter(Backward):
    """dW_hh adds dot products, the same number everywhere; it needs outer products.

    On paper: dW_hh[i, j] = da_t[i] h_{t-1}[j]. For vectors @ sums over the index, and .T does nothing.

    Lesson 04, section 1.
    """

    def share_of_W_hh(self, t):
        return (self.all_da[t] * self.previous(t)).sum()


class ParametersUseStateGradient(Backward):
    """The gradients of W_hh, W_xh and b_h are made of dh; they need da.

    On paper: the weights and the bias enter a_t, before tanh. So tanh's slope belongs to their gradients.

    Lesson 03, section 6.
    """

    def share_of_W_hh(self, t):
        return self.all_dh[t].T @ self.previous(t)

    def share_of_W_xh(self, t):
        return self.all_dh[t].T @ self.x[t - 1]

    def share_of_b_h(self, t):
        return self.all_dh[t].sum(axis=0)


class ParametersUseSlopeTwice(Backward):
    """The gradients of W_hh, W_xh and b_h multiply da by the slope once more.

    On paper: da_t = slope times dh_t already. The weights and the bias enter a_t directly, and no tanh lies between.

    Lesson 03, section 6.
    """

    def share_of_W_hh(self, t):
        return (self.slope(t) * self.all_da[t]).T @ self.previous(t)

    def share_of_W_xh(self, t):
        return (self.slope(t) * self.all_da[t]).T @ self.x[t - 1]

    def share_of_b_h(self, t):
        return (self.slope(t) * self.all_da[t]).sum(axis=0)


class BatchSummedBeforeProduct(Backward):
    """The weights' gradients multiply sums over the batch; they need the sum of the products.

    On paper: sum over b of da_b h_b^T has one product per sequence. The product of two sums mixes the sequences.

    Lesson 04, section 3.
    """

    def share_of_W_hh(self, t):
        return np.outer(self.all_da[t].sum(axis=0), self.previous(t).sum(axis=0))

    def share_of_W_xh(self, t):
        return np.outer(self.all_da[t].sum(axis=0), self.x[t - 1].sum(axis=0))

    def share_of_W_hy(self, t):
        return np.outer(self.dy[t - 1].sum(axis=0), self.h[t].sum(axis=0))


class InputOneStepEarly(Backward):
    """dW_xh pairs da_t with x_{t-1}, and da_1 with the last input; it needs x_t.

    On paper: x[t-1] is x_t, because inputs start at t = 1. One slot earlier is the input of the step before.

    Lesson 01, section 2.
    """

    def share_of_W_xh(self, t):
        return self.all_da[t].T @ self.x[t - 2]


class InputsInReverseOrder(Backward):
    """dW_xh pairs the steps, from the last to the first, with the inputs from the first to the last.

    On paper: x_t enters a_t. If the loop runs backwards, it must read the inputs backwards, too.

    Lesson 04, section 2.
    """

    def share_of_W_xh(self, t):
        return self.all_da[t].T @ self.x[self.T - t]


class InputOuterTransposed(Backward):
    """dW_xh is x_t da_t^T, with shape (D, H); it needs da_t x_t^T.

    On paper: a gradient has its variable's shape. W_xh is (H, D), so da_t gives the rows.

    Lesson 04, section 1.
    """

    def run(self):
        grads = super().run()
        return {**grads, "W_xh": grads["W_xh"].T}


# --- the output layer ---

class OutputUsesPreviousState(Backward):
    """dW_hy pairs dy_t with h_{t-1}; it needs h_t.

    On paper: in y_t = W_hy h_t + b_y the matrix meets the state after the step.

    Lesson 03, section 6.
    """

    def share_of_W_hy(self, t):
        return self.dy[t - 1].T @ self.h[t - 1]


class OutputUsesLastState(Backward):
    """dW_hy pairs every dy_t with the last state.

    On paper: in y_t = W_hy h_t + b_y each step has its own state.

    Lesson 03, section 6.
    """

    def share_of_W_hy(self, t):
        return self.dy[t - 1].T @ self.h[self.T]


class OutputGradientCountedEveryStep(Backward):
    """dW_hy and db_y add the last step's share once for every step.

    On paper: the output of step T is computed once. Its share belongs into the sum once.

    Lesson 03, section 6.
    """

    def share_of_W_hy(self, t):
        return super().share_of_W_hy(self.T)

    def share_of_b_y(self, t):
        return super().share_of_b_y(self.T)


class OutputOuterTransposed(Backward):
    """dW_hy is h_t dy_t^T, with shape (H, O); it needs dy_t h_t^T.

    On paper: a gradient has its variable's shape. W_hy is (O, H), so dy_t gives the rows.

    Lesson 04, section 1.
    """

    def run(self):
        grads = super().run()
        return {**grads, "W_hy": grads["W_hy"].T}


class OutputBiasNeverAccumulated(Backward):
    """db_y stays zero.

    On paper: b_y is added to y_t with factor 1, so each step adds its dy_t. What stands on the right of += ?

    Lesson 03, section 6.
    """

    def share_of_b_y(self, t):
        return np.zeros_like(self.params["b_y"])


# --- the biases ---

class BiasNotSummedOverBatch(Backward):
    """db_h is a mean over the batch; it needs the sum.

    On paper: every sequence of the batch reads the same bias, so each adds its da_t.

    Lesson 04, section 3.
    """

    def share_of_b_h(self, t):
        return self.all_da[t].mean(axis=0)


class OutputBiasNotSummedOverBatch(Backward):
    """db_y is a mean over the batch; it needs the sum.

    On paper: every sequence of the batch reads the same bias, so each adds its dy_t.

    Lesson 04, section 3.
    """

    def share_of_b_y(self, t):
        return self.dy[t - 1].mean(axis=0)


class BiasesKeepBatchAxis(Backward):
    """The gradients of the biases are not summed over the batch: db_h has shape (B, H), db_y (B, O).

    On paper: a bias has one entry per unit, shared by all sequences. Its gradient has the same shape, and sums over the batch.

    Lesson 04, section 3.
    """

    def share_of_b_h(self, t):
        return self.all_da[t]

    def share_of_b_y(self, t):
        return self.dy[t - 1]


class BiasesKeepAxisOfOne(Backward):
    """The gradients of the biases keep an axis of length 1: db_h has shape (1, H), db_y (1, O).

    On paper: a gradient has its variable's shape, and b_h is (H,). Is keepdims set?

    Lesson 04, section 3.
    """

    def share_of_b_h(self, t):
        return self.all_da[t].sum(axis=0, keepdims=True)

    def share_of_b_y(self, t):
        return self.dy[t - 1].sum(axis=0, keepdims=True)


class BiasesOfFirstSequence(Backward):
    """The gradients of the biases hold the first sequence of the batch only.

    On paper: every sequence of the batch reads the same bias, so each adds its share.

    Lesson 04, section 3.
    """

    def share_of_b_h(self, t):
        return self.all_da[t][0]

    def share_of_b_y(self, t):
        return self.dy[t - 1][0]


class BiasesSummedOverUnits(Backward):
    """The gradients of the biases are summed over the units, too: every entry is the same.

    On paper: b_h[i] is added to a_t[i] only. Sum over time and batch, not over i. Is an axis missing in the sum?

    Lesson 04, section 3.
    """

    def share_of_b_h(self, t):
        return self.all_da[t].sum()

    def share_of_b_y(self, t):
        return self.dy[t - 1].sum()


class BiasesOfOneStep(Backward):
    """The gradients of the biases hold the share of step 1 only.

    On paper: the same bias works at every step, so its gradient is a sum over the steps. Is = written where += belongs?

    Lesson 04, section 2.
    """

    def run(self):
        return {**super().run(), "b_h": self.share_of_b_h(1), "b_y": self.share_of_b_y(1)}


class HiddenBiasKeepsBatchAxis(Backward):
    """db_h is not summed over the batch: its shape is (B, H).

    On paper: b_h has one entry per unit, shared by all sequences. Its gradient has the same shape, and sums over the batch.

    Lesson 04, section 3.
    """

    def share_of_b_h(self, t):
        return self.all_da[t]


class HiddenBiasSummedOverUnits(Backward):
    """db_h is summed over the units, too: every entry is the same.

    On paper: each unit has a bias of its own. Sum over time and batch, and over nothing else.

    Lesson 04, section 3.
    """

    def share_of_b_h(self, t):
        return self.all_da[t].sum() * np.ones_like(self.params["b_h"])


class BiasKeepsTimeAxis(Backward):
    """db_h is not summed over time: its shape is (T, H).

    On paper: the same bias works at every step, and each step adds its da_t.

    Lesson 04, section 4.
    """

    def run(self):
        return {**super().run(), "b_h": self.all_da[1:].sum(axis=1)}


# --- the input ---

class InputGradientDropsFuture(Backward):
    """dx_t sees the loss of step t only.

    On paper: x_t enters a_t, and da_t is a total derivative: all later losses are in it.

    Lesson 03, section 6.
    """

    def dx(self, t):
        return (self.slope(t) * self.direct(t)) @ self.params["W_xh"]


class InputGradientWithoutSlope(Backward):
    """dx_t = W_xh^T dh_t; it needs da_t.

    On paper: x_t enters a_t, before tanh. So tanh's slope belongs to its gradient.

    Lesson 03, section 6.
    """

    def dx(self, t):
        return self.all_dh[t] @ self.params["W_xh"]


class InputGradientTimeReversed(Backward):
    """dx is in the loop's order, from the last step to the first.

    On paper: dx has the shape and the order of x. The loop finds dx_T first; its place is the last.

    Lesson 04, section 2.
    """

    def run(self):
        grads = super().run()
        return {**grads, "x": grads["x"][::-1]}


class InputGradientBatchFirst(Backward):
    """dx has the batch axis first, shape (B, T, D).

    On paper: a gradient has its variable's shape, and x is (T, B, D).

    Lesson 04, section 3.
    """

    def run(self):
        grads = super().run()
        return {**grads, "x": grads["x"].swapaxes(0, 1)}


# --- the first state ---

class InitialStateGradientWrong(Backward):
    """dh_0 = da_1; it needs W_hh^T da_1.

    On paper: h_0 enters a_1 through W_hh, so its gradient comes back through the transpose.

    Lesson 03, section 6.
    """

    def dh0(self):
        return self.all_da[1]


class InitialStateGradientIsFirstStates(Backward):
    """dh_0 = dh_1; it needs W_hh^T da_1.

    On paper: between h_1 and h_0 lies one more step: tanh and W_hh.

    Lesson 03, section 6.
    """

    def dh0(self):
        return self.all_dh[1]


class InitialStateGradientOmitted(Backward):
    """dh_0 stays zero.

    On paper: h_0 enters a_1. What step 1 sends back, W_hh^T da_1, is its gradient.

    Lesson 03, section 6.
    """

    def dh0(self):
        return np.zeros_like(self.h[0])


class InitialStateGradientTimesSlope(Backward):
    """dh_0 is multiplied by 1 - h_0^2.

    On paper: h_0 is given, it is not the result of a tanh. The recursion ends with W_hh^T da_1.

    Lesson 03, section 6.
    """

    def dh0(self):
        return (1 - self.h[0] ** 2) * super().dh0()


class InitialStateGradientSummedOverBatch(Backward):
    """dh_0 is summed over the batch, shape (H,).

    On paper: here each sequence has its own h_0, (B, H), and so its own gradient. The sum is for an h_0 that all sequences
    share.

    Lesson 04, section 3.
    """

    def dh0(self):
        return super().dh0().sum(axis=0)


# --- all gradients together ---

class MeanOverTime(Backward):
    """The gradients are divided by T.

    On paper: dy is the gradient of the loss already, with its sum or mean. Whoever divides again differentiates another loss.

    Lesson 02, section 7.
    """

    def run(self):
        return {name: g / self.T for name, g in super().run().items()}


class MeanOverBatch(Backward):
    """The gradients are divided by B.

    On paper: dy is the gradient of the loss already, with its sum or mean. Whoever divides again differentiates another loss.

    Lesson 02, section 7.
    """

    def run(self):
        return {name: g / len(self.h[0]) for name, g in super().run().items()}


class MeanOverTimeAndBatch(Backward):
    """The gradients are divided by T B.

    On paper: dy is the gradient of the loss already, with its sum or mean. Whoever divides again differentiates another loss.

    Lesson 02, section 7.
    """

    def run(self):
        return {name: g / (self.T * len(self.h[0])) for name, g in super().run().items()}


class GradientHalved(Backward):
    """The gradients are half of what they should be.

    On paper: dy is handed to you as it is. Is there a factor of 1/2 left from the squared error?

    Lesson 04, section 1.
    """

    def run(self):
        return {name: g / 2 for name, g in super().run().items()}


class GradientDoubled(Backward):
    """The gradients are twice what they should be.

    On paper: dy is handed to you as it is. Half a square has the derivative without a 2.

    Lesson 04, section 1.
    """

    def run(self):
        return {name: 2 * g for name, g in super().run().items()}


class GradientSignFlipped(Backward):
    """The gradients have the opposite sign.

    On paper: a gradient points to where the loss grows. The minus sign belongs to the update.

    Lesson 05, section 2.
    """

    def run(self):
        return {name: -g for name, g in super().run().items()}


class GradientsClippedToOne(Backward):
    """Every entry of the gradients is clipped to [-1, 1].

    On paper: a clipped gradient is not the derivative of the loss. Clipping is a stage of its own, between backward and update.

    Lesson 05, section 4.
    """

    def run(self):
        return {name: np.clip(g, -1.0, 1.0) for name, g in super().run().items()}


class GradientsClippedToFive(Backward):
    """Every entry of the gradients is clipped to [-5, 5].

    On paper: a clipped gradient is not the derivative of the loss. Clipping is a stage of its own, between backward and update.

    Lesson 05, section 4.
    """

    def run(self):
        return {name: np.clip(g, -5.0, 5.0) for name, g in super().run().items()}


class GradientsClippedToNormOne(Backward):
    """The gradients are scaled down to a global norm of 1.

    On paper: a clipped gradient is not the derivative of the loss. Clipping is a stage of its own, between backward and update.

    Lesson 05, section 4.
    """

    def run(self):
        grads = super().run()
        norm = np.sqrt(sum((g ** 2).sum() for g in grads.values()))
        return {name: g * min(1.0, 1.0 / norm) for name, g in grads.items()}


class GradientsClippedToNormFive(Backward):
    """The gradients are scaled down to a global norm of 5.

    On paper: a clipped gradient is not the derivative of the loss. Clipping is a stage of its own, between backward and update.

    Lesson 05, section 4.
    """

    def run(self):
        grads = super().run()
        norm = np.sqrt(sum((g ** 2).sum() for g in grads.values()))
        return {name: g * min(1.0, 5.0 / norm) for name, g in grads.items()}


MISTAKES = [
    AscendingTimeLoop, SkipsFirstStep, SkipsLastStep,
    DroppedFutureTerm, LossAtLastStepOnly, LastLossAtEveryStep, StateAddedAsGradient,
    TanhDerivativeAppliedTwice, TanhDerivativeAtFinalState, TanhDerivativeAtPreviousState, TanhDerivativeOmitted,
    TanhDerivativeWithoutSquare,
    SlopeOnDirectEffectOnly, SlopeOnArrivingOnly,
    CarryMatrixNotTransposed, CarryWithoutRecurrentMatrix, CarryWithoutSlope, CarryExtraTanhDerivative,
    SlopeOnWrongSideOfTranspose, CarryThroughJacobian, CarrySlopeTwice, CarryNeverAssigned, CarryAccumulates, StateGradientKept,
    RecurrentOuterUsesCurrentState, PreviousStateWrapsToLast, FirstStepRecurrentTermSkipped, RecurrentOuterUsesLastState,
    EarliestStepOnly, LatestStepOnly,
    RecurrentOuterTransposed, SlopeOnColumns, ParametersUseStateGradient, ParametersUseSlopeTwice, InputOneStepEarly,
    OutputUsesPreviousState, OutputGradientCountedEveryStep, OutputBiasNeverAccumulated,
    BiasNotSummedOverBatch, BiasesKeepBatchAxis, BiasesSummedOverUnits, BiasesOfOneStep,
    InputGradientDropsFuture, InputGradientWithoutSlope, InputGradientTimeReversed,
    InitialStateGradientWrong, InitialStateGradientIsFirstStates, InitialStateGradientOmitted,
    MeanOverTime, MeanOverBatch, MeanOverTimeAndBatch, GradientSignFlipped,
]

# The checks look for each of these by itself, not for two at once: seldom seen, or plain from the shapes.
RARE = [
    LoopVisitsFiveSteps, OutputErrorOneStepEarly, LastStepCountedTwice, TruncatedOneStepBack, TruncatedTwoStepsBack,
    TruncatedFourStepsBack, TruncatedFiveStepsBack, TanhDerivativeSquaresTheBracket, TanhDerivativeWithPlus,
    TanhDerivativeSignFlipped, TanhDerivativeInverted, SigmoidDerivative, ReluDerivative, UpstreamGradientMissing,
    CarryWithoutSlopeAndMatrix, CarryStopsBeforeFirstStep, CarryClippedToOne, CarryClippedToFive, UpdateInsideTimeLoop,
    RecurrentOuterUsesFirstState, RecurrentOuterOneStateEarly, StatesOneSlotEarly, ElementwiseInsteadOfOuter,
    DotProductInsteadOfOuter, BatchSummedBeforeProduct, InputsInReverseOrder, InputOuterTransposed, OutputUsesLastState,
    OutputOuterTransposed, OutputBiasNotSummedOverBatch, BiasesKeepAxisOfOne, BiasesOfFirstSequence, BiasKeepsTimeAxis,
    HiddenBiasKeepsBatchAxis, HiddenBiasSummedOverUnits,
    InputGradientBatchFirst, InitialStateGradientTimesSlope, InitialStateGradientSummedOverBatch, GradientHalved,
    GradientDoubled, GradientsClippedToOne, GradientsClippedToFive, GradientsClippedToNormOne,
    GradientsClippedToNormFive,
]

LESSON_04 = [
    DroppedFutureTerm, CarryMatrixNotTransposed, CarryExtraTanhDerivative, AscendingTimeLoop, SkipsFirstStep,
    TanhDerivativeAppliedTwice, TanhDerivativeAtFinalState, TanhDerivativeOmitted, RecurrentOuterUsesCurrentState, PreviousStateWrapsToLast,
    FirstStepRecurrentTermSkipped, RecurrentOuterTransposed, EarliestStepOnly, BiasNotSummedOverBatch, InitialStateGradientWrong,
    InputGradientDropsFuture,
]


def dashed(mistake):
    """The class's name as "dropped-future-term"."""
    return re.sub(r"(?<!^)(?=[A-Z])", "-", mistake.__name__).lower()


SPECIMENS = {dashed(mistake): partial(gradients, mistake) for mistake in LESSON_04}
WORDS = {dashed(mistake): " ".join(mistake.__doc__.split("\n\n")[0].split()) for mistake in LESSON_04}


# Which mistakes can an exercise meet?

def mistakes(form, instances, first=(), without=()):
    """The mistakes of the plain network's backward pass that show on the instances, for ``Exercise(mistakes=...)``.

    first: classes to try before all others. without: classes to leave out, because their words do not fit the exercise.
    """
    sources = [source for source in (*first, *MISTAKES, *RARE) if source not in without]
    rare = [source.__name__ for source in RARE if source not in first]
    return occurring(sources, form, form(Backward), instances, alone=rare)()
