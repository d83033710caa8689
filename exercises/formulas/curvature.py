"""A Hessian times a vector, from one complex step of a gradient: the formulas, and the mistakes in it."""

import numpy as np

from exercises.engine.mistakes import row

EPS = 1e-100
WHERE = "05.9"


class HessianVector:
    """The derivative of a gradient along one direction."""

    def __init__(self, gradient, theta, direction):
        self.gradient, self.theta, self.direction = gradient, theta, direction

    def run(self):
        """The product, (P,)."""
        return self.product()

    def step(self):
        """the step, i eps times the direction"""
        return 1j * EPS * self.direction

    def after(self):
        """the gradient after the step"""
        return self.gradient(self.theta + self.step())

    def derivative_part(self):
        """the part of the gradient that holds the derivative, the imaginary one"""
        return np.imag(self.after())

    def product(self):
        """the product, the imaginary part divided by eps"""
        return self.derivative_part() / EPS


def by_differences(quotient):
    """Wrong answers that step in the real direction, one for each step that people take."""
    def stepping(eps):
        return lambda gradient, theta, direction: quotient(lambda s: gradient(theta + s * direction), eps)

    return [stepping(eps) for eps in (1e-6, 1e-5, 1e-4, 1e-3, 1e-7, 1e-8)]


def in_all_directions(gradient, theta, direction):
    return np.imag(gradient(theta + 1j * EPS)) / EPS


HESSIAN_MISTAKES = {
    "forward difference": row(WHERE, by_differences(lambda g, eps: (g(eps) - g(0)) / eps),
        "It steps in the real direction, on one side: half of the digits are lost.",
        "a difference of two gradients that are nearly alike keeps few digits. A step of i eps needs no "
        "difference."),
    "central difference": row(WHERE, by_differences(lambda g, eps: (g(eps) - g(-eps)) / (2 * eps)),
        "It steps in the real direction, to both sides: close, but not exact to rounding.",
        "the step of lesson 04 that loses no digits is i eps, and what it needs is the imaginary part."),
    "nothing left": row(WHERE, lambda gradient, theta, direction: 0 * theta,
        "Every entry is zero, or nearly.",
        "the imaginary part is eps H u. It is tiny until it is divided by eps, and zero where "
        "eps * direction was added without the factor 1j."),
    "real part taken": row(WHERE, dict(derivative_part=lambda s: np.real(s.after())),
        "It takes the real part of the gradient; the derivative is in the imaginary part.",
        "g(theta + i eps u) = g(theta) + i eps H u - ... The real part is the gradient itself."),
    "magnitude taken": row(WHERE, dict(derivative_part=lambda s: np.abs(s.after())),
        "It takes the magnitude of the gradient; the derivative is in the imaginary part.",
        "g(theta + i eps u) = g(theta) + i eps H u - ... Its magnitude is |g(theta)|, to rounding."),
    "halved": row(WHERE, dict(product=lambda s: s.derivative_part() / EPS / 2),
        "The imaginary part is divided by 2 eps.",
        "the 2 belongs to the central difference, whose two points are 2 eps apart."),
    "all entries moved": row(WHERE, in_all_directions,
        "Every entry of theta moves by the same step; the direction is not used.",
        "entry i moves by eps times direction[i]."),
    "multiplied afterwards": row(WHERE,
        lambda gradient, theta, direction: in_all_directions(gradient, theta, direction) * direction,
        "Every entry of theta moves by the same step, and the direction is multiplied in afterwards.",
        "(H u)_i is a sum over j of H_ij u_j. After the step the sum is done: u must be in the step itself."),
    "direction shortened": row(WHERE,
        dict(product=lambda s: s.derivative_part() / EPS / np.linalg.norm(s.direction)),
        "It is the product with a direction of length 1; the direction must keep its length.",
        "twice the direction makes twice the product."),
    "curvature along the direction": row(WHERE,
        lambda gradient, theta, direction: direction @ np.imag(gradient(theta + 1j * EPS * direction)) / EPS,
        "It is a single number, u^T H u; the product H u has an entry for each parameter.",
        "the curvature along u is what one makes of the product afterwards."),
    "gradient times direction": row(WHERE,
        [lambda gradient, theta, direction: gradient(theta) * direction,
         lambda gradient, theta, direction: gradient(theta) @ direction],
        "It is the gradient, multiplied by the direction. No second derivative is in it.",
        "on a straight line H is zero, and the gradient is not."),
    "gradient at the direction": row(WHERE, [lambda gradient, theta, direction: gradient(direction),
                                             lambda gradient, theta, direction: gradient(theta + direction)],
        "It is a gradient at another place.",
        "H u says how the gradient changes, per eps, when theta moves by eps u."),
}
