"""`make bench`: what Hedgerow costs, each figure beside plain git's or bare pygls' in the same run.

Never part of the tests. Every line is a ratio of medians of runs that took turns, so that a machine that is busy or
slow is so for both sides.
"""
