"""Measures what the model is fed with, and loads to hold it against: `./task model -- measure`."""
