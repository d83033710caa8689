"""Momentum, Adam and clipping, one method per formula, and the mistakes that people make in them."""

import numpy as np

from exercises.engine.mistakes import row

# --- momentum ---

class Momentum:
    """One step of momentum, for one array."""

    def __init__(self, p, g, v, learning_rate, beta):
        self.p, self.g, self.v, self.learning_rate, self.beta = p, g, v, learning_rate, beta

    def run(self):
        """(p, v) after the step."""
        return self.moved(), self.memory()

    def kept(self):
        """what is kept of the old velocity, beta v"""
        return self.beta * self.v

    def added(self):
        """what the gradient adds to the velocity, g"""
        return self.g

    def velocity(self):
        """the new velocity, beta v + g"""
        return self.kept() + self.added()

    def step(self):
        """the step, the learning rate times the new velocity"""
        return self.learning_rate * self.velocity()

    def moved(self):
        """the new parameter, p minus the step"""
        return self.p - self.step()

    def memory(self):
        """the velocity that is returned, the new one"""
        return self.velocity()


MOMENTUM_MISTAKES = {
    "memory made anew": row("05.3", dict(kept=lambda s: 0 * s.v),
        "The velocity starts from zero in every step; it must start from the old one.",
        "without the old velocity, momentum takes the steps of gradient descent."),
    "velocity does not fade": row("05.3", dict(kept=lambda s: s.v),
        "The old velocity is kept in full; it must fade by the factor beta.",
        "with a steady gradient the velocity should tend to g / (1 - beta), and not grow for ever."),
    "gradient weighed by one minus beta": row("05.3", dict(added=lambda s: (1 - s.beta) * s.g),
        "The new gradient counts 1 - beta; its weight must be 1.",
        "unroll v_k. The newest gradient g_k has the factor beta^0. Adam weighs it by 1 - beta, momentum "
        "does not."),
    "beta on the gradient": row("05.3", dict(kept=lambda s: (1 - s.beta) * s.v, added=lambda s: s.beta * s.g),
        "beta multiplies the gradient, and the old velocity counts 1 - beta; it must be v = beta v + g.",
        "beta is how much of the past is kept. With beta = 0 momentum should be gradient descent."),
    "velocity holds the step": row("05.3",
        dict(added=lambda s: s.learning_rate * s.g, step=lambda s: s.velocity()),
        "The velocity adds up learning rate times gradient; it must add up the gradients themselves.",
        "v = beta v + g, then p = p - learning rate * v. The learning rate comes in at the second line "
        "only."),
    "velocity points downhill": row("05.3",
        dict(added=lambda s: -s.learning_rate * s.g, step=lambda s: -s.velocity()),
        "The velocity is v = beta v - learning rate * g, and the parameter adds it: another convention, with "
        "another velocity.",
        "here v is a sum of gradients and points uphill; the minus sign and the learning rate stand in the "
        "parameter's line."),
    "learning rate missing": row("05.3", dict(step=lambda s: s.velocity()),
        "The step is the whole velocity; it must be the learning rate times the velocity.",
        "set beta = 0. What is left should be gradient descent with its learning rate."),
    "step along the old velocity": row("05.3", dict(step=lambda s: s.learning_rate * s.v),
        "The parameter moves along the old velocity; the new one comes first, then the step.",
        "at the first step the old velocity is zero. Should nothing move?"),
    "step along the gradient": row("05.3", dict(step=lambda s: s.learning_rate * s.g),
        "The velocity is updated, but the parameter moves along the gradient.",
        "follow v from one line to the next. Which line uses the new one?"),
    "look-ahead step": row("05.3", dict(step=lambda s: s.learning_rate * (s.g + s.beta * s.velocity())),
        "The step is learning rate * (g + beta v), which is Nesterov's variant.",
        "the step here is the learning rate times the new velocity, and that holds g once."),
    "sign flipped": row("05.3", dict(moved=lambda s: s.p + s.step()),
        "The parameter moves uphill: the step is added; it must be subtracted.",
        "the gradient, and so the velocity, points to where the loss grows."),
    "parameters not replaced": row("05.4", dict(moved=lambda s: s.p),
        "The parameters come back as they were.",
        "p = p - ... inside a loop gives the name p to a new array, and the dict keeps the old one. Build a "
        "new dict."),
    "old velocity returned": row("05.3", dict(memory=lambda s: s.v),
        "The old velocity is returned; the next step needs the new one.",
        "write two steps in a row, and pass on what the first returns."),
}


# --- Adam ---

class Adam:
    """One step of Adam, for one array."""

    def __init__(self, p, g, m, v, k, learning_rate, beta1, beta2, eps):
        self.p, self.g, self.m, self.v, self.k = p, g, m, v, k
        self.learning_rate, self.beta1, self.beta2, self.eps = learning_rate, beta1, beta2, eps

    def run(self):
        """(p, m, v) after the step."""
        return self.moved(), *self.memory()

    def kept_of_m(self):
        """what is kept of m, beta1 m"""
        return self.beta1 * self.m

    def added_to_m(self):
        """what the gradient adds to m, (1 - beta1) g"""
        return (1 - self.beta1) * self.g

    def kept_of_v(self):
        """what is kept of v, beta2 v"""
        return self.beta2 * self.v

    def added_to_v(self):
        """what the gradient adds to v, (1 - beta2) g^2"""
        return (1 - self.beta2) * self.g ** 2

    def new_m(self):
        """the new m, beta1 m + (1 - beta1) g"""
        return self.kept_of_m() + self.added_to_m()

    def new_v(self):
        """the new v, beta2 v + (1 - beta2) g^2"""
        return self.kept_of_v() + self.added_to_v()

    def m_hat(self):
        """the corrected m, m / (1 - beta1^k)"""
        return self.new_m() / (1 - self.beta1 ** self.k)

    def v_hat(self):
        """the corrected v, v / (1 - beta2^k)"""
        return self.new_v() / (1 - self.beta2 ** self.k)

    def divisor(self):
        """what the step is divided by, the root of the corrected v, plus eps"""
        return np.sqrt(self.v_hat()) + self.eps

    def step(self):
        """the step, the learning rate times the corrected m over the divisor"""
        return self.learning_rate * self.m_hat() / self.divisor()

    def moved(self):
        """the new parameter, p minus the step"""
        return self.p - self.step()

    def memory(self):
        """the means that are returned, new and uncorrected"""
        return self.new_m(), self.new_v()


def rates_exchanged(s, p, g, m, v, k, learning_rate, beta1, beta2, eps):
    Adam.__init__(s, p, g, m, v, k, learning_rate, beta2, beta1, eps)


ADAM_MISTAKES = {
    "no bias correction": row("05.3", dict(m_hat=lambda s: s.new_m(), v_hat=lambda s: s.new_v()),
        "Neither mean is corrected for its start at zero.",
        "at k = 1 with m = 0, m is (1 - beta1) g. Divide by what the weights add up to, 1 - beta1^k, and v "
        "by 1 - beta2^k."),
    "first mean not corrected": row("05.3", dict(m_hat=lambda s: s.new_m()),
        "v is corrected, m is not.",
        "at k = 1 every entry should move by the learning rate. Here it moves by (1 - beta1) of that."),
    "second mean not corrected": row("05.3", dict(v_hat=lambda s: s.new_v()),
        "m is corrected, v is not.",
        "at k = 1 every entry should move by the learning rate. Here it is divided by the root of (1 - "
        "beta2) g^2, which is too small."),
    "one rate corrects both": row("05.3", dict(v_hat=lambda s: s.new_v() / (1 - s.beta1 ** s.k)),
        "Both means are divided by 1 - beta1^k; each must be divided by its own sum of weights.",
        "the weights in v are made of beta2, so they add up to 1 - beta2^k."),
    "correction one step late": row("05.3",
        dict(m_hat=lambda s: s.new_m() / (1 - s.beta1 ** (s.k - 1.0)),
             v_hat=lambda s: s.new_v() / (1 - s.beta2 ** (s.k - 1.0))),
        "The correction uses k - 1; it must use k, the number of this step.",
        "at k = 1 one gradient is in the mean, and 1 - beta^0 is 0: you would divide by it."),
    "correction one step early": row("05.3",
        dict(m_hat=lambda s: s.new_m() / (1 - s.beta1 ** (s.k + 1)),
             v_hat=lambda s: s.new_v() / (1 - s.beta2 ** (s.k + 1))),
        "The correction uses k + 1; k counts from 1 already.",
        "at k = 1 the only weight is 1 - beta, and that is 1 - beta^1."),
    "correction the same at every step": row("05.3",
        dict(m_hat=lambda s: s.new_m() / (1 - s.beta1), v_hat=lambda s: s.new_v() / (1 - s.beta2)),
        "The correction divides by 1 - beta; it must be 1 - beta^k.",
        "after many steps the weights add up to nearly 1, and there is nothing left to correct."),
    "corrected means returned": row("05.3", dict(memory=lambda s: (s.m_hat(), s.v_hat())),
        "The corrected means are returned and would be kept; the next step needs them as they were before "
        "the correction.",
        "write two steps. The second would take beta1 times a mean that was divided already, and divide it "
        "again."),
    "old means returned": row("05.3", dict(memory=lambda s: (s.m, s.v)),
        "The old m and v are returned; the next step needs the new ones.",
        "write two steps in a row, and pass on what the first returns."),
    "old means in the step": row("05.3",
        dict(m_hat=lambda s: s.m / (1 - s.beta1 ** s.k), v_hat=lambda s: s.v / (1 - s.beta2 ** s.k)),
        "The step is taken with the m and v from before; they must be updated first.",
        "at k = 1 both are zero. Should nothing move?"),
    "eps inside the root": row("05.3", dict(divisor=lambda s: np.sqrt(s.v_hat() + s.eps)),
        "eps is added inside the root; it must be added after it.",
        "the root of 1e-8 is 1e-4. Inside, eps counts ten thousand times as much."),
    "eps before the correction": row("05.3",
        dict(divisor=lambda s: (np.sqrt(s.new_v()) + s.eps) / np.sqrt(1 - s.beta2 ** s.k)),
        "eps is added to the root of the uncorrected v, and then both are corrected; it must be added last.",
        "in the step the corrected v stands under the root, and eps beside that root."),
    "eps missing": row("05.3", dict(divisor=lambda s: np.sqrt(s.v_hat())),
        "eps is not added.",
        "an entry whose gradients were all zero so far would move by 0/0."),
    "root missing": row("05.3", dict(divisor=lambda s: s.v_hat() + s.eps),
        "The step is divided by v; it must be divided by its root.",
        "multiply all gradients by 10. The step should stay as it is, so what it is divided by must grow as "
        "the gradient does."),
    "square missing": row("05.3", dict(added_to_v=lambda s: (1 - s.beta2) * s.g),
        "v takes up the gradient; it must take up its square.",
        "the root of a negative mean is not a number."),
    "square of the mean": row("05.3", dict(added_to_v=lambda s: (1 - s.beta2) * s.new_m() ** 2),
        "v takes up the square of m; it must take up the square of the gradient.",
        "gradients that alternate in sign have a mean near 0, but their squares do not."),
    "first mean not used": row("05.3", dict(m_hat=lambda s: s.g),
        "The step takes the gradient itself; it must take the corrected m.",
        "m is computed. Which line uses it?"),
    "gradient at full weight": row("05.3", dict(added_to_m=lambda s: s.g),
        "m adds the gradient at weight 1, as momentum does; in Adam its weight is 1 - beta1.",
        "m is a mean. With a steady gradient g it should tend to g."),
    "square at full weight": row("05.3", dict(added_to_v=lambda s: s.g ** 2),
        "v adds the squared gradient at weight 1; its weight is 1 - beta2.",
        "v is a mean. With a steady gradient g it should tend to g^2."),
    "weights exchanged": row("05.3",
        dict(kept_of_m=lambda s: (1 - s.beta1) * s.m,
             added_to_m=lambda s: s.beta1 * s.g,
             kept_of_v=lambda s: (1 - s.beta2) * s.v,
             added_to_v=lambda s: s.beta2 * s.g ** 2),
        "The old means count 1 - beta and the new gradient beta; it must be the other way round.",
        "with beta near 1 a mean should change slowly."),
    "rates exchanged": row("05.3", dict(__init__=rates_exchanged),
        "beta1 belongs to m and beta2 to v; they are exchanged.",
        "the first rate belongs to the first mean, that of the gradient."),
    "means made anew": row("05.3", dict(kept_of_m=lambda s: 0 * s.m, kept_of_v=lambda s: 0 * s.v),
        "m and v start from zero in every step; they must start from the old ones.",
        "Adam's memory is m and v. Without it every step is a first step."),
    "step uphill": row("05.3", dict(moved=lambda s: s.p + s.learning_rate * s.m_hat() / s.divisor()),
        "The step is added; it must be subtracted.",
        "the gradient, and so its mean, points to where the loss grows."),
    "parameter not moved": row("05.3", dict(moved=lambda s: s.p),
        "The parameter comes back as it was.",
        "three things change in a step: p, m and v."),
}


# --- clipping ---

def length_of(grads):
    """The length of all arrays as one long vector."""
    return np.sqrt(sum((g ** 2).sum() for g in grads.values()))


class Clipping:
    """Clipping by global norm."""

    def __init__(self, grads, max_norm):
        self.grads, self.max_norm = grads, max_norm

    def run(self):
        """(clipped, norm)."""
        self.clipped = {name: self.shortened(g) for name, g in self.grads.items()}
        return self.clipped, self.reported()

    def squares(self):
        """the sum of the squares of all entries of all gradients"""
        return sum((g ** 2).sum() for g in self.grads.values())

    def norm(self):
        """the norm of all gradients together, the root of the sum of squares"""
        return np.sqrt(self.squares())

    def factor(self):
        """the factor, max_norm / norm but at most 1"""
        return self.max_norm / max(self.norm(), self.max_norm)

    def shortened(self, g):
        """each array times the common factor"""
        return self.factor() * g

    def reported(self):
        """the norm that is returned, the one before clipping"""
        return self.norm()


CLIPPING_MISTAKES = {
    "each array by itself": row("05.4",
        dict(shortened=lambda s, g: g * s.max_norm / max(length_of({"g": g}), s.max_norm)),
        "Each array is clipped by its own norm; one norm over all arrays together is asked for.",
        "clip (3) and (4) to length 1. Apart they become 1 and 1, together 0.6 and 0.8: only that is the old "
        "direction."),
    "largest singular value as norm": row("05.4",
        dict(norm=lambda s: np.sqrt(sum(np.linalg.norm(np.atleast_2d(g), 2) ** 2 for g in s.grads.values()))),
        "Of a matrix it takes the largest singular value; asked for is the root of the sum of all squares.",
        "In code: np.linalg.norm(g, 2) is that of a matrix; np.linalg.norm(g) takes all entries as one "
        "list."),
    "every entry cut": row("05.4", dict(shortened=lambda s, g: np.clip(g, -s.max_norm, s.max_norm)),
        "Every entry is cut to [-max_norm, max_norm]: this is clipping by value.",
        "large entries are cut and small ones are not, so the direction changes. By norm, one factor "
        "shortens all."),
    "short gradients stretched": row("05.4",
        dict(factor=lambda s: s.max_norm / s.norm() if s.norm() > 0 else 1.0),
        "Gradients that are short enough are stretched to max_norm; they must stay as they are.",
        "the factor is max_norm / norm, but never more than 1."),
    "short gradients stretched and zeros lost": row("05.4",
        dict(shortened=lambda s, g: np.divide(g, s.norm()) * s.max_norm),
        "Gradients that are short enough are stretched to max_norm, and where all are zero, 0/0 is no "
        "number.",
        "the factor is max_norm / norm, but never more than 1. With all gradients zero, what is your "
        "factor?"),
    "zero divided by zero": row("05.4", dict(factor=lambda s: np.divide(min(s.norm(), s.max_norm), s.norm())),
        "Where all gradients are zero, the factor is 0/0, and every gradient becomes nan.",
        "a gradient of zeros has the norm 0. Which quotient of yours has it below?"),
    "long gradients kept": row("05.4",
        dict(factor=lambda s: s.max_norm / s.norm() if 0 < s.norm() < s.max_norm else 1.0),
        "The comparison is the wrong way round: short gradients are stretched, long ones stay.",
        "which of the two should change, a norm above max_norm or one below?"),
    "factor upside down": row("05.4", dict(factor=lambda s: max(s.norm() / s.max_norm, 1.0)),
        "Long gradients are multiplied by norm / max_norm, which makes them longer.",
        "a gradient of norm 10 should end at max_norm. By which factor?"),
    "clipped to length one": row("05.4",
        dict(factor=lambda s: 1 / s.norm() if s.norm() > s.max_norm else 1.0),
        "Long gradients get the length 1; it must be max_norm.",
        "divide by the norm and you have the unit vector. One more factor is needed."),
    "nothing clipped": row("05.4", dict(shortened=lambda s, g: g),
        "The gradients come back as they were, long ones too.",
        "g = factor * g inside a loop gives the name g to a new array, and the dict keeps the old one. Build "
        "a new dict."),
    "root missing in the norm": row("05.4", dict(norm=lambda s: length_of(s.grads) ** 2),
        "The norm is the sum of the squares; the root is missing.",
        "the vector (3, 4) has the length 5."),
    "norms added up": row("05.4", dict(norm=lambda s: sum(length_of({"g": g}) for g in s.grads.values())),
        "The arrays' norms are added up; their squares must be.",
        "two arrays (3) and (4) make the vector (3, 4), of length 5 and not 7."),
    "largest of the norms": row("05.4",
        dict(norm=lambda s: max(length_of({"g": g}) for g in s.grads.values())),
        "The norm is that of the longest array; all arrays must enter it.",
        "two arrays (3) and (4) make the vector (3, 4), of length 5 and not 4."),
    "norm of the last array": row("05.4", dict(norm=lambda s: length_of({"g": list(s.grads.values())[-1]})),
        "The norm is that of the last array alone: a sum over the arrays is missing.",
        "before the loop over the arrays the sum of squares is 0, and each array adds to it."),
    "absolute values added up": row("05.4",
        dict(norm=lambda s: sum(np.abs(g).sum() for g in s.grads.values())),
        "The norm adds up absolute values; it must be the root of the sum of squares.",
        "the vector (3, 4) has the length 5 and not 7."),
    "largest entry as norm": row("05.4", dict(norm=lambda s: max(np.abs(g).max() for g in s.grads.values())),
        "The norm is the largest entry; it must be the root of the sum of squares.",
        "the vector (3, 4) has the length 5 and not 4."),
    "mean of the squares": row("05.4",
        dict(norm=lambda s: np.sqrt(np.mean(np.concatenate([g.ravel() for g in s.grads.values()]) ** 2))),
        "The squares are averaged; they must be added up.",
        "the vector (3, 4) has the length 5. The root of the mean square is 3.54."),
    "norm after clipping": row("05.4", dict(reported=lambda s: length_of(s.clipped)),
        "The norm that is returned is the one after clipping; it should be the one before.",
        "after clipping it is never above max_norm, and would not tell you how long the gradient was."),
}
