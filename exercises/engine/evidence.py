"""Direct evidence: what can be computed of a wrong backward pass, whatever made it wrong.

``statements`` says which shares a parameter's gradient adds up, whether dx, dW_xh and dW_hh come from one da,
where, on the way back, da departs, and which formula alone explains it all. Every sentence is measured on the
answer itself.
"""

from typing import NamedTuple

import numpy as np

from exercises.engine.attempt import attempt
from exercises.engine.blocks import departure
from exercises.engine.clear import (
    Run, after_run, all_shown, equal_in, given_to, gradients, made_of, near, one_factor, sources)
from exercises.engine.clues import clip_of, parts_of, terms
from exercises.engine.words import are, listed
from exercises.engine.writing import capital
from exercises.engine.mistakes import in_reference_form
from exercises.engine.one_step import of_one_step
from exercises.engine.shares import other_sums
from exercises.engine.supposed import (
    CARRIES, LINEAR, chosen, explained_by, off_from_nothing, paths, sufficient, sufficient_pair)

PROBING = 1.0                   # seconds that the answer may take
PASSES = [["params", "cache", "dy"], ["params", "x", "h", "dy"]]       # arguments of a whole backward pass
OF_ONE_RESULT = {"x": "dx", "h0": "dh0", "c0": "dc0"}                  # the others are share_of_...


class Evidence(NamedTuple):
    """What was found.

    said: sentences, the most telling first, at most three. blamed: the formulas in which the mistake is, at
    most two for one mistake. acquitted: the formulas that are right. explained: the wrong parts of which it
    is said how they come about.
    """

    said: tuple = ()
    blamed: frozenset = frozenset()
    acquitted: frozenset = frozenset()
    explained: frozenset = frozenset()


def statements(exercise, answer, received, compared):
    """The Evidence on a wrong answer. received: its result on each instance. compared: their Parts."""
    arguments = exercise.parameters[:len(exercise.problems[0][0])]
    if any(part.problem for parts in compared for part in parts):
        return Evidence()
    one_step = of_one_step(exercise, received)
    if one_step:
        return Evidence(*one_step)
    if arguments not in PASSES or not hasattr(exercise.formulas, "share_of_W_hh"):
        return Evidence()
    case = Case(exercise, compared)
    received = [in_reference_form(got, right, exercise)
                for got, (_, right) in zip(received, exercise.problems)]
    factors = [one_factor(got, right) for got, (_, right) in zip(received, exercise.problems)]
    if None not in factors:
        numbers = list(dict.fromkeys(f"{factor:.4g}" for factor in factors))
        said = f"On each problem all gradients are the right ones times one number: {listed(numbers)}."
        return Evidence((said,) if len(numbers) > 1 else (), explained=frozenset(map(case.label, case.names)))
    case.add_up([(after_run(case.formulas, given_to(exercise, arguments))[0], got)
                 for got, (arguments, _) in zip(received, exercise.problems)],
                # Where dx is wrong, da may be: then what is added is not the right shares.
                case.names if "x" not in case.names else {"W_hy", "b_y"} & set(case.names))
    if set(case.names) - case.explained:
        case.see_through(answer)
    return Evidence(tuple(filter(None, case.said))[:3], frozenset(case.blamed),
                    frozenset(case.acquitted - case.blamed), frozenset(map(case.label, case.explained)))


class Case:
    """What is found out about one answer, step by step. names: of its wrong gradients, without label."""

    def __init__(self, exercise, compared):
        self.exercise, self.formulas, self.label = exercise, exercise.formulas, exercise.label.format
        self.words = terms(self.formulas)
        by_label = {self.label(name): name for name in exercise.problems[0][1]}
        wrong = [part for parts in compared for part in parts if not part.right]
        self.names = list(dict.fromkeys(by_label[part.name] for part in wrong))
        self.said, self.blamed, self.acquitted, self.explained = [], set(), set(), {
            name for name in self.names
            if clip_of([part for part in wrong if part.name == self.label(name)], exercise.tolerance)}

    def in_words(self, names):
        """Gradients with their labels."""
        return listed(self.label(name) for name in names)

    def add_up(self, runs, names):
        """Which of the gradients are other sums of the shares. runs: as for ``other_sums``."""
        names = [name for name in names if name in self.formulas.weights and name not in self.explained]
        for one, found in other_sums(names, runs).items():
            verb, rest = one.words.split(" ", 1)
            self.said.append(f"{self.in_words(found)} {verb + 's' * (len(found) == 1)} {rest}.")
            self.explained.update(found)
            self.blamed.update({"add"} if one.over_time else set())

    def see_through(self, answer):
        """Call the answer on clear problems, and compare what it returns with itself."""
        problems = self.exercise.clear
        outcomes = attempt(answer, [problem.arguments for problem in problems], seconds=PROBING)
        self.runs = [Run(problem, gradients(self.exercise, outcome.value, problem))
                     for problem, outcome in zip(problems, outcomes)]
        if len(self.runs) < len(problems) or any(run.grads is None for run in self.runs):
            return
        right = set.intersection(*(equal_in(run.problem.grads, run.grads) for run in self.runs))
        self.wrong = [name for name in problems[0].grads if name not in right]
        if not self.wrong:
            lengths = {(run.problem.right.T, len(run.problem.right.h[0])) for run in self.runs}
            also = " and on two steps of two sequences" if (2, 2) in lengths else ""
            self.said.append(f"It is right on four steps of one sequence{also}.")
            return
        found = [sources(run.problem, run.grads) for run in self.runs]
        own = {name: [one[name] for one in found] for name in ("x", "W_xh", "W_hh")
               if all(name in one for one in found)}
        self.right = [all_shown(problem.right) for problem in problems]
        holders = [name for name in own if self.agree(own[name], self.right)]
        if holders:
            self.after_a_right_da(own, holders)
            return
        holders = max(([name for name in own if self.agree(own[name], own[other])] for other in own), key=len,
                      default=[])
        if len(holders) > 1:
            self.runs = [run._replace(da=da) for run, da in zip(self.runs, own[holders[0]])]
            self.after_a_wrong_da(holders)
        elif len(own) == 3:
            self.said.append("dx, dW_xh and dW_hh cannot come from one da: each of them holds another.")

    def agree(self, one, other):
        """True if two da agree, on every problem."""
        return all(near(a, b, np.abs(right).max()) for a, b, right in zip(one, other, self.right))

    def after_a_right_da(self, own, holders):
        """da is right at every step: what is wrong is wrong after it."""
        self.add_up([(run.problem.right, run.grads) for run in self.runs], self.wrong)
        left = [name for name in self.wrong if name not in self.explained]
        convicted = {name: OF_ONE_RESULT.get(name, f"share_of_{name}") for name in left}
        if "W_hh" in left and self.pairs_other_states():
            convicted["W_hh"] = "previous"
        if holders == ["W_hh"] and {"x", "W_xh"} <= set(own) and self.agree(own["x"], own["W_xh"]):
            of_x = {"x", "W_xh", "b_x"}                             # the GRU has two da
            convicted |= {name: "da_n_of_input" for name in left if name in of_x}
        self.find_shared_arrays([name for name in left if convicted[name] == f"share_of_{name}"])
        left = [name for name in left if name not in self.explained]
        convicted = {name: convicted[name] for name in left}
        blamed = set(convicted.values())
        if left:
            what = (f"how {self.in_words(left)} are made of it" if len(blamed) > 2 else
                    "; and ".join(self.words[name] for name in self.words if name in blamed))
            short = "" if set(self.wrong) == set(self.names) else "on short sequences "
            self.said.append(capital(
                f"{short}da_t is right at every step, as {self.label(holders[0])} shows. "
                f"What is wrong{' there' * bool(short)} comes after it: {what}."))
        self.blamed |= blamed if len(blamed) < 3 else set()
        states = {*CARRIES, "dm", "blocks"} if {"h0", "c0", "W_hh"} & set(left) else set()
        self.acquit_but({"add", *states}, blamed)

    def find_shared_arrays(self, names):
        """A wrong gradient may hold the numbers of one that is right: then two names are one array."""
        for name in names:
            for other in [other for other in self.runs[0].grads if other not in self.wrong]:
                pairs = [(np.squeeze(run.grads[name]), np.squeeze(run.grads[other])) for run in self.runs]
                if all(one.size > 1 and np.array_equal(one, two) for one, two in pairs):
                    self.said.append(f"{self.label(name)} holds the numbers of {self.label(other)}, which "
                                     f"{are([other])} right. Are they one array under two names?")
                    self.explained.add(name)
                    break

    def acquit_but(self, names, blamed):
        """Acquit all formulas but some, those that are blamed, what these call, and what calls them.

        Nobody is acquitted if an easy problem hides a part of what is wrong.
        """
        if set(self.wrong) == set(self.names):
            parts = {name: parts_of(self.formulas, name) for name in self.words}
            near_by = {name for name in parts for one in blamed if name in parts[one] or one in parts[name]}
            sums = {f"share_of_{name}" for name in self.explained}
            carried = {"dh", "dc", "from_hidden", "later", "dh0", "dc0"} if blamed & CARRIES else set()
            self.acquitted |= set(self.words) - near_by - names - sums - carried - {"steps"}

    def pairs_other_states(self):
        """True if dW_hh pairs each da_t with a vector that is not h_{t-1}, the same for every dy."""
        pairs = [(np.concatenate([run.problem.right.all_da[t] for t in range(1, run.problem.right.T + 1)]),
                  run.grads["W_hh"]) for run in self.runs
                 if run.problem.right.h.shape == self.runs[0].problem.right.h.shape]
        states = np.linalg.pinv(pairs[0][0].T) @ pairs[0][1]
        return all(near(da.T @ states, grad) for da, grad in pairs)

    def after_a_wrong_da(self, holders):
        """da itself is wrong: where it departs, and which formula alone would do that."""
        made = [made_of(self.formulas, run) for run in self.runs]
        following = set.intersection(*(
            equal_in(grads, run.grads) for (_, grads), run in zip(made, self.runs)))
        self.add_up([(formulas, run.grads) for (formulas, _), run in zip(made, self.runs)],
                    [name for name in self.wrong if name not in following])
        odd, blamed = self.odd_steps()
        found, explained = {}, set()
        if not odd:
            found, explained = sufficient(self.formulas, self.runs, following - {"h0", "c0"})
            blamed = chosen(self.formulas, found, self.runs)
        pair = not odd and not found and hasattr(self.formulas, "gates") and self.runs[0].da.any()
        if pair:
            blamed, explained = sufficient_pair(self.formulas, self.runs, following - {"h0", "c0"})
        others = [name for name in self.wrong if name not in explained | self.explained]
        if odd or (blamed and len(others) < 2):
            self.said += [odd] if odd else [self.explanation(blamed, others, pair), self.counted_paths(found)]
            self.blamed |= blamed
            if not others:
                self.acquit_but({"beyond", *(CARRIES if blamed & {"dh", "dc", "later"} else [])},
                                blamed | set(found))
        else:
            hidden = {"W_hy", "b_y", "c0"} | ({"h0"} if "kept" in self.words else set())  # not of da alone
            others = [name for name in others if name not in hidden | following]
            if others:
                self.said.append(f"{self.in_words(others)} cannot come from the da that "
                                 f"{self.in_words(holders)} hold.")
            self.said.append(self.one_of_two_effects())
        self.said.append(departure(self.runs, self.right))

    def explanation(self, blamed, others, pair):
        """That one formula explains what is wrong, or one of two, or a pair, in words."""
        inside = {"from_hidden"} if "dc" in blamed else set()
        named = [self.words[name] for name in self.words if name in blamed - inside]
        apart = f"apart from {self.in_words(others)}, " if others else ""
        which = ("two formulas together explain" if pair else
                 "one formula explains" if len(named) == 1 else "one of two formulas explains")
        return capital(f"{apart}{which} all that is wrong: {('; and ' if pair else '; or ').join(named)}. "
                       "Everything else fits together.")

    def counted_paths(self, found):
        """How often paths are counted in what travels back through W_hh, in words."""
        counts = paths(self.formulas, found, self.runs).items()
        said = [f"the path of {gate} {f'counts {count} times' if count else 'is missing'}"
                for gate, count in counts]
        return f"In what travels back through W_hh, {listed(said)}." if said else ""

    def odd_steps(self):
        """A sentence, if a step is left out or the blocks of da are in another order, and the formula."""
        if self.permuted():
            return ("At the last step the blocks of da are right, but they stand in another order.",
                    {"da", "blocks"} & set(self.words) - ({"da"} if "blocks" in self.words else set()))
        run = self.runs[0]
        s = run.problem.right
        steps = [t for t in range(1, s.T + 1) if not run.da[t - 1].any() and s.dy[t - 1].any()]
        without = sum(s.share_of_W_hy(t) for t in range(1, s.T + 1) if t not in steps)
        if not steps or len(steps) == s.T or not near(without, run.grads["W_hy"]):
            return "", set()
        words = f"step {steps[0]} is" if len(steps) == 1 else f"the steps {listed(map(str, steps))} are"
        return (f"Of {s.T} steps, {words} left out: da is zero there, and dW_hy lacks the share. "
                "Does the loop visit every step?"), {"steps"}

    def permuted(self):
        """True if at the last step the blocks of da are the right ones in another order."""
        orders = [[[j for j in range(len(right[-1])) if near(block, right[-1, j])] for block in run.da[-1]]
                  for run, right in zip(self.runs, self.right) if right[-1].any()]
        same = all(order == orders[0] and all(len(places) == 1 for places in order) for order in orders)
        return same and orders[0] != [[j] for j in range(len(orders[0]))]

    def one_of_two_effects(self):
        """In the plain network: a sentence if one of the two effects alone enters da_t wrongly."""
        if "carry" not in self.words:
            return ""
        direct, later = (explained_by(self.formulas, [name], self.runs)[1] for name in LINEAR)
        if direct and not off_from_nothing(direct["direct"]):
            return ("Where no loss enters, da_t follows from your da_{t+1}; where one enters, it does not "
                    "always.")
        if later and not off_from_nothing(later["later"]):
            return ("Where nothing arrives from later, da_t is right; where something does, it does not "
                    "always follow from your da_{t+1}.")
        return ""
