"""The calculations of lesson 06, one method per formula, and the mistakes that replace one of them."""

import numpy as np

# --- 6.1: products of Jacobians over the lag ---

class LagProducts:
    """dh_T/dh_{T-n} for n = 0 ... T. Every public method but ``run`` is one formula."""

    def __init__(self, W_hh, slopes):
        self.W_hh, self.slopes, self.T = W_hh, slopes, len(slopes)

    def run(self):
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
        """the side on which an earlier step joins: the right"""
        return product @ jacobian


class EarlierStepOnTheLeft(LagProducts):
    """Each earlier Jacobian joins on the left; it must join on the right.

    On paper: dh_T/dh_{T-2} = J_T J_{T-1}. What acts first stands on the right, and the next one back acts before all others.

    Lesson 06, section 1.
    """

    def join(self, product, jacobian):
        return jacobian @ product


class MatricesMultipliedEntryByEntry(LagProducts):
    """Matrices are multiplied entry by entry; it must be the matrix product. From the identity on, only a diagonal is left.

    In code: @ is the matrix product, * multiplies entry by entry. A path may change its unit at every step, and only @ adds up
    all paths.

    Lesson 06, section 1.
    """

    def join(self, product, jacobian):
        return product * jacobian


class EntryByEntryFromTheLastStep(LagProducts):
    """Matrices are multiplied entry by entry, from J_T on; it must be the matrix product.

    In code: @ is the matrix product, * multiplies entry by entry. Entry [i, j] then holds one link, again and again, and not the
    sum over all paths.

    Lesson 06, section 1.
    """

    def join(self, product, jacobian):
        return jacobian if np.array_equal(product, np.eye(len(product))) else product * jacobian


class ProductsTransposed(LagProducts):
    """These are the transposes, J_{T-n+1}^T ... J_T^T.

    On paper: row i belongs to h_T[i], column j to h_{T-n}[j]. The transpose is what carries a gradient back.

    Lesson 06, section 1.
    """

    def join(self, product, jacobian):
        return jacobian.T @ product


class SlopesScaleColumns(LagProducts):
    """The slopes scale the columns of W_hh; they must scale the rows.

    On paper: J_t = diag(slopes) W_hh. The slope of unit i multiplies whatever arrives at unit i, and that is row i.

    Lesson 03, section 3.
    """

    def jacobian(self, t):
        return self.W_hh * self.slope(t)


class RecurrentMatrixTransposed(LagProducts):
    """The rows are scaled as they must be, but the matrix is W_hh^T; it must be W_hh.

    On paper: a_t[i] = sum over j of W_hh[i, j] h_{t-1}[j], so entry [i, j] of the Jacobian has the factor W_hh[i, j].

    Lesson 03, section 3.
    """

    def jacobian(self, t):
        return self.slope(t)[:, None] * self.W_hh.T


class SlopesForgotten(LagProducts):
    """The slopes are missing: these are powers of W_hh.

    On paper: that is the linear network. Every other activation puts its slopes in front of W_hh, at every step.

    Lesson 06, section 1.
    """

    def jacobian(self, t):
        return self.W_hh


class FirstStepsFirst(LagProducts):
    """The products begin with step 1; they must begin with the last step.

    On paper: the lag counts back from T. At lag 1 stands J_T alone, at lag 2 it is J_T J_{T-1}.

    Lesson 06, section 1.
    """

    def step(self, n):
        return n


class LastJacobianRepeated(LagProducts):
    """Every factor is the Jacobian of the last step.

    On paper: each step has its own state, so its own slopes and its own Jacobian.

    Lesson 06, section 1.
    """

    def step(self, n):
        return self.T


class SlopesOneStepTooEarly(LagProducts):
    """The slopes are those of one step earlier: lag 1 takes slopes[T - 2], and the last lag wraps around to slopes[-1].

    In code: slopes[t - 1] belongs to step t, and lag n needs step t = T - n + 1, which is slopes[T - n].

    Lesson 06, section 1.
    """

    def slope(self, t):
        return self.slopes[t - 2]


LAG_MISTAKES = [EarlierStepOnTheLeft, MatricesMultipliedEntryByEntry, EntryByEntryFromTheLastStep, ProductsTransposed,
                SlopesScaleColumns, RecurrentMatrixTransposed, SlopesForgotten, FirstStepsFirst, LastJacobianRepeated,
                SlopesOneStepTooEarly]


def as_lag_products(formulas):
    """The form of exercise 6.1."""
    return lambda W_hh, slopes: formulas(W_hh, slopes).run()


# --- 6.4: Lyapunov exponents ---

class Exponents:
    """Lyapunov exponents by QR. Every public method but ``run`` is one formula."""

    def __init__(self, J):
        self.J, self.T = J, len(J)

    def run(self):
        Q, total = np.eye(self.J.shape[1]), np.zeros(self.J.shape[1])
        for J_t in self.order():
            Q, R = np.linalg.qr(self.carried(J_t, Q))
            Q, total = self.directions(Q), total + self.growth(np.diag(R))
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

    def rate(self, total):
        """the mean over the steps, the sum divided by T"""
        return total / self.T


class SumInPlaceOfMean(Exponents):
    """The growth of all steps is added up, but not divided by T.

    On paper: an exponent is a rate, so it is growth per step.

    Lesson 06, section 5.
    """

    def rate(self, total):
        return total


class SignsNotRemoved(Exponents):
    """The logarithm is taken of R's diagonal as it is; where an entry is negative, that is NaN.

    On paper: a direction that is turned round has not shrunk. Its factor is |R[i, i]|.

    Lesson 06, section 5.
    """

    def growth(self, diagonal):
        return np.log(diagonal)


class LogarithmMissing(Exponents):
    """The factors |R[i, i]| are averaged as they are; their logarithms must be.

    On paper: factors of steps that follow each other multiply. Logarithms turn the product into a sum.

    Lesson 06, section 5.
    """

    def growth(self, diagonal):
        return np.abs(diagonal)


class BaseTenLogarithm(Exponents):
    """The logarithms have base 10; they must be natural ones.

    In code: np.log is the natural logarithm, np.log10 that with base 10.

    Lesson 06, section 5.
    """

    def growth(self, diagonal):
        return np.log10(np.abs(diagonal))


class EachStepFromTheAxes(Exponents):
    """Every step starts from the axes again; it must start from the Q of the step before.

    On paper: growth is followed along one direction through all steps. Q is where the step before left the directions.

    Lesson 06, section 5.
    """

    def directions(self, Q):
        return np.eye(len(Q))


class JacobianTransposedInTheStep(Exponents):
    """The transposed Jacobian carries the directions; it must be J_t.

    On paper: the directions run forward in time with the states. J_t^T runs back.

    Lesson 06, section 5.
    """

    def carried(self, J_t, Q):
        return J_t.T @ Q


class LastStepFirst(Exponents):
    """The steps run from T back to 1; they must run from 1 to T.

    On paper: the directions are carried forward, from the first state to the last. The way back, with J_t^T, has the same rates
    in the long run, but not the same numbers over T steps.

    Lesson 06, section 5.
    """

    def order(self):
        return self.J[::-1]


def eigenvalues_of_each_step(J):
    """These are mean logarithms of the eigenvalues of single Jacobians.

    On paper: eigenvalues of a product are not products of eigenvalues, because each step has its own eigenvectors.

    Lesson 06, section 3.
    """
    return np.mean(np.sort(np.log(np.abs(np.linalg.eigvals(J))))[:, ::-1], axis=0)


def singular_values_of_each_step(J):
    """These are mean logarithms of the singular values of single Jacobians.

    On paper: the direction that one step stretches most is not the one that the next step stretches most. The first number is
    an upper bound.

    Lesson 06, section 2.
    """
    return np.mean(np.log(np.linalg.svd(J, compute_uv=False)), axis=0)


def one_factorisation_at_the_end(J):
    """All Jacobians are multiplied first, and QR is taken of the product.

    On paper: with exact numbers that would be the same. In the computer all columns soon point the same way, and over long
    sequences the product overflows or becomes zero.

    Lesson 06, section 5.
    """
    product = np.eye(J.shape[1])
    for J_t in J:
        product = J_t @ product
    return np.log(np.abs(np.diag(np.linalg.qr(product)[1]))) / len(J)


def singular_values_of_the_product(J):
    """These are singular values of the whole product, as a rate per step.

    On paper: both tend to the same rates, but only slowly; and over long sequences the product overflows or becomes zero.

    Lesson 06, section 5.
    """
    product = np.eye(J.shape[1])
    for J_t in J:
        product = J_t @ product
    return np.log(np.linalg.svd(product, compute_uv=False)) / len(J)


EXPONENT_MISTAKES = [SumInPlaceOfMean, SignsNotRemoved, LogarithmMissing, BaseTenLogarithm, EachStepFromTheAxes,
                     JacobianTransposedInTheStep, LastStepFirst, eigenvalues_of_each_step,
                     singular_values_of_each_step, one_factorisation_at_the_end, singular_values_of_the_product]


def as_exponents(formulas):
    """The form of exercise 6.4."""
    return lambda J: formulas(J).run()


# --- 6.5: where the wall stands ---

class Wall:
    """The weight that balances a unit at h0, and the growth of a nudge there. Every public method but ``run`` is one formula."""

    def __init__(self, h0, b):
        self.h0, self.b = h0, b

    def run(self):
        self.w = self.without_bias() / self.divisor()
        return self.w, self.slope() * self.weight()

    def pre_activation(self):
        """the pre-activation at the balance, artanh(h0)"""
        return np.arctanh(self.h0)

    def without_bias(self):
        """what the weight must contribute, the pre-activation minus b"""
        return self.pre_activation() - self.b

    def divisor(self):
        """what w is multiplied by, h0"""
        return self.h0

    def slope(self):
        """tanh's slope at the balance, 1 - h0^2"""
        return 1 - self.h0 ** 2

    def weight(self):
        """the weight in the one-step Jacobian, w"""
        return self.w


class TanhNotUndone(Wall):
    """h0 itself stands in the place of the pre-activation; tanh must be undone first.

    On paper: h0 = tanh(a) gives a = artanh(h0), and a = w h0 + b.

    Lesson 06, section 6.
    """

    def pre_activation(self):
        return self.h0


class TanhInPlaceOfItsInverse(Wall):
    """tanh is applied to h0; its inverse is needed.

    In code: np.arctanh undoes np.tanh.

    Lesson 06, section 6.
    """

    def pre_activation(self):
        return np.tanh(self.h0)


class OneOverTanh(Wall):
    """1 / tanh(h0) is taken for the inverse function of tanh.

    On paper: the inverse function undoes tanh: artanh(tanh(a)) = a. In code it is np.arctanh.

    Lesson 06, section 6.
    """

    def pre_activation(self):
        return 1 / np.tanh(self.h0)


class BiasAdded(Wall):
    """The bias is added; it must be subtracted.

    On paper: from artanh(h0) = w h0 + b, bring b to the other side.

    Lesson 06, section 6.
    """

    def without_bias(self):
        return self.pre_activation() + self.b


class BiasForgotten(Wall):
    """The bias is missing from the weight.

    On paper: the pre-activation is w h0 + b; only what is left without b comes from w.

    Lesson 06, section 6.
    """

    def without_bias(self):
        return self.pre_activation()


class NotDividedByTheState(Wall):
    """w h0 is returned in the place of w.

    On paper: the weight meets the state h0. Divide by it.

    Lesson 06, section 6.
    """

    def divisor(self):
        return 1.0


class DividedByThePreActivation(Wall):
    """The weight is divided by artanh(h0); the weight meets the state, h0.

    On paper: a_1 = w h_0 + b. What stands beside w is a state, which tanh has been through already.

    Lesson 06, section 6.
    """

    def divisor(self):
        return self.pre_activation()


class SlopeMissing(Wall):
    """The factor is the weight alone; tanh's slope is missing.

    On paper: dh_t/dh_{t-1} = (1 - h_t^2) w.

    Lesson 06, section 1.
    """

    def slope(self):
        return 1.0


class SlopeWithoutTheSquare(Wall):
    """The slope is 1 - h0; it must be 1 - h0^2.

    On paper: the derivative of tanh(a) is 1 - tanh(a)^2.

    Lesson 03, section 3.
    """

    def slope(self):
        return 1 - self.h0


class SlopeWithTanhTwice(Wall):
    """The slope is 1 - tanh(h0)^2; h0 is a state, so it is tanh of something already.

    On paper: the slope at a is 1 - tanh(a)^2, and tanh(a) = h0.

    Lesson 03, section 3.
    """

    def slope(self):
        return 1 - np.tanh(self.h0) ** 2


class SlopeAtThePreActivation(Wall):
    """The slope is 1 - a^2, with the pre-activation a; it must be 1 - h0^2.

    On paper: the derivative of tanh(a) is 1 - tanh(a)^2: the square of the result, not of the argument.

    Lesson 03, section 3.
    """

    def slope(self):
        return 1 - self.pre_activation() ** 2


class WeightMissing(Wall):
    """The factor is the slope alone; the weight is missing.

    On paper: dh_t/dh_{t-1} = (1 - h_t^2) w. The chain rule goes through tanh, then through w.

    Lesson 06, section 1.
    """

    def weight(self):
        return 1.0


def factor_first(h0, b):
    """The factor comes first; the weight must.

    In code: return the pair (w, factor), in this order.

    Lesson 06, section 6.
    """
    return Wall(h0, b).run()[::-1]


WALL_MISTAKES = [TanhNotUndone, TanhInPlaceOfItsInverse, OneOverTanh, BiasAdded, BiasForgotten, NotDividedByTheState,
                 DividedByThePreActivation, SlopeMissing, SlopeWithoutTheSquare, SlopeWithTanhTwice, SlopeAtThePreActivation,
                 WeightMissing, factor_first]


def as_wall(formulas):
    """The form of exercise 6.5."""
    return lambda h0, b: formulas(h0, b).run()


# --- 6.6: what clipping by value does ---

class ValueClipEffect:
    """Length after clipping by value, and the cosine between before and after. Every public method but ``run`` is one formula."""

    def __init__(self, grads, limit):
        self.grads, self.limit = grads, limit

    def run(self):
        self.clipped = {name: self.cut(g) for name, g in self.grads.items()}
        return self.after(), self.cosine()

    def cut(self, g):
        """the clipped array, each entry cut to [-limit, limit]"""
        return np.clip(g, -self.limit, self.limit)

    def after(self):
        """the length after clipping"""
        return self.length(self.clipped)

    def length(self, grads):
        """the length of all arrays together, the root of the sum of squares"""
        return np.sqrt(sum((g ** 2).sum() for g in grads.values()))

    def dot(self):
        """the sum of v * g over all entries"""
        return sum((self.clipped[name] * g).sum() for name, g in self.grads.items())

    def divisor(self):
        """what the sum of v * g is divided by, both lengths"""
        return self.length(self.clipped) * self.length(self.grads)

    def cosine(self):
        """the cosine, the sum of v * g divided by both lengths"""
        return self.dot() / self.divisor()


class CutFromAboveOnly(ValueClipEffect):
    """Entries are cut at the upper limit only; those below -limit must be cut, too.

    In code: np.clip(g, -limit, limit). np.minimum(g, limit) leaves large negative entries as they are.

    Lesson 06, section 7.
    """

    def cut(self, g):
        return np.minimum(g, self.limit)


class CutFromBelowAtZero(ValueClipEffect):
    """Negative entries become zero: the lower limit is 0; it must be -limit.

    In code: np.clip(g, -limit, limit).

    Lesson 06, section 7.
    """

    def cut(self, g):
        return np.clip(g, 0, self.limit)


class OnlySignsKept(ValueClipEffect):
    """Every entry becomes limit or -limit; entries that are small enough must stay as they are.

    On paper: clipping bounds an entry. It does not lengthen any.

    Lesson 06, section 7.
    """

    def cut(self, g):
        return self.limit * np.sign(g)


class LargeEntriesDropped(ValueClipEffect):
    """Entries beyond the limit become zero; they must become limit or -limit.

    On paper: cutting to [-limit, limit] moves an entry to the nearer end of the interval.

    Lesson 06, section 7.
    """

    def cut(self, g):
        return np.where(np.abs(g) > self.limit, 0.0, g)


class EachArrayShortened(ValueClipEffect):
    """Each array is shortened to the length limit; each entry must be cut.

    On paper: that is clipping per array. By value looks at one entry at a time.

    Lesson 06, section 7.
    """

    def cut(self, g):
        return g * min(1.0, self.limit / np.sqrt((g ** 2).sum()))


class AllShortenedByOneFactor(ValueClipEffect):
    """All arrays are shortened by one factor, to the global norm limit; each entry must be cut.

    On paper: that is clipping by global norm. It turns nothing, so its cosine is always 1.

    Lesson 06, section 7.
    """

    def cut(self, g):
        return g * min(1.0, self.limit / self.length(self.grads))


class EntriesNotCut(ValueClipEffect):
    """The arrays are not clipped: the cosine is 1 for every limit.

    In code: np.clip returns a new array. Use what it returns.

    Lesson 06, section 7.
    """

    def cut(self, g):
        return g


class LengthBeforeClipping(ValueClipEffect):
    """The length before clipping is returned; that after clipping is asked for.

    On paper: |v| is made of the clipped entries.

    Lesson 06, section 7.
    """

    def after(self):
        return self.length(self.grads)


class RootOfTheLengthMissing(ValueClipEffect):
    """Lengths are sums of squares; the root is missing.

    On paper: the length of a vector is the root of the sum of its squares.

    Lesson 06, section 7.
    """

    def length(self, grads):
        return sum((g ** 2).sum() for g in grads.values())


class LengthsOfArraysAddedUp(ValueClipEffect):
    """The lengths of the arrays are added up; their squares must be, and then the root taken.

    On paper: all arrays together are one long vector. Its squared length is the sum of their squared lengths.

    Lesson 06, section 7.
    """

    def length(self, grads):
        return sum(np.sqrt((g ** 2).sum()) for g in grads.values())


class ClippedWithItself(ValueClipEffect):
    """This is the ratio of the lengths, |v| / |g|: how much shorter, not how far turned. Or the sum is over v * v in the place of v * g.

    On paper: the cosine compares two vectors, so each term of its sum has one entry of each.

    Lesson 06, section 7.
    """

    def dot(self):
        return sum((v ** 2).sum() for v in self.clipped.values())


class SquaredLengthAfterAsDivisor(ValueClipEffect):
    """The sum of v * g is divided by |v|^2; it must be divided by |v| |g|.

    On paper: the cosine does not change if one of the vectors is made longer. So each length divides once.

    Lesson 06, section 7.
    """

    def divisor(self):
        return self.length(self.clipped) ** 2


class SquaredLengthBeforeAsDivisor(ValueClipEffect):
    """The sum of v * g is divided by |g|^2; it must be divided by |v| |g|.

    On paper: the cosine does not change if one of the vectors is made longer. So each length divides once.

    Lesson 06, section 7.
    """

    def divisor(self):
        return self.length(self.grads) ** 2


class NotDividedByTheLengths(ValueClipEffect):
    """The sum of v * g is not divided by the two lengths.

    On paper: a cosine is at most 1, however long the vectors are.

    Lesson 06, section 7.
    """

    def divisor(self):
        return 1.0


class AngleInPlaceOfItsCosine(ValueClipEffect):
    """The angle is returned; its cosine is asked for.

    On paper: the formula gives the cosine at once. Without arccos it is right.

    Lesson 06, section 7.
    """

    def cosine(self):
        return np.arccos(min(1.0, self.dot() / self.divisor()))


class MeanOfTheArraysCosines(ValueClipEffect):
    """The cosine is the mean of the arrays' own cosines; all arrays together are one vector.

    On paper: add up v * g, v * v and g * g over all arrays first, then divide once.

    Lesson 06, section 7.
    """

    def cosine(self):
        return np.mean([(self.clipped[name] * g).sum() / np.sqrt((self.clipped[name] ** 2).sum() * (g ** 2).sum())
                        for name, g in self.grads.items()])


EFFECT_MISTAKES = [CutFromAboveOnly, CutFromBelowAtZero, OnlySignsKept, LargeEntriesDropped, EachArrayShortened,
                   AllShortenedByOneFactor, EntriesNotCut, LengthBeforeClipping, RootOfTheLengthMissing,
                   LengthsOfArraysAddedUp, ClippedWithItself, SquaredLengthAfterAsDivisor, SquaredLengthBeforeAsDivisor,
                   NotDividedByTheLengths, AngleInPlaceOfItsCosine, MeanOfTheArraysCosines]


def as_value_clip_effect(formulas):
    """The form of exercise 6.6."""
    return lambda grads, limit: formulas(grads, limit).run()


# --- 6.7 and 6.8: clip by global norm, also what was added up ---

class ClippedSum:
    """The gradients of several pieces, added up and then clipped. Every public method but ``run`` is one formula."""

    def __init__(self, pieces, max_norm):
        self.pieces, self.max_norm = pieces, max_norm

    def run(self):
        total = self.total([self.prepared(piece) for piece in self.pieces])
        return {name: self.scaled(g, self.factor(self.length(total, name))) for name, g in total.items()}

    def prepared(self, piece):
        """what is added up: each piece as it is"""
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


class ClippedBeforeAdding(ClippedSum):
    """Each piece is clipped before it is added, and the sum is not.

    On paper: clipping is not linear. The sum of clipped gradients points elsewhere than the gradient, and with n pieces it can
    be n times too long.

    Lesson 06, section 7.
    """

    def prepared(self, piece):
        factor = super().factor(super().length(piece, None))
        return {name: g * factor for name, g in piece.items()}

    def factor(self, length):
        return 1.0


class ClippedTwice(ClippedSum):
    """Each piece is clipped before it is added, and the sum is clipped again.

    On paper: the sum has the right length, but not the gradient's direction. Clip once, when everything is added up.

    Lesson 06, section 7.
    """

    def prepared(self, piece):
        factor = super().factor(super().length(piece, None))
        return {name: g * factor for name, g in piece.items()}


class LastPieceOnly(ClippedSum):
    """Only the last piece counts: each one replaced what was there before.

    In code: total[name] = g replaces, total[name] = total[name] + g adds.

    Lesson 06, section 7.
    """

    def total(self, pieces):
        return pieces[-1]


class MeanOfPieces(ClippedSum):
    """The mean of the pieces is taken; the exercise asks for their sum.

    On paper: the gradient of a sum of losses is the sum of their gradients.

    Lesson 06, section 7.
    """

    def total(self, pieces):
        return {name: g / len(pieces) for name, g in super().total(pieces).items()}


class EachArrayByItself(ClippedSum):
    """Each array is clipped to max_norm by itself; one norm over all arrays is needed.

    On paper: arrays that shrink by different factors change the direction of the whole.

    Lesson 06, section 7.
    """

    def length(self, total, name):
        return np.sqrt((total[name] ** 2).sum())


class RootMissing(ClippedSum):
    """The length is the sum of squares; the root is missing.

    On paper: the length of a vector is the root of the sum of its squares.

    Lesson 05, section 4.
    """

    def length(self, total, name):
        return sum((g ** 2).sum() for g in total.values())


class NormsAddedUp(ClippedSum):
    """The norms of the arrays are added up; their squares must be, and then the root taken.

    On paper: all arrays together are one long vector. Its squared length is the sum of their squared lengths.

    Lesson 05, section 4.
    """

    def length(self, total, name):
        return sum(np.sqrt((g ** 2).sum()) for g in total.values())


class LargestEntryAsLength(ClippedSum):
    """The largest entry stands in the place of the norm.

    On paper: that bounds every entry, not the length of the step.

    Lesson 06, section 7.
    """

    def length(self, total, name):
        return max(np.abs(g).max() for g in total.values())


class AlwaysRescaled(ClippedSum):
    """Gradients that are short enough are stretched to max_norm.

    On paper: the factor is min(1, max_norm / norm). A step near a minimum must stay short.

    Lesson 05, section 4.
    """

    def factor(self, length):
        return self.max_norm / length


class ClippedByValue(ClippedSum):
    """Every entry is cut to [-max_norm, max_norm]; the whole must shrink by one factor.

    On paper: large entries are cut and small ones are not, so the direction changes.

    Lesson 05, section 4.
    """

    def scaled(self, g, factor):
        return np.clip(g, -self.max_norm, self.max_norm)


class NormOfTheArraysSoFar(ClippedSum):
    """Each array is shortened by the norm of the arrays up to itself; the norm of all must be known first.

    On paper: direction stays only if all arrays have one factor. Only the last array gets the right one here. In code: compute
    the factor after the loop that adds up the squares.

    Lesson 06, section 7.
    """

    def length(self, total, name):
        names = list(total)
        return np.sqrt(sum((total[earlier] ** 2).sum() for earlier in names[:names.index(name) + 1]))


class FactorInverted(ClippedSum):
    """Arrays are multiplied by length / max_norm; it must be max_norm / length.

    On paper: a gradient twice as long as allowed must be halved.

    Lesson 05, section 4.
    """

    def factor(self, length):
        return max(length, self.max_norm) / self.max_norm


class MeanOfTheSquares(ClippedSum):
    """The length is the root of the mean square; it must be the root of the sum of squares.

    On paper: the length of a vector grows with the number of its entries.

    Lesson 05, section 4.
    """

    def length(self, total, name):
        return np.sqrt(sum((g ** 2).sum() for g in total.values()) / sum(g.size for g in total.values()))


ONE_CLIP = [NormOfTheArraysSoFar, EachArrayByItself, RootMissing, NormsAddedUp, LargestEntryAsLength, MeanOfTheSquares,
            AlwaysRescaled, FactorInverted, ClippedByValue]
CLIP_MISTAKES = [ClippedBeforeAdding, ClippedTwice, LastPieceOnly, MeanOfPieces, *ONE_CLIP]


def as_clipped_sum(formulas):
    """The form of exercise 6.8."""
    return lambda pieces, max_norm: formulas(pieces, max_norm).run()


def as_one_clip(formulas):
    """The form of exercise 6.7: one dict, nothing to add up."""
    return lambda grads, max_norm: formulas([grads], max_norm).run()
