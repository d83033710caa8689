"""The figure that goes through all lessons: who climbs the memory ladder how high."""

from pictures.canvas import ACCENT, BACKWARD, INK, MUTED, look, picture
from pictures.marks import GREY
from pictures.words import listing, spoken


def memory_ladder(rows, lesson):
    """Which delays k were learned: a row per climber, a column per rung. Earlier lessons are grey.

    rows: dicts with lesson, who, k, learned and seeds, as ``ladder.measured()`` returns them; those of later
    lessons are left out. lesson: the number of the lesson that shows it.
    """
    climbers = {}
    for row in rows:
        if row["lesson"] <= lesson:
            climbers.setdefault((row["lesson"], row["who"]), []).append(row)
    if not climbers:
        raise ValueError(f"rows must hold lesson {lesson} or an earlier one; received {len(rows)} row(s).")
    rungs = sorted({row["k"] for steps in climbers.values() for row in steps})
    high = min(0.6, max(0.3, 2 / len(climbers)))        # inches for each: few are drawn larger
    figure, ax = picture(8.4, 0.8 + high * len(climbers), alt=in_words(climbers, lesson))
    with look():
        for y, ((since, _), steps) in enumerate(climbers.items()):
            for row in steps:
                rung(ax, rungs.index(row["k"]), y, row["learned"], row["seeds"], since == lesson)
        ax.set_xticks(range(len(rungs)), [str(k) for k in rungs])
        ax.set_yticks(range(len(climbers)), [f"{since:02}  {who}" for since, who in climbers])
        for text, (since, _) in zip(ax.get_yticklabels(), climbers):
            text.set_color(INK if since == lesson else GREY)
        ax.tick_params(length=0)
        ax.spines[:].set_visible(False)
        ax.set(xlim=(-0.5, len(rungs) - 0.5), ylim=(len(climbers) - 0.45, -0.55),
               xlabel="rung: the delay $k$; filled: the share of the seeds that learned it; x: none did")
    return figure


def rung(ax, x, y, learned, seeds, now):
    """A box that is filled by the share that learned, with the number; a cross where nobody did."""
    colour, share = (ACCENT if now else MUTED), learned / seeds
    if not learned:
        ax.plot(x, y, marker="x", markersize=7, markeredgewidth=2, color=BACKWARD if now else MUTED)
        return
    box = dict(left=x - 0.42, height=0.62)
    ax.barh(y, 0.84 * share, color=colour, alpha=0.8 if now else 0.55, linewidth=0, **box)
    ax.barh(y, 0.84, color="none", edgecolor=colour, linewidth=1.2, **box)
    if share < 1:
        ax.text(x + 0.38, y, f"{learned} of {seeds}", ha="right", va="center", fontsize=9, color=INK)


def in_words(climbers, lesson):
    """The alternative text: how high each climber got, this lesson's and the earlier ones'."""
    def told(now):
        return "; ".join(f"{spoken(who)}: {height(steps)}" for (since, who), steps in climbers.items()
                         if (since == lesson) == now)

    earlier = f" In grey, from earlier lessons: {told(False)}." if told(False) else ""
    return f"The memory ladder: which delays k were learned. {told(True) or 'Nobody new'}.{earlier}"


def height(steps):
    """All up to k 6, 8 of 12 at 10, none at 30."""
    parts, whole = [], [row["k"] for row in steps if row["learned"] == row["seeds"]]
    if whole:
        parts.append(f"all up to k {whole[-1]}" if whole == [row["k"] for row in steps[:len(whole)]]
                     else f"all at k {listing(whole)}")
    return ", ".join(parts + [f"{row['learned']} of {row['seeds']} at {row['k']}" if row["learned"] else
                              f"none at {row['k']}" for row in steps if row["learned"] < row["seeds"]])
