"""Direct evidence: what can be computed of a wrong backward pass, whatever made it wrong.

``statements`` says which shares a parameter's gradient adds up, whether dx, dW_xh and dW_hh come from one da,
where, on the way back, da departs, and which formula, if it alone is another, gives all that was returned.
Every sentence is measured on the answer itself.
"""

import copy
from typing import NamedTuple

import numpy as np

from exercises.engine import supposed
from exercises.engine.attempt import attempt
from exercises.engine.clues import listed, terms
from exercises.engine.mistakes import in_reference_form
from exercises.engine.supposed import near

PROBING = 1.0                   # seconds that the answer may take for the problems of ``supposed``
PASSES = [["params", "cache", "dy"], ["params", "x", "h", "dy"]]       # arguments of a whole backward pass


class Evidence(NamedTuple):
    """What was found.

    said: sentences, the most telling first, at most three. blamed: the formulas in which the mistake is, at
    most two for one mistake. acquitted: the formulas that are right. explained: the wrong parts of which it
    is known how they come about.
    """

    said: tuple = ()
    blamed: frozenset = frozenset()
    acquitted: frozenset = frozenset()
    explained: frozenset = frozenset()


def statements(exercise, answer, received, compared):
    """The Evidence on a wrong answer. received: its result on each instance. compared: their Parts."""
    wrong = {part.name for parts in compared for part in parts if not part.right}
    names = exercise.parameters[:len(exercise.problems[0][0])]
    if (names not in PASSES or not hasattr(exercise.formulas, "share_of_W_hh")
            or any(part.problem for parts in compared for part in parts)):
        return Evidence()
    names = [name for name in exercise.problems[0][1] if exercise.label.format(name) in wrong]
    case = Case(exercise, names)
    case.add_up([(*right, in_reference_form(got, right[1], exercise))
                 for got, right in zip(received, case.right_runs())], names)
    if set(names) - case.summed:
        case.see_through(answer)
    return case.evidence()


# --- which shares were added ---

class Sum(NamedTuple):
    """A sum of shares that is not the right one.

    words: a verb and what follows it. of: function of the shares (T, B, ...). over_time: True if it is the
    sum over the steps that is wrong.
    """

    words: str
    of: object
    over_time: bool = True


def counted(weights):
    """The sum in which the share of step t has a weight. weights: function of T, (T,)."""
    return lambda s: np.tensordot(weights(len(s)), s.sum(axis=1), 1)


SUMS = [
    Sum("hold the share of step 1 alone", lambda s: s[0].sum(axis=0)),
    Sum("hold the share of the last step alone", lambda s: s[-1].sum(axis=0)),
    Sum("lack the share of step 1", lambda s: s[1:].sum(axis=(0, 1))),
    Sum("lack the share of the last step", lambda s: s[:-1].sum(axis=(0, 1))),
    Sum("count the share of step 1 twice", lambda s: s.sum(axis=(0, 1)) + s[0].sum(axis=0)),
    Sum("count the share of the last step twice", lambda s: s.sum(axis=(0, 1)) + s[-1].sum(axis=0)),
    Sum("count the share of step t t times, as a running total does", counted(lambda T: np.arange(1, T + 1))),
    Sum("count the share of step t T-t+1 times, as a running total does",
        counted(lambda T: np.arange(T, 0, -1))),
    Sum("count every share twice", lambda s: 2 * s.sum(axis=(0, 1)), False),
    Sum("hold the right sum, divided by T", lambda s: s.sum(axis=1).mean(axis=0), False),
    Sum("hold the right sum, divided by B", lambda s: s.mean(axis=1).sum(axis=0), False),
    Sum("hold the right sum, divided by T B", lambda s: s.mean(axis=(0, 1)), False),
    Sum("hold the shares of the first sequence alone", lambda s: s[:, 0].sum(axis=0), False),
    Sum("hold the shares of the last sequence alone", lambda s: s[:, -1].sum(axis=0), False),
]


def shares(formulas, name):
    """The share of each step and sequence in a parameter's gradient, (T, B, ...)."""
    of_each = [of_sequence(formulas, b) for b in range(formulas.h.shape[1])]
    return np.array([[getattr(one, f"share_of_{name}")(t) for one in of_each]
                     for t in range(1, formulas.T + 1)])


def of_sequence(formulas, b):
    """Formulas after their run, for one sequence of the batch."""
    one = copy.copy(formulas)
    for name, value in vars(formulas).items():
        if isinstance(value, np.ndarray) and value.ndim == 3:
            setattr(one, name, value[:, b:b + 1])
        elif name.startswith("all_") and isinstance(value, dict):
            setattr(one, name, {t: array[b:b + 1] for t, array in value.items()})
    return one


# --- the formulas that can be supposed to be wrong ---

OF_ONE_RESULT = {"x": "dx", "h0": "dh0", "c0": "dc0"}       # the others are share_of_...
CARRIES = {"carry", "carry_h", "carry_c", "kept", "through_weights"}
SUPPOSED = ["carry", "dh", "da_i", "da_f", "da_g", "da_o", "dc", "carry_h", "carry_c",
            "da_n", "da_r", "da_z", "da_n_of_input", "kept", "through_weights"]
# Terms and factors of these are blamed only if they pass a test of their own:
OF_THE_STATES = ["slope", "gate_slope"]         # its value does not depend on dy
LINEAR = ["direct", "later"]                    # its value is a matrix times the right one, at every step


def same_for_every_dy(found, scaled):
    """True if a formula's value, or its factor on the right one, depends on the states alone."""
    first = found[0]
    for other in found[1:]:
        for t in set(first) & set(other):
            (right, off, shows), (right_too, off_too, shows_too) = first[t], other[t]
            if right.shape != right_too.shape or max(first) != max(other):      # the states are others
                continue
            value, value_too, both = right + off, right_too + off_too, shows & shows_too
            if scaled:
                both &= (np.abs(right) > 1e-9) & (np.abs(right_too) > 1e-9)
                value, value_too = value / right, value_too / right_too
            if not near(value[both], value_too[both], 1.0):
                return False
    return True


def off_from_nothing(found):
    """True if a formula must give something where it should give zero."""
    every = [one for by_step in found for one in by_step.values()]
    small = 1e-9 * max(np.abs(right).max() for right, _, _ in every)
    return any(np.abs(right).max() <= small < np.abs(off).max() for right, off, _ in every)


def might_be_dh(found):
    """True if a factor of tanh's slope is one number, or is 1 at some steps: such a one can be dh's as well."""
    factors = [(1 + off[shows] / right[shows]) for one in found for right, off, shows in one.values() if shows.any()]
    every = np.concatenate(factors)
    return near(every, every[0]) or any(near(factor, 1.0) for factor in factors)


def is_linear(found):
    """True if a formula's value is the right one times a matrix, the same at every step."""
    rows = [(right[0], right[0] + off[0]) for one in found for right, off, _ in one.values()]
    right, value = (np.concatenate(arrays) for arrays in zip(*rows))
    matrix = np.linalg.lstsq(right, value, rcond=1e-10)[0]
    return near(right @ matrix, value, max(np.abs(right).max(), np.abs(value).max()))


def parts_of(formulas, name):
    """A formula, and all formulas that it calls."""
    inside = [called for called in getattr(formulas, name).__code__.co_names
              if called in terms(formulas) and called != name]
    return {name}.union(*(parts_of(formulas, called) for called in inside))


class Case:
    """What is found out about one answer, step by step. names: of its wrong gradients, without label."""

    def __init__(self, exercise, names):
        self.exercise, self.names = exercise, names
        self.formulas, self.label = exercise.formulas, exercise.label.format
        self.summed, self.said, self.blamed, self.acquitted = set(), [], set(), set()

    def evidence(self):
        """What was found, as Evidence."""
        acquitted = self.acquitted - self.blamed
        explained = frozenset(map(self.label, self.summed))
        return Evidence(tuple(filter(None, self.said))[:3], frozenset(self.blamed), frozenset(acquitted), explained)

    def in_words(self, names):
        """Gradients with their labels."""
        return listed(self.label(name) for name in names)

    def right_runs(self):
        """[(the formulas after their run, the reference's result)] on each instance."""
        return [(supposed.after_run(self.formulas, supposed.given_to(self.exercise, arguments))[0], right)
                for arguments, right in self.exercise.problems]

    def add_up(self, runs, names):
        """Which of the gradients are another sum of the shares. runs: [(formulas, right, received)]."""
        groups = {}
        for name in names:
            if name in self.formulas.weights:
                tables = [(shares(formulas, name), got[name]) for formulas, _, got in runs]
                fits = [one for one in SUMS if all(near(one.of(table), got) for table, got in tables)]
                for one in fits[:1]:
                    groups.setdefault(one, []).append(name)
        for one, found in groups.items():
            verb, rest = one.words.split(" ", 1)
            self.said.append(f"{self.in_words(found)} {verb + 's' * (len(found) == 1)} {rest}.")
            self.summed.update(found)
            self.blamed.update(["add"] if one.over_time else [])

    # --- through the problems that can be seen through ---

    def see_through(self, answer):
        """Call the answer on them, and compare what it returns with itself."""
        problems = self.exercise.clear
        outcomes = attempt(answer, [problem.arguments for problem in problems], seconds=PROBING)
        self.runs = [(problem, supposed.with_batch(self.exercise, outcome.value, problem))
                     for problem, outcome in zip(problems, outcomes)]
        if len(outcomes) < len(problems) or any(grads is None for _, grads in self.runs):
            return
        self.wrong = [name for name in problems[0].grads
                      if not all(near(grads[name], problem.grads[name]) for problem, grads in self.runs)]
        if not self.wrong:
            self.said.append("It is right on four steps of one sequence"
                             + (", and on two steps of two." if len(problems[-1].right.h[0]) > 1 else "."))
            return
        found = [supposed.sources(problem, grads) for problem, grads in self.runs]
        own = {name: [one[name] for one in found] for name in found[0]
               if all(one[name] is not None for one in found)}
        right = [supposed.all_shown(problem.right) for problem, _ in self.runs]
        holders = [name for name in own if self.agree(own[name], right, right)]
        if holders:
            self.after_a_right_da(own, holders, right)
            return
        pairs = [[name for name in own if self.agree(own[name], own[other], right)] for other in own]
        holders = max(pairs, key=len, default=[])
        if len(holders) > 1:
            self.after_a_wrong_da(holders, own[holders[0]], right)
        elif len(own) == 3:
            self.said.append("dx, dW_xh and dW_hh cannot come from one da: each holds another.")

    @staticmethod
    def agree(one, other, right):
        """True if two da agree, on every problem."""
        return all(near(a, b, np.abs(c).max()) for a, b, c in zip(one, other, right))

    def after_a_right_da(self, own, holders, right):
        """da is right at every step: what is wrong is wrong after it."""
        left = [name for name in self.wrong if name not in self.summed]
        convicted = {name: OF_ONE_RESULT.get(name, f"share_of_{name}") for name in left}
        if self.other_states_paired():
            convicted["W_hh"] = "previous"
        if holders == ["W_hh"] and "x" in own and "W_xh" in own and self.agree(own["x"], own["W_xh"], right):
            convicted = dict.fromkeys(left, "da_n_of_input")        # of the gated cells the GRU alone has two da
        blamed, words = set(convicted.values()), terms(self.formulas)
        if left:
            what = (f"how {self.in_words(left)} are made of it" if len(blamed) > 2 else
                    "; and ".join(words[name] for name in words if name in blamed))
            self.said.append(f"da_t is right at every step, as {self.label(holders[0])} shows. What is wrong "
                             f"comes after it: {what}.")
        self.blamed.update(blamed if len(blamed) < 3 else ())
        if set(self.wrong) == set(self.names):
            unseen = {"add", "steps"} | ({*CARRIES, "dm", "blocks"} if {"h0", "c0", "W_hh"} & set(left) else set())
            self.acquitted.update(set(words) - self.relatives(blamed) - unseen)

    def relatives(self, names):
        """The formulas of these names, what they call, and what calls them."""
        parts = {name: parts_of(self.formulas, name) for name in terms(self.formulas)}
        return {name for name in parts for one in names if name in parts[one] or one in parts[name]}

    def other_states_paired(self):
        """True if dW_hh pairs each da_t with a vector that is not h_{t-1}, the same for every dy."""
        if "W_hh" not in self.wrong or "W_hh" in self.summed:
            return False
        rows = [(self.rows(problem), grads["W_hh"]) for problem, grads in self.runs if len(problem.right.h[0]) == 1]
        paired = np.linalg.pinv(rows[0][0].T) @ rows[0][1]
        return len(rows) > 1 and all(near(da.T @ paired, got) for da, got in rows)

    @staticmethod
    def rows(problem):
        """The right da on the state's side, a row for each step of the one sequence."""
        return np.concatenate([problem.right.all_da[t] for t in range(1, problem.right.T + 1)])

    def after_a_wrong_da(self, holders, own, right):
        """da itself is wrong: where it departs, and which formula alone would do that."""
        self.add_up([(supposed.made_of(self.formulas, problem.given, da)[0], None, grads)
                     for (problem, grads), da in zip(self.runs, own)],
                    [name for name in self.wrong if name not in self.summed | self.follow(own)])
        odd, formula = self.odd_steps(own)
        sufficient, explained = ({}, set()) if odd else self.sufficient(own)
        blamed, words = self.chosen(sufficient, own), terms(self.formulas)
        others = [name for name in self.wrong if name not in {*explained, *self.summed, "W_hy", "b_y"}]
        if odd:
            self.said.append(odd)
            self.blamed.add(formula)
        elif blamed and len(others) < 2:
            apart = f"But for {self.in_words(others)}, all" if others else "All"
            said = blamed - {"from_hidden"} if "dc" in blamed else blamed
            self.said.append(f"{apart} that it returns follows if one formula alone is another: "
                             f"{'; or '.join(words[name] for name in words if name in said)}.")
            self.blamed.update(blamed)
            if not others and set(self.wrong) == set(self.names):
                unseen = {"steps"} | (CARRIES if blamed & {"dh", "dc", "later"} else set())
                self.acquitted.update(set(words) - self.relatives(sufficient) - unseen)
        else:
            hidden = {"c0", "h0"} if "kept" in vars(self.formulas) else {"c0"}  # they need more than da
            others = [name for name in others if name not in hidden | self.follow(own)]
            if others:
                self.said.append(f"{self.in_words(others)} cannot come from the da that "
                                 f"{self.in_words(holders)} hold.")
            self.said.append(self.one_of_two_effects(own))
        self.said.append(self.departure(own, right))

    def odd_steps(self, own):
        """A sentence, if a step is left out or the blocks of da are in another order, and the formula."""
        if self.permuted(own):
            formula = "blocks" if "blocks" in vars(self.formulas) else "da"
            return "At the last step the blocks of da are right, but they stand in another order.", formula
        s, grads, da = self.runs[0][0].right, self.runs[0][1], own[0]
        steps = [t for t in range(1, s.T + 1) if not da[t - 1].any() and s.dy[t - 1].any()]
        without = sum(s.share_of_W_hy(t) for t in range(1, s.T + 1) if t not in steps)
        if not steps or len(steps) == s.T or not near(without, grads["W_hy"]):
            return "", ""
        words = f"step {steps[0]} is" if len(steps) == 1 else f"the steps {listed(map(str, steps))} are"
        return (f"Of {s.T} steps, {words} left out: da is zero there, and dW_hy lacks the share. "
                "Does the loop visit every step?"), "steps"

    def one_of_two_effects(self, own):
        """A sentence if, in the plain network, one of the two effects alone enters da_t wrongly; "" if not."""
        if "carry" not in vars(self.formulas):
            return ""
        only = {name: self.explained_by(name, own)[1] for name in LINEAR}
        if only["direct"] and not off_from_nothing(only["direct"]):
            return ("Where no loss enters, da_t is what follows from your da_{t+1}; where one enters, it is not.")
        if only["later"] and not off_from_nothing(only["later"]):
            return ("Where nothing arrives from later, da_t is right; where something does, it is not what follows "
                    "from your da_{t+1}.")
        return ""

    def follow(self, own):
        """The gradients that follow from the answer's own da."""
        following = None
        for (problem, grads), da in zip(self.runs, own):
            _, made = supposed.made_of(self.formulas, problem.given, da)
            names = {name for name in grads if near(grads[name], made[name])}
            following = names if following is None else following & names
        return following

    def sufficient(self, own):
        """The formulas that, alone, explain the answer, {name: what it must give on each problem}.
        And what they explain: a set of gradients."""
        following, found = self.follow(own) - {"h0", "c0"}, {}
        for name in [*SUPPOSED, *OF_THE_STATES, *LINEAR, "from_hidden"]:
            if name in vars(self.formulas):
                explained, values = self.explained_by(name, own)
                if following <= explained and self.passes(name, values):
                    found[name] = (explained, values)
        if "dm" in vars(self.formulas):
            explained = self.explained_by_dm()
            found |= {"dm": (explained, [])} if following <= explained else {}
        most = max((explained for explained, _ in found.values()), key=len, default=set())
        return {name: values for name, (explained, values) in found.items() if explained == most}, most

    def explained_by(self, name, own):
        """The gradients that come out if one formula is another, and its values; (set(), None) if da does not."""
        explained, values = set(self.runs[0][1]), []
        for (problem, grads), da in zip(self.runs, own):
            first = np.array([grads[state] for state in ("h0", "c0") if state in grads])
            found = supposed.solved(self.formulas, name, problem.given, da, first)
            if found is None:
                return set(), None
            values.append(found)
            explained &= self.equal_to(supposed.follows(self.formulas, name, problem.given, found), grads)
        return explained, values

    @staticmethod
    def equal_to(made, grads):
        """The names of the gradients that are equal."""
        return {name for name in grads if near(made[name], grads[name])}

    def explained_by_dm(self):
        """The gradients that come out if the state's side has the last block that dW_hh shows."""
        explained = set(self.runs[0][1])
        for problem, grads in self.runs:
            shown = supposed.sources(problem, grads)["W_hh"]
            if shown is None:
                return set()
            values = shown[:, -1] * problem.right.r
            formulas = type("Given", (self.formulas,), {"dm": lambda s, t: values[t - 1]})
            explained &= self.equal_to(formulas(*problem.given).run(), grads)
        return explained

    def passes(self, name, values):
        """The tests that some formulas must pass."""
        if name in CARRIES and self.right_at_one(values):       # then it must at least be what people write
            return name in ("carry_h", "through_weights") and is_linear(values) or (
                name in ("carry_c", "kept") and same_for_every_dy(values, scaled=True))
        if name in CARRIES:
            return not off_from_nothing(values)
        if name in OF_THE_STATES:
            gates = [any(np.abs(off[j]).max() > 1e-9 for one in values for _, off, _ in one.values())
                     for j in range(len(values[0][1][0]))]
            return same_for_every_dy(values, scaled=False) and (len(gates) == 1 or sum(gates) > 1)
        return name not in LINEAR or is_linear(values)

    @staticmethod
    def right_at_one(values):
        """True if what leaves step 1 is right."""
        scale = max(np.abs(right).max() for one in values for right, _, _ in one.values())
        return all(near(one[1][1], 0.0, scale) for one in values)

    def chosen(self, sufficient, own):
        """Of the sufficient formulas those to blame: at most two, the most particular ones."""
        names = set(sufficient)
        if "from_hidden" in names:
            names -= {"dc"} if same_for_every_dy(sufficient["from_hidden"], scaled=True) else set()
        if "kept" in names and same_for_every_dy(sufficient["kept"], scaled=True):
            names -= {"through_weights"}
        for name in {"carry_h", "through_weights"} & names:
            counts = self.paths(sufficient[name], own)
            if counts:
                names -= {"kept"}
                self.said.append(f"What travels back through W_hh holds {counts}.")
        particular = names & {*OF_THE_STATES, *LINEAR}
        if "slope" in particular and might_be_dh(sufficient["slope"]):
            names = {"slope", "dh"}
        elif particular:
            names = particular
        elif names == {"dh"} and "carry" in vars(self.formulas):
            # In the plain network every wrong da can be laid at dh's door.
            names = {"dh"} if self.right_with_one_loss(own) else set()
        # dc has what from_hidden gives as a term.
        return names if len(names - ({"from_hidden"} if "dc" in names else set())) <= 2 else set()

    def right_with_one_loss(self, own):
        """True if da is right wherever one step alone has a loss."""
        return all(near(da, supposed.all_shown(problem.right))
                   for (problem, _), da in zip(self.runs, own) if np.count_nonzero(
                       problem.right.dy.any(axis=(1, 2))) == 1)

    def permuted(self, own):
        """True if at the last step the blocks of da are the right ones in another order."""
        order = None
        for (problem, _), da in zip(self.runs, own):
            right = supposed.all_shown(problem.right)[-1]
            found = [[j for j in range(len(right)) if near(block, right[j])] for block in da[-1]]
            if not right.any():
                continue
            if any(len(places) != 1 for places in found) or order not in (None, found):
                return False
            order = found
        return order is not None and order != [[j] for j in range(len(order))]

    def paths(self, values, own):
        """How often what travels back through W_hh counts each block's path, if that is a small whole number."""
        columns, wanted, W = [], [], np.split(self.runs[0][0].right.params["W_hh"], len(self.formulas.gates))
        for (problem, _), da, found in zip(self.runs, own, values):
            for t, (right, off, _) in found.items():
                blocks = [*da[t - 1]]
                if hasattr(problem.right, "r"):
                    blocks[-1] = problem.right.r[t - 1] * blocks[-1]
                columns.append(np.stack([block @ w for block, w in zip(blocks, W)], axis=-1).reshape(-1, len(W)))
                wanted.append((right + off).ravel())
        columns, wanted = np.concatenate(columns), np.concatenate(wanted)
        counts = np.linalg.lstsq(columns, wanted, rcond=None)[0]
        whole = np.round(counts)
        if not near(counts, whole, 1.0) or not near(columns @ counts, wanted) or np.abs(whole).max() > 3:
            return ""
        return listed(f"the path of {gate} {count:.0f} times" for gate, count in zip(self.formulas.gates, whole)
                      if count != 1)

    def departure(self, own, right):
        """The first step, on the way back, at which da is wrong, in words; with gates, which of their blocks."""
        gates = getattr(self.formulas, "gates", " ")
        for (problem, _), mine, wanted, (_, _, only) in zip(self.runs, own, right, supposed.SIZES):
            T, scale = problem.right.T, np.abs(wanted).max()
            for t in range(T, 0, -1):
                bad = [j for j in range(len(gates)) if not near(mine[t - 1, j], wanted[t - 1, j], scale)]
                if bad:
                    where = ("at the last step, where nothing arrives from later," if t == T else
                             f"on the way back da is right down to step {t + 1} of {T}, and at step {t}")
                    return capital(WITH_LOSS[only] + where + wrong_blocks(
                        self.formulas, gates, bad, mine[t - 1], wanted[t - 1]))
        return ""


WITH_LOSS = {None: "", -1: "with a loss at the last step alone: ", 1: "with a loss at step 2 alone: "}


def capital(sentence):
    """A sentence with a capital."""
    return sentence[:1].upper() + sentence[1:]


def wrong_blocks(formulas, gates, bad, mine, wanted):
    """Which blocks of da are wrong at a step, and what these have in common, in words."""
    if len(gates) == 1 or not mine.any():
        return " da is wrong." if mine.any() else " da is zero."
    names, good = [gates[j] for j in bad], [gate for j, gate in enumerate(gates) if j not in bad]
    if len(bad) == 1:
        return f" of the blocks of da only that of {names[0]} is wrong."
    said = (f" the blocks of {listed(names)} are wrong in da" + (
        f", and {'those' if len(good) > 1 else 'that'} of {listed(good)} {'are' if len(good) > 1 else 'is'} right"
        if good else ""))
    for together, source in formulas.made_of.items():
        factors = [mine[gates.index(gate)] / wanted[gates.index(gate)] for gate in together]
        if set(together) == set(names) and all(near(factor, factors[0]) for factor in factors):
            return f"{said}, all by the same factor for each unit: that is what a wrong {source} does."
    return f"{said}."
