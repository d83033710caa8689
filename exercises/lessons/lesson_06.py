"""Exercises of lesson 06: products of Jacobians, powers, exponents, clipping, and where to start."""

import numpy as np

from exercises.engine.exercise import Exercise
from exercises.engine.far import Far
from exercises.engine.kinds import choice, ordering
from exercises.engine.mistakes import row
from exercises.engine.options import Predict
from exercises.formulas import diagnosis, far_problems
from exercises.formulas.pathologies import (ADDING_MISTAKES, EFFECT_MISTAKES, EXPONENT_MISTAKES, LAG_MISTAKES,
                                            ONE_CLIP, SENSITIVITY_MISTAKES, WALL_MISTAKES, ClippedSum,
                                            Exponents, LagProducts, Sensitivity, ValueClipEffect, Wall,
                                            as_one_clip)
from helpers import clip, rnn
from helpers.gradcheck import random_problem
from helpers.pathologies import jacobians


# --- 6.1: products over the lag. The reference nudges h_{T-n} and runs on, to first order ---

def all_lags(W_hh, slopes):
    """Each column of a product is what the last state makes of one nudge."""
    T, H = slopes.shape
    products = np.empty((T + 1, H, H))
    for n in range(T + 1):
        nudges = np.eye(H)
        for t in range(T - n, T):
            nudges = slopes[t][:, None] * (W_hh @ nudges)
        products[n] = nudges
    return products


def network(seed, T, H, activation="tanh"):
    """The arguments of 6.1, from a random network: W_hh and the slopes of each step."""
    problem = random_problem(np.random.default_rng(seed), T=T, B=1, D=2, H=H, O=3)
    cache = rnn.forward(problem.params, problem.x, problem.h0, activation)
    W_hh = problem.params["W_hh"]
    if activation == "relu":
        return W_hh, (cache.h[1:, 0] > 0).astype(float)
    return W_hh, 1 - cache.h[1:, 0] ** 2


FIRST = network(61, T=5, H=4)
LAGS = [FIRST, network(62, T=7, H=3), network(63, T=5, H=6, activation="relu")]

LONG = Far("on a sequence of 60 steps", (np.linalg.qr(FIRST[0])[0], np.full((60, 4), 0.99)))


# --- 6.3: lengths of powers ---

def power_norms(W, n):
    """The largest singular value of every power of W, from W^0 to W^n."""
    return np.array([np.linalg.svd(np.linalg.matrix_power(W, k))[1][0] for k in range(n + 1)])


class Powers:
    """The lengths of powers, formula by formula. Arguments as those of ``power_norms``."""

    as_written = True           # its products stand on paper as in code

    def __init__(self, W, n):
        self.W, self.n = W, n

    def run(self):
        """All lengths, from W^0 to W^n."""
        return np.array([self.length(k) for k in self.exponents()])

    def exponents(self):
        """the exponents, 0 ... n"""
        return range(self.n + 1)

    def power(self, k):
        """the matrix power, W^k"""
        return np.linalg.matrix_power(self.W, k)

    def length(self, k):
        """the longest that W^k makes a vector of length 1, its largest singular value"""
        return np.linalg.norm(self.power(k), 2)


def growth_since_the_last_power(W, n):
    norms = power_norms(W, n)
    return np.append(1.0, norms[1:] / norms[:-1])


POWER_MISTAKES = {
    "spectral radius to the power": row("06.3",
        lambda W, n: np.abs(np.linalg.eigvals(W)).max() ** np.arange(n + 1),
        "These are powers of the spectral radius: |eigenvalue|^k.",
        "that is a lower bound. It is reached if W's eigenvectors are perpendicular; here they are not."),
    "norm to the power": row("06.2", lambda W, n: np.linalg.norm(W, 2) ** np.arange(n + 1),
        "These are powers of W's largest singular value; each power of W has its own.",
        "the direction that W stretches most is not the one that the next W stretches most. This is an upper "
        "bound."),
    "powers of the entries": row("06.1",
        lambda W, n: np.array([np.linalg.norm(W ** k, 2) for k in range(n + 1)]),
        "W ** k takes the power of every entry; it must be the matrix power W @ W @ ... @ W.",
        "In code: np.linalg.matrix_power(W, k), or multiply by W once more in every round."),
    "root of all squares": row("06.2",
        lambda W, n: np.array([np.linalg.norm(np.linalg.matrix_power(W, k)) for k in range(n + 1)]),
        "These are roots of the sums of all squared entries, the Frobenius norm; the largest singular value "
        "is wanted.",
        "In code: np.linalg.norm(M) of a matrix is the Frobenius norm, np.linalg.norm(M, 2) the largest "
        "singular value."),
    "powers one too high": row("06.3", lambda W, n: power_norms(W, n + 1)[1:],
        "The list starts with W; it must start with W^0, the identity.",
        "no step changes nothing, so the first number is 1."),
    "last power missing": row("06.3", lambda W, n: power_norms(W, n)[:-1],
        "The last power is missing: the list ends with W^{n-1}.",
        "In code: range(n) ends at n - 1. There are n + 1 powers from 0 to n."),
    "smallest singular values": row("06.2",
        lambda W, n: np.array([np.linalg.svd(np.linalg.matrix_power(W, k))[1][-1] for k in range(n + 1)]),
        "These are the smallest singular values; the largest are wanted.",
        "In code: np.linalg.svd returns them in descending order, the largest first."),
    "growth since the last power": row("06.3", growth_since_the_last_power,
        "These are ratios of one power's largest singular value to the one before.",
        "the question is how much k steps stretch all together, from the start."),
}

NOT_NORMAL = np.array([[0.8, 3.0, -1.0], [0.0, 0.7, 2.0], [0.1, 0.0, -0.6]])
POWERS = [(NOT_NORMAL, 9), (FIRST[0], 6)]


# --- 6.4: exponents ---

def varying(seed, T, H, gain):
    """Jacobians (T, H, H) that differ from step to step."""
    rng = np.random.default_rng(seed)
    W = gain * rng.standard_normal((H, H)) / np.sqrt(H)
    return rng.uniform(0.3, 1.0, (T, H, 1)) * W


SHORT = varying(64, T=12, H=4, gain=1.2)
EXPONENTS = [(SHORT,), (varying(65, T=600, H=3, gain=0.2),),        # the product of the second underflows
             (varying(66, T=6, H=3, gain=30.0),)]


# --- 6.5: the wall. The reference finds the slope by moving the state ---

def wall(h0, b):
    """The weight that balances a unit at h0, and the growth of a nudge there: (w, factor)."""
    w = (0.5 * np.log((1 + h0) / (1 - h0)) - b) / h0
    return w, np.tanh(w * (h0 + 1e-100j) + b).imag / 1e-100


# --- 6.6 to 6.8: clipping ---

def value_clip_effect(grads, limit):
    """The length after clipping by value, and the cosine between before and after."""
    clipped = clip.by_value(grads, limit)
    return clip.global_norm(clipped), clip.cosine(clipped, grads)


def clip_mended(grads, max_norm):
    """The arrays of grads, shortened by one factor to a global norm of at most max_norm."""
    return clip.by_global_norm(grads, max_norm)[0]


def clipped_sum(pieces, max_norm):
    """The sum of the pieces, shortened by one factor to a global norm of at most max_norm."""
    total = {name: np.sum([piece[name] for piece in pieces], axis=0) for name in pieces[0]}
    return clip.by_global_norm(total, max_norm)[0]


def pieces(seed, scales):
    """Gradients of several pieces: one dict for each scale."""
    rng = np.random.default_rng(seed)
    shapes = {"W_hh": (4, 4), "W_xh": (4, 2), "b_h": (4,)}
    return [{name: scale * rng.standard_normal(shape) for name, shape in shapes.items()} for scale in scales]


TOO_LONG = pieces(66, (0.3, 4.0, 0.5))
CLIPPED = [(TOO_LONG, 1.5), (pieces(67, (0.02, 0.05)), 2.0), (pieces(68, (3.0, 1.0, 0.2, 2.0)), 0.4),
           (pieces(70, (60.0, 20.0)), 40.0)]


# --- 6.10: an orthogonal start ---

def orthogonal_from(A, gain):
    """By Gram and Schmidt: each column of A, less what the columns before it cover, scaled to length gain."""
    Q = np.array(A, float)
    for _ in range(2):                                  # twice, so that rounding errors do not add up
        for j in range(len(Q)):
            Q[:, j] -= Q[:, :j] @ (Q[:, :j].T @ Q[:, j])
            Q[:, j] /= np.linalg.norm(Q[:, j])
    return gain * Q


class OrthogonalStart:
    """The start by QR, formula by formula. Arguments as those of ``orthogonal_from``."""

    as_written = True           # its products stand on paper as in code

    def __init__(self, A, gain):
        self.A, self.gain = A, gain

    def run(self):
        """The matrix."""
        return self.scaled()

    def Q(self):
        """the orthogonal factor, Q"""
        return np.linalg.qr(self.A)[0]

    def signs(self):
        """the sign of each entry of R's diagonal, sign(diag R)"""
        return np.sign(np.diag(np.linalg.qr(self.A)[1]))

    def turned(self):
        """the columns of Q, each times its sign"""
        return self.Q() * self.signs()

    def scaled(self):
        """the matrix, gain times these columns"""
        return self.gain * self.turned()


def signs(A):
    """The signs on the diagonal of A's triangular factor."""
    return np.sign(np.diag(np.linalg.qr(A)[1]))


START_MISTAKES = {
    "gain missing": row("06.8", lambda A, gain: orthogonal_from(A, 1.0),
        "The matrix is orthogonal, but it is not multiplied by gain.",
        "with gain, all singular values are gain."),
    "signs left as they come": row("06.8", lambda A, gain: gain * np.linalg.qr(A)[0],
        "Columns have the signs that QR happens to give them.",
        "QR is unique only if R's diagonal is positive. Multiply each column of Q by the sign of R's "
        "diagonal entry."),
    "signs on rows": row("06.8",
        lambda A, gain: gain * signs(A)[:, None] * np.linalg.qr(A)[0],
        "The signs multiply rows of Q; they must multiply its columns.",
        "A = Q R. To make R[j, j] positive, row j of R and column j of Q change their signs."),
    "diagonal in place of its sign": row("06.8",
        lambda A, gain: gain * np.linalg.qr(A)[0] * np.diag(np.linalg.qr(A)[1]),
        "Columns are multiplied by R's diagonal; only its sign is wanted.",
        "a column of length 1 times R[j, j] no longer has length 1."),
    "triangular factor": row("06.8",
        lambda A, gain: gain * np.linalg.qr(A)[1] * signs(A)[:, None],
        "This is R, the triangular factor; Q is the orthogonal one.",
        "In code: np.linalg.qr returns Q first, then R."),
    "orthogonal transposed": row("06.8", lambda A, gain: orthogonal_from(A, gain).T,
        "This is the transpose of the matrix that is asked for.",
        "a transposed orthogonal matrix is orthogonal, too, but its rows come from A's columns."),
    "scaled to norm": row("06.8", lambda A, gain: gain * A / np.linalg.norm(A, 2),
        "A is divided by its largest singular value; then all others are smaller than gain.",
        "an orthogonal matrix has only one singular value. Scaling changes all of them by the same factor."),
    "scaled to radius": row("06.3", lambda A, gain: gain * A / np.abs(np.linalg.eigvals(A)).max(),
        "A is divided by its spectral radius; its singular values still spread.",
        "eigenvalues do not bound a length. An orthogonal matrix has only one singular value."),
    "columns not perpendicular": row("06.8", lambda A, gain: gain * A / np.linalg.norm(A, axis=0),
        "Every column has the length gain, but the columns are not perpendicular.",
        "orthogonal asks for both. QR takes from each column what the columns before it cover."),
}


def start_instances():
    """The arguments of 6.10: random matrices, and the singular values that are asked for."""
    rng = np.random.default_rng(69)
    return [(rng.standard_normal((4, 4)), 1.3), (rng.standard_normal((6, 6)), 0.7),
            (rng.standard_normal((9, 9)), 2.0)]


# --- 6.13: a state and its sensitivity. The reference adds up what is left of each input ---

def state_and_sensitivity(a, x):
    """h_t is the sum of a^k x_{t-k}, its derivative that of k a^(k-1) x_{t-k}."""
    k = np.arange(len(x), dtype=float)
    left, moved = a ** k, k * a ** np.maximum(k - 1, 0)
    return np.convolve(left, x)[:len(x)], np.convolve(moved, x)[:len(x)]


NOISE = np.random.default_rng(73).standard_normal(9)


EXERCISES = {
    "6.1": Exercise(
        "Jacobians over every lag", "One product per lag, each with one Jacobian more on its right.",
        all_lags, LAGS,
        hints=("From lag n to lag n + 1 one more step joins the product. Is it a later or an earlier one, "
               "and does it act before or after the others?",
               "P_0 = I and P_n = P_{n-1} J_{T-n+1}, with J_t = diag(slopes of step t) W_hh. slopes[t - 1] "
               "belongs to step t.",
               "Start a list with np.eye(H). In round n = 1 ... T append the last product @ (slopes[T - "
               "n][:, None] * W_hh). Return the list as an array."),
        mistakes=LAG_MISTAKES, formulas=LagProducts, points=2, far=[LONG, far_problems.larger(FIRST, 0)],
        parts=("the stack of products",),
        probes={"T = 1": (FIRST[0], FIRST[1][-1:]),
                "T = 2": (FIRST[0], FIRST[1][-2:]),
                "all slopes are 1": (FIRST[0], np.ones((5, 4))),
                "all steps have the same slopes": (FIRST[0], np.tile(FIRST[1][0], (5, 1))),
                "W_hh is symmetric": ((FIRST[0] + FIRST[0].T) / 2, FIRST[1]),
                "W_hh is the identity": (np.eye(4), FIRST[1])}),
    "6.2": choice(
        "What a large singular value promises", "A bound on one step is all there is.", "b", {
            "a": "Section 2 shows a network with such a W_hh whose gradient vanishes. Which factor besides "
                 "W_hh is in every Jacobian, and how small can it be?",
            "b": "J_t^T first multiplies entries by slopes of at most 1 and then stretches by at most 2. "
                 "Whether any gradient gets near that limit is left open.",
            "c": "For that every singular value of every Jacobian must be at least 1. You are told about the "
                 "largest one of W_hh only, and about no slope.",
            "d": "Compare the two bounds: twenty factors of at most 2 are at most 2^20, which is about a "
                 "million. Why would the gradient stay below 2 over all of them?"},
        hints=("J_t^T = W_hh^T diag(1 - h_t^2). Which of the two factors can be arbitrarily small?",
               "|J^T g| <= (largest singular value of W_hh) * (largest slope) * |g|, and the slope is at "
               "most 1.",
               "An upper bound is a promise about too large values. Which option is one, and for how many "
               "steps?")),
    "6.3": Exercise(
        "How far powers stretch", "Each power has its own largest singular value.", power_norms, POWERS,
        hints=("The longest that k steps of a linear network can make a vector of length 1: which number of "
               "which matrix is it?",
               "The largest singular value of W^k, for k = 0 ... n, where W^k is the matrix power.",
               "np.linalg.matrix_power(W, k) is the power, np.linalg.norm(M, 2) the largest singular value "
               "of M. Collect them for k in range(n + 1)."),
        mistakes=POWER_MISTAKES, formulas=Powers, parts=("the list of norms",),
        probes={"n = 1": (NOT_NORMAL, 1), "W is symmetric": ((NOT_NORMAL + NOT_NORMAL.T) / 2, 9),
                "W is diagonal": (np.diag([0.5, -0.9, 0.3]), 9), "H = 1": (np.array([[-0.8]]), 9)}),
    "6.4": Exercise(
        "Lyapunov exponents", "The rates are right, over twelve steps and over six hundred.",
        jacobians.lyapunov_exponents, EXPONENTS,
        hints=("After a step the directions are neither of length 1 nor perpendicular. Which factorisation "
               "gives back such directions, and where does it leave the growth?",
               "J_t Q_{t-1} = Q_t R_t, and exponent i is the mean over t of log |R_t[i, i]|.",
               "Start with Q = np.eye(H) and total = np.zeros(H). For each J_t: Q, R = np.linalg.qr(J_t @ "
               "Q), then add the logarithm of the absolute diagonal. Divide by len(J)."),
        mistakes=EXPONENT_MISTAKES, formulas=Exponents, points=2,
        far=[far_problems.larger((SHORT,), times=far_problems.MANY_TIMES)],
        parts=("the list of exponents",),
        probes={"T = 1": (SHORT[:1],), "H = 1": (SHORT[:, :1, :1],),
                "all Jacobians are diagonal": (SHORT * np.eye(4),),
                "all Jacobians are symmetric": (SHORT + SHORT.swapaxes(1, 2),),
                "all steps have the same Jacobian": (np.tile(SHORT[0], (12, 1, 1)),)}),
    "6.5": Exercise(
        "The wall", "One equation for the balance, one Jacobian for the growth.", wall,
        [(0.5, -0.2), (0.3, 0.15), (-0.6, 0.25)],
        hints=("If the first state is also the second, what is the pre-activation of step 1?",
               "artanh(h0) = w h0 + b, and dh_t/dh_{t-1} = (1 - h_t^2) w, with h_t = h0.",
               "w = (np.arctanh(h0) - b) / h0; the factor is (1 - h0 ** 2) * w. Return both, w first."),
        mistakes=WALL_MISTAKES, formulas=Wall, parts=("w", "the factor"),
        probes={"b = 0": (0.5, 0.0)}),
    "6.6": Exercise(
        "Length and direction", "The length, and how far it was turned.", value_clip_effect,
        [(TOO_LONG[1], 1.5), (TOO_LONG[0], 0.2), (TOO_LONG[2], 0.4)],
        hints=("Over what do the three sums run: over one array at a time, or over all together?",
               "length = sqrt(sum v^2), cosine = sum(v g) / (sqrt(sum v^2) sqrt(sum g^2)), with v = "
               "np.clip(g, -limit, limit) and sums over all entries of all arrays.",
               "Start vv = gg = vg = 0.0. In a loop over grads.values(): cut the array, add np.sum(cut * "
               "cut), np.sum(g * g) and np.sum(cut * g). After the loop the two formulas."),
        mistakes=EFFECT_MISTAKES, formulas=ValueClipEffect, far=[far_problems.larger((TOO_LONG[1], 1.5))],
        parts=("the length", "the cosine"),
        probes={"nothing is cut": (TOO_LONG[0], 1e3),
                "there is one array": ({"W_hh": TOO_LONG[1]["W_hh"]}, 1.5)}),
    "6.7": Exercise(
        "Find the bug", "One norm for all, known before the first is shortened. As found, only the last "
        "array came out right: by then, all squares were added up.", clip_mended,
        [(TOO_LONG[1], 1.5), (TOO_LONG[0], 0.4), (TOO_LONG[2], 50.0)],
        hints=("What does squares hold when the first array is shortened?",
               "factor = min(1, max_norm / norm), where norm belongs to all arrays: it is known only after "
               "the loop over them.",
               "Two loops: the first adds up all the squares; then norm and factor, once; the second "
               "multiplies every array by the factor."),
        mistakes=ONE_CLIP, formulas=ClippedSum, form=as_one_clip,
        far=[far_problems.larger((TOO_LONG[1], 1.5))],
        probes={"there is one array": ({"W_hh": TOO_LONG[1]["W_hh"]}, 1.5),
                "nothing is too long": (TOO_LONG[0], 1e3)}),
    "6.8": Exercise(
        "Clip what was added up", "Added up first, then clipped once, all arrays by one factor.",
        clipped_sum, CLIPPED,
        hints=("Which vector is the gradient that you want to follow, only shorter: each piece's, or their "
               "sum?",
               "g = sum of the pieces; then every array of g times min(1, max_norm / |g|), with one |g| over "
               "all arrays.",
               "First a dict total = {name: sum(piece[name] for piece in pieces) ...}. Then the norm as in "
               "exercise 5.4, then the factor."),
        mistakes=ADDING_MISTAKES | ONE_CLIP, formulas=ClippedSum, points=2,
        probes={"there is one piece": (TOO_LONG[:1], 0.5),
                "there is one array": ([{"W_hh": piece["W_hh"]} for piece in TOO_LONG], 1.5),
                "nothing is too long": (TOO_LONG, 1e3),
                "all pieces are equal": ([TOO_LONG[0]] * 3, 1.5)}),
    "6.9": ordering(
        "The moment to clip", "Everything is added up, then measured, then shortened, then used.",
        "fbdagce", {
            "d": [("b", "the backward pass needs the outputs and states of the forward pass.")],
            "a": [("d", "it adds the gradients that the backward pass has yet to find."),
                  ("f", "it adds to totals that nobody has set to zero. Zeros that come later wipe out these "
                        "gradients, or help the next update only.")],
            "g": [("a", "the norm would be that of the totals without this update's pieces.")],
            "c": [("g", "the factor is max_norm / norm, so the norm comes first.")],
            "e": [("c", "the update would use the gradient at its full length.")]},
        hints=("Which line must come before any gradient is added?",
               "Forward, backward, add: that is the inner loop. Norm, shorten, update: that happens once.",
               "Totals to zero; then the three lines of the inner loop in their order; then measure, then "
               "shorten, then update.")),
    "6.10": Exercise(
        "An orthogonal start", "All singular values are equal to gain.", orthogonal_from, start_instances,
        formulas=OrthogonalStart,
        hints=("A = Q R. Which of the two factors has perpendicular columns of length 1?",
               "W = gain * Q * sign(diag R), the signs multiplying the columns of Q.",
               "Q, R = np.linalg.qr(A). np.diag(R) is its diagonal, np.sign gives +1 and -1. A vector on the "
               "right of * lines up with the columns."),
        mistakes=START_MISTAKES, parts=("the matrix",),
        far=lambda: [far_problems.larger(start_instances()[0], 1)],
        probes={"H = 1": (np.array([[-0.4]]), 1.3), "A is diagonal": (np.diag([0.5, -1.2, 2.0]), 1.3),
                "gain = 1": (np.random.default_rng(69).standard_normal((4, 4)), 1.0)}),
    "6.11": choice(
        "Which remedy?", "A gradient that never arrives needs a path on which it survives.", "c", {
            "a": "Clipping shortens. Here the whole gradient is short already, and no factor common to all "
                 "parameters brings the part from step 1 back.",
            "b": "A larger rate multiplies all parts of the gradient alike. The part from the last few "
                 "steps, which is a billion times longer, decides the step as before.",
            "c": "All singular values of the identity are 1, so the Jacobians shrink a gradient only by the "
                 "slopes, and 60 steps back there is something left to learn from.",
            "d": "Slopes of tanh become smaller when its inputs become larger. Would the product over 60 "
                 "steps grow or shrink?"},
        hints=("Compare the gradient at the last state with that at the first. Is the trouble the length of "
               "the whole, or the share of the early steps?",
               "The share of a step n back is a product of n Jacobians. Which options change that product, "
               "and in which direction?",
               "Two options multiply everything by one number. Of the other two, one makes the slopes "
               "smaller.")),
    "6.12": Exercise(
        "Diagnose this network", "You can tell from outside what a network does to its gradients.",
        diagnosis.diagnose, diagnosis.networks,
        hints=("Run forward. Send a gradient from h_T back to h_0, and divide its length where it arrives by "
               "its length where it starts. Only if it vanished: take the mean of 1 - h^2 over steps 1 to T.",
               "growth = |dh_0| / |dh_T|. Above 1000: explodes, so clip. Below 1/1000: saturates if the mean "
               "slope is below 0.2 (smaller inputs), else vanishes (a larger gain). Between: healthy, none.",
               "h = forward(x); dh = backward(h, np.ones(h.shape[1])); the lengths of dh[0] and dh[-1] by "
               "np.linalg.norm; the mean of 1 - h[1:] ** 2; four returns, each of a pair of words."),
        mistakes=diagnosis.MISTAKES, parts=("the finding", "the remedy"), points=2),
    "6.13": Exercise(
        "One pass for a state and its derivative", "Two terms a step: what a meets, and what came before.",
        state_and_sensitivity, [(0.8, NOISE), (-0.6, NOISE[::-1] + 0.3), (0.95, 2 * NOISE[:6] - 0.5)],
        hints=("In a h_{t-1} two factors depend on a. What does the product rule say?",
               "Both start at 0, with h_0. Then s_t = h_{t-1} + a s_{t-1} and h_t = a h_{t-1} + x_t.",
               "Start with h, s = 0.0, 0.0. For each number of x: h, s = a * h + number, h + a * s (both "
               "from the old h), and append both to lists. Return two arrays."),
        mistakes=SENSITIVITY_MISTAKES, formulas=Sensitivity, parts=("h", "dh/da"),
        far=[far_problems.larger((0.8, NOISE), 1),
             Far("on a sequence of 60 steps", (0.99, np.random.default_rng(74).standard_normal(60)))],
        probes={"T = 1": (0.8, NOISE[:1]), "T = 2": (0.8, NOISE[:2]), "a = 0": (0.0, NOISE),
                "a = 1": (1.0, NOISE)}),
}

# What a learner commits to before the next cell runs. A number is an address, as an exercise's is, and is
# never given twice. The thoughts are read after "Behind b is often the thought that".

PREDICTS = {
    "P06.1": Predict("Jacobians multiplied entry by entry", {
        "a": ("By a few percent.", "both are products of the same numbers, so they cannot be far apart."),
        "b": ("By a factor of about 10.",
              "each step adds its small error, and twenty small errors make one of middle size."),
        "c": ("By much more.",
              "the true product adds up all paths from unit to unit while the other keeps one link, "
              "and that such a difference multiplies at every step.")}, "c"),
    "P06.2": Predict("A circle of gradients, at spectral radius 0.97", {
        "a": ("First some radius grows, later all shrink; it does not stay round.",
              "eigenvalues decide where it ends, and singular values what a single step does."),
        "b": ("It shrinks from the first step on, and becomes an ellipse.",
              "two eigenvalues shrink two directions, each at its own rate, so that no length can "
              "grow."),
        "c": ("It shrinks from the first step on, and stays round.",
              "an eigenvalue below 1 shrinks everything, in every direction and at every step.")}, "a"),
    "P06.3": Predict("Norm 2.0 and spectral radius 1.28", {
        "a": ("Yes, they explode.", "a factor above 1, applied again and again, must grow."),
        "b": ("No, they vanish.",
              "slopes below 1 are in every factor, and that the direction which one step stretches "
              "most is not the one of the next."),
        "c": ("Neither: they keep about their length.",
              "a norm above 1 and slopes below 1 hold each other in balance.")}, "b"),
    "P06.4": Predict("Powers at spectral radius 0.9", {
        "a": ("All three shrink like $0.9^n$, from the first power on.",
              "the spectral radius is the rate at which powers grow or shrink, from the start."),
        "b": ("The rotation shrinks like $0.9^n$; the triangle grows first.",
              "perpendicular eigenvectors make powers shrink evenly, and that others can stretch a "
              "vector before it shrinks."),
        "c": ("The Gaussian grows most, for it has the most entries.",
              "the more numbers are added up, the longer the sum becomes."),
        "d": ("The rotation keeps all lengths; the other two shrink from the first power on.",
              "a rotation changes no length, whatever it is multiplied by.")}, "b"),
    "P06.5": Predict("Inputs ten times as large", {
        "a": ("Longer.", "a stronger signal goes further, forward and back."),
        "b": ("About as long.", "only W_hh carries a gradient back, and W_hh has not changed."),
        "c": ("Shorter.", "larger inputs drive the states towards 1 and -1, where tanh is flat.")}, "c"),
    "P06.6": Predict("The first step back, for three activations", {
        "a": ("For none of them, and ReLU does nothing special.",
              "a spectral radius below 1 makes every step shrink, whatever the slopes."),
        "b": ("For the linear network only; ReLU shrinks an ellipse evenly.",
              "a slope below 1, or a unit that is off, takes away more than W_hh gives."),
        "c": ("For the linear network and ReLU; ReLU leaves an ellipse as it is.",
              "ReLU has slope 1, so that it does what the linear network does."),
        "d": ("For all three; and ReLU can flatten an ellipse to a line.",
              "one step can stretch by the largest singular value, which may be above 1, and that a "
              "unit that is off takes a whole direction away.")}, "d"),
    "P06.7": Predict("Where a gradient keeps its length", {
        "a": ("Near 1 for both.", "the spectral radius of W_hh decides, whatever the activation."),
        "b": ("Above 1 for both.",
              "slopes below 1 and units that are off both take something away, and W_hh has to make up "
              "for it."),
        "c": ("For $\\tanh$ nowhere up to 2, near 1 for ReLU.",
              "slopes below 1 always win in the end, so that gradients of tanh cannot do anything but "
              "vanish."),
        "d": ("Above 1 for $\\tanh$, near 1 for ReLU.",
              "only tanh has slopes below 1, while ReLU hands on what it gets.")}, "b"),
    "P06.8": Predict("Does the size of the inputs move the line?", {
        "a": ("For all three.", "larger inputs make larger states, and larger states larger gradients."),
        "b": ("For $\\tanh$.",
              "the size of a state sets the slope of tanh, and neither of the other slopes."),
        "c": ("For $\\tanh$ and ReLU.", "whatever is not linear depends on how large its inputs are."),
        "d": ("For none.", "the line belongs to W_hh, and the inputs are not in it.")}, "b"),
    "P06.9": Predict("Where the exponent crosses zero", {
        "a": ("At the same radius, whatever the input.",
              "the exponent is the logarithm of the spectral radius in every network."),
        "b": ("At a larger radius; a stronger input moves it down.",
              "slopes below 1 take something away, but that a stronger input adds to the growth."),
        "c": ("At a larger radius; a stronger input moves it up.",
              "slopes below 1 take something away, and the more the further an input pushes the states "
              "out.")}, "c"),
    "P06.10": Predict("A loss without a jump in its formula", {
        "a": ("Hardly, then all at once, then hardly again.",
              "the last state has two places to go to, and that a small change of w decides between "
              "them."),
        "b": ("Faster and faster with $w$.",
              "thirty factors of w make a power of w, which grows all the way."),
        "c": ("Gently everywhere.", "a sum of smooth functions has no steep place.")}, "a"),
    "P06.11": Predict("Two runs at the wall", {
        "a": ("Both get past it; the clipped one needs more updates.",
              "clipping shortens steps and changes nothing else."),
        "b": ("The free one is thrown far away; the clipped one goes on.",
              "a gradient that is right for a tiny step says nothing about a huge one."),
        "c": ("The free one leaps to the minimum; the clipped one stays behind.",
              "a long gradient means that there is a long way to go."),
        "d": ("Both are thrown far away.",
              "the direction is what is wrong at a wall, and that clipping keeps the direction.")}, "b"),
    "P06.12": Predict("Which threshold helps?", {
        "a": ("From the largest on; and the smaller, the better.",
              "clipping is a safety net, and a tighter one is safer."),
        "b": ("At 1 only; larger ones do nothing, smaller ones stop the run.",
              "1.0 is the threshold that one takes, and that others are mistakes."),
        "c": ("Somewhere between 10 and 1; and it can be too small.",
              "a threshold has to fit the lengths of the gradients, and that tiny steps take long.")}, "c"),
    "P06.13": Predict("Four ways to clip", {
        "a": ("By global norm keeps both; no other way does.",
              "one factor for all is the only one that turns nothing, and that several parts of length "
              "1 are longer than 1 together."),
        "b": ("By global norm and per array keep both; the other two keep neither.",
              "a norm divides by one number, so that whatever uses a norm keeps the direction."),
        "c": ("All four keep both: what is cut is shorter, and points the same way.",
              "clipping only makes numbers smaller, so that the arrow is shorter and points the same "
              "way."),
        "d": ("By global norm keeps the direction; all four keep the length at or below 1.",
              "what is cut to 1 cannot be longer than 1.")}, "a"),
    "P06.14": Predict("Clip before or after adding up", {
        "a": ("Clipped before adding.", "before adding, no piece can speak louder than another."),
        "b": ("Clipped after adding.", "only the sum knows what most of the sequences want."),
        "c": ("Neither: both point the same way.", "shortening and adding can change places.")}, "a"),
    "P06.15": Predict("Which starts keep a gradient?", {
        "a": ("In the orthogonal one and both identities.",
              "only singular values of 1 carry a gradient far, and that a Gaussian matrix has many "
              "near 0."),
        "b": ("In both with ReLU.", "gradients vanish by the slopes of tanh, and that those of ReLU are 1."),
        "c": ("In none.", "a hundred factors leave nothing, however one starts."),
        "d": ("In all but two: the small Gaussian, and the Gaussian with ReLU.",
              "the gain has to be near 1, and that ReLU, whose units are off half of the time, needs "
              "more than that.")}, "d"),
    "P06.16": Predict("Which starts learn a delay?", {
        "a": ("All six learn 10, and none learns 100.",
              "a hundred steps are too many for any network without gates."),
        "b": ("Orthogonal and identity learn 100; no Gaussian does.",
              "only a start that changes no length can carry a bit that far."),
        "c": ("The four that kept their gradient learn 100; the other two 10 at most.",
              "what a gradient tells before training decides what can be learned."),
        "d": ("Both with ReLU learn 100; of those with $\\tanh$ none does.",
              "slopes below 1 forget, and that only a slope of 1 can keep a bit.")}, "c"),
    "P06.21": Predict("Two clouds with the same eigenvalues", {
        "a": ("Both become a needle; only the non-normal one grows first.",
              "the larger eigenvalue's direction outgrows the other in both, while growth at the start is "
              "a matter of singular values."),
        "b": ("Only the non-normal one becomes a needle, and it grows first.",
              "a normal matrix treats all directions alike."),
        "c": ("Both become a needle, and both only shrink.",
              "eigenvalues decide about every step.")}, "a"),
    "P06.22": Predict("Ten times the memory", {
        "a": ("By less than 2: nothing explodes, for $|a| < 1$.",
              "a derivative can only explode where states do, and that states stay bounded."),
        "b": ("By about 3, as the state does.",
              "the derivative is made of states, and so grows as they do."),
        "c": ("By about 30.",
              "the state is larger, and that a change of the weight is added up over ten times as many "
              "steps, too."),
        "d": ("By a million or more.",
              "a product over so many steps must vanish or explode.")}, "c"),
    "P06.23": Predict("A mean over ever more steps", {
        "a": ("Both settle down.", "a mean over many steps hardly changes, and neither does its slope."),
        "b": ("Both grow.", "chaos makes everything larger, the states as well."),
        "c": ("The mean settles down, its derivative grows without bound.",
              "states stay between 0 and 1 whatever happens, while factors above 1 multiply on the way "
              "back."),
        "d": ("The mean settles down, its derivative goes to zero.",
              "the states' wild changes average out, and those of the derivative as well.")}, "c"),
}

# --- warm-ups: from lessons 05, 04 and 02 ---

CLIPPED_PART_MISTAKES = {
    "clipped alone": row("05.4", lambda part, whole, max_norm: min(part, max_norm),
        "This array is clipped by its own length; one factor, that of the global norm, is for all.",
        "all gradients are one long vector. If every array had a factor of its own, the vector would turn."),
    "never left as it is": row("05.4", lambda part, whole, max_norm: part * max_norm / whole,
        "A gradient that is short enough is made longer.",
        "the factor is the smaller one of 1 and max_norm / whole."),
    "factor upside down": row("05.4", lambda part, whole, max_norm: part * min(1.0, whole / max_norm),
        "The factor is whole / max_norm where it must be max_norm / whole.",
        "after the clipping the global norm is whole * factor, and that must be max_norm."),
    "length of all": row("05.4", lambda part, whole, max_norm: min(whole, max_norm),
        "This is the length of all gradients together; that of one of them is asked for.",
        "the factor of all is the factor of each: multiply part by it."),
}

SLOT_MISTAKES = {
    "one slot too early": row("02.3", lambda h, i: h[i],
        "This is the state before x[i] is read.",
        "h[0] is h_0, where nothing has been read. x[0] makes h[1]."),
    "one slot too late": row("02.3", lambda h, i: h[min(i + 2, len(h) - 1)],
        "This is a state after x[i + 1], or the last one.",
        "x[0] makes h[1]: one slot further, not two."),
    "slot counted in the batch": row("02.3", lambda h, i: h[:, min(i + 1, h.shape[1] - 1)],
        "The index picks a sequence of the batch; it must pick a step.",
        "time comes first: h has the shape (T+1, B, H)."),
}

STATES = np.random.default_rng(71).standard_normal((6, 7, 3))

WARM_UPS = {
    "6.a": Exercise(
        "Clipped with all the others", "One factor for all gradients, and at most 1.",
        lambda part, whole, max_norm: part * max_norm / max(whole, max_norm),
        [(3.0, 6.0, 1.0), (2.0, 2.5, 4.0), (0.5, 8.0, 5.0)],
        hints=("By which factor does the global norm shrink, and who else is multiplied by it?",
               "factor = min(1, max_norm / whole), the same for every array.",
               "Return part times that factor: Python's min of 1.0 and a quotient."),
        mistakes=CLIPPED_PART_MISTAKES, points=0),
    "6.b": choice(
        "What a gradient check proves", "It compares two ways to differentiate one forward pass.", "c", {
            "a": "A right gradient is the gradient of the loss that you have. Whether descent on it gets "
                 "anywhere is a question of its own: a gradient can be right and vanish.",
            "b": "The complex step runs your forward pass. If that has a mistake, both sides have it, and "
                 "they agree.",
            "c": "With sizes that differ, biases and states that are not zero, few mistakes can hide.",
            "d": "A step that is too long raises the loss along the best of gradients. Which number decides "
                 "how long it is?"},
        hints=("Which two functions did the check call, and which of them did it take for granted?",
               "The complex step needs the forward pass alone; the backward pass is compared with it.",
               "Look for the option that speaks of one forward pass, whatever that is good for."), points=0),
    "6.c": Exercise(
        "Which slot?", "h has one slot more than x: h[0] is h_0, and x[i] makes h[i + 1].",
        lambda h, i: h[1:][i], [(STATES, 0), (STATES, 3), (STATES, 2)],
        hints=("What stands in h[0], and has anything been read there?",
               "x[t-1] is x_t, and h[t] is h_t, the state after it.",
               "x[i] is the input of step i + 1. Index h with that step."),
        mistakes=SLOT_MISTAKES, parts=("the states",), points=0),
}
