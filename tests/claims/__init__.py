"""Sentences of the lessons about what networks do, each with a function that says whether it holds for a seed
and a size. ``make claims`` counts, helpers/data/claims.csv is the count.
"""
