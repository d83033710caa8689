"""Which formula, if that alone is another, explains a wrong backward pass?

A formula is supposed to be off by something at every step, and it is solved for what: the values with which
all others, being right, give the answer's own da. If all its gradients come out, too, it is sufficient.
``chosen`` picks those to blame: by what a formula reads, its values must be of a certain kind.
"""

import itertools

import numpy as np

from exercises.engine.clear import all_shown, equal_in, near, shown, sources
from helpers.activations import sigmoid

CARRIES = {"carry", "carry_h", "carry_c", "kept", "through_weights"}
LINES = ["dh", "da_i", "da_f", "da_g", "da_o", "dc", "da_n", "da_r", "da_z", "da_n_of_input", *CARRIES]
PAIRED = ["from_hidden", "da_i", "da_f", "da_g", "da_o", "carry_h", "carry_c",
          "da_n", "da_r", "da_z", "da_n_of_input", "kept", "through_weights"]
# Terms and factors of these are blamed only if their values are of the right kind:
OF_THE_STATES = ["slope", "gate_slope"]         # they do not depend on dy
LINEAR = ["direct", "later"]                    # they are the right ones times one matrix


def off_by_something(formulas, names):
    """The formulas, one or two of them off by something at each step.

    off: {(name, step, call): (B, H)}, added to what a formula gives. values: what it gives if it is right.
    """
    class Off(formulas):
        def __init__(self, *given):
            super().__init__(*given)
            self.off, self.values = {}, {}

        def advance(self, t):
            """Step t, from what step t+1 left: what shows of it; at 0 the first states' gradients."""
            self.values = {}
            if t < self.T:
                self.hand_on(t + 1)
            if t == 0:
                return np.array(list(self.first().values()))
            self.back(t)
            return shown(self, t)

    for name in names:
        setattr(Off, name, method_off(name, getattr(formulas, name)))
    return Off


def method_off(name, right):
    """A formula that is off by something. right: the formula."""
    def method(self, *arguments):
        step, value = arguments[-1], right(self, *arguments)
        call = sum(key[:2] == (name, step) for key in self.values)
        self.values[name, step, call] = value
        return value + self.off.get((name, step, call), 0.0)

    return method


def solved(formulas, names, run):
    """What formulas must give at each step so that the others, all right, give the answer's own da.

    Returns {(name, step, call): (right value, off, which entries show)}; None if nothing does it.
    """
    s, found, scale = off_by_something(formulas, names)(*run.problem.given), {}, np.abs(run.da).max()
    for t in range(s.T, -1, -1):
        wanted = run.da[t - 1] if t else np.array([run.grads[state] for state in s.first()])
        here = s.advance(t)
        keys, effects = list(s.values), []
        if any(value.shape != s.h[0].shape for value in s.values.values()):
            return None
        for key in keys:
            s.off[key] = 1.0
            effects.append(s.advance(t) - here)
            s.off[key] = 0.0
        if keys:
            effects = np.moveaxis(np.array(effects), (0, 1), (3, 2))       # (B, H, equations, unknowns)
            missing = np.moveaxis(wanted - here, 0, 2)[..., None]
            s.off |= zip(keys, np.moveaxis((np.linalg.pinv(effects) @ missing)[..., 0], 2, 0))
            here, shows = s.advance(t), np.abs(np.moveaxis(effects, 3, 0)).max(axis=-1) > 1e-9
            found |= {key: (s.values[key], s.off[key], one) for key, one in zip(keys, shows)}
        if not near(here, wanted, scale):
            return None
    return found


def explained_by(formulas, names, runs):
    """The gradients that come out on every problem if formulas are others, and what these give.

    The latter: {name: [{step: (right values, off, which show)} for each problem]}, (calls, B, H) each.
    (set(), None) if da itself does not come out.
    """
    explained, values = set(runs[0].grads), {name: [] for name in names}
    for run in runs:
        found = solved(formulas, names, run)
        if found is None:
            return set(), None
        for name in names:
            steps = sorted({step for one, step, _ in found if one == name})
            values[name].append({at: tuple(map(np.array, zip(*(
                found[key] for key in found if key[:2] == (name, at))))) for at in steps})
        s = off_by_something(formulas, names)(*run.problem.given)
        s.off = {key: off for key, (_, off, _) in found.items()}
        explained &= equal_in(s.run(), run.grads)
    return explained, values


def explained_by_dm(formulas, runs):
    """The same for the GRU's dm, whose values dW_hh shows."""
    explained = set(runs[0].grads)
    for run in runs:
        da = sources(run.problem, run.grads).get("W_hh")
        if da is None:
            return set(), None
        values = da[:, -1] * run.problem.right.r
        given = type("Given", (formulas,), {"dm": lambda s, t: values[t - 1]})
        explained &= equal_in(given(*run.problem.given).run(), run.grads)
    return explained, {"dm": ()}


def sufficient(formulas, runs, following):
    """The formulas that, alone, explain most, {name: values}, and what they explain: a set of gradients.

    following: the gradients that must be among these.
    """
    found = {}
    for name in [*LINES, *OF_THE_STATES, *LINEAR, "from_hidden", "dm"]:
        if name in vars(formulas):
            explained, values = (explained_by_dm(formulas, runs) if name == "dm" else
                                 explained_by(formulas, [name], runs))
            if (values is not None and following <= explained and is_of_its_kind(name, values[name])
                    and (name != "gate_slope" or is_function_of_gates(formulas, runs, values[name]))):
                found[name] = explained, values[name]
    most = max((explained for explained, _ in found.values()), key=len, default=set())
    return {name: values for name, (explained, values) in found.items() if explained == most}, most


def sufficient_pair(formulas, runs, following):
    """Two formulas that explain most, and what: (set(), set()) if there are none, or several."""
    found = []
    for names in itertools.combinations([name for name in PAIRED if name in vars(formulas)], 2):
        explained, values = explained_by(formulas, names, runs)
        if values and following <= explained and all(
                off_at_all_steps(one) and not off_from_nothing(one) if name in CARRIES else
                only_states_matter(one, as_factor=True) for name, one in values.items()):
            found.append((set(names), explained))
    most = max((explained for _, explained in found), key=len, default=set())
    best = [names for names, explained in found if explained == most]
    return (best[0], most) if len(best) == 1 else (set(), set())


# --- what kind of values ---

def is_of_its_kind(name, values):
    """Are these values that such a formula can give?"""
    if name in CARRIES:
        if off_at_all_steps(values):
            return not off_from_nothing(values)
        if not off_at(values, lambda step: step > 1):
            return False
        # What leaves step 1 is right, so the sum that a carry goes into is likelier.
        return (name in ("carry_h", "through_weights") and is_linear(values)
                or name in ("carry_c", "kept") and only_states_matter(values, as_factor=True))
    if name in OF_THE_STATES:
        gates = range(len(values[0][1][0]))
        return only_states_matter(values) and all(off_at(values, lambda step: True, j) for j in gates)
    return name not in LINEAR or is_linear(values)


def largest(values):
    """The largest entry of all right values."""
    return max(np.abs(right).max() for one in values for right, _, _ in one.values())


def off_at(values, at, call=slice(None)):
    """True if a formula is off at some of the steps, on some problem. at: function of the step."""
    scale = largest(values)
    return any(not near(off[call], 0.0, scale)
               for one in values for step, (_, off, _) in one.items() if at(step))


def off_at_all_steps(values):
    """True if a carry is off after step 1 and at step 1; there it may be zero as it should."""
    zero = all(near(one[1][0], 0.0, largest(values)) for one in values)
    return off_at(values, lambda step: step > 1) and (zero or off_at(values, lambda step: step == 1))


def is_function_of_gates(formulas, runs, values):
    """True if the values are one function of s for all gates: a cubic, or made of sigmoid(s)."""
    s, wanted = [], []
    for run, one in zip(runs, values):
        gates = [getattr(run.problem.right, gate) for gate in formulas.gates if gate not in "gn"]
        for t, (right, off, shows) in one.items():
            s.append(np.array([gate[t - 1] for gate in gates])[shows])
            wanted.append((right + off)[shows])
    s, wanted = np.concatenate(s), np.concatenate(wanted)
    again = sigmoid(s)
    terms = np.stack([s ** 0, s, s ** 2, s ** 3, again, again ** 2], axis=1)
    return near(terms @ np.linalg.lstsq(terms, wanted, rcond=None)[0], wanted)


def off_from_nothing(values):
    """True if a formula must give something where it should give zero."""
    small = 1e-9 * largest(values)
    return any(np.abs(right).max() <= small < np.abs(off).max()
               for one in values for right, off, _ in one.values())


def only_states_matter(values, as_factor=False):
    """True if the values, or their factors on the right ones, are the same for every dy."""
    first = values[0]
    for other in values[1:]:
        for t in first if max(first) == max(other) else ():             # else the states are others
            (right, off, shows), (right_too, off_too, shows_too) = first[t], other[t]
            value, value_too, both = right + off, right_too + off_too, shows & shows_too
            if as_factor:
                both &= (np.abs(right) > 1e-9) & (np.abs(right_too) > 1e-9)
                value, value_too = value / right, value_too / right_too
            if not near(value[both], value_too[both], 1.0):
                return False
    return True


def is_linear(values):
    """True if the values are the right ones times a matrix, the same at every step."""
    rows = [(right[0], right[0] + off[0]) for one in values for right, off, _ in one.values()]
    right, value = (np.concatenate(arrays) for arrays in zip(*rows))
    matrix = np.linalg.lstsq(right, value, rcond=1e-10)[0]
    return near(right @ matrix, value, max(np.abs(right).max(), np.abs(value).max()))


def might_be_dh(values):
    """True if tanh's slope is off by one number: then dh may be what is off."""
    factors = np.concatenate([1 + off[shows] / right[shows]
                              for one in values for right, off, shows in one.values()])
    return near(factors, factors[0])


def right_at_some_steps(values):
    """True if a formula is off at some steps and right at others."""
    return any(shows.any() and near(off[shows], 0.0, largest(values))
               for one in values for _, off, shows in one.values())


# --- those to blame ---

def chosen(formulas, found, runs):
    """Of the sufficient formulas those to blame: at most two (and from_hidden, which is a term of dc)."""
    names = set(found)
    if "from_hidden" in names and only_states_matter(found["from_hidden"], as_factor=True):
        names -= {"dc"}
    if "kept" in names and only_states_matter(found["kept"], as_factor=True):
        names -= {"through_weights"}
    elif paths(formulas, found, runs):
        names -= {"kept"}
    particular = names & {*OF_THE_STATES, *LINEAR}
    if "carry" in names and len(names) > 1:     # nothing travels back: each of them could be zero
        names &= {"carry", "later"}
    elif "slope" in particular and right_at_some_steps(found["slope"]):
        names = set()
    elif "slope" in particular and might_be_dh(found["slope"]):
        names = {"slope", "dh"}
    elif particular:
        names = particular
    elif names == {"dh"} and "carry" in vars(formulas) and not right_with_one_loss(runs):
        names = set()           # in the plain network every wrong da can be laid at dh's door
    return names if len(names - ({"from_hidden"} if "dc" in names else set())) <= 2 else set()


def right_with_one_loss(runs):
    """True if da is right on the problems with a loss at one step alone."""
    found = [run for run in runs if "alone" in run.problem.loss]
    return bool(found) and all(near(run.da, all_shown(run.problem.right)) for run in found)


def paths(formulas, found, runs):
    """{block: how often its path is counted in what travels back through W_hh}, where that is not once.

    {} if that is no small whole number for every path.
    """
    name = next(iter({"carry_h", "through_weights"} & set(found)), None)
    if name is None:
        return {}
    columns, wanted, W = [], [], np.split(runs[0].problem.right.params["W_hh"], len(formulas.gates))
    for run, values in zip(runs, found[name]):
        for t, (right, off, _) in values.items():
            blocks = run.da[t - 1].copy()
            if hasattr(run.problem.right, "r"):
                blocks[-1] *= run.problem.right.r[t - 1]
            columns.append(np.stack([block @ w for block, w in zip(blocks, W)], axis=-1).reshape(-1, len(W)))
            wanted.append((right + off).ravel())
    columns, wanted = np.concatenate(columns), np.concatenate(wanted)
    counts = np.linalg.lstsq(columns, wanted, rcond=None)[0]
    whole = np.round(counts)
    fits = near(counts, whole, 1.0) and near(columns @ counts, wanted, np.abs(columns).max())
    return {gate: int(count) for gate, count in zip(formulas.gates, whole) if count != 1} if (
        fits and np.abs(whole).max() <= 3) else {}
