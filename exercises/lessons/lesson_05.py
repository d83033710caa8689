"""Exercises of lesson 05: optimisers, clipping, whole updates, baselines, sampling."""

import copy
import functools

import numpy as np

from exercises.engine.exercise import Exercise, run
from exercises.engine.far import Far
from exercises.engine.kinds import choice, ordering
from exercises.engine.mistakes import row
from exercises.formulas import backward, far_problems
from exercises.formulas.backward import Backward
from exercises.formulas.baselines import FORECAST_MISTAKES, Forecasts
from exercises.formulas.curvature import HESSIAN_MISTAKES, HessianVector
from exercises.formulas.optimisers import (
    ADAM_MISTAKES, CLIPPING_MISTAKES, MOMENTUM_MISTAKES, Adam, Clipping, Momentum)
from exercises.formulas.training import TRAINING_MISTAKES, UPDATE_MISTAKES, Training, Update
from exercises.formulas.sampling import WRITER_MISTAKES, Writer
from helpers import baselines, clip, gradcheck, losses, optimisers, rnn, sampling
from helpers.datasets import ALPHABET


SHAPES = {"W_hh": (4, 4), "W_xh": (4, 2), "b_h": (4,)}


def arrays(rng, scale=1.0):
    """A dict of random arrays, of three shapes."""
    return {name: scale * rng.standard_normal(shape) for name, shape in SHAPES.items()}


# --- 5.2: momentum ---

def momentum_step(params, grads, velocity, learning_rate, beta):
    """The reference of 5.2."""
    return optimisers.momentum(params, grads, velocity, learning_rate, beta)


def for_each_array(momentum):
    """A form for 5.2: the same for each array of a dict."""
    def answer(params, grads, velocity, learning_rate, beta):
        found = {name: momentum(p, grads[name], velocity[name], learning_rate, beta).run()
                 for name, p in params.items()}
        return {name: p for name, (p, _) in found.items()}, {name: v for name, (_, v) in found.items()}

    return answer


def momentum_instances():
    """A later step, and a first one."""
    rng = np.random.default_rng(4)
    return [(arrays(rng), arrays(rng), arrays(rng), 0.03, 0.8),
            (arrays(rng), arrays(rng, 40.0), arrays(rng, 0.0), 0.2, 0.9)]


def momentum_probes():
    """A number is 0 or 1, or beta cannot be told from 1 - beta."""
    params, grads, velocity, learning_rate, beta = momentum_instances()[0]
    zeros = optimisers.zeros_like(params)
    return {"the velocity is zero": (params, grads, zeros, learning_rate, beta),
            "the gradient is zero": (params, zeros, velocity, learning_rate, beta),
            "beta = 0": (params, grads, velocity, learning_rate, 0.0),
            "beta = 1/2": (params, grads, velocity, learning_rate, 0.5),
            "the learning rate is 1": (params, grads, velocity, 1.0, beta)}


# --- 5.3: Adam ---

def adam_step(p, g, m, v, k, learning_rate, beta1, beta2, eps):
    """The reference of 5.3."""
    memory = k - 1, {"p": m}, {"p": v}
    new, (_, first, second) = optimisers.adam({"p": p}, {"p": g}, memory, learning_rate, beta1, beta2, eps)
    return new["p"], first["p"], second["p"]


def adam_instances():
    """A later step; a first step, with an entry whose gradient is zero; gradients so small that it matters
    where eps stands.
    """
    rng = np.random.default_rng(5)
    draw = lambda: rng.standard_normal((3, 5))
    first = (draw(), draw(), np.zeros((3, 5)), np.zeros((3, 5)), 1, 0.5, 0.9, 0.999, 1e-8)
    first[1][1, 2] = 0.0
    return [(draw(), draw(), draw(), draw() ** 2, 7, 0.02, 0.8, 0.95, 1e-8), first,
            (np.zeros((3, 5)), 1e-3 * draw(), 1e-3 * draw(), 1e-6 * draw() ** 2, 3, 1.0, 0.9, 0.99, 1e-2)]


def adam_probes():
    """A first step, a late one, and steps in which one of the numbers drops out."""
    p, g, m, v, k, learning_rate, beta1, beta2, eps = adam_instances()[0]
    return {"k = 1, m = 0 and v = 0": (p, g, 0 * m, 0 * v, 1, learning_rate, beta1, beta2, eps),
            "k is so large that nothing needs a correction":
                (p, g, m, v, 10 ** 6, learning_rate, beta1, beta2, eps),
            "the gradient is zero": (p, 0 * g, m, v, k, learning_rate, beta1, beta2, eps),
            "beta1 = 0": (p, g, m, v, k, learning_rate, 0.0, beta2, eps),
            "beta2 = 0": (p, g, m, v, k, learning_rate, beta1, 0.0, eps),
            "eps = 0": (p, g, m, v, k, learning_rate, beta1, beta2, 0.0)}


# --- 5.4: clipping ---

def clipping_instances():
    """Too long; short enough, so that nothing may change; all zero, where 0/0 lurks; large."""
    rng = np.random.default_rng(6)
    return [(arrays(rng), 1.5), (arrays(rng, 0.01), 1.5), (arrays(rng, 0.0), 0.7), (arrays(rng, 20.0), 30.0)]


def clipping_probes():
    """Gradients whose norm, or whose factor, is seen at a glance."""
    grads, max_norm = clipping_instances()[0]
    return {"the gradients are short enough": ({name: 0.05 * g for name, g in grads.items()}, max_norm),
            "there is one array only": ({"W_hh": grads["W_hh"]}, max_norm),
            "max_norm = 1": (grads, 1.0),
            "only one entry is not zero": ({"b_h": np.array([0.0, 7.0, 0.0, 0.0])}, max_norm)}


# --- 5.5: one update ---

def train_step(params, memory, x, target, mask, learning_rate, max_norm):
    """The reference of 5.5."""
    return Update(params, memory, x, target, mask, learning_rate, max_norm).run()


@functools.cache
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
    """A first update, no padding, no clipping, and a single step."""
    params, memory, x, target, mask, learning_rate, max_norm = update_instances()[1]
    every = np.ones_like(mask)
    return {"memory is None": (params, None, x, target, mask, learning_rate, max_norm),
            "every step counts": (params, memory, x, target, every, learning_rate, max_norm),
            "nothing needs clipping": (params, memory, x, target, mask, learning_rate, 50.0),
            "one step of one sequence counts":
                (params, memory, x[:1, :1], target[:1, :1], every[:1, :1], learning_rate, max_norm)}


# --- 5.6: baselines ---

def draw_series(rng, T, N):
    """Windows (T, N, 1) far from zero, so that a constant matters."""
    return 2 + rng.standard_normal((T, N, 1)).cumsum(axis=0)


def forecast_instances():
    """Six years, then four; more windows to train on than to forecast from."""
    rng = np.random.default_rng(8)
    instances = []
    for T, N, M in ((6, 30, 7), (4, 12, 5)):
        train = draw_series(rng, T, N)
        target = train[0, :, 0] - 0.5 * train[-2, :, 0] + rng.standard_normal(N)
        instances.append((train, target, 3 * draw_series(rng, T, M)))
    return instances


def forecast_probes():
    """Targets that need no constant, targets that can be copied, and windows of one year."""
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


def written(writer):
    """The form of 5.7: the generator stays as it is."""
    return lambda params, rng, *rest: writer(params, copy.deepcopy(rng), *rest).run()


def writer_mistakes():
    """The mistakes as whole answers: a name is right or wrong as a whole, which points at no formula."""
    return {name: row._replace(replaces=row.answer(Writer, run)) for name, row in WRITER_MISTAKES.items()}


@functools.cache
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
    """The temperature drops out, one letter only, and a network without memory."""
    params = sampling_network()
    forgetful = {**params, "W_hh": 0 * params["W_hh"]}
    return {"the temperature is 1": (params, np.random.default_rng(6), 1.0, 20),
            "max_letters = 1": (params, np.random.default_rng(3), 0.5, 1),
            "W_hh = 0": (forgetful, np.random.default_rng(7), 0.5, 20)}


# --- 5.8: several updates, each from two halves of a batch ---

def train_in_halves(params, batches, learning_rate, beta, max_norm):
    """The reference of 5.8."""
    return Training(params, batches, learning_rate, beta, max_norm).run()


def draw_half(rng, lengths, D, O):
    """Half a batch: (x, target, mask) with padding after each length."""
    lengths = np.array(lengths)
    T, B = lengths.max(), len(lengths)
    return rng.standard_normal((T, B, D)), rng.integers(O, size=(T, B)), losses.length_mask(lengths, T)


def draw_training(seed, lengths, D=2, H=4, O=5):
    """(params, batches) of a random network. lengths: for each batch, the lengths of the sequences in its two
    halves.
    """
    rng = np.random.default_rng(seed)
    params = gradcheck.random_problem(rng, D=D, H=H, O=O).params
    return params, [tuple(draw_half(rng, half, D, O) for half in halves) for halves in lengths]


@functools.cache
def training_instances():
    """Two updates that are both clipped, then three of which none is."""
    clipped = draw_training(15, [((2, 1), (4, 3)), ((3, 4), (1, 2))])
    lengths = [((5, 1, 2), (3, 5, 4)), ((1, 2, 1), (5, 6, 3)), ((4, 4, 4), (2, 1, 1))]
    free = draw_training(16, lengths, D=3, H=5, O=4)
    return [(*clipped, 0.3, 0.8, 0.2), (*free, 0.1, 0.9, 50.0)]


def training_probes():
    """One update, halves that weigh the same, no clipping, and no momentum."""
    params, batches = draw_training(17, [((3, 4), (2, 1)), ((1, 2), (4, 3))])
    alike = draw_training(18, [((3, 3), (3, 3)), ((2, 2), (2, 2))])
    return {"there is one batch only": (params, batches[:1], 0.3, 0.8, 0.2),
            "all halves have equally many steps and no padding": (*alike, 0.3, 0.8, 0.2),
            "nothing needs clipping": (params, batches, 0.3, 0.8, 50.0),
            "beta = 0": (params, batches, 0.3, 0.0, 0.2)}


def larger_outputs(arguments):
    """The far problem of 5.5 and 5.8: large outputs make a large loss and large gradients."""
    params, *others, _ = arguments
    W_hy = far_problems.enlarged(params["W_hy"])
    return Far("with larger numbers", ({**params, "W_hy": W_hy}, *others, 10.0), far_problems.LIMITED,
               limits=False)


# --- 5.11: a Hessian times a vector. The reference takes the whole Hessian ---

def hessian_vector(gradient, theta, direction):
    """The reference of 5.11."""
    return gradcheck.jacobian(gradient, theta) @ direction


@functools.cache
def gradient_of_network():
    """(gradient, theta): of a small network's mean loss, by all its parameters as one vector."""
    problem = gradcheck.random_problem(np.random.default_rng(20), T=4, B=2, D=2, H=3, O=2)
    shapes = [(name, p.shape) for name, p in problem.params.items()]
    ends = np.cumsum([p.size for p in problem.params.values()])

    def gradient(theta):
        pieces = zip(shapes, np.split(theta, ends[:-1]))
        params = {name: piece.reshape(shape) for (name, shape), piece in pieces}
        cache = rnn.forward(params, problem.x, problem.h0)
        _, dy = losses.squared_error(cache.y, problem.target, reduction="mean")
        grads = rnn.backward(params, cache, dy)
        return np.concatenate([grads[name].ravel() for name, _ in shapes])

    return gradient, np.concatenate([p.ravel() for p in problem.params.values()])


def curvature_instances():
    """A network, and a sum of exponentials, whose curvature changes fast. No direction has length 1."""
    rng = np.random.default_rng(21)
    gradient, theta = gradient_of_network()
    M = rng.standard_normal((7, 4))
    return [(gradient, theta, rng.standard_normal(theta.size)),
            (lambda theta: M.T @ np.exp(M @ theta), rng.standard_normal(4), 3 * rng.standard_normal(4))]


def curvature_probes():
    """Losses whose Hessian is known, and directions that hide something."""
    rng = np.random.default_rng(22)
    gradient, theta = gradient_of_network()
    A = rng.standard_normal((4, 4))
    unit = np.eye(theta.size)[2]
    return {"the loss is quadratic": (lambda theta: (A + A.T) @ theta, A[0], A[1]),
            "there is one parameter only": (np.sin, np.array([0.7]), np.array([-2.0])),
            "a single parameter moves": (gradient, theta, unit),
            "the direction has length 1": (gradient, theta, theta / np.linalg.norm(theta))}


EXERCISES = {
    "5.1": Exercise(
        "Your own backward pass", "Your own backward pass is right, all seven gradients. It can train.",
        rnn.backward, backward.problems,
        hints=("Which two things reach h_t, from y_t and from later? And which gradients does da_t feed?",
               "da_t = (1 - h_t^2) * (dy_t W_hy + da_{t+1} W_hh), in rows; then the five sums, dx_t = da_t "
               "W_xh and dh_0 = da_1 W_hh.",
               "Begin with x, h = cache.x, cache.h and a dh_later of zeros like h[0]. Go through t = T ... 1 "
               "with dy[t-1], h[t], h[t-1], x[t-1]. Return one dict: the five parameters, x and h0."),
        points=2, tolerance=1e-12, label="d{}",
        parts=("W_hh", "W_xh", "W_hy", "b_h", "b_y", "x", "h0"), formulas=Backward,
        form=backward.batch, mistakes=backward.mistakes(), shared=True, probes=backward.probes,
        far=lambda: [*far_problems.far(backward.problems()[0], far_problems.long_problem()),
                     far_problems.from_large_state(tuple)], sized=backward.small),
    "5.2": Exercise(
        "A momentum step", "Your momentum remembers, and adds the new gradient at full weight.",
        momentum_step, momentum_instances,
        hints=("Which of the two lines of momentum needs the result of the other?",
               "v_k = beta v_{k-1} + g_k, then p_k = p_{k-1} - learning_rate * v_k.",
               "Two dict comprehensions over the names in params. The second one uses the dict that the "
               "first one makes."),
        parts=("the new params", "the new velocity"), formulas=Momentum, form=for_each_array,
        mistakes=MOMENTUM_MISTAKES, probes=momentum_probes,
        far=lambda: [far_problems.larger(momentum_instances()[0], 0, 1, 2, 3)]),
    "5.3": Exercise(
        "An Adam step", "Your Adam corrects its bias, at the first step and later.",
        adam_step, adam_instances,
        hints=("Which three things change in a step, and which two are needed only for a moment?",
               "m = beta1 m + (1 - beta1) g; v = beta2 v + (1 - beta2) g^2; p moves by -learning_rate * "
               "m_hat / (sqrt(v_hat) + eps), with m_hat = m / (1 - beta1^k) and v_hat = v / (1 - beta2^k).",
               "Five lines: the new m, the new v, m_hat and v_hat under names of their own, and the new p. "
               "Return p, m and v."),
        points=2, parts=("the new p", "the new m", "the new v"), formulas=Adam,
        mistakes=ADAM_MISTAKES, probes=adam_probes,
        far=lambda: [far_problems.larger(adam_instances()[0], 0, 1, 2, 3)]),
    "5.4": Exercise(
        "Clip by global norm",
        "Your clipping shortens what is too long, leaves the rest alone, and keeps the direction.",
        clip.by_global_norm, clipping_instances,
        hints=("By which number do you multiply a gradient that is too long? One that is short enough? One "
               "that is all zeros?",
               "norm = sqrt(sum of all squares, over all arrays); factor = min(1, max_norm / norm).",
               "Add up (g ** 2).sum() over grads.values() and take the root. A quotient with the larger of "
               "norm and max_norm below the line is never above 1 and never divides by 0."),
        parts=("the clipped gradients", "the norm before clipping"), tolerance=1e-6, formulas=Clipping,
        mistakes=CLIPPING_MISTAKES, probes=clipping_probes,
        far=lambda: [far_problems.larger(clipping_instances()[0])]),
    "5.5": Exercise(
        "One training step", "One whole update, in the right order.", train_step, update_instances,
        hints=("Which six stages make one update, and what does each hand to the next?",
               "cache = forward(params, x); (loss, dy) = the mean cross-entropy; grads = backward(params, "
               "cache, dy); clip; Adam.",
               "Between backward and clip make a dict with the names in params only. Clipping returns two "
               "things, Adam as well. The loss is the one from the second line."),
        points=2, parts=("the new params", "the new memory", "the loss"), formulas=Update,
        mistakes=UPDATE_MISTAKES, probes=update_probes, far=lambda: [larger_outputs(update_instances()[2])]),
    "5.6": Exercise(
        "Two baselines", "Both baselines are right.", baselines.forecasts, forecast_instances,
        hints=("What does one row of the matrix hold, and how many columns has it?",
               "A w = target with A = [window, 1] for each window: lstsq finds the w with the smallest "
               "squared error. Forecast: A of x, times w.",
               "Write a function that makes the matrix from windows: [:, :, 0].T beside a column of ones. "
               "Use it twice. np.linalg.lstsq returns four things; the weights are the first."),
        points=2, tolerance=1e-8, parts=("persistence", "autoregression"), formulas=Forecasts,
        mistakes=FORECAST_MISTAKES, probes=forecast_probes,
        far=lambda: [far_problems.larger(forecast_instances()[0], 1)]),
    "5.7": Exercise(
        "Sample a name", "It writes: each letter goes back in, and the state goes on.",
        sample_name, sampling_instances,
        hints=("Which two things must a round of the loop hand to the next one?",
               "p = softmax(y / temperature); the letter is drawn from p; next x = one-hot of the letter, "
               "next h0 = cache.state.",
               "Before the loop: an empty word, letter 0, state None. In it: zeros of shape (1, 1, 27) with "
               "a 1 at the letter; forward; keep the state; draw; break at 0; add the letter to the word."),
        points=2, mistakes=writer_mistakes(), formulas=Writer, form=written, suspected=False,
        probes=sampling_probes),
    "5.8": Exercise(
        "Train on batches in two halves",
        "One update for each batch, and nothing but parameters and velocity goes from one to the next.",
        train_in_halves, training_instances,
        hints=("What is made anew for each half, what for each batch, and what lives as long as the "
               "training?",
               "L = (S_1 + S_2) / (n_1 + n_2), with S_i the sum over the counted steps of half i, and n_i "
               "their number. Its gradient is the sum of two gradients, divided by n_1 + n_2.",
               "Before the loop: velocity None, an empty list of losses. For each batch: n from both masks, "
               "a dict of zeros, loss 0. For each half: forward from no state, loss and dy with the "
               "reduction \"sum\", backward with dy / n, add. After both halves: clip, momentum, note the "
               "loss."),
        points=4, parts=("the new params", "the list of losses"), formulas=Training,
        mistakes=TRAINING_MISTAKES, probes=training_probes,
        far=lambda: [larger_outputs(training_instances()[1])]),
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
        hints=("Which line needs nothing from the others? And which name is given a new value by more than "
               "one line?",
               "data, forward, loss, backward, clip, update. Two lines more have to find their places "
               "between these.",
               "The gradients of x and h0 must go before a norm is taken. And the loss is that of the "
               "parameters before the update.")),
    "5.10": choice(
        "The missing first share", "Predicted.", "c", {
            "a": "The first letter still gets its gradient: dW_xh, db_h and dx of step 1 are complete. Only "
                 "what W_hh met at step 1 is left out. What did it meet?",
            "b": "A diverging loss needs a gradient that points uphill. How large is the share that is left "
                 "out?",
            "c": "Every name starts from h_0 = 0, so the share da_1 h_0^T that is left out is zero. On this "
                 "task the wrong code gives the right gradient, and neither the loss nor a check on these "
                 "data can tell. Start from a state that is not zero, and it is wrong.",
            "d": "The code is wrong, that is true. But a check on a batch of names compares two numbers that "
                 "are the same: compute da_1 h_0^T there."},
        hints=("Write down what is left out: a product of two factors. What is the second factor, for every "
               "name?",
               "The share is da_1 h_0^T, and rnn.forward starts with h_0 = 0 if it is given no state.",
               "Zero, exactly, in every update. Which of the options fits, for the loss and for a check on "
               "the same data?")),
    "5.11": Exercise(
        "A Hessian times a vector", "One backward pass on complex numbers tells how the gradient changes.",
        hessian_vector, curvature_instances,
        hints=("Lesson 04 differentiated a number by one complex step. What changes if a whole gradient is "
               "returned, and the step goes along a direction?",
               "g(theta + i eps u) = g(theta) + i eps H u - ...: the product is Im g(theta + i eps u) / eps.",
               "Choose eps = 1e-100. Call gradient once, at theta + 1j * eps * direction; np.imag of the "
               "result, over eps."),
        points=2, tolerance=1e-11, parts=("the product",), formulas=HessianVector,
        mistakes=HESSIAN_MISTAKES, probes=curvature_probes),
}


# --- warm-ups: from lessons 04, 03 and 01 ---

SLOPE_MISTAKES = {
    "slope missing": row("03.3", lambda h, dh: dh,
        "dh arrives unchanged; between a and h stands tanh.",
        "tanh is flatter than 1 wherever h is not 0, so a gradient gets shorter on its way through."),
    "tanh applied once more": row("03.3", lambda h, dh: (1 - np.tanh(h) ** 2) * dh,
        "The slope is made of tanh(h), but h is tanh(a) already.",
        "tanh's slope at a is 1 - tanh(a)^2, and tanh(a) is h."),
    "square missing": row("03.3", lambda h, dh: (1 - h) * dh,
        "The slope is 1 - h; it must be 1 - h^2.",
        "tanh has the same slope at a and at -a, so the sign of h cannot matter."),
    "divided by the slope": row("03.3", lambda h, dh: dh / (1 - h ** 2),
        "It divides by the slope; it must multiply.",
        "near h = 1 tanh is flat: a changes, h hardly does. So dL/da is small there."),
}

COPY_MISTAKES = {
    "mean over the copies": row("01.6", lambda w, shares, rate: w - rate * shares.mean(),
        "The shares are averaged; they must be added up.",
        "a weight that moves changes every copy, and all the changes reach the loss."),
    "last copy only": row("01.6", lambda w, shares, rate: w - rate * shares[-1],
        "Only the last copy's share is used.",
        "one weight is read at every step. Each reading is a copy, and each has its share."),
    "uphill": row("01.6", lambda w, shares, rate: w + rate * shares.sum(),
        "The weight moves uphill: the step is added; it must be subtracted.",
        "the gradient points to where the loss grows."),
    "gradient alone": row("01.6", lambda w, shares, rate: shares.sum(),
        "It is the gradient; the weight after a step is asked for.",
        "new weight = weight - rate * gradient."),
    "each copy by itself": row("01.6", lambda w, shares, rate: w - rate * shares,
        "Every copy gets a weight of its own.",
        "the copies are one weight: one number comes out."),
}

WARM_UPS = {
    "5.a": choice(
        "Where a mistake hides", "With a single step there is no later one.", "b", {
            "a": "With a bias of zero, db_h is as wrong as the others. Does the term that is missing read a "
                 "bias at all?",
            "b": "dL/da_{t+1} does not exist at the last step, and here the last step is the only one.",
            "c": "A sequence goes back through its own steps. How many others stand beside it does not "
                 "matter.",
            "d": "dW_hh gets no share from step 1 then. But at every step but the last, dh_t lacks what "
                 "comes from later."},
        hints=("When is the missing term zero?",
               "dh_t = W_hy^T dy_t + W_hh^T da_{t+1}; at t = T there is no da_{t+1}.",
               "Look for the problem on which every step is the last one."), points=0),
    "5.b": Exercise(
        "Back through tanh", "The slope is made of the state itself.",
        lambda h, dh: (1 - h ** 2) * dh,
        [(np.array([[0.5, -0.8], [0.1, 0.9]]), np.array([[2.0, 1.0], [-3.0, 4.0]])),
         (np.array([[-0.3, 0.6, 0.0]]), np.array([[1.5, -1.0, 2.0]]))],
        hints=("What is the slope of tanh, written with tanh's own value?",
               "h = tanh(a) has the slope 1 - h^2, and dL/da = slope * dL/dh, entry by entry.",
               "One minus the square of h, times dh."),
        mistakes=SLOPE_MISTAKES, parts=("the gradient",), points=0),
    "5.c": Exercise(
        "One weight, many copies", "One weight, one gradient: the sum over all its copies.",
        lambda w, shares, rate: w - rate * shares.sum(),
        [(0.7, np.array([2.0, -1.0, 0.5, 0.25]), 0.1), (-1.2, np.array([0.3, 0.4, -2.0]), 0.05)],
        hints=("If the weight moves a little, which copies move with it?",
               "The gradient is the sum of the shares; new weight = weight - rate * gradient.",
               "shares.sum(), times the rate, taken from w."),
        mistakes=COPY_MISTAKES, parts=("the new weight",), points=0),
}
