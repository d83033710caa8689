"""The LRU of lesson 09: a diagonal recurrence with complex factors, its gradient, and what people get wrong.

    a = exp(-exp(nu) + i theta),   h_t = a h_{t-1} + sqrt(1 - |a|^2) u_t,   h_0 = 0

The gradient of a complex number is that of its real part plus i times that of its imaginary part."""

import functools

import numpy as np

from exercises.engine.far import Far
from exercises.engine.mistakes import row
from exercises.formulas import far_problems
from helpers.other_ways import scan


def factors(nu, theta):
    """The factor a of each unit, (H,) complex. nu, theta: (H,)."""
    return np.exp(-np.exp(nu) + 1j * theta)


def states(nu, theta, u, method=None):
    """h_1 ... h_T, as u: (T, ..., H) complex."""
    a = factors(nu, theta)
    return scan.states(np.broadcast_to(a, u.shape), np.sqrt(1 - abs(a) ** 2) * u, 0 * u[0], method)


def gradients(nu, theta, u, h, g):
    """From scan. u, h, g: (T, ..., H) complex; g: direct effect on each state. Returns (dnu, dtheta, du)."""
    a, H = factors(nu, theta), len(nu)
    by_step, dh, _ = scan.backward(np.broadcast_to(a.conj(), h.shape), h.conj(), g, 0 * h[0])
    turned = a.conj() * by_step.reshape(-1, H).sum(axis=0)
    root = np.sqrt(1 - abs(a) ** 2)
    of_root = (u.conj() * dh).real.reshape(-1, H).sum(axis=0)
    return np.exp(nu) * (of_root * abs(a) ** 2 / root - turned.real), turned.imag, root * dh


# --- problems ---

@functools.cache
def instances():
    """Two sizes."""
    return [problem(111 + i, T, H) for i, (T, H) in enumerate(((7, 3), (6, 4)))]


def complex_numbers(rng, *shape):
    """Random numbers with a real and an imaginary part."""
    return rng.standard_normal(shape) + 1j * rng.standard_normal(shape)


def problem(seed, T, H, least=0.5, most=0.9):
    """nu, theta, u, h and g. least, most: between these is |a|."""
    rng = np.random.default_rng(seed)
    nu, theta = np.log(-np.log(rng.uniform(least, most, H))), rng.uniform(0.3, 2.5, H)
    return given(nu, theta, complex_numbers(rng, T, H), complex_numbers(rng, T, H))


def given(nu, theta, u, g):
    """All arguments, with the states that belong to them."""
    return nu, theta, u, states(nu, theta, u), g


def far():
    """A gradient that lives for long; large losses; large inputs."""
    short, long = instances()[0], problem(115, far_problems.LONG, 3, 0.99, 0.999)
    nu, theta, u, _, g = short
    return [*far_problems.far(short, long),
            Far("with larger numbers", given(nu, theta, far_problems.TIMES * u, g), far_problems.LIMITED)]


@functools.cache
def probes():
    """Easier problems: one step, no angle, or one loss alone."""
    nu, theta, u, _, g = instances()[0]
    last = np.zeros_like(g)
    last[-1] = g[-1]
    return {
        "T = 1": given(nu, theta, u[:1], g[:1]),
        "theta = 0": given(nu, 0 * theta, u, g),
        "theta = 0 and all numbers are real": given(nu, 0 * theta, u.real + 0j, g.real + 0j),
        "only the last step has a loss": given(nu, theta, u, last),
    }


# --- the pass, formula by formula ---

class LRU:
    """The gradients of one sequence, formula by formula."""

    def __init__(self, nu, theta, u, h, g):
        self.nu, self.theta, self.u, self.g, self.T = nu, theta, u, g, len(u)
        self.h = np.concatenate([0 * h[:1], h])                     # slot t is step t
        self.all_dh = np.zeros((self.T + 2, len(nu)), complex)

    def run(self):
        """The gradients (dnu, dtheta, du)."""
        for t in range(self.T, 0, -1):
            self.all_dh[t] = self.dh(t)
        return self.dnu(), self.dtheta(), np.array([self.du(t) for t in range(1, self.T + 1)])

    def a(self):
        """the factor a, exp(-exp(nu) + i theta)"""
        return np.exp(-np.exp(self.nu) + 1j * self.theta)

    def size(self):
        """the size of a, exp(-exp(nu))"""
        return np.exp(-np.exp(self.nu))

    def root(self):
        """the normalisation, the root of 1 - |a|^2"""
        return np.sqrt(1 - self.size() ** 2)

    def back(self):
        """the factor on the way back, the conjugate of a"""
        return np.conj(self.a())

    def dh(self, t):
        """dh_t, the direct effect plus the conjugate of a times dh_{t+1}"""
        return self.g[t - 1] + self.back() * self.all_dh[t + 1]

    def met(self, t):
        """the state that a met, h_{t-1}"""
        return self.h[t - 1]

    def share(self, t):
        """step t's share of da, the conjugate of h_{t-1} times dh_t"""
        return np.conj(self.met(t)) * self.all_dh[t]

    def da(self):
        """da, the sum of all steps' shares"""
        return sum(self.share(t) for t in range(1, self.T + 1))

    def turned(self):
        """da seen from log a, the conjugate of a times da"""
        return np.conj(self.a()) * self.da()

    def droot(self):
        """the normalisation's gradient, the sum of the real parts of conj(u_t) dh_t"""
        return sum((np.conj(self.u[t - 1]) * self.all_dh[t]).real for t in range(1, self.T + 1))

    def through_a(self):
        """nu's way through a, minus exp(nu) times the real part of conj(a) da"""
        return -np.exp(self.nu) * self.turned().real

    def through_root(self):
        """nu's way through the normalisation, exp(nu) |a|^2 / root times its gradient"""
        return np.exp(self.nu) * self.size() ** 2 / self.root() * self.droot()

    def dnu(self):
        """dnu, the sum of both ways"""
        return self.through_a() + self.through_root()

    def dtheta(self):
        """dtheta, the imaginary part of conj(a) da"""
        return self.turned().imag

    def du(self, t):
        """du_t, the normalisation times dh_t"""
        return self.root() * self.all_dh[t]


MISTAKES = {
    "conjugate forgotten on the way back": row("09.6", dict(back=lambda s: s.a()),
        "dh_{t+1} comes back with the factor a; it must be its conjugate.",
        "forward, a turns h by theta. What the loss wants of h_{t+1} must be turned back by theta "
        "before it is compared with h_t."),
    "conjugate of the state forgotten": row("09.6", dict(share=lambda s, t: s.met(t) * s.all_dh[t]),
        "da pairs dh_t with h_{t-1}; it must pair it with the conjugate of h_{t-1}.",
        "in a h_{t-1} either factor's gradient has the other one's conjugate."),
    "conjugate of a forgotten": row("09.6", dict(turned=lambda s: s.a() * s.da()),
        "nu and theta get their gradients from a da; it must be conj(a) da.",
        "a = exp(w) with w = -exp(nu) + i theta. Its derivative by w is a, and a pull has the conjugate."),
    "no conjugate at all": row("09.6", dict(
            back=lambda s: s.a(), share=lambda s, t: s.met(t) * s.all_dh[t], turned=lambda s: s.a() * s.da(),
            droot=lambda s: sum((s.u[t - 1] * s.all_dh[t]).real for t in range(1, s.T + 1))),
        "No factor is conjugated; on the way back each must be.",
        "the pull of a product of complex numbers has the other factor's conjugate. In NumPy: a.conj()."),
    "conjugate of u forgotten": row("09.6",
        dict(droot=lambda s: sum((s.u[t - 1] * s.all_dh[t]).real for t in range(1, s.T + 1))),
        "The normalisation's gradient pairs dh_t with u_t; it must pair it with the conjugate of u_t.",
        "the root is real and scales both parts of u: Re u Re dh + Im u Im dh. That is Re(conj(u) dh)."),
    "|a| in the place of a": row("09.6", dict(a=lambda s: np.exp(-np.exp(s.nu)) + 0j),
        "The factor is |a| = exp(-exp(nu)): the angle theta is missing.",
        "a = exp(-exp(nu) + i theta). In NumPy i is 1j."),
    "normalisation forgotten": row("09.6", dict(root=lambda s: np.ones_like(s.nu),
                                                through_root=lambda s: np.zeros_like(s.nu)),
        "The gradients are those of h_t = a h_{t-1} + u_t, without the normalisation.",
        "u_t enters with the root of 1 - |a|^2: a factor in du_t, and a second way for nu."),
    "normalisation held still": row("09.6", dict(through_root=lambda s: np.zeros_like(s.nu)),
        "nu reaches the loss through a only; its way through the normalisation is missing.",
        "the root of 1 - |a|^2 moves with nu, too, and scales u_t in every step."),
    "way through a forgotten": row("09.6", dict(through_a=lambda s: np.zeros_like(s.nu)),
        "nu reaches the loss through the normalisation only; its way through a is missing.",
        "a multiplies h_{t-1} in every step, and |a| moves with nu."),
    "u not normalised": row("09.6", dict(du=lambda s, t: s.all_dh[t]),
        "du_t is dh_t; it must be multiplied by the root of 1 - |a|^2.",
        "u_t enters h_t with this factor."),
    "conjugate of dh in du": row("09.6", dict(du=lambda s, t: s.root() * np.conj(s.all_dh[t])),
        "du_t is the conjugate of what it must be.",
        "the normalisation is real, so nothing is turned on this way: its root times dh_t."),
    "root without square": row("09.6", dict(root=lambda s: np.sqrt(1 - np.abs(s.a()))),
        "The root is taken of 1 - |a|; it must be of 1 - |a|^2.",
        "independent inputs add up with weights |a|^(2 n), a sum that is 1 / (1 - |a|^2)."),
    "exp(nu) missing": row("09.6", dict(
            through_a=lambda s: -s.turned().real,
            through_root=lambda s: np.abs(s.a()) ** 2 / s.root() * s.droot()),
        "The factor exp(nu) is missing in dnu.",
        "a depends on nu through exp(nu), whose derivative is exp(nu) again."),
    "sign of nu's way through a": row("09.6", dict(through_a=lambda s: -LRU.through_a(s)),
        "nu's way through a has the wrong sign.",
        "a larger nu makes |a| = exp(-exp(nu)) smaller."),
    "sign of nu's way through the root": row("09.6", dict(through_root=lambda s: -LRU.through_root(s)),
        "nu's way through the normalisation has the wrong sign.",
        "a larger nu makes |a| smaller, and so 1 - |a|^2 larger."),
    "real part for theta": row("09.6", dict(dtheta=lambda s: s.turned().real),
        "dtheta takes the real part of conj(a) da; it must take the imaginary one.",
        "theta stands with an i: Re(conj(i) z) = Im z."),
    "state of the same step": row("09.6", dict(met=lambda s, t: s.h[t]),
        "da pairs dh_t with h_t; it must be h_{t-1}.",
        "a multiplies h_{t-1}. In code h[t-1] is h_t, and before h[0] comes h_0 = 0."),
    "direct effect in da": row("09.6", dict(share=lambda s, t: np.conj(s.met(t)) * s.g[t - 1]),
        "da pairs h_{t-1} with the direct effect g_t; it must be the total dh_t.",
        "a moves h_t, and all later states follow."),
    "nothing from later steps": row("09.6", dict(dh=lambda s, t: s.g[t - 1]),
        "dh_t is the direct effect alone: nothing arrives from later steps.",
        "h_t is read by its own loss and by step t+1."),
}
