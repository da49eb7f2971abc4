"""Load tests that end in a verdict: users and shapes for Locust, limits a target, and who judges by them."""
