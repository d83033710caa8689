"""Exercises of lesson 00: the tools that the course builds on."""

import numpy as np

from exercises.engine.exercise import Exercise
from exercises.engine.kinds import choice
from exercises.engine.mistakes import row
from exercises.formulas import far_problems


def normal(*shapes, seed):
    """A tuple of random arrays, or of one random number for the shape ()."""
    rng = np.random.default_rng(seed)
    return tuple(rng.standard_normal(shape) for shape in shapes)


def times_four(arrays):
    """Larger numbers: a limit of 5 shows."""
    return tuple(4 * array for array in arrays)


# --- 0.1: through a matrix and back ---

def there_and_back(W, h):
    """u = W h, and v, which is W transposed times u."""
    u = W @ h
    return u, W.T @ u


class ThereAndBack:
    """u = W h and v, formula by formula. Arguments as those of ``there_and_back``."""

    as_written = True           # its products stand on paper as in code

    def __init__(self, W, h):
        self.W, self.h = W, h

    def run(self):
        """u and v."""
        return self.u(), self.v()

    def u(self):
        """u, W h"""
        return self.W @ self.h

    def v(self):
        """v, W^T u"""
        return self.W.T @ self.u()


THERE_AND_BACK = {
    "inverse on the way back": row("00, exercise 0.1", lambda W, h: (W @ h, h),
        "v undoes W, so that h comes out again; the transpose does not undo W.",
        "entry j of v is the sum of W[i, j] u[i] over i. No division occurs in it."),
    "results exchanged": row("00, exercise 0.1", lambda W, h: there_and_back(W, h)[::-1],
        "v is handed back first, and u second.",
        "the docstring's last line has the order, (u, v)."),
    "forward entry by entry": row("00, notation card", lambda W, h: (W * h, W.T @ (W * h)),
        "u is W * h, a product entry by entry; W h is a matrix product.",
        "row i of W meets the whole of h and gives one number. NumPy writes * for entries and @ for "
        "matrices."),
    "back entry by entry": row("00.6", lambda W, h: (W @ h, W.T * (W @ h)),
        "v is a product entry by entry, with *; the way back is a matrix product, too.",
        "row j of the transposed matrix meets the whole of u and gives one number."),
    "sum over the wrong index": row("00, exercise 0.1",
        lambda W, h: (W @ h, (W * (W @ h)[:, None]).sum(axis=1)),
        "On the way back the sum runs along the rows of W; it must run down its columns.",
        "v has as many entries as W has columns. v[j] is the sum of W[i, j] u[i] over i, the first index."),
    "matrix times its transpose": row("00, exercise 0.1", lambda W, h: (W @ h, W.T @ W),
        "v is the transpose times W; the vector is missing.",
        "what goes back is u, a vector. A matrix times a vector is a vector."),
}


# --- 0.2: one matrix and one bias for all ---

def project(x, W, b):
    """W x + b for every step of every sequence."""
    return x @ W.T + b


class Projection:
    """u = W x + b for all steps and sequences. Arguments as those of ``project``."""

    def __init__(self, x, W, b):
        self.x, self.W, self.b = x, W, b

    def run(self):
        """u, for all steps and sequences."""
        u = np.zeros((*self.x.shape[:2], len(self.b)))
        for t in self.steps():
            u[t - 1] = self.u(t)
        return self.returned(u)

    def steps(self):
        """the loop over the steps, from 1 to T"""
        return range(1, len(self.x) + 1)

    def input(self, t):
        """the input of a step, x_t"""
        return self.x[t - 1]

    def product(self, t):
        """the matrix product, W x_t"""
        return self.input(t) @ self.W.T

    def bias(self, t):
        """the bias, b"""
        return self.b

    def u(self, t):
        """u_t, W x_t + b"""
        return self.product(t) + self.bias(t)

    def returned(self, u):
        """what is returned, u with time first and nothing else done to it"""
        return u


PROJECTIONS = {
    "bias missing": row("00, exercise 0.2", dict(bias=lambda s, t: 0.0),
        "b is not added.",
        "u_t = W x_t + b. At x_t = 0 the result is b."),
    "bias at the first step only": row("00, exercise 0.2",
        dict(bias=lambda s, t: s.b * (t == 1)),
        "From the second step on, b is missing.",
        "every step of every sequence reads the same bias."),
    "reshaped instead of transposed": row("00, notation card",
        dict(product=lambda s, t: s.x[t - 1] @ s.W.reshape(s.W.shape[::-1])),
        "W is reshaped to fit; it must be transposed. reshape keeps the order of the entries, and so it "
        "mixes rows and columns.",
        "write down W with 4 rows and 2 columns, and then both: W.T and W.reshape(2, 4)."),
    "batch first": row("00, notation card", dict(returned=lambda s, u: u.swapaxes(0, 1)),
        "The result has the batch first and time second; in this course time comes first.",
        "x[t, i] is step t of sequence i, and u[t, i] is what becomes of it."),
    "tanh added": row("00, exercise 0.2", dict(returned=lambda s, u: np.tanh(u)),
        "tanh is applied to the result; here only a matrix and a bias are asked for.",
        "u_t = W x_t + b, and no more."),
}


def probes_of_projection():
    """Easier arguments for 0.2."""
    x, W, b = normal((5, 3, 3), (3, 3), 3, seed=4)
    return {"T = 1": (x[:1], W, b),
            "B = 1": (x[:, :1], W, b),
            "W is the identity": (x, np.eye(3), b),
            "b = 0": (x, W, 0 * b)}


# --- 0.3: the slope of tanh ---

def tanh_slope(h):
    """The slope of tanh where its output is h."""
    return 1 - h ** 2


SLOPES = {
    "output taken for the input": row("00, exercise 0.3", lambda h: 1 - np.tanh(h) ** 2,
        "A second tanh, or cosh, is taken of h; but h is the output of tanh already.",
        "write the slope as a function of a. Wherever tanh(a) stands in it, write h."),
    "square missing": row("00, exercise 0.3", lambda h: 1 - h,
        "The slope falls along a straight line, 1 - h; it must be the same at h and at -h.",
        "draw tanh. It is as flat far to the left as far to the right."),
    "slope of the sigmoid": row("00, exercise 0.3", lambda h: h * (1 - h),
        "h (1 - h) is the slope of the logistic sigmoid, not of tanh.",
        "at a = 0, tanh is steepest, and its slope there is 1."),
    "slope upside down": row("00, exercise 0.3", lambda h: 1 / (1 - h ** 2),
        "It is the slope of the inverse function, da/dh; asked for is dh/da.",
        "where tanh is flat, h is near 1 or -1, and dh/da must be near 0."),
    "slope below zero": row("00, exercise 0.3", lambda h: h ** 2 - 1,
        "Its sign is wrong: tanh rises everywhere.",
        "at h = 0 the slope is 1."),
    "square without the one": row("00, exercise 0.3", lambda h: h ** 2,
        "It is the square of h, which is 0 where tanh is steepest.",
        "at h = 0 the slope is 1, and near h = 1 it is near 0."),
    "difference squared": row("00, exercise 0.3", lambda h: (1 - h) ** 2,
        "It squares the difference (1 - h) as a whole; only h is squared.",
        "at h = -1, far to the left, tanh is flat. There your slope is 4."),
    "slope always one": row("00, exercise 0.3", lambda h: np.ones_like(h),
        "The slope is 1 everywhere, as if tanh were a straight line.",
        "it is 1 at h = 0 only. Near h = 1 tanh is flat."),
}


# --- 0.4: back through two layers ---

def two_layers(V, W, x):
    """dL/dW of the network of ``TwoLayers``."""
    h = np.tanh(W @ x)
    da = V.T @ (V @ h) * (1 - h ** 2)
    return np.outer(da, x)


class TwoLayers:
    """dL/dW of the network a = W x, h = tanh(a), y = V h, L = |y|^2 / 2."""

    as_written = True           # its products stand on paper as in code

    def __init__(self, V, W, x):
        self.V, self.W, self.x = V, W, x

    def run(self):
        """dL/dW, (H, D)."""
        return self.dW()

    def h(self):
        """h = tanh(W x)"""
        return np.tanh(self.W @ self.x)

    def y(self):
        """y = V h"""
        return self.V @ self.h()

    def dy(self):
        """dy, the derivative of |y|^2 / 2"""
        return self.y()

    def dh(self):
        """dh, from dy back through V"""
        return self.V.T @ self.dy()

    def slope(self):
        """tanh's slope, exercise 0.3"""
        return 1 - self.h() ** 2

    def da(self):
        """da, the slope times dh"""
        return self.slope() * self.dh()

    def dW(self):
        """dW, the outer product of da and x"""
        return np.outer(self.da(), self.x)


TWO_LAYERS = {
    "tanh missing forward": row("00, exercise 0.4", dict(h=lambda s: s.W @ s.x),
        "The forward pass leaves tanh out: h is W x.",
        "a = W x, and then h = tanh(a)."),
    "tanh on the output": row("00, exercise 0.4", dict(y=lambda s: np.tanh(s.V @ s.h())),
        "tanh is applied to y as well; the output layer is linear.",
        "y = V h."),
    "loss in place of its derivative": row("00, exercise 0.4", dict(dy=lambda s: s.y() ** 2 / 2),
        "dy is |y|^2 / 2, entry by entry: that is the loss, not its derivative.",
        "the derivative of y^2 / 2 is y."),
    "doubled error": row("00, exercise 0.4", dict(dy=lambda s: 2 * s.y()),
        "dy is 2 y; the half in front of the square takes the 2 away.",
        "the derivative of y^2 / 2 is y."),
    "halved error": row("00, exercise 0.4", dict(dy=lambda s: s.y() / 2),
        "dy is y / 2; the square brings a factor 2 that cancels the half.",
        "the derivative of y^2 / 2 is y."),
    "loss gradient left out": row("00, exercise 0.4", dict(dy=lambda s: np.ones_like(s.y())),
        "dy is 1 everywhere: you have the gradient of the sum of y, not of the loss.",
        "L = |y|^2 / 2, so dy depends on y."),
    "upstream gradient left out": row("00, exercise 0.4", dict(da=lambda s: s.slope()),
        "da is tanh's slope alone; it must be multiplied by dh.",
        "the chain rule is dL/da = dL/dh times dh/da. Both factors are needed."),
    "slope left out": row("00, exercise 0.3", dict(da=lambda s: s.dh()),
        "da is dh: tanh's slope is missing.",
        "between a and h stands tanh. A change of a reaches h times the slope."),
    "slope of the output": row("00, exercise 0.3", dict(slope=lambda s: 1 - np.tanh(s.h()) ** 2),
        "The slope takes tanh of h; but h is tanh(a) already.",
        "the slope is that of exercise 0.3, as a function of h."),
    "slope from the pre-activation": row("00, exercise 0.3", dict(slope=lambda s: 1 - (s.W @ s.x) ** 2),
        "The slope is computed from a where h must stand.",
        "the slope of exercise 0.3 is a function of tanh's output, and that is h."),
    "slope without the square": row("00, exercise 0.3", dict(slope=lambda s: 1 - s.h()),
        "The slope is 1 - h; the square is missing.",
        "tanh is as flat far to the left as far to the right."),
    "divided by the slope": row("00, exercise 0.3", dict(slope=lambda s: 1 / (1 - s.h() ** 2)),
        "dh is divided by tanh's slope; it must be multiplied.",
        "dL/da = dL/dh times dh/da. Where tanh is flat, little goes back."),
    "outer product transposed": row("00.6", dict(dW=lambda s: np.outer(s.x, s.da())),
        "dW has the rows and columns exchanged.",
        "W[i, j] leads from x[j] to a[i], so dW[i, j] = da[i] x[j]."),
    "outer product with the state": row("00, exercise 0.4", dict(dW=lambda s: np.outer(s.da(), s.h())),
        "dW pairs da with h; it needs x, which W met on the way forward.",
        "a = W x. W[i, j] is multiplied by x[j]."),
    "gradient of the other matrix": row("00, exercise 0.4", dict(dW=lambda s: np.outer(s.dy(), s.h())),
        "It is dV, the gradient of the output matrix; asked for is dW.",
        "V stands between h and y. W stands between x and a, one layer further back."),
}


def probes_of_two_layers():
    """Easier arguments for 0.4."""
    V, W, x = normal((5, 4), (4, 3), 3, seed=7)
    return {"W is so small that tanh is linear": (V, 1e-6 * W, x),
            "V is the identity": (np.eye(4), W, x)}


# --- 0.5: a sum of outer products ---

def sum_of_outer_products(left, right):
    """The sum over i of the outer products of left[i] and right[i]."""
    return np.einsum("bm,bn->mn", left, right)


class OuterProducts:
    """The sum as a loop, formula by formula. Arguments as those of ``sum_of_outer_products``."""

    def __init__(self, left, right):
        self.left, self.right = left, right

    def run(self):
        """The sum, (M, N)."""
        total = np.zeros((self.left.shape[1], self.right.shape[1]))
        for i in self.sequences():
            total = self.add(total, self.share(i))
        return total

    def sequences(self):
        """the loop over the batch, every i"""
        return range(len(self.left))

    def share(self, i):
        """the share of sequence i, left[i] right[i]^T"""
        return self.left[i][:, None] * self.right[i]

    def add(self, total, share):
        """the sum over the batch"""
        return total + share


OUTER_PRODUCTS = {
    "product of sums": row("00, exercise 0.5",
        lambda left, right: np.outer(left.sum(axis=0), right.sum(axis=0)),
        "It sums over the batch first and multiplies afterwards. That also multiplies vectors of different "
        "sequences.",
        "(l_1 + l_2) r^T with r = r_1 + r_2 has four terms. Which of them are asked for?"),
    "mean over the batch": row("00, exercise 0.5", lambda left, right: left.T @ right / len(left),
        "It is the mean over the batch; asked for is the sum.",
        "nothing is divided by the number of sequences."),
    "last sequence only": row("00, exercise 0.5", lambda left, right: np.outer(left[-1], right[-1]),
        "Only the last sequence is left. In a loop, = forgets what came before; += keeps it.",
        "every sequence adds its matrix to the sum."),
    "first sequence only": row("00, exercise 0.5", lambda left, right: np.outer(left[0], right[0]),
        "Only the first sequence counts. Does the loop end, or return, too early?",
        "every sequence adds its matrix to the sum."),
    "factors exchanged": row("00, exercise 0.5", lambda left, right: right.T @ left,
        "Rows and columns are exchanged: it sums r_i l_i^T.",
        "entry [m, n] is the sum of left[i, m] right[i, n]. The first index belongs to left."),
    "outer products not summed": row("00, exercise 0.5",
        lambda left, right: left[:, :, None] * right[:, None, :],
        "It is a matrix for each sequence; they still have to be added up.",
        "the result has two axes, M and N. The batch has been summed over."),
    "whole batch flattened": row("00, exercise 0.5", lambda left, right: np.outer(left, right),
        "np.outer makes one long vector of each whole batch, and pairs every number with every other.",
        "l_i belongs to r_i of the same sequence. Call np.outer with one row of each, or use another "
        "product."),
}


# --- 0.6: a measured slope ---

def central_difference(f, v, eps):
    """The slope of f at v, measured with a step of eps to either side."""
    return (f(v + eps) - f(v - eps)) / (2 * eps)


class Difference:
    """The central difference, formula by formula. Arguments as those of ``central_difference``."""

    def __init__(self, f, v, eps):
        self.f, self.v, self.eps = f, v, eps

    def run(self):
        """The slope."""
        return self.slope()

    def right(self):
        """the value on the right, f(v + eps)"""
        return self.f(self.v + self.eps)

    def left(self):
        """the value on the left, f(v - eps)"""
        return self.f(self.v - self.eps)

    def rise(self):
        """the rise, f(v + eps) - f(v - eps)"""
        return self.right() - self.left()

    def distance(self):
        """the distance of the two points, 2 eps"""
        return 2 * self.eps

    def slope(self):
        """the slope, the rise divided by the distance"""
        return self.rise() / self.distance()


DIFFERENCES = {
    "forward difference": row("00, exercise 0.6", lambda f, v, eps: (f(v + eps) - f(v)) / eps,
        "It goes from v to the right only; a central difference takes a step to either side.",
        "draw f with both points, v - eps and v + eps, and the line through them."),
    "backward difference": row("00, exercise 0.6", lambda f, v, eps: (f(v) - f(v - eps)) / eps,
        "It goes from v to the left only; a central difference takes a step to either side.",
        "draw f with both points, v - eps and v + eps, and the line through them."),
    "divided by one step": row("00, exercise 0.6", lambda f, v, eps: (f(v + eps) - f(v - eps)) / eps,
        "It divides by eps; the two points are further apart.",
        "from v - eps to v + eps, how far is it?"),
    "brackets missing below": row("00, exercise 0.6", lambda f, v, eps: (f(v + eps) - f(v - eps)) / 2 * eps,
        "It divides by 2 and then multiplies by eps: Python reads / 2 * eps from left to right.",
        "the whole product 2 eps stands below the line. Put it in brackets."),
    "brackets missing above": row("00, exercise 0.6", lambda f, v, eps: f(v + eps) - f(v - eps) / (2 * eps),
        "Only f(v - eps) is divided; the whole difference must be.",
        "the rise stands above the line as a whole. Put it in brackets."),
    "rise not divided": row("00, exercise 0.6", lambda f, v, eps: f(v + eps) - f(v - eps),
        "It is the rise of f; a slope is the rise over the distance.",
        "if f is a straight line, its slope must not depend on eps."),
    "slope falls where f rises": row("00, exercise 0.6", lambda f, v, eps: -central_difference(f, v, eps),
        "Its sign is wrong: the left value must be subtracted from the right one.",
        "where f rises, f(v + eps) is the larger of the two, and the slope is above 0."),
}


EXERCISES = {
    "0.1": Exercise(
        "There and back again", "Forward goes through W, and the way back through its transpose.",
        there_and_back,
        [normal((5, 4), 4, seed=1), times_four(normal((4, 4), 4, seed=2))],
        parts=("u", "v"), formulas=ThereAndBack,
        hints=("W has O rows and H columns. Which vector has H entries, so that W can multiply it? And what "
               "has H rows?",
               "u[i] is the sum of W[i, j] h[j] over j. v[j] is the sum of W[i, j] u[i] over i.",
               "NumPy writes a matrix product as @, and the transpose of W as W.T. Compute u first; v needs "
               "it."),
        mistakes=THERE_AND_BACK),
    "0.2": Exercise(
        "One bias for all", "The same matrix and the same bias reach every step of every sequence.", project,
        [normal((6, 3, 2), (4, 2), 4, seed=3), normal((5, 3, 3), (3, 3), 3, seed=4),
         normal((4, 4, 4), (4, 4), 4, seed=5)],
        formulas=Projection, probes=probes_of_projection, parts=("u",),
        far=[far_problems.larger(normal((6, 3, 2), (4, 2), 4, seed=3))],
        hints=("x has shape (T, B, D), and u has (T, B, H). Which axis does W change, and which of its own "
               "axes must meet it?",
               "u[t, i, j] = b[j] + the sum of W[j, d] x[t, i, d] over d.",
               "The vectors x[t, i] are rows here, so they stand on the left of the transposed matrix. b "
               "lines up with the last axis by itself."),
        mistakes=PROJECTIONS),
    "0.3": Exercise(
        "The slope of tanh", "The slope comes from the output alone: a backward pass needs no second tanh.",
        tanh_slope,
        [(np.tanh(normal((6, 3, 4), seed=6)[0]),), (np.array([0.0, 0.9, -0.5]),)],
        parts=("slope",),
        hints=("Where is tanh steep, and where is it flat? What is h in these places?",
               "d tanh(a)/da = 1 - tanh(a)^2. Which part of it do you have already?",
               "You need the number 1, and the square of every entry of h. No other function is needed."),
        mistakes=SLOPES),
    "0.4": Exercise(
        "Back through two layers",
        "You carried a gradient back through a matrix and a tanh to a weight. BPTT does this at every step.",
        two_layers, [normal((5, 4), (4, 3), 3, seed=7), normal((3, 3), (3, 3), 3, seed=8)],
        formulas=TwoLayers, probes=probes_of_two_layers, parts=("dW",),
        far=[far_problems.larger(normal((5, 4), (4, 3), 3, seed=7), 0)],
        hints=("Start at the loss: what is dL/dy? Then go back one arrow at a time, y to h, h to a, a to W. "
               "You wrote two of these arrows in 0.1 and 0.3.",
               "dy = y, dh = V^T dy, da = (1 - h^2) * dh entry by entry, and dW[i, j] = da[i] x[j].",
               "Six short lines: h, y, dh, the slope, da, and last np.outer. The rows of dW belong to da."),
        mistakes=TWO_LAYERS),
    "0.5": Exercise(
        "A sum of outer products",
        "Every sequence of the batch adds its own outer product: this is how a weight gradient is summed.",
        sum_of_outer_products, [normal((3, 4), (3, 2), seed=9), times_four(normal((5, 4), (5, 4), seed=10))],
        parts=("sum",), formulas=OuterProducts,
        hints=("Over which axis is summed, and which two axes are left?",
               "Entry [m, n] is the sum of left[i, m] right[i, n] over i.",
               "As a loop: start with zeros of shape (M, N), and add np.outer of the two rows i. As one "
               "product: what is summed over must be the columns of the left factor and the rows of the "
               "right one."),
        mistakes=OUTER_PRODUCTS),
    "0.6": Exercise(
        "Measure a slope", "Two evaluations of f, one slope: in lesson 04 this judges a whole backward pass.",
        central_difference, [(np.sin, 0.7, 0.1), (np.exp, -0.4, 0.05), (lambda v: v ** 3 - v, 1.3, 0.2)],
        probes={"f is a straight line": (lambda v: 30 * v - 1, 0.8, 0.1),
                "f is a parabola": (lambda v: v ** 2, 0.8, 0.1)},
        parts=("slope",), formulas=Difference,
        hints=("At which two points is f evaluated, and how far apart are they?",
               "The slope is (rise) / (distance), with the rise f(v + eps) - f(v - eps).",
               "Brackets around the rise, and brackets around the distance, which is two steps long."),
        mistakes=DIFFERENCES),
    "0.7": choice(
        "Which losses feel it?", "The total derivative counts every loss that a state can reach.", "c", {
            "a": "That is the immediate effect alone. h_2 is also what step 3 reads: follow that arrow, too.",
            "b": "L_1 was settled before h_2 existed: nothing runs backward in the forward pass. And what "
                 "does step 3 read?",
            "c": "h_2 makes y_2. Step 3 reads h_2, too; step 4 reads h_3, and so on to the end.",
            "d": "Not the first: L_1 comes from y_1 and that from h_1, both of which exist before h_2. The "
                 "forward pass never runs back."},
        hints=("Which equations of the notation card have h_2 on their right-hand side?",
               "y_2 = W_hy h_2 + b_y, and a_3 = W_hh h_2 + W_xh x_3 + b_h. The second one leads to h_3. "
               "Where does that lead?",
               "Go through the losses one by one, and ask for each: is there a way along the equations from "
               "h_2 to it?")),
}
