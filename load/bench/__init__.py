"""Benchmarks: pairs that take turns in one run, medians of their ratios, and the goals they are held against."""
