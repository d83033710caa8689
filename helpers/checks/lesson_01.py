"""Exercises of lesson 01."""

import numpy as np

from helpers.checks.exercise import Exercise


def states(w_hh, w_xh, b_h, h0, x):
    h = np.empty(len(x) + 1)
    h[0] = h0
    for t in range(1, len(x) + 1):
        h[t] = np.tanh(w_hh * h[t - 1] + w_xh * x[t - 1] + b_h)
    return h


def parameter_counts(D, H, O, T):
    step, rest = H * H + H * D + H, O * H + O + H
    return step + rest, T * step + rest


def weight_for_memory(k, share):
    return share ** (1 / k)


def factors(w_hh, w_xh, T):
    return np.array([w_hh ** T, *(w_xh * w_hh ** (T - t) for t in range(1, T + 1))])


def layered_states(W_hh, W_xh, b_h, h0, x):
    h = [h0]
    for W, U, b, x_t in zip(W_hh, W_xh, b_h, x):
        h.append(np.tanh(W @ h[-1] + U @ x_t + b))
    return np.array(h)


def gradients_of_shared(copies, owner):
    shared = np.zeros((owner.max() + 1, *copies.shape[1:]))
    np.add.at(shared, owner, copies)
    return shared


def layers(seed, T, D, H):
    rng = np.random.default_rng(seed)
    return (rng.standard_normal((T, H, H)) / np.sqrt(H), rng.standard_normal((T, H, D)) / np.sqrt(D),
            0.5 * rng.standard_normal((T, H)), 0.5 * rng.standard_normal(H), rng.standard_normal((T, D)))


def copies(seed, T, H, owner):
    return np.random.default_rng(seed).standard_normal((T, H, H)), np.array(owner)


EXERCISES = {
    "1.1": Exercise("Every state stands in its own slot, h[0] among them.", states, [
        (0.9, -0.7, 0.3, 0.6, np.array([0.5, -1.0, 0.8, 1.4, -0.2])),
        (-1.3, 0.8, -0.4, -0.9, np.array([-0.3, 1.1, 0.7, -0.6, 0.2, 1.9, -1.2])),
        (0.5, 1.5, 0.2, 0.7, np.array([0.4])),
    ]),
    "1.2": Exercise("Shared weights cost the same at every length; copies cost more with every step.", parameter_counts,
                    [(2, 3, 5, 7), (6, 4, 3, 9), (3, 7, 2, 5), (4, 2, 3, 1)], parts=("tied", "untied")),
    "1.3": Exercise("One weight sets how long a linear state remembers.", weight_for_memory,
                    [(5, 0.5), (1, 0.5), (12, 0.1), (40, 0.8), (3, 2.0)]),
    "1.4": Exercise("The last state is one sum, and you know how much each input counts in it.", factors,
                    [(0.8, 1.7, 5), (-1.3, 0.6, 7), (1.0, -2.0, 6), (0.4, 3.0, 1)]),
    "1.5": Exercise("A recurrent network is a network with T layers, here each with weights of its own.", layered_states,
                    [layers(1, 5, 2, 3), layers(2, 6, 4, 2), layers(3, 7, 3, 5)]),
    "1.6": Exercise("Who shares a matrix adds up the gradients of its copies.", gradients_of_shared, [
        copies(4, 6, 3, [0, 1, 0, 0, 2, 1]), copies(5, 7, 2, [2, 0, 1, 1, 2, 2, 0]), copies(6, 5, 4, [0, 0, 0, 0, 0]),
    ]),
}
