"""Measurements of time and memory. No test asserts them; ``helpers/data/measured_*.csv`` keeps them,
with the machine and the versions.

    python -m tests.benchmarks.NAME       measures again and writes helpers/data/measured_NAME.csv
"""
