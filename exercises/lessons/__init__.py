"""The exercises of every lesson: instances, mistakes, probes and hints.

``catalogue`` finds them by number.
"""
