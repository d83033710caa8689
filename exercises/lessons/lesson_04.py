"""Exercises of lesson 04: coding BPTT, and the check of gradients."""

import dataclasses
import functools
import types

import numpy as np

from exercises.engine.exercise import Exercise
from exercises.engine.kinds import choice
from exercises.engine.mistakes import row
from exercises.formulas import backward, far_problems, wired
from exercises.formulas.backward import Backward
from helpers import gradcheck, rnn

GRADIENTS = ("W_hh", "W_xh", "W_hy", "b_h", "b_y", "x")


# --- 4.1: one step ---

def step_gradients(params, x, h_prev, h, dy, dh_later):
    """A sequence of one step, with a gradient that reaches its state from later."""
    cache = rnn.Cache(x[None, None], np.stack([h_prev, h])[:, None], dy[None, None], "tanh", False)
    grads = rnn.backward(params, cache, dy[None, None], dstate=dh_later[None])
    return {**{name: grads[name] for name in params}, "x": grads["x"][0, 0], "h_prev": grads["h0"][0]}


def step_instances():
    """A step in the middle of a sequence."""
    return [backward.middle_step(found) for found in backward.problems()]


@functools.cache
def step_probes():
    """Steps on which a term vanishes."""
    params, x, h_prev, h, dy, dh_later = backward.middle_step(backward.problem())
    symmetric, tiny = (params["W_hh"] + params["W_hh"].T) / 2, 1e-7
    unmoved = np.arctanh(h) - params["W_hh"] @ h - params["W_xh"] @ x       # with this b_h, h leads to h

    def step(x=x, h_prev=h_prev, **changed):
        """The step with other numbers, and the state to which they lead."""
        used = {**params, **changed}
        return used, x, h_prev, np.tanh(used["W_hh"] @ h_prev + used["W_xh"] @ x + used["b_h"]), dy, dh_later

    return {
        "nothing arrives from later steps": (params, x, h_prev, h, dy, 0 * dh_later),
        "dy = 0": (params, x, h_prev, h, 0 * dy, dh_later),
        "h_prev = 0": step(h_prev=0 * h),
        "h_prev = h": step(h_prev=h, b_h=unmoved),
        "W_hh is the identity": step(W_hh=np.eye(len(h))),
        "W_hh is symmetric": step(W_hh=symmetric),
        "h is so small that tanh is linear": step(tiny * x, tiny * h_prev, b_h=tiny * params["b_h"]),
    }


def in_words(**words):
    """Backward, with other words after "Look at"; formulas without words are never suspected."""
    def formula(name):
        method = getattr(Backward, name)
        method = types.FunctionType(method.__code__, method.__globals__, name)
        method.__doc__ = words[name]
        return method

    return type("InWords", (Backward,), {name: formula(name) for name in words})


STEP = in_words(
    direct="what comes from the output, W_hy^T dy", later="dh_later, which arrives from later steps",
    dh="dh, the sum of its two sources", slope="tanh's slope, 1 - h^2", da="da, the slope times dh",
    previous="the state that W_hh met, h_prev", share_of_W_hh="dW_hh, da h_prev^T",
    share_of_W_xh="dW_xh, da x^T", share_of_W_hy="dW_hy, dy h^T", share_of_b_h="db_h, which is da",
    share_of_b_y="db_y, which is dy", dx="dx, W_xh^T da", dh0="dh_prev, W_hh^T da")


ONE_STEP = {
    "previous state gradient omitted": row("04.2", dict(dh0=lambda s: np.zeros_like(s.h[0])),
        "dh_prev stays zero.",
        "h_{t-1} enters a_t through W_hh, so W_hh^T da_t goes back to it. The next round of the loop will "
        "need it."),
    "later gradient through matrix": row("04, Exercise 4.1",
        dict(later=lambda s, t: Backward.later(s, t) @ s.params["W_hh"]),
        "dh_later is multiplied by W_hh^T on its way into dh; it must be added as it is.",
        "dh_later is what reaches h_t: a gradient of h_t already. The later step has sent it back through "
        "its tanh and its W_hh."),
    "later gradient through Jacobian": row("04, Exercise 4.1",
        dict(later=lambda s, t: (s.slope(t) * Backward.later(s, t)) @ s.params["W_hh"]),
        "dh_later is multiplied by J_t^T on its way into dh; it must be added as it is.",
        "dh_later is what reaches h_t: a gradient of h_t already. The later step has sent it back through "
        "its own Jacobian."),
    "later gradient passed on": row("04, Exercise 4.1",
        dict(carry=lambda s, t: s.arriving + Backward.carry(s, t)),
        "dh_later is added to dh_prev, too.",
        "dh_later is a gradient of h_t. It reaches h_{t-1} through a_t only, and da has it already."),
}

LATER = {"later gradient through matrix": ONE_STEP["later gradient through matrix"]}

NO_BATCH = ["biases keep batch axis", "initial state gradient summed over batch"]
NO_LOOP = [
    "skips first step", "skips last step", "nothing in dh_later", "+= for dh_later",
    "loop visits five steps", "no dh_later from step 1", "states one slot early",
    "first step recurrent term skipped", "bias keeps time axis",
    "initial state gradient is the first state's", "update inside time loop", "clipping dh_later to one",
    "clipping dh_later to five", "jacobians in ascending order",
]


# --- 4.2 and 4.3: a sequence, a batch ---

def sequence_gradients(params, x, h, dy):
    """A batch of one."""
    cache = rnn.Cache(x[:, None], h[:, None], dy[:, None], "tanh", False)
    grads = rnn.backward(params, cache, dy[:, None])
    return {**{name: grads[name] for name in params}, "x": grads["x"][:, 0], "h0": grads["h0"][0]}


def sequence_instances():
    """The first sequence of each problem."""
    return [backward.first_sequence(found) for found in backward.problems()]


def far_problems_as(form):
    """The far problems of 4.2, 4.7 and 4.8. form: makes an exercise's arguments of a problem."""
    return lambda: [*far_problems.far(form(backward.problems()[0]), form(far_problems.long_problem())),
                    far_problems.from_large_state(form)]


def sequence_probes():
    """The same of the easier problems."""
    return {words: backward.first_sequence(found)
            for words, found in backward.probes().items() if words != "B = 1"}


# --- 4.4 and 4.5: numerical gradients ---

def numerical_instances():
    """A whole network, small and with a long step, and a function with entries of every shape."""
    problem = gradcheck.random_problem(np.random.default_rng(44), T=5, B=2, D=2, H=3, O=4)
    other = {"scale": np.array(0.7), "matrix": np.array([[0.3, -1.2, 0.5], [0.9, 0.1, -0.4]])}
    return [(smooth, other, 1e-2), (gradcheck.rnn_loss(problem), problem.variables(), 1e-5)]


def complex_instances():
    """The same with steps that a difference cannot use.

    One is so long that an answer which ignores eps is found out.
    """
    (f, variables, long), (network, arrays, _) = numerical_instances()
    return [(f, variables, 1e-100), (network, arrays, 1e-30), (f, variables, long)]


def smooth(variables):
    """A smooth function of a number and a matrix."""
    weight = np.arange(1.0, 7.0).reshape(2, 3)
    return (weight * np.exp(variables["scale"] * variables["matrix"])).sum() + variables["scale"] ** 3


def linear(variables):
    """A linear function: no truncation error."""
    return 3.0 * variables["scale"] + (np.arange(1.0, 7.0).reshape(2, 3) * variables["matrix"]).sum()


def quadratic(variables):
    """A function without a third derivative."""
    return linear(variables) + (variables["matrix"] ** 2).sum() + variables["scale"] ** 2


def numerical_probes(eps):
    """Easier functions. eps: the step."""
    (_, variables, _), _ = numerical_instances()
    number, matrix = {"scale": variables["scale"]}, {"matrix": variables["matrix"]}
    return {
        "f is linear": (linear, variables, eps),
        "f is a square": (quadratic, variables, eps),
        "there is one variable with one entry": (lambda only: np.sin(only["scale"]), number, eps),
        "there is one variable": (lambda only: np.sin(only["matrix"]).sum(), matrix, eps),
    }


class Central:
    """A numerical gradient, entry by entry. Arguments as those of ``gradcheck.central_difference``."""

    def __init__(self, f, variables, eps):
        self.f, self.variables, self.eps = f, variables, eps

    def run(self):
        """The gradients, a dict."""
        return {name: self.gradient(name) for name in self.variables}

    def gradient(self, name):
        gradient = np.zeros(np.shape(self.variables[name]))
        for index in np.ndindex(gradient.shape):
            gradient[index] = self.entry(name, index)
        return gradient

    def moved(self, name, index, step):
        array = np.array(self.variables[name], np.result_type(step, float))
        array[index] += step
        return {**self.variables, name: array}

    def upper(self, name, index):
        """the upper value, f with the entry at v + eps"""
        return self.f(self.moved(name, index, self.eps))

    def lower(self, name, index):
        """the lower value, f with the entry at v - eps"""
        return self.f(self.moved(name, index, -self.eps))

    def distance(self):
        """the distance of the two points, 2 eps"""
        return 2 * self.eps

    def entry(self, name, index):
        """an entry of a gradient, the difference of both values divided by the distance"""
        return (self.upper(name, index) - self.lower(name, index)) / self.distance()


class Imaginary(Central):
    """The same by the complex step."""

    def step(self):
        """the step, i eps"""
        return 1j * self.eps

    def value(self, name, index):
        """the value of f with one entry moved by the step"""
        return self.f(self.moved(name, index, self.step()))

    def derivative_part(self, name, index):
        """the part of f that holds the derivative, the imaginary one"""
        return np.imag(self.value(name, index))

    def entry(self, name, index):
        """an entry of a gradient, the imaginary part of f divided by eps"""
        return self.derivative_part(name, index) / self.eps


def first_only(result):
    """What is left of a dict if the return stands inside the loop."""
    return dict(list(result.items())[:1])


def by_entry(derivative):
    """A numerical gradient, entry by entry.

    derivative: function of (f, eps), where f(step) is the value with one entry moved by step.
    """
    def answer(f, variables, eps):
        gradients = {}
        for name, value in variables.items():
            gradients[name] = np.zeros(np.shape(value))
            for index in np.ndindex(np.shape(value)):
                def moved(step, name=name, value=value, index=index):
                    array = np.array(value, np.result_type(value, step))
                    array[index] += step
                    return f({**variables, name: array})

                gradients[name][index] = derivative(moved, eps)
        return gradients

    return answer


def by_array(derivative):
    """A numerical gradient with one number for all entries of an array, which are moved together."""
    def answer(f, variables, eps):
        def entry(name, value):
            return derivative(lambda step: f({**variables, name: value + step}), eps)

        return {name: np.full(np.shape(value), entry(name, value)) for name, value in variables.items()}

    return answer


def entries_not_put_back(f, variables, eps):
    variables = {name: np.array(value, float) for name, value in variables.items()}
    gradients = {name: np.zeros(value.shape) for name, value in variables.items()}
    for name, value in variables.items():
        for index in np.ndindex(value.shape):
            value[index] += eps
            up = f(variables)
            value[index] -= 2 * eps
            gradients[name][index] = (up - f(variables)) / (2 * eps)
    return gradients


def step_scaled_with_the_entry(f, variables, eps):
    gradients = gradcheck.central_difference(f, variables, eps)
    for name, value in variables.items():
        for index in np.ndindex(np.shape(value)):
            scale = max(1.0, abs(value[index]))
            moved = [np.array(value, float) for _ in range(2)]
            moved[0][index] += eps * scale
            moved[1][index] -= eps * scale
            up, down = (f({**variables, name: one}) for one in moved)
            gradients[name][index] = (up - down) / (2 * eps)
    return gradients


CENTRAL = {
    "step scaled with the entry": row("04.5", step_scaled_with_the_entry,
        "The step grows with the entry, and the difference is divided by 2 eps all the same.",
        "the quotient divides by the distance of the two points, whatever the step is."),
    "one-sided difference": row("04.5", by_entry(lambda f, eps: (f(eps) - f(0)) / eps),
        "It is (f(v + eps) - f(v)) / eps: one side only.",
        "in Taylor's series the term with f'' cancels only between the two sides. One side leaves an error "
        "of eps/2 f''."),
    "backward difference": row("04.5", by_entry(lambda f, eps: (f(0) - f(-eps)) / eps),
        "It is (f(v) - f(v - eps)) / eps: one side only.",
        "in Taylor's series the term with f'' cancels only between the two sides. One side leaves an error "
        "of eps/2 f''."),
    "divided by eps": row("04.5", by_entry(lambda f, eps: (f(eps) - f(-eps)) / eps),
        "The difference is divided by eps; the two points are 2 eps apart.",
        "from v - eps to v + eps it is 2 eps."),
    "multiplied by eps": row("04.5", by_entry(lambda f, eps: (f(eps) - f(-eps)) / 2 * eps),
        "The difference is halved and multiplied by eps.",
        "the quotient divides by 2 eps. In Python / 2 * eps divides by 2 and then multiplies; brackets are "
        "missing."),
    "difference not divided": row("04.5", by_entry(lambda f, eps: f(eps) - f(-eps)),
        "It is f(v + eps) - f(v - eps): the difference, not the quotient.",
        "a derivative is a change of f per change of v."),
    "sign flipped": row("04.5", by_entry(lambda f, eps: (f(-eps) - f(eps)) / (2 * eps)),
        "It subtracts the upper value from the lower one.",
        "where f grows with v, f(v + eps) is the larger one, and the derivative is positive."),
    "step ignored": row("04.5",
        [by_entry(lambda f, eps, step=step: (f(step) - f(-step)) / (2 * step))
         for step in (1e-5, 1e-3, 1e-4, 1e-6)],
        "It takes a step of its own, whatever eps is.",
        "eps is an argument."),
    "whole array moved": row("04.5", by_array(lambda f, eps: (f(eps) - f(-eps)) / (2 * eps)),
        "All entries of an array move at once, so every entry of its gradient is the same.",
        "a partial derivative moves one entry and leaves all others where they are."),
    "entries not put back": row("04.5", entries_not_put_back,
        "An entry that was moved stays at v - eps while the next ones are moved.",
        "a partial derivative leaves all other entries where they are. Put each entry back, or move a fresh "
        "copy."),
    "two names for one array": row("04.5", by_entry(lambda f, eps: 0.0),
        "Both values of f are the same, so every gradient is zero.",
        "if both are taken from one array, what moves it up and what moves it down cancel. Each value needs "
        "a copy of the array, value.copy(). dict(variables) and variables.copy() copy the dict only: the "
        "copy holds the same arrays."),
    "lower value at v": row("04.5", by_entry(lambda f, eps: (f(eps) - f(0)) / (2 * eps)),
        "It is (f(v + eps) - f(v)) / (2 eps): the lower value is taken at v, not at v - eps.",
        "what was moved up by eps must be moved down by 2 eps to be at v - eps. Or take a copy of the array, "
        "value.copy(), for each value. dict(variables) and variables.copy() copy the dict only: the copy "
        "holds the same arrays."),
    "returned inside the loop": row("04.5",
        lambda f, variables, eps: first_only(gradcheck.central_difference(f, variables, eps)),
        "Only the first variable has a gradient.",
        "the loop must see all variables before the function returns. How far is the return indented?"),
}


def imaginary_parts_left_standing(f, variables, eps):
    gradients = {}
    for name, value in variables.items():
        gradients[name], moved = np.zeros(np.shape(value)), np.array(value, complex)
        for index in np.ndindex(moved.shape):
            moved[index] += 1j * eps
            gradients[name][index] = np.imag(f({**variables, name: moved})) / eps
    return gradients


def imaginary_parts_left_in_all_arrays(f, variables, eps):
    moved = {name: np.array(value, complex) for name, value in variables.items()}
    gradients = {name: np.zeros(np.shape(value)) for name, value in variables.items()}
    for name in variables:
        for index in np.ndindex(moved[name].shape):
            moved[name][index] += 1j * eps
            gradients[name][index] = np.imag(f(moved)) / eps
    return gradients


COMPLEX = {
    "nothing imaginary": row("04.5", by_entry(lambda f, eps: 0.0),
        "Every gradient is zero: nothing imaginary has reached f.",
        "the step is 1j * eps, and the array that it is added to must be complex, .astype(complex). An array "
        "of floats keeps the real part only, and the step is lost."),
    "real part taken": row("04.5",
        [by_entry(lambda f, eps: np.real(f(1j * eps)) / eps),
         by_entry(lambda f, eps: np.real(f(1j * eps) - f(0)) / eps)],
        "It takes the real part of f; the derivative is in the imaginary part.",
        "f(v + i eps) = f(v) + i eps f'(v) - ... The value is real, the term with f' is imaginary."),
    "magnitude taken": row("04.5", by_entry(lambda f, eps: np.abs(f(1j * eps)) / eps),
        "It takes the magnitude of f; the derivative is in the imaginary part.",
        "f(v + i eps) = f(v) + i eps f'(v) - ... Its magnitude is f(v), to rounding."),
    "imaginary part not divided": row("04.5", by_entry(lambda f, eps: np.imag(f(1j * eps))),
        "It is the imaginary part, not divided by eps.",
        "the imaginary part is eps f'(v)."),
    "imaginary part halved": row("04.5", by_entry(lambda f, eps: np.imag(f(1j * eps)) / eps / 2),
        "The imaginary part is divided by 2 eps.",
        "the imaginary part is eps f'(v). The 2 belongs to the central difference, whose two points are 2 "
        "eps apart."),
    "real step taken": row("04.5", by_entry(lambda f, eps: (f(eps) - f(-eps)) / (2 * eps)),
        "It steps in the real direction: a central difference.",
        "with eps = 1e-100, v + eps is v. The step is i eps."),
    "complex step ignored": row("04.5", by_entry(lambda f, eps: np.imag(f(1e-100j)) / 1e-100),
        "It takes a step of its own, whatever eps is.",
        "eps is an argument."),
    "all entries moved": row("04.5", by_array(lambda f, eps: np.imag(f(1j * eps)) / eps),
        "All entries of an array move at once, so every entry of its gradient is the same.",
        "a partial derivative moves one entry and leaves all others where they are."),
    "imaginary parts left standing": row("04.5", imaginary_parts_left_standing,
        "An entry keeps its imaginary part while the next ones are moved: each result has those before it "
        "added.",
        "a partial derivative leaves all other entries where they are. Start each entry from a fresh copy."),
    "imaginary parts left in all arrays": row("04.5", imaginary_parts_left_in_all_arrays,
        "Every entry keeps its imaginary part, in the arrays before, too: each result has all those before "
        "it added.",
        "a partial derivative leaves all other entries where they are. Start each entry from a fresh copy."),
    "complex gradients returned inside the loop": row("04.5",
        lambda f, variables, eps: first_only(gradcheck.complex_step(f, variables, eps)),
        "Only the first variable has a gradient.",
        "the loop must see all variables before the function returns. How far is the return indented?"),
}


# --- 4.6: comparing ---

def differences(gradients, reference):
    """Error and worst entry of every gradient; a nan is the worst of all."""
    return {found.name: (np.nan if np.isnan(found.received) else found.error, found.index)
            for found in gradcheck.compare(gradients, reference)}


class Compared:
    """Error and worst entry of every gradient, formula by formula. Arguments as those of ``differences``."""

    def __init__(self, gradients, reference):
        self.gradients, self.reference = gradients, reference

    def run(self):
        """The errors and the places, a dict of pairs."""
        return {name: (self.error(name), self.index(name)) for name in self.reference}

    def difference(self, name):
        """the difference, |g - r| for every entry"""
        return np.abs(self.gradients[name] - self.reference[name])

    def largest(self, name):
        """the largest difference, max |g - r|"""
        return self.difference(name).max()

    def scale(self, name):
        """the scale, max |r|, or 1 if that is 0"""
        return np.abs(self.reference[name]).max() or 1.0

    def error(self, name):
        """the error, the largest difference divided by the scale"""
        return self.largest(name) / self.scale(name)

    def index(self, name):
        """the place of the largest difference, one number for each axis"""
        return place(self.difference(name))


def comparison_instances():
    """Gradients of very different sizes, a single number, a negative worst entry, and a reference that is all
    zeros.
    """
    (gradients, reference), other = comparison(seed=46, T=5, H=3), comparison(seed=48, T=4, H=6)
    broken = {**gradients, "x": gradients["x"].copy()}
    broken["x"][3, 1, 2] = np.nan
    return [(gradients, reference), other, (broken, reference)]


def comparison(seed, T, H):
    """Gradients and their reference."""
    rng = np.random.default_rng(seed)
    reference = {"W_hh": 1e3 * rng.standard_normal((H, H)),
                 "x": -1e-3 * np.abs(rng.standard_normal((T, 2, 4))), "scale": np.array(-2.0)}
    gradients = {name: g * (1 + 0.1 * rng.standard_normal(g.shape)) for name, g in reference.items()}
    reference.update(b_h=np.zeros(H + 1), W_xh=rng.standard_normal((H, 2)))
    gradients.update(b_h=9 * rng.standard_normal(H + 1), W_xh=reference["W_xh"].copy())
    gradients["W_xh"][2, 0] -= 0.5
    return gradients, reference


def comparison_probes():
    """Easier pairs of gradients, under the names of the instances."""
    rng = np.random.default_rng(47)
    reference = {"W_hh": 3 * rng.standard_normal((3, 4)), "x": 0.2 * rng.standard_normal((5, 2, 2)),
                 "W_xh": 8 * rng.standard_normal((4, 2))}
    apart = {name: rng.standard_normal(g.shape) for name, g in reference.items()}
    signs, positive = ({name: make(g) for name, g in reference.items()} for make in (np.sign, np.abs))

    def moved(gradients, steps):
        return {name: g + steps[name] for name, g in gradients.items()}

    return {
        "every entry of the reference is 1 or -1": (moved(signs, apart), signs),
        "no entry of the reference is negative": (moved(positive, apart), positive),
        "no difference is negative":
            (moved(reference, {name: np.abs(g) for name, g in apart.items()}), reference),
        "all gradients are right": (reference, reference),
    }


def worst_places(score, scale):
    """A comparison by some definition: error and worst entry of every gradient.

    score: function of (g, r); its largest entry is the worst. scale: function of (g, r).
    """
    def answer(gradients, reference):
        found = {}
        for name, r in reference.items():
            scores = score(gradients[name], r)
            index = place(scores)
            found[name] = (float(scores[index] / scale(gradients[name], r)), index)
        return found

    return answer


def place(scores):
    """The index of the largest entry."""
    return tuple(int(i) for i in np.unravel_index(np.argmax(scores), np.shape(scores)))


def distance(g, r):
    """The absolute differences."""
    return np.abs(g - r)


def own_scale(g, r):
    """The scale of the lesson."""
    return np.abs(r).max() or 1.0


def quotients():
    """Differences, each divided by the reference's entry at its place: functions of (g, r)."""
    return [lambda g, r: distance(g, r) / np.where(r == 0, 1.0, np.abs(r)),
            lambda g, r: distance(g, r) / np.abs(r), lambda g, r: distance(g, r) / r,
            lambda g, r: (g - r) / r, lambda g, r: distance(g, r) / (np.abs(r) + 1e-8),
            lambda g, r: distance(g, r) / (np.abs(r) + 1e-12)]


def scaled_by(scale):
    """A comparison with another scale, a function of (g, r)."""
    return worst_places(distance, scale)


def of_a_zero(scale):
    """Comparisons with a scale, a function of the largest entry; the worst is sought before and after it."""
    return [scaled_by(lambda g, r: scale(np.abs(r).max())),
            worst_places(lambda g, r: distance(g, r) / scale(np.abs(r).max()), lambda g, r: 1.0)]


def with_error(error):
    """A comparison with another error, a function of (g, r), and the right index."""
    return lambda gradients, reference: {
        name: (float(error(gradients[name], reference[name])), index)
        for name, (_, index) in differences(gradients, reference).items()}


def with_index(index):
    """A comparison with the right error and another index, a function of (g, r)."""
    return lambda gradients, reference: {
        name: (error, index(gradients[name], reference[name]))
        for name, (error, _) in differences(gradients, reference).items()}


def one_scale_for_all(gradients, reference):
    largest = max(np.abs(r).max() for r in reference.values())
    return scaled_by(lambda g, r: largest)(gradients, reference)


def with_tiny_number(tiny, added):
    """A comparison with a tiny number that is added to the scale, or is the least that it can be."""
    return scaled_by(lambda g, r: np.abs(r).max() + tiny if added else max(np.abs(r).max(), tiny))


COMPARISONS = {
    "absolute error": row("04.5", scaled_by(lambda g, r: 1.0),
        "The error is the largest difference itself, without a scale.",
        "an error of 0.1 is nothing for a gradient of 1000, and everything for one of 0.1. Divide by the "
        "gradient's own size."),
    "entry by entry": row("04.5",
        [form for quotient in quotients() for form in (
            worst_places(quotient, lambda g, r: 1.0),
            with_error(lambda g, r, quotient=quotient: quotient(g, r).max()),
            with_error(lambda g, r, quotient=quotient: quotient(g, r)[place(distance(g, r))]))],
        "The error is on the wrong scale: a difference is divided by the reference's entry at the same "
        "place. An entry that is zero would divide by zero.",
        "an entry that is near zero by chance has a large relative error, though all is well. Take one scale "
        "for the whole array, its largest entry; if that is zero, take 1."),
    "one scale for all": row("04.5", one_scale_for_all,
        "All gradients are divided by the largest entry of all of them.",
        "a small gradient that is completely wrong vanishes beside a large one. Each needs its own scale."),
    "scaled by received": row("04.5", scaled_by(lambda g, r: np.abs(g).max() or 1.0),
        "The scale is the largest entry of the gradient that is judged; it must be the reference's.",
        "a gradient that is far too large would bring its own large scale along."),
    "scaled by the larger": row("04.5", scaled_by(lambda g, r: max(np.abs(g).max(), np.abs(r).max()) or 1.0),
        "The scale is the largest entry of both gradients; it must be the reference's.",
        "a gradient that is far too large would bring its own large scale along."),
    "scale at least one": row("04.5", scaled_by(lambda g, r: max(np.abs(r).max(), 1.0)),
        "The scale is never less than 1; it is 1 only where the reference is all zeros.",
        "a gradient of size 0.001 that is off by 0.0005 has an error of a half."),
    "nan passed over": row("04.5",
        [worst_places(lambda g, r: np.nan_to_num(distance(g, r)), own_scale),
         with_error(lambda g, r: np.nanmax(distance(g, r)) / own_scale(g, r))],
        "An entry that is nan is passed over.",
        "nan is no number, so it cannot be right. Every comparison with it is False, and np.nanmax leaves it "
        "out."),
    "ratio of norms": row("04.5",
        with_error(lambda g, r: np.linalg.norm(g - r) / (np.linalg.norm(r) or 1.0)),
        "The error is the length of the difference over the length of the reference.",
        "this exercise asks for the largest difference over the largest entry. One wrong entry among many "
        "right ones shows there."),
    "scaled by length": row("04.5", scaled_by(lambda g, r: np.linalg.norm(r) or 1.0),
        "The largest difference is divided by the length of the reference; it must be divided by the "
        "reference's largest entry.",
        "the length of an array grows with the number of its entries. Compare an entry with an entry."),
    "mean difference": row("04.5", with_error(lambda g, r: distance(g, r).mean() / own_scale(g, r)),
        "The error is the mean difference; it must be the largest.",
        "one wrong entry among a thousand right ones nearly vanishes in a mean."),
    "signed difference": row("04.5", worst_places(lambda g, r: g - r, own_scale),
        "The differences keep their signs, so a large negative one is never the largest.",
        "far too small is as wrong as far too large. Take absolute values first."),
    "signed scale": row("04.5", scaled_by(lambda g, r: r.max() or 1.0),
        "The scale is the largest entry with its sign; it must be the largest absolute value.",
        "of a gradient whose entries are all negative, the largest entry is the smallest in size, and an "
        "error would be negative."),
    "absolute value too late": row("04.5", scaled_by(lambda g, r: np.abs(r.max()) or 1.0),
        "The scale is the absolute value of the largest entry; it must be the largest absolute value.",
        "of -3 and 1 the largest entry is 1, and the largest absolute value is 3. First np.abs of the array, "
        "then the maximum."),
    "divided by zero": row("04.5",
        [*of_a_zero(lambda largest: largest), *of_a_zero(lambda largest: largest or np.nan)],
        "Where the reference is all zeros, the difference is divided by zero: inf or nan, and a warning.",
        "a reference of zeros has no largest entry to divide by. The docstring says what to divide by then."),
    "zero for a reference of zeros": row("04.5", of_a_zero(lambda largest: largest or np.inf),
        "Where the reference is all zeros, the error is zero, whatever the difference is.",
        "a gradient that should be zero and is not is wrong. The docstring says what to divide by then."),
    "tiny number in the scale": row("04.5",
        [with_tiny_number(tiny, added) for tiny in (1e-6, 1e-7, 1e-8, 1e-9, 1e-10, 1e-12, 1e-15, 1e-16)
         for added in (True, False)],
        "A tiny number is added to the scale, or stands in its place where the scale is zero.",
        "the largest entry itself is the scale. Only a reference of zeros has none, and the docstring says "
        "what to divide by then."),
    "index of largest entry": row("04.5", with_index(lambda g, r: place(np.abs(r))),
        "The index is that of the reference's largest entry; it must be that of the largest difference.",
        "you look for the place where the two gradients are furthest apart."),
    "flat index": row("04.5", with_index(lambda g, r: int(np.argmax(distance(g, r)))),
        "The index counts through the whole array; it must be one number per axis.",
        "np.argmax treats an array as one long row. np.unravel_index turns its number into an index."),
    "comparison returned inside the loop": row("04.5",
        lambda gradients, reference: first_only(differences(gradients, reference)),
        "Only the first gradient is compared.",
        "the loop must see all gradients before the function returns. How far is the return indented?"),
}


# --- 4.7 and 4.8: mended specimens, for a network that answers once, after its last step ---

def answer_gradients(params, x, h, dy):
    """Only the last step has an output. One sequence: x (T, D), h (T+1, H), dy (O,)."""
    return sequence_gradients(params, x, h, backward.only_last(dy, len(x)))


def answers_gradients(params, x, h, dy):
    """The same for a batch: x (T, B, D), h (T+1, B, H), dy (B, O)."""
    dy = backward.only_last(dy, len(x))
    return rnn.backward(params, rnn.Cache(x, h, dy, "tanh", False), dy)


def answer_instances():
    """A short sequence, and a longer one with a loss so large that clipping would show."""
    return [backward.last_answer(found) for found in backward.problems()[::3]]


def answers_instances():
    """The same for whole batches."""
    return [backward.last_answers(found) for found in backward.problems()[::3]]


def answer_probes():
    """Easier problems with one answer."""
    return {words: backward.last_answer(found)
            for words, found in backward.probes().items() if "only" not in words and words != "B = 1"}


def answers_probes():
    """The same for whole batches."""
    return {words: backward.last_answers(found)
            for words, found in backward.probes().items() if "only" not in words}


SECOND_SPECIMEN = {
    "specimen as it was": row("04.6", dict(carry=lambda s, t: s.all_da[t] @ s.params["W_hh"].T),
        "The specimen's mistake is still in it.",
        "dx is right at the last step and wrong at all steps before it. So the loop begins well, and what "
        "goes from one step to the step before is wrong. A symmetric W_hh cures it. What is different in a "
        "symmetric matrix?"),
}

THIRD_SPECIMEN = {
    "recursion still wrong": row("04.6", dict(slope=lambda s, t: 1 - s.h[s.T] ** 2),
        "The recursion is still wrong before the last step.",
        "dx is right at the last step only, with a symmetric W_hh, too. What is the same at every step in "
        "this code, and should not be?"),
    "hidden bias still wrong": row("04.6", dict(share_of_b_h=lambda s, t: s.all_da[t].mean(axis=0)),
        "db_h has a mistake of its own, and that is still there.",
        "with B = 1 it is right. What does a gradient do that all sequences of a batch share?"),
}


# The specimens' g begins with the direct effect.
NOT_WITH_ONE_ANSWER = ["skips last step", "last step counted twice"]

GAPS = (
    'da = (params["W_hy"].T @ dy[t - 1] + dh_later) * (1 - h[t] ** 2)',
    """grads["W_hh"] += np.outer(da, h[t - 1])
grads["W_xh"] += np.outer(da, x[t - 1])
grads["b_h"] += da
grads["x"][t - 1] = params["W_xh"].T @ da""",
    'dh_later = params["W_hh"].T @ da')


EXERCISES = {
    "4.1": Exercise(
        "One step backward", "All seven gradients of one step, and the future is in them.",
        step_gradients, step_instances,
        hints=("Follow h forward: who reads it? And who reads what stands before tanh: a?",
               "dh = W_hy^T dy + dh_later; da = (1 - h^2) * dh; then for u = W v: dW = du v^T, dv = W^T du.",
               "All that is left is made of da, but for W_hy and b_y, which are made of dy. A matrix's "
               "gradient is np.outer(gradient of what it made, what it was multiplied by). Check each shape "
               "against its variable's."),
        points=2, tolerance=1e-12, label="d{}", parts=(*GRADIENTS, "h_prev"),
        formulas=STEP, form=backward.one_step,
        mistakes=backward.mistakes(first=ONE_STEP, without=[*NO_LOOP, *NO_BATCH]), shared=True,
        far=lambda: [far_problems.large(step_instances()[0], 4, 5)], probes=step_probes),
    "4.2": Exercise(
        "One sequence backward", "All gradients of a sequence, from the last step back to h_0.",
        sequence_gradients, sequence_instances,
        hints=("In which order do the steps come, and which numbers must survive from one round of the loop "
               "to the next?",
               "da_t = (1 - h_t^2) * (W_hy^T dy_t + W_hh^T da_{t+1}); dW_hh = sum over t of da_t h_{t-1}^T; "
               "dx_t = W_xh^T da_t; dh_0 = W_hh^T da_1.",
               "T = len(x); for t in range(T, 0, -1): make da_t from dy[t-1], h[t] and dh_later; add to the "
               "five sums with h[t-1], x[t-1] and h[t]; set dx[t-1]; make the new dh_later. The last one is "
               "dh_0."),
        points=3, tolerance=1e-12, label="d{}", parts=(*GRADIENTS, "h0"), gaps=GAPS,
        formulas=Backward, form=backward.one_sequence,
        mistakes=backward.mistakes(first=LATER, without=NO_BATCH), shared=True,
        far=far_problems_as(backward.first_sequence), probes=sequence_probes,
        sized=lambda *sizes: backward.first_sequence(backward.small(*sizes))),
    "4.3": Exercise(
        "Your own backward pass",
        "Your own backpropagation through time: every gradient agrees with the reference.",
        rnn.backward, backward.problems,
        hints=("Take exercise 4.2. What becomes a row per sequence, and which gradients are shared by all "
               "sequences?",
               "In rows W^T d becomes d @ W, and the sum over b of d_b s_b^T becomes d.T @ s. A bias sums "
               "over the rows.",
               "In the loop: da = (dy[t-1] @ W_hy + dh_later) times the slope; add da with h[t-1], da with "
               "x[t-1], da by itself, dy[t-1] with h[t] and dy[t-1] by itself; dx[t-1] and the new dh_later "
               "from da. The last dh_later is dh0, (B, H)."),
        points=4, tolerance=1e-12, label="d{}", parts=(*GRADIENTS, "h0"), formulas=Backward,
        form=backward.batch, mistakes=backward.mistakes(first=LATER), shared=True,
        far=far_problems_as(tuple), probes=backward.probes, sized=backward.small),
    "4.4": Exercise(
        "Central differences", "Your central difference works for variables of any shape.",
        gradcheck.central_difference, numerical_instances,
        hints=("How many numbers does a gradient have, and what do all other entries do while one is moved?",
               "(f(v + eps) - f(v - eps)) / (2 eps), for each entry v by itself.",
               "For each name, and each index of np.ndindex(value.shape): two fresh copies of the array, one "
               "with eps added at the index, one with eps subtracted; f of {**variables, name: copy} for "
               "both. An array of shape () has one index, ()."),
        points=2, tolerance=1e-8, label="d{}", probes=lambda: numerical_probes(1e-2),
        mistakes=CENTRAL, formulas=Central),
    "4.5": Exercise(
        "The complex step", "Your complex step is exact to rounding.",
        gradcheck.complex_step, complex_instances,
        hints=("In f(v + i eps), which part is the value, and which part holds the derivative?",
               "Im f(v + i eps) / eps, for each entry v by itself.",
               "A fresh copy with .astype(complex) for each entry; add 1j * eps at the index; np.imag of f, "
               "over eps. Store it in an array of floats."),
        points=2, tolerance=1e-11, label="d{}", probes=lambda: numerical_probes(1e-100),
        mistakes=COMPLEX, formulas=Imaginary),
    "4.6": Exercise(
        "Compare two gradients",
        "You measure the error of each gradient on its own scale, and say where it is.",
        differences, comparison_instances,
        hints=("How large is an error of 0.1 in a gradient whose entries are near 1000? And near 0.1?",
               "error = max |g - r| / max |r|, over all entries of one gradient r of the reference.",
               "np.argmax of the absolute differences counts through the whole array; "
               "np.unravel_index(number, shape) makes a tuple of it. If the scale is 0, take 1."),
        points=2, probes=comparison_probes, inner=("the error", "the index"),
        mistakes=COMPARISONS, formulas=Compared),
    "4.7": Exercise(
        "Mend the second specimen", "The second specimen is mended.", answer_gradients, answer_instances,
        hints=("dx is right at the last step and wrong before it. Which line has not had any effect yet when "
               "the loop makes its first dx?",
               "dh_later = W_hh^T da_t: a gradient goes back through the transposed matrix.",
               "Only the line that makes the new g at the end of the loop changes. Compare it with the line "
               "that makes dx."),
        points=1, tolerance=1e-12, label="d{}", parts=(*GRADIENTS, "h0"),
        formulas=Backward, form=backward.one_answer,
        mistakes=backward.mistakes(first=SECOND_SPECIMEN, without=[*NO_BATCH, *NOT_WITH_ONE_ANSWER]),
        shared=True, far=far_problems_as(backward.last_answer), probes=answer_probes,
        sized=lambda *sizes: backward.last_answer(backward.small(*sizes))),
    "4.8": Exercise(
        "Mend the third specimen", "The third specimen is mended: both mistakes are gone.",
        answers_gradients, answers_instances,
        hints=("What is the same at every step in this code, and should not be? And what is right if B = 1, "
               "but not if B = 3?",
               "da_t = (1 - h_t^2) * dh_t, and db_h = the sum over t and over the batch of da_t.",
               "One line must move into the loop, and use the state of its own step. In another line one "
               "word changes."),
        points=2, tolerance=1e-12, label="d{}", parts=(*GRADIENTS, "h0"),
        formulas=Backward, form=backward.answers,
        mistakes=backward.mistakes(first=THIRD_SPECIMEN, without=NOT_WITH_ONE_ANSWER), shared=True,
        far=far_problems_as(backward.last_answers), probes=answers_probes,
        sized=lambda *sizes: backward.last_answers(backward.small(*sizes))),
    "4.9": choice(
        "Which line is wrong?", "It is g += W.T @ q.", "f",
        {"a": "This line adds the direct effect to what arrived from the step after, as it should. Look at "
              "the row T = 1: the line is used there, and all five parameters and dx are right.",
         "b": "tanh's slope is right. At T = 1 it is used, and dx, which is made of q, is right there.",
         "c": "If this line were wrong, dW_hh alone would be wrong. dW_xh, db_h, dx and dh0 are wrong, too. "
              "What do they share?",
         "d": "If this line were wrong, dW_xh alone would be wrong. dW_hh, db_h, dx and dh0 are wrong, too. "
              "What do they share?",
         "e": "If this line were wrong, dx alone would be wrong: nothing else is made of it. Four other "
              "gradients are wrong, too.",
         "f": "g must be replaced here, not added to. dh_t holds all of the future already, and only W_hh^T "
              "q travels on: += carries dh_t along as well. That is why dh0 is wrong at T = 1, and why "
              "something travels back even where W_hh = 0."},
        hints=("Read the row T = 1. Which lines have done all they can do there, and are right?",
               "dh_{t-1} = W_hy^T dy_{t-1} + W_hh^T da_t. With W_hh = 0 nothing may travel back.",
               "g crosses from one round of the loop to the next. Write down by hand what it holds at the "
               "start of the second round.")),
    "4.10": choice(
        "What would this check have found?", "It is the index of -1.", "d",
        {"a": "With weights that small, dh_later is about a thousandth of the direct effect. A missing "
              "transpose in it makes an error below 1e-2, and the check lets it pass.",
         "b": "With weights that small the states are nearly zero. There tanh is a straight line and its "
              "slope is 1, so leaving it out makes an error far below 1e-2.",
         "c": "The missing term is da_1 h_0^T, and here h_0 = 0. The wrong gradient is equal to the right "
              "one.",
         "d": "The term of step 1 should be zero here, because h_0 is. Instead da_1 h_T^T is added. It "
              "shrinks with the weights, but so does all of dW_hh, and the error is measured against that.",
         "e": "None of the five parameters' gradients is made of dh_0, and dh_0 is not compared."},
        hints=("Tiny weights: tanh's slope is 1, and dh_later is small. h_0 = 0: da_1 h_0^T = 0. Which "
               "mistakes does each of the two hide?",
               "dh0 is not compared, so it is not the mistake in dh0. In one of the others a term that "
               "should be zero is not, and it is as large as the other terms of that gradient.",
               "It is about step 1 of dW_hh: what stands there in the place of a zero?")),
    "4.11": Exercise(
        "Backward along a wire", "You can send gradients back through a network that nobody derived for you.",
        wired.wired_backward, wired.instances,
        hints=("Who reads h_t? Write down all formulas in which it stands on the right.",
               "dh_t = W_hy^T dy_t + W_hh^T da_{t+1} + g da_{t+k}, as long as these steps exist; dg = the "
               "sum over t >= k of da_t h_{t-k}, entry by entry; dh_0 = W_hh^T da_1 + g da_k.",
               "Keep an array dh (T+1, H) that begins with the direct effects. At step t make da from dh[t]; "
               "add W_hh^T da to dh[t-1] and, if t >= k, g * da to dh[t-k]. At the end dh[0] is dh_0."),
        points=3, tolerance=1e-12, label="d{}", parts=(*GRADIENTS, "g", "h0"),
        formulas=wired.Wired, form=wired.one_sequence,
        mistakes=backward.mistakes(first=wired.MISTAKES, without=NO_BATCH), shared=True,
        far=wired.far, probes=wired.probes, sized=wired.small),
}


# --- what a release hands out in the place of 4.11: {name: other words} ---

OTHER_CELLS = {"4.11": {name: dataclasses.replace(
    EXERCISES["4.11"], **wired.other(name), hints=(
        "Who reads h_t? Write down all formulas in which it stands on the right, those of the first steps, "
        "too.",
        "A wire into a_t begins at an earlier state. What goes back along it is da_t, times g, times the "
        "derivative of what the wire brings; dg is the sum of da_t times what it brings, entry by entry.",
        "Keep an array dh (T+1, H) that begins with the direct effects. At step t make da from dh[t]; add "
        "W_hh^T da to dh[t-1], and what the wire sends to the row of the state at which it begins."),
    mistakes=backward.mistakes(first=wired.OTHER_MISTAKES, without=NO_BATCH)) for name in wired.OTHERS}}


def other_words(first, squares):
    """What lesson 04 says of the wires, where they are others."""
    power, code = ("^{\\,2}", " ** 2") if squares else ("", "")
    brings = "the square of what the unit was" if squares else "what the unit was"
    formula = r"g \odot h_{t-k}"
    start = (r"h_0 \text{ in the place of } h_{t-k} \text{, where } t < k" if first else
             r"without the last term where } t < k")
    start = rf"\text{{(with }} {start}\text{{)}}" if first else rf"\text{{({start}\text{{)}}"
    where, index = ("        ", "max(t - k, 0)") if first else ("        if t >= k:\n            ", "t - k")
    begin = "heard = np.zeros((6, 4))" + (f" + wired_h[0]{code}" if first else "")
    begin += f"      # row t-1 is what the wire brings: {'that of h_0' if first else 'nothing'},\n"
    return {
        "what the unit was $k$ steps ago.": f"{brings} $k$ steps ago.",
        rf"{formula} \qquad \text{{(without the last term where }} t < k\text{{)}}":
            rf"{formula}{power} \qquad {start}",
        '        if t >= k:\n            a = a + v["g"] * h[t - k]\n':
            f'{where}a = a + v["g"] * h[{index}]{code}\n',
        "heard = np.zeros((6, 4))           # row t-1 is h_{t-3}: nothing at t = 1 and 2,\n": begin,
        "heard[2:] = wired_h[:4]            # then h_0, h_1, h_2 and h_3":
            f"heard[2:] = wired_h[:4]{code}       # then that of h_0, h_1, h_2 and h_3",
        "+ g h_{t-3}, all steps at once": "+ g times what the wire brings, all steps at once"}


OTHER_WORDS = {f"4.11@{name}": other_words(*kind) for name, kind in wired.OTHERS.items()}


# --- warm-ups: from lessons 03, 02 and 00 ---

ROWS_OF_A_BATCH = {
    "transpose forgotten": row("02.3", lambda W_hh, h_before: h_before @ W_hh,
        "W_hh is not transposed. Because it is square, no error is raised.",
        "(W h)^T = h^T W^T: a row stands on the left of the transposed matrix."),
    "entry by entry": row("02.3", lambda W_hh, h_before: h_before * W_hh.sum(axis=1),
        "Every unit hears only itself.",
        "entry i of W_hh h is the sum over j of W_hh[i, j] h[j]."),
    "sequences as columns": row("02.3", lambda W_hh, h_before: (h_before @ W_hh.T).T,
        "The sequences are columns; in code they are rows.",
        "the result has the shape of h_before: a row for each sequence."),
    "summed over the batch": row("02.3",
        lambda W_hh, h_before: h_before.sum(axis=0) @ W_hh.T + np.zeros_like(h_before),
        "The states of all sequences are added up first.",
        "sequences know nothing of each other: row b is made of row b."),
}

BATCHES = np.random.default_rng(401).standard_normal((2, 5, 5))

WARM_UPS = {
    "4.a": choice(
        "What a step adds", "It pairs da_t with what W_hh met: h_{t-1}.", "c", {
            "a": "Between W_hh and h_t stands tanh. Is its slope in there?",
            "b": "W_hh is multiplied by the state that comes into step t. Which one is that?",
            "c": "a_t = W_hh h_{t-1} + ..., and dW_hh[i, j] = da_t[i] h_{t-1}[j].",
            "d": "Entry [i, j] of this is h_{t-1}[i] da_t[j]. Which of the two does row i of W_hh make?"},
        hints=("In which formula does W_hh stand, and what is it multiplied by there?",
               "a_t[i] = the sum over j of W_hh[i, j] h_{t-1}[j], and more.",
               "Row i of W_hh makes a_t[i], and column j reads h_{t-1}[j]."), points=0),
    "4.b": Exercise(
        "Columns become rows", "A row stands on the left of the transposed matrix.",
        lambda W_hh, h_before: h_before @ W_hh.T,
        [(BATCHES[0, :4, :4], BATCHES[1, :3, :4]), (BATCHES[1], BATCHES[0, :2])],
        hints=("What becomes of a product when both factors are transposed?",
               "(W_hh h)^T = h^T W_hh^T.",
               "h_before on the left, W_hh.T on the right."),
        mistakes=ROWS_OF_A_BATCH, parts=("the term",), points=0),
    "4.c": choice(
        "A sum of outer products", "One matrix product adds up what all sequences share.", "b", {
            "a": "That is (B, B): every sequence with every other. What should be summed over?",
            "b": "Entry [m, n] is the sum over i of left[i, m] right[i, n].",
            "c": "The sums come first, so vectors of different sequences are multiplied, too.",
            "d": "These are the outer products, one for each sequence. They are not added up yet."},
        hints=("Which shape must the result have, and which axis is summed over?",
               "Entry [m, n] is the sum over i of left[i, m] right[i, n].",
               "What is summed over must be the columns of the left factor and the rows of the right one."),
        points=0),
}
