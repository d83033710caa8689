"""Calculations with one method per formula, and the mistakes that people make in each."""
