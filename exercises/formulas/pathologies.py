"""The calculations of lesson 06, one method per formula, and the mistakes that replace one of them."""

import numpy as np

from exercises.engine.mistakes import row

# --- 6.1: products of Jacobians over the lag ---

class LagProducts:
    """dh_T/dh_{T-n} for n = 0 ... T. Every public method but ``run`` is one formula."""

    as_written = True           # its products stand on paper as in code

    def __init__(self, W_hh, slopes):
        self.W_hh, self.slopes, self.T = W_hh, slopes, len(slopes)

    def run(self):
        """The products from lag 0 to lag T, (T+1, H, H)."""
        products = [self.start()]
        for n in range(1, self.T + 1):
            products.append(self.join(products[-1], self.jacobian(self.step(n))))
        return np.array(products)

    def start(self):
        """the product at lag 0, the identity matrix"""
        return np.eye(len(self.W_hh))

    def step(self, n):
        """the step whose Jacobian joins at lag n, T - n + 1"""
        return self.T - n + 1

    def slope(self, t):
        """the slopes of step t"""
        return self.slopes[t - 1]

    def jacobian(self, t):
        """the one-step Jacobian, diag(slopes) W_hh"""
        return self.slope(t)[:, None] * self.W_hh

    def join(self, product, jacobian):
        """the side on which an earlier step joins, the right"""
        return product @ jacobian


LAG_MISTAKES = {
    "earlier step on the left": row("06.1", dict(join=lambda s, product, jacobian: jacobian @ product),
        "Each earlier Jacobian joins on the left; it must join on the right.",
        "dh_T/dh_{T-2} = J_T J_{T-1}. What acts first stands on the right, and the next one back acts before "
        "all others."),
    "matrices multiplied entry by entry": row("06.1",
        dict(join=lambda s, product, jacobian: product * jacobian),
        "Matrices are multiplied entry by entry; it must be the matrix product. From the identity on, only a "
        "diagonal is left.",
        "In code: @ is the matrix product, * multiplies entry by entry. A path may change its unit at every "
        "step, and only @ adds up all paths."),
    "entry by entry from the last step": row("06.1",
        dict(join=lambda s, product, jacobian:
             jacobian if np.array_equal(product, np.eye(len(product))) else product * jacobian),
        "Matrices are multiplied entry by entry, from J_T on; it must be the matrix product.",
        "In code: @ is the matrix product, * multiplies entry by entry. Entry [i, j] then holds one link, "
        "again and again, and not the sum over all paths."),
    "products transposed": row("06.1", dict(join=lambda s, product, jacobian: jacobian.T @ product),
        "These are the transposes, J_{T-n+1}^T ... J_T^T.",
        "row i belongs to h_T[i], column j to h_{T-n}[j]. The transpose is what carries a gradient back."),
    "slopes scale columns": row("03.3", dict(jacobian=lambda s, t: s.W_hh * s.slope(t)),
        "The slopes scale the columns of W_hh; they must scale the rows.",
        "J_t = diag(slopes) W_hh. The slope of unit i multiplies whatever arrives at unit i, and that is row "
        "i."),
    "recurrent matrix transposed": row("03.3", dict(jacobian=lambda s, t: s.slope(t)[:, None] * s.W_hh.T),
        "The rows are scaled as they must be, but the matrix is W_hh^T; it must be W_hh.",
        "a_t[i] = sum over j of W_hh[i, j] h_{t-1}[j], so entry [i, j] of the Jacobian has the factor "
        "W_hh[i, j]."),
    "slopes forgotten": row("06.1", dict(jacobian=lambda s, t: s.W_hh),
        "The slopes are missing: these are powers of W_hh.",
        "that is the linear network. Every other activation puts its slopes in front of W_hh, at every "
        "step."),
    "first steps first": row("06.1", dict(step=lambda s, n: n),
        "The products begin with step 1; they must begin with the last step.",
        "the lag counts back from T. At lag 1 stands J_T alone, at lag 2 it is J_T J_{T-1}."),
    "last Jacobian repeated": row("06.1", dict(step=lambda s, n: s.T),
        "Every factor is the Jacobian of the last step.",
        "each step has its own state, so its own slopes and its own Jacobian."),
    "slopes one step too early": row("06.1", dict(slope=lambda s, t: s.slopes[t - 2]),
        "The slopes are those of one step earlier: lag 1 takes slopes[T - 2], and the last lag wraps around "
        "to slopes[-1].",
        "In code: slopes[t - 1] belongs to step t, and lag n needs step t = T - n + 1, which is slopes[T - "
        "n]."),
}


# --- 6.4: Lyapunov exponents ---

class Exponents:
    """Lyapunov exponents by QR. Every public method but ``run`` is one formula."""

    as_written = True           # its products stand on paper as in code

    def __init__(self, J):
        self.J, self.T = J, len(J)

    def run(self):
        """The exponents, one per direction."""
        Q, total = np.eye(self.J.shape[1]), np.zeros(self.J.shape[1])
        for J_t in self.order():
            Q, R = np.linalg.qr(self.carried(J_t, Q))
            Q, total = self.directions(Q), self.add(total, self.growth(np.diag(R)))
        return self.rate(total)

    def order(self):
        """the order of the steps, from 1 to T"""
        return self.J

    def carried(self, J_t, Q):
        """what one step makes of the directions, J_t Q"""
        return J_t @ Q

    def directions(self, Q):
        """the directions that the next step starts from, Q"""
        return Q

    def growth(self, diagonal):
        """the growth of one step, log |R[i, i]|"""
        return np.log(np.abs(diagonal))

    def add(self, total, growth):
        """the sum over the steps"""
        return total + growth

    def rate(self, total):
        """the mean over the steps, the sum divided by T"""
        return total / self.T


def whole_product(J):
    """The product of all Jacobians, J_T ... J_1."""
    product = np.eye(J.shape[1])
    for J_t in J:
        product = J_t @ product
    return product


EXPONENT_MISTAKES = {
    "sum in place of mean": row("06.5", dict(rate=lambda s, total: total),
        "The growth of all steps is added up, but not divided by T.",
        "an exponent is a rate, so it is growth per step."),
    "signs not removed": row("06.5", dict(growth=lambda s, diagonal: np.log(diagonal)),
        "The logarithm is taken of R's diagonal as it is; where an entry is negative, that is NaN.",
        "a direction that is turned round has not shrunk. Its factor is |R[i, i]|."),
    "logarithm of the mean": row("06.5",
        dict(growth=lambda s, diagonal: np.abs(diagonal), rate=lambda s, total: np.log(total / s.T)),
        "The logarithm is taken of the mean of the factors; it must be the mean of the logarithms.",
        "factors of steps that follow each other multiply. Of a product the logarithm is the sum of the "
        "logarithms."),
    "logarithm missing": row("06.5", dict(growth=lambda s, diagonal: np.abs(diagonal)),
        "The factors |R[i, i]| are averaged as they are; their logarithms must be.",
        "factors of steps that follow each other multiply. Logarithms turn the product into a sum."),
    "base-ten logarithm": row("06.5", dict(growth=lambda s, diagonal: np.log10(np.abs(diagonal))),
        "The logarithms have base 10; they must be natural ones.",
        "In code: np.log is the natural logarithm, np.log10 that with base 10."),
    "each step from the axes": row("06.5", dict(directions=lambda s, Q: np.eye(len(Q))),
        "Every step starts from the axes again; it must start from the Q of the step before.",
        "growth is followed along one direction through all steps. Q is where the step before left the "
        "directions."),
    "Jacobian transposed in the step": row("06.5", dict(carried=lambda s, J_t, Q: J_t.T @ Q),
        "The transposed Jacobian carries the directions; it must be J_t.",
        "the directions run forward in time with the states. J_t^T runs back."),
    "last step first": row("06.5", dict(order=lambda s: s.J[::-1]),
        "The steps run from T back to 1; they must run from 1 to T.",
        "the directions are carried forward, from the first state to the last. The way back, with J_t^T, has "
        "the same rates in the long run, but not the same numbers over T steps."),
    "eigenvalues of each step": row("06.3",
        lambda J: np.mean(np.sort(np.log(np.abs(np.linalg.eigvals(J))))[:, ::-1], axis=0),
        "These are mean logarithms of the eigenvalues of single Jacobians.",
        "eigenvalues of a product are not products of eigenvalues, because each step has its own "
        "eigenvectors."),
    "singular values of each step": row("06.2",
        lambda J: np.mean(np.log(np.linalg.svd(J, compute_uv=False)), axis=0),
        "These are mean logarithms of the singular values of single Jacobians.",
        "the direction that one step stretches most is not the one that the next step stretches most. The "
        "first number is an upper bound."),
    "one factorisation at the end": row("06.5",
        lambda J: np.log(np.abs(np.diag(np.linalg.qr(whole_product(J))[1]))) / len(J),
        "All Jacobians are multiplied first, and QR is taken of the product.",
        "with exact numbers that would be the same. In the computer all columns soon point the same way, and "
        "over long sequences the product overflows or becomes zero."),
    "singular values of the product": row("06.5",
        lambda J: np.log(np.linalg.svd(whole_product(J), compute_uv=False)) / len(J),
        "These are singular values of the whole product, as a rate per step.",
        "both tend to the same rates, but only slowly; and over long sequences the product overflows or "
        "becomes zero."),
}


# --- 6.5: where the wall stands ---

class Wall:
    """The weight that balances a unit at h0, and the growth of a nudge there.

    Every public method but ``run`` is one formula.
    """

    def __init__(self, h0, b):
        self.h0, self.b = h0, b

    def run(self):
        """The weight, and the factor by which a nudge grows in one step."""
        return self.w(), self.factor()

    def pre_activation(self):
        """the pre-activation at the balance, artanh(h0)"""
        return np.arctanh(self.h0)

    def without_bias(self):
        """what the weight must contribute, the pre-activation minus b"""
        return self.pre_activation() - self.b

    def divisor(self):
        """what w is multiplied by, h0"""
        return self.h0

    def w(self):
        """the weight, what it must contribute divided by h0"""
        return self.without_bias() / self.divisor()

    def slope(self):
        """tanh's slope at the balance, 1 - h0^2"""
        return 1 - self.h0 ** 2

    def weight(self):
        """the weight in the one-step Jacobian, w"""
        return self.w()

    def factor(self):
        """the factor, the slope times w"""
        return self.slope() * self.weight()


WALL_MISTAKES = {
    "tanh not undone": row("06.6", dict(pre_activation=lambda s: s.h0),
        "h0 itself stands in the place of the pre-activation; tanh must be undone first.",
        "h0 = tanh(a) gives a = artanh(h0), and a = w h0 + b."),
    "tanh in place of its inverse": row("06.6", dict(pre_activation=lambda s: np.tanh(s.h0)),
        "tanh is applied to h0; its inverse is needed.",
        "In code: np.arctanh undoes np.tanh."),
    "one over tanh": row("06.6", dict(pre_activation=lambda s: 1 / np.tanh(s.h0)),
        "1 / tanh(h0) is taken for the inverse function of tanh.",
        "the inverse function undoes tanh: artanh(tanh(a)) = a. In code it is np.arctanh."),
    "bias added": row("06.6", dict(without_bias=lambda s: s.pre_activation() + s.b),
        "The bias is added; it must be subtracted.",
        "from artanh(h0) = w h0 + b, bring b to the other side."),
    "bias forgotten": row("06.6", dict(without_bias=lambda s: s.pre_activation()),
        "The bias is missing from the weight.",
        "the pre-activation is w h0 + b; only what is left without b comes from w."),
    "not divided by the state": row("06.6", dict(divisor=lambda s: 1.0),
        "w h0 is returned in the place of w.",
        "the weight meets the state h0. Divide by it."),
    "divided by the pre-activation": row("06.6", dict(divisor=lambda s: s.pre_activation()),
        "The weight is divided by artanh(h0); the weight meets the state, h0.",
        "a_1 = w h_0 + b. What stands beside w is a state, which tanh has been through already."),
    "slope missing": row("06.1", dict(slope=lambda s: 1.0),
        "The factor is the weight alone; tanh's slope is missing.",
        "dh_t/dh_{t-1} = (1 - h_t^2) w."),
    "slope without the square": row("03.3", dict(slope=lambda s: 1 - s.h0),
        "The slope is 1 - h0; it must be 1 - h0^2.",
        "the derivative of tanh(a) is 1 - tanh(a)^2."),
    "slope with tanh twice": row("03.3", dict(slope=lambda s: 1 - np.tanh(s.h0) ** 2),
        "The slope is 1 - tanh(h0)^2; h0 is a state, so it is tanh of something already.",
        "the slope at a is 1 - tanh(a)^2, and tanh(a) = h0."),
    "slope at the pre-activation": row("03.3", dict(slope=lambda s: 1 - s.pre_activation() ** 2),
        "The slope is 1 - a^2, with the pre-activation a; it must be 1 - h0^2.",
        "the derivative of tanh(a) is 1 - tanh(a)^2: the square of the result, not of the argument."),
    "weight missing": row("06.1", dict(weight=lambda s: 1.0),
        "The factor is the slope alone; the weight is missing.",
        "dh_t/dh_{t-1} = (1 - h_t^2) w. The chain rule goes through tanh, then through w."),
    "factor first": row("06.6", lambda h0, b: Wall(h0, b).run()[::-1],
        "The factor comes first; the weight must.",
        "In code: return the pair (w, factor), in this order."),
}


# --- 6.6: what clipping by value does ---

class ValueClipEffect:
    """Length after clipping by value, and the cosine between before and after.

    Every public method but ``run`` is one formula.
    """

    def __init__(self, grads, limit):
        self.grads, self.limit = grads, limit

    def run(self):
        """The length and the cosine."""
        self.clipped = {name: self.cut(g) for name, g in self.grads.items()}
        return self.after(), self.cosine()

    def cut(self, g):
        """the clipped array, each entry cut to [-limit, limit]"""
        return np.clip(g, -self.limit, self.limit)

    def after(self):
        """|v|, the length after clipping"""
        return self.length(self.clipped)

    def before(self):
        """|g|, the length before clipping"""
        return self.length(self.grads)

    def length(self, grads):
        """the length, of all arrays together: the root of the sum of squares"""
        return np.sqrt(sum((g ** 2).sum() for g in grads.values()))

    def dot(self):
        """the sum of v * g over all entries"""
        return sum((self.clipped[name] * g).sum() for name, g in self.grads.items())

    def divisor(self):
        """|v| |g|, the divisor of the cosine"""
        return self.after() * self.before()

    def cosine(self):
        """the cosine, the sum of v * g divided by |v| |g|"""
        return self.dot() / self.divisor()


EFFECT_MISTAKES = {
    "cut from above only": row("06.7", dict(cut=lambda s, g: np.minimum(g, s.limit)),
        "Entries are cut at the upper limit only; those below -limit must be cut, too.",
        "In code: np.clip(g, -limit, limit). np.minimum(g, limit) leaves large negative entries as they "
        "are."),
    "cut from below at zero": row("06.7", dict(cut=lambda s, g: np.clip(g, 0, s.limit)),
        "Negative entries become zero: the lower limit is 0; it must be -limit.",
        "In code: np.clip(g, -limit, limit)."),
    "only signs kept": row("06.7", dict(cut=lambda s, g: s.limit * np.sign(g)),
        "Every entry becomes limit or -limit; entries that are small enough must stay as they are.",
        "clipping bounds an entry. It does not lengthen any."),
    "large entries dropped": row("06.7", dict(cut=lambda s, g: np.where(np.abs(g) > s.limit, 0.0, g)),
        "Entries beyond the limit become zero; they must become limit or -limit.",
        "cutting to [-limit, limit] moves an entry to the nearer end of the interval."),
    "each array shortened": row("06.7",
        dict(cut=lambda s, g: g * min(1.0, s.limit / np.sqrt((g ** 2).sum()))),
        "Each array is shortened to the length limit; each entry must be cut.",
        "that is clipping per array. By value looks at one entry at a time."),
    "all shortened by one factor": row("06.7",
        dict(cut=lambda s, g: g * min(1.0, s.limit / s.length(s.grads))),
        "All arrays are shortened by one factor, to the global norm limit; each entry must be cut.",
        "that is clipping by global norm. It turns nothing, so its cosine is always 1."),
    "entries not cut": row("06.7", dict(cut=lambda s, g: g),
        "The arrays are not clipped: the cosine is 1 for every limit.",
        "In code: np.clip returns a new array. Use what it returns."),
    "length before clipping": row("06.7", dict(after=lambda s: s.length(s.grads)),
        "The length before clipping is returned; that after clipping is asked for.",
        "|v| is made of the clipped entries."),
    "root of the length missing": row("06.7",
        dict(length=lambda s, grads: sum((g ** 2).sum() for g in grads.values())),
        "Lengths are sums of squares; the root is missing.",
        "the length of a vector is the root of the sum of its squares."),
    "lengths of arrays added up": row("06.7",
        dict(length=lambda s, grads: sum(np.sqrt((g ** 2).sum()) for g in grads.values())),
        "The lengths of the arrays are added up; their squares must be, and then the root taken.",
        "all arrays together are one long vector. Its squared length is the sum of their squared lengths."),
    "clipped with itself": row("06.7", dict(dot=lambda s: sum((v ** 2).sum() for v in s.clipped.values())),
        "This is the ratio of the lengths, |v| / |g|: how much shorter, not how far turned. Or the sum is "
        "over v * v in the place of v * g.",
        "the cosine compares two vectors, so each term of its sum has one entry of each."),
    "squared length after as divisor": row("06.7", dict(divisor=lambda s: s.length(s.clipped) ** 2),
        "The sum of v * g is divided by |v|^2; it must be divided by |v| |g|.",
        "the cosine does not change if one of the vectors is made longer. So each length divides once."),
    "squared length before as divisor": row("06.7", dict(divisor=lambda s: s.length(s.grads) ** 2),
        "The sum of v * g is divided by |g|^2; it must be divided by |v| |g|.",
        "the cosine does not change if one of the vectors is made longer. So each length divides once."),
    "not divided by the lengths": row("06.7", dict(divisor=lambda s: 1.0),
        "The sum of v * g is not divided by the two lengths.",
        "a cosine is at most 1, however long the vectors are."),
    "angle in place of its cosine": row("06.7",
        dict(cosine=lambda s: np.arccos(min(1.0, s.dot() / s.divisor()))),
        "The angle is returned; its cosine is asked for.",
        "the formula gives the cosine at once. Without arccos it is right."),
    "mean of the arrays' cosines": row("06.7",
        dict(cosine=lambda s: np.mean([(v * g).sum() / np.sqrt((v ** 2).sum() * (g ** 2).sum())
                                       for v, g in zip(s.clipped.values(), s.grads.values())])),
        "The cosine is the mean of the arrays' own cosines; all arrays together are one vector.",
        "add up v * g, v * v and g * g over all arrays first, then divide once."),
}


# --- 6.7 and 6.8: clip by global norm, also what was added up ---

class ClippedSum:
    """The gradients of several pieces, added up and then clipped.

    Every public method but ``run`` is one formula.
    """

    def __init__(self, pieces, max_norm):
        self.pieces, self.max_norm = pieces, max_norm

    def run(self):
        """The sum, as a dict of arrays, no longer than max_norm."""
        total = self.total([self.prepared(piece) for piece in self.pieces])
        return {name: self.scaled(g, self.factor(self.length(total, name))) for name, g in total.items()}

    def prepared(self, piece):
        """what is added up, each piece as it is"""
        return piece

    def total(self, pieces):
        """the sum over the pieces"""
        return {name: sum(piece[name] for piece in pieces) for name in pieces[0]}

    def length(self, total, name):
        """the global norm, over all arrays together"""
        return np.sqrt(sum((g ** 2).sum() for g in total.values()))

    def factor(self, length):
        """the factor, max_norm / length but at most 1"""
        return self.max_norm / max(length, self.max_norm)

    def scaled(self, g, factor):
        """each array times the common factor"""
        return g * factor


def times(piece, factor):
    """A piece with all its arrays multiplied by a factor."""
    return {name: g * factor for name, g in piece.items()}


ADDING_MISTAKES = {
    "clipped before adding": row("06.7",
        dict(prepared=lambda s, piece: times(piece, ClippedSum.factor(s, s.length(piece, None))),
             factor=lambda s, length: 1.0),
        "Each piece is clipped before it is added, and the sum is not.",
        "clipping is not linear. The sum of clipped gradients points elsewhere than the gradient, and with n "
        "pieces it can be n times too long."),
    "clipped twice": row("06.7",
        dict(prepared=lambda s, piece: times(piece, s.factor(s.length(piece, None)))),
        "Each piece is clipped before it is added, and the sum is clipped again.",
        "the sum has the right length, but not the gradient's direction. Clip once, when everything is added "
        "up."),
    "last piece only": row("06.7", dict(total=lambda s, pieces: pieces[-1]),
        "Only the last piece counts: each one replaced what was there before.",
        "In code: total[name] = g replaces, total[name] = total[name] + g adds."),
    "mean of pieces": row("06.7",
        dict(total=lambda s, pieces: {name: g / len(pieces)
                                      for name, g in ClippedSum.total(s, pieces).items()}),
        "The mean of the pieces is taken; the exercise asks for their sum.",
        "the gradient of a sum of losses is the sum of their gradients."),
}


def norm_of_the_arrays_so_far(s, total, name):
    names = list(total)
    return np.sqrt(sum((total[earlier] ** 2).sum() for earlier in names[:names.index(name) + 1]))


ONE_CLIP = {
    "norm of the arrays so far": row("06.7", dict(length=norm_of_the_arrays_so_far),
        "Each array is shortened by the norm of the arrays up to itself; the norm of all must be known "
        "first.",
        "direction stays only if all arrays have one factor. Only the last array gets the right one here. In "
        "code: compute the factor after the loop that adds up the squares."),
    "each array by itself": row("06.7", dict(length=lambda s, total, name: np.sqrt((total[name] ** 2).sum())),
        "Each array is clipped to max_norm by itself; one norm over all arrays is needed.",
        "arrays that shrink by different factors change the direction of the whole."),
    "root missing": row("05.4",
        dict(length=lambda s, total, name: sum((g ** 2).sum() for g in total.values())),
        "The length is the sum of squares; the root is missing.",
        "the length of a vector is the root of the sum of its squares."),
    "norms added up": row("05.4",
        dict(length=lambda s, total, name: sum(np.sqrt((g ** 2).sum()) for g in total.values())),
        "The norms of the arrays are added up; their squares must be, and then the root taken.",
        "all arrays together are one long vector. Its squared length is the sum of their squared lengths."),
    "largest entry as length": row("06.7",
        dict(length=lambda s, total, name: max(np.abs(g).max() for g in total.values())),
        "The largest entry stands in the place of the norm.",
        "that bounds every entry, not the length of the step."),
    "mean of the squares": row("05.4",
        dict(length=lambda s, total, name: np.sqrt(sum((g ** 2).sum() for g in total.values())
                                                   / sum(g.size for g in total.values()))),
        "The length is the root of the mean square; it must be the root of the sum of squares.",
        "the length of a vector grows with the number of its entries."),
    "always rescaled": row("05.4", dict(factor=lambda s, length: s.max_norm / length),
        "Gradients that are short enough are stretched to max_norm.",
        "the factor is min(1, max_norm / norm). A step near a minimum must stay short."),
    "factor inverted": row("05.4", dict(factor=lambda s, length: max(length, s.max_norm) / s.max_norm),
        "Arrays are multiplied by length / max_norm; it must be max_norm / length.",
        "a gradient twice as long as allowed must be halved."),
    "clipped by value": row("05.4", dict(scaled=lambda s, g, factor: np.clip(g, -s.max_norm, s.max_norm)),
        "Every entry is cut to [-max_norm, max_norm]; the whole must shrink by one factor.",
        "large entries are cut and small ones are not, so the direction changes."),
}


def as_one_clip(formulas):
    """The form of exercise 6.7: one dict, nothing to add up."""
    return lambda grads, max_norm: formulas([grads], max_norm).run()


# --- 6.13: the sensitivity of a state ---

class Sensitivity:
    """States of one linear unit and their derivatives with respect to its weight, h_0 = 0.

    Every public method but ``run`` is one formula.
    """

    def __init__(self, a, x):
        self.a, self.x, self.T = a, x, len(x)
        self.h, self.s = np.zeros(self.T + 1), np.zeros(self.T + 1)

    def run(self):
        """All states and all derivatives, h_1 ... h_T and s_1 ... s_T."""
        for t in range(1, self.T + 1):
            self.h[t] = self.state(t)
            self.s[t] = self.derivative(t)
        return self.h[1:], self.s[1:]

    def state(self, t):
        """the state, a h_{t-1} + x_t"""
        return self.a * self.h[t - 1] + self.x[t - 1]

    def met(self, t):
        """the immediate derivative, h_{t-1}"""
        return self.h[t - 1]

    def through(self, t):
        """what comes through the state before, a s_{t-1}"""
        return self.a * self.s[t - 1]

    def derivative(self, t):
        """the derivative of a state, h_{t-1} + a s_{t-1}"""
        return self.met(t) + self.through(t)


SENSITIVITY_MISTAKES = {
    "only the immediate derivative": row("06.10", dict(through=lambda s, t: 0.0),
        "Only this step's use of a counts; the earlier uses, which reach h_t through h_{t-1}, are missing.",
        "h_{t-1} depends on a, too. In a h_{t-1} both factors move: the product rule has two terms."),
    "immediate derivative missing": row("06.10", lambda a, x: (as_run(a, x)[0], np.zeros(len(x))),
        "This step's own use of a is missing; without it every derivative is 0.",
        "hold h_{t-1} still and move a: h_t moves by h_{t-1}."),
    "a state that never fades": row("06.10", dict(state=lambda s, t: s.h[t - 1] + s.x[t - 1]),
        "The state before is added as it is; a is missing.",
        "h_t = a h_{t-1} + x_t: which part of the past is kept?"),
    "state one step too late": row("06.10", dict(met=lambda s, t: s.h[t]),
        "a meets h_t in your sum; in step t it meets h_{t-1}.",
        "in h_t = a h_{t-1} + x_t, what stands beside a?"),
    "a missing on the way": row("06.10", dict(through=lambda s, t: s.s[t - 1]),
        "The derivative of h_{t-1} is added as it is; on its way to h_t it is multiplied by a.",
        "dh_t/dh_{t-1} = a, so what moves h_{t-1} by s moves h_t by a s."),
    "input in the place of the state": row("06.10", dict(met=lambda s, t: s.x[t - 1]),
        "a meets x_t in your sum; in step t it meets h_{t-1}.",
        "the input has no weight here. Which factor of the formula does a stand beside?"),
    "input added once more": row("06.10", dict(through=lambda s, t: s.a * s.s[t - 1] + s.x[t - 1]),
        "The input is added to the derivative; x_t does not depend on a.",
        "whatever does not move with a has the derivative 0."),
    "derivative by the input": row("06.10", dict(met=lambda s, t: 1.0),
        "This is the derivative with respect to a constant that is added at every step, not to a.",
        "a shift of all inputs adds 1 at each step; a shift of a adds what a meets, h_{t-1}."),
    "derivatives of all states so far": row("06.10",
        lambda a, x: (as_run(a, x)[0], np.cumsum(as_run(a, x)[1])),
        "The derivatives are added up over the steps: that is the derivative of the states' sum.",
        "each state has a derivative of its own. Which of them does s_t belong to?"),
    "starting from the first input": row("06.10", lambda a, x: as_run(a, np.append(0.0, x[:-1])),
        "All is one step late: the list begins with h_0 = 0.",
        "the first number belongs to h_1, which has already read x_1."),
}


def as_run(a, x):
    """The states and their derivatives, from the formulas."""
    return Sensitivity(a, x).run()
