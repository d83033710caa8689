"""One update and a training of several, one method per formula, and the mistakes that people make in them."""

import numpy as np

from exercises.engine.mistakes import row
from exercises.formulas.optimisers import length_of
from helpers import clip, losses, optimisers, rnn

# --- one update ---

class Update:
    """One update: forward, loss, backward, clip, Adam."""

    def __init__(self, params, memory, x, target, mask, learning_rate, max_norm):
        self.params, self.memory, self.x, self.target, self.mask = params, memory, x, target, mask
        self.learning_rate, self.max_norm = learning_rate, max_norm

    def run(self):
        """(params, memory, loss) after the update."""
        self.y, cache = self.outputs(self.params)
        self.grads = rnn.backward(self.params, cache, self.dy())
        trained = {name: self.shortened(self.grads[name]) for name in self.params}
        self.new_params, memory = self.updated(trained)
        return self.new_params, list(memory), self.loss()

    def outputs(self, params):
        cache = rnn.forward(params, self.x)
        return cache.y, cache

    def counted(self):
        """which steps count, the mask"""
        return self.mask.astype(float)

    def total(self):
        """what the sum over the counted steps is divided by, their number"""
        return self.counted().sum()

    def dy(self):
        """dy, the derivative of the mean over the counted steps"""
        return losses.cross_entropy(self.y, self.target, self.counted())[1] / self.total()

    def loss(self):
        """the loss, the mean over the counted steps before the update"""
        return losses.cross_entropy(self.y, self.target, self.counted())[0] / self.total()

    def squares(self):
        """the sum of the squares of all entries of the five parameters' gradients"""
        return sum((self.grads[name] ** 2).sum() for name in self.params)

    def norm(self):
        """the global norm of the five parameters' gradients, the root of the sum of squares"""
        return np.sqrt(self.squares())

    def factor(self):
        """the clipping factor, max_norm / norm but at most 1"""
        return self.max_norm / max(self.norm(), self.max_norm)

    def shortened(self, g):
        """each gradient times the common factor"""
        return self.factor() * g

    def updated(self, grads):
        """Adam's step"""
        return optimisers.adam(self.params, grads, self.memory, self.learning_rate)


def weights_clipped_by_value(s, grads):
    params, memory = Update.updated(s, grads)
    return clip.by_value(params, s.max_norm), memory


def weights_clipped_by_norm(s, grads):
    params, memory = Update.updated(s, grads)
    return clip.by_global_norm(params, s.max_norm)[0], memory


def squared_error_reported(s):
    error = losses.softmax(s.y) - np.eye(s.y.shape[-1])[s.target]
    return 0.5 * ((error ** 2).sum(axis=-1) * s.counted()).sum() / s.total()


def loss_after_the_update(s):
    s.y, _ = s.outputs(s.new_params)
    return Update.loss(s)


def update_uphill(s, grads):
    params, memory = Update.updated(s, grads)
    return {name: 2 * p - params[name] for name, p in s.params.items()}, memory


UPDATE_MISTAKES = {
    "clipping left out": row("05.2", dict(factor=lambda s: 1.0),
        "The optimiser gets gradients that nobody has clipped: clipping is missing, or comes after the "
        "optimiser.",
        "backward, clip, update. What does the optimiser receive from the stage before it?"),
    "norm of all seven gradients": row("05.4", dict(norm=lambda s: length_of(s.grads)),
        "The gradients of x and h0 enter the norm; only those of the parameters should.",
        "x and h0 are data, nobody updates them. A large batch would make the norm larger, and the steps "
        "shorter."),
    "each gradient by itself": row("05.4",
        dict(shortened=lambda s, g: g * s.max_norm / max(length_of({"g": g}), s.max_norm)),
        "Each gradient is clipped by its own norm; one norm over all parameters together is asked for.",
        "one common factor keeps the direction; a factor for each array does not."),
    "every gradient cut": row("05.4", dict(shortened=lambda s, g: np.clip(g, -s.max_norm, s.max_norm)),
        "The gradients are clipped by value, entry by entry; it must be by their global norm.",
        "cutting the large entries alone turns the gradient into another direction."),
    "clipped at norm one": row("05.4", dict(factor=lambda s: 1 / max(s.norm(), 1.0)),
        "The gradients are clipped at norm 1; it must be max_norm.",
        "which of your function's arguments has no effect?"),
    "weights clipped by value": row("05.4", dict(factor=lambda s: 1.0, updated=weights_clipped_by_value),
        "The weights are clipped, after the update; it must be the gradients, before it.",
        "clipping limits how far one step goes, and not where the parameters may be."),
    "weights clipped by norm": row("05.4", dict(factor=lambda s: 1.0, updated=weights_clipped_by_norm),
        "The weights are shortened to max_norm, after the update; it must be the gradients, before it.",
        "clipping limits how far one step goes, and not where the parameters may be."),
    "mask ignored": row("05.6", dict(counted=lambda s: np.ones(s.mask.shape)),
        "The mask is not used: padding counts as if it were data.",
        "the steps where the mask is False have no target. They belong neither to the sum nor to the number "
        "it is divided by."),
    "padding in the mean": row("05.6", dict(total=lambda s: s.mask.size),
        "The sum over the counted steps is divided by the number of all steps, T * B.",
        "a mean over n things divides by n. How many steps count?"),
    "sum for mean": row("05.2", dict(total=lambda s: 1.0),
        "Loss and gradient are sums over the counted steps; they must be means.",
        "with a sum, a batch twice as large makes a gradient twice as long."),
    "gradient of the sum": row("05.2", dict(dy=lambda s: Update.dy(s) * s.total()),
        "The loss is the mean, but dy is the gradient of the sum.",
        "divide a loss by n, and its gradient is divided by n, too."),
    "sum reported": row("05.2", dict(loss=lambda s: Update.loss(s) * s.total()),
        "dy is the gradient of the mean, but the loss that is returned is the sum.",
        "the loss you report must be the one you differentiate."),
    "squared error reported": row("05.2", dict(loss=squared_error_reported),
        "The loss that is returned is a squared error of the probabilities; it must be the cross-entropy.",
        "the loss you report must be the one you differentiate, and softmax(y) - one-hot is the gradient of "
        "the cross-entropy."),
    "loss after the update": row("05.2", dict(loss=loss_after_the_update),
        "The loss is computed with the new parameters; it should be the one before the update.",
        "the gradient belongs to the old parameters. So does the loss beside it."),
    "optimiser memory made anew": row("05.2",
        dict(updated=lambda s, grads: optimisers.adam(s.params, grads, None, s.learning_rate)),
        "Adam starts with an empty memory; it must go on from the one it is given.",
        "what survives from one update to the next? The parameters, and the optimiser's memory."),
    "old parameters returned": row("05.4",
        dict(updated=lambda s, grads: (s.params, Update.updated(s, grads)[1])),
        "The parameters come back as they were.",
        "what Adam returns must get a name, and that name must be returned."),
    "update uphill": row("05.2", dict(updated=update_uphill),
        "The parameters move uphill, against Adam's step.",
        "optimisers.adam subtracts the step itself. It takes gradients with the sign that backward gives "
        "them."),
    "gradient turned round": row("05.2",
        dict(updated=lambda s, grads: Update.updated(s, {name: -g for name, g in grads.items()})),
        "Adam gets the gradients with a minus sign, and so goes uphill.",
        "optimisers.adam subtracts the step itself. It takes gradients with the sign that backward gives "
        "them."),
}


# --- several updates, each from two halves of a batch ---

class Training:
    """Momentum on batches that come in two halves."""

    def __init__(self, params, batches, learning_rate, beta, max_norm):
        self.params, self.batches = params, batches
        self.learning_rate, self.beta, self.max_norm = learning_rate, beta, max_norm
        self.T = len(batches)
        self.sums, self.state = optimisers.zeros_like(params), None
        self.velocity, self.losses = None, np.zeros(self.T)

    def run(self):
        """(params, losses) after the last batch."""
        for k in range(1, self.T + 1):
            self.halves = self.batches[k - 1]
            for group in self.groups():
                self.sums = self.start()
                for self.half in group:
                    self._take(k)
                self.params, self.velocity = self.updated()
        return self.params, self.losses

    def _take(self, k):
        """Forward and backward through one half."""
        x, target, _ = self.half
        self.cache = rnn.forward(self.params, x, self.first_state())
        loss, dy = losses.cross_entropy(self.cache.y, target, self.counted(self.half))
        self.grads = rnn.backward(self.params, self.cache, self.share() * dy)
        self.sums = self.added()
        self.losses[k - 1] = self.loss_so_far(k) + self.loss_share() * loss
        self.state = self.cache.state

    def groups(self):
        """which halves make one update, both of a batch"""
        return [self.halves]

    def start(self):
        """the sum of gradients that a batch begins with, zeros"""
        return optimisers.zeros_like(self.params)

    def first_state(self):
        """the state that the sequences start from, zeros"""
        return None

    def counted(self, half):
        """which steps count, the mask"""
        return half[2].astype(float)

    def total(self, halves):
        """the number of steps that count, in both halves"""
        return sum(self.counted(half).sum() for half in halves)

    def share(self):
        """the weight of a step in the gradient, one over the steps that count in both halves"""
        return 1 / self.total(self.halves)

    def loss_share(self):
        """the weight of a step in the loss, one over the steps that count in both halves"""
        return self.share()

    def loss_so_far(self, k):
        """the loss of the half before"""
        return self.losses[k - 1]

    def added(self):
        """the gradients of both halves, added up"""
        return {name: self.sums[name] + self.grads[name] for name in self.params}

    def norm(self):
        """the norm of the summed gradients of the five parameters"""
        return np.sqrt(self.squares())

    def squares(self):
        """the sum of the squares of all entries of the summed gradients"""
        return sum((g ** 2).sum() for g in self.sums.values())

    def factor(self):
        """the clipping factor, once for each update"""
        return self.max_norm / max(self.norm(), self.max_norm)

    def memory(self):
        """the optimiser's memory, the velocity after the update before"""
        return self.velocity

    def updated(self):
        """the update by momentum"""
        grads = {name: self.factor() * g for name, g in self.sums.items()}
        return optimisers.momentum(self.params, grads, self.memory(), self.learning_rate, self.beta)


def clipped_before_accumulation(s):
    clipped, _ = clip.by_global_norm({name: s.grads[name] for name in s.params}, s.max_norm)
    return {name: s.sums[name] + clipped[name] for name in s.params}


def squares_kept(s):
    before = s.squares if s.half is not s.halves[0] else 0.0
    s.squares = before + sum((s.grads[name] ** 2).sum() for name in ("x", "h0"))
    return Training.added(s)


def training_uphill(s):
    s.sums = {name: -g for name, g in s.sums.items()}
    return Training.updated(s)


def only_the_last_update_counts(s):
    params, velocity = Training.updated(s)
    last = s.halves is s.batches[-1]
    return (params if last else s.params), velocity


TRAINING_MISTAKES = {
    "accumulator not reset": row("05.2", dict(start=lambda s: s.sums),
        "The gradients of earlier batches are still in the sum.",
        "after an update its gradients have done their work. Every batch begins with zeros."),
    "second half replaces the first": row("05.8",
        dict(added=lambda s: {name: s.grads[name] for name in s.params}),
        "Only the second half's gradient is used: it replaces the first one's, and must be added to it.",
        "a sum over both halves needs +, for every parameter."),
    "state carried across unrelated sequences": row("05.2", dict(first_state=lambda s: s.state),
        "Each half starts from the last state of the half before; these sequences have nothing to do with "
        "each other.",
        "what does the last letter of one name say of the first letter of another? Start from zeros."),
    "state carried to the second half": row("05.8",
        dict(first_state=lambda s: None if s.half is s.halves[0] else s.state),
        "The second half of a batch starts from the last state of the first; these sequences have nothing to "
        "do with each other.",
        "a half holds other sequences, not later steps of the same ones. Start from zeros."),
    "update after each half": row("05.8", dict(groups=lambda s: [[half] for half in s.halves]),
        "The parameters move after each half; there must be one update for a batch.",
        "the second half's gradient belongs to the parameters that the first half has seen."),
    "halves as batches of their own": row("05.8",
        dict(groups=lambda s: [[half] for half in s.halves],
             share=lambda s: 1 / s.total([s.half]),
             loss_share=lambda s: s.share() / 2),
        "Each half is treated as a batch: its own mean, its own update. There must be one update for both.",
        "count the updates that the velocity sees. There should be as many as there are batches."),
    "clipped before accumulation": row("05.8", dict(added=clipped_before_accumulation, factor=lambda s: 1.0),
        "Each half's gradient is clipped, and then they are added; first add, then clip once.",
        "gradients 4 and -1 add up to 3. Each clipped to length 1, they add up to 0, and nothing moves."),
    "sum clipped after each half": row("05.8",
        dict(added=lambda s: clip.by_global_norm(Training.added(s), s.max_norm)[0]),
        "The sum is clipped after the first half, and again after the second; clip once, when it is "
        "complete.",
        "what is cut off after the first half cannot be made up for by the second."),
    "nothing is clipped": UPDATE_MISTAKES["clipping left out"],
    "norm of seven gradients": row("05.4",
        dict(added=squares_kept, norm=lambda s: np.sqrt(length_of(s.sums) ** 2 + s.squares)),
        "The gradients of x and h0 enter the norm; only those of the parameters should.",
        "x and h0 are data, nobody updates them."),
    "velocity made anew": row("05.2", dict(memory=lambda s: None),
        "The optimiser's memory starts from zero in every update; it must live as long as the training.",
        "what is made inside the loop over the batches is new each time. Without its memory, momentum is "
        "gradient descent."),
    "mean of the means": row("05.8", dict(share=lambda s: 1 / (2 * s.total([s.half]))),
        "Each half's mean counts one half; but the halves have different numbers of steps that count.",
        "the mean of 1, 1, 1 and 5 is 2. The mean of the means of (1, 1, 1) and (5) is 3."),
    "sum of the means": row("05.8", dict(share=lambda s: 1 / s.total([s.half])),
        "The two halves' means are added up; the mean over all their steps is asked for.",
        "a sum of two means is about twice as large as a mean."),
    "sum over the steps": row("05.8", dict(share=lambda s: 1.0),
        "Loss and gradient are sums over the steps; they must be means.",
        "divide by the number of steps that count, of both halves together."),
    "mean with padding": row("05.6", dict(share=lambda s: 1 / sum(half[2].size for half in s.halves)),
        "The sum over the counted steps is divided by the number of all steps, padding among them.",
        "a mean over n things divides by n. How many steps count?"),
    "padding counted": row("05.6", dict(counted=lambda s, half: np.ones(half[2].shape)),
        "The masks are not used: padding counts as if it were data.",
        "the steps where a mask is False have no target. They belong neither to the sum nor to the number it "
        "is divided by."),
    "loss of the second half": row("05.8", dict(loss_so_far=lambda s, k: 0.0),
        "The loss that is kept is the second half's share alone; the first half's must be added.",
        "the loss of an update is that of all its steps."),
    "loss is mean of the means": row("05.8", dict(loss_share=lambda s: 1 / (2 * s.total([s.half]))),
        "The gradient is right, but the loss that is kept is the mean of the two halves' means.",
        "the loss you report must be the one you differentiate."),
    "loss is sum of the means": row("05.8", dict(loss_share=lambda s: 1 / s.total([s.half])),
        "The gradient is right, but the loss that is kept is the sum of the two halves' means.",
        "the loss you report must be the one you differentiate."),
    "loss is sum": row("05.8", dict(loss_share=lambda s: 1.0),
        "The gradient is right, but the loss that is kept is the sum over the steps.",
        "the loss you report must be the one you differentiate."),
    "training uphill": row("05.2", dict(updated=training_uphill),
        "The parameters move uphill.",
        "optimisers.momentum subtracts the step itself. It takes gradients with the sign that backward gives "
        "them."),
    "parameters never change": row("05.4", dict(updated=lambda s: (s.params, Training.updated(s)[1])),
        "Every batch sees the parameters that training began with, and these are returned.",
        "the name that an update gives to its result must be the one that the next forward pass reads."),
    "only the last update counts": row("05.4", dict(updated=only_the_last_update_counts),
        "Every update starts from the first parameters, and only the last one's result is returned.",
        "the name that an update gives to its result must be the one that the next forward pass reads."),
}
