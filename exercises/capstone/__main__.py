"""Which cell does an id get? What a teacher runs.

    python -m exercises.capstone "Ada Lovelace" 4711          a line for each id
    python -m exercises.capstone --equations 4711             with its equations
"""

import argparse

from exercises.capstone.cell import project


def main():
    """Print the cell of each id."""
    parser = argparse.ArgumentParser(prog="python -m exercises.capstone",
                                     description="Which cell does a learner's id get?")
    parser.add_argument("ids", nargs="+", help="names or numbers, as the learners write them")
    parser.add_argument("--equations", action="store_true", help="print the equations, too")
    arguments = parser.parse_args()
    for id in arguments.ids:
        found = project(id)
        print(found)
        if arguments.equations:
            print(*(f"    {line}" for line in found.equations), f"    {found.before}", sep="\n")


if __name__ == "__main__":
    main()
