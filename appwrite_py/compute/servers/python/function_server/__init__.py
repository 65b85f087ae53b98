"""Runs a function written in Python. Nothing but the standard library is used, of Python 3.8 and later."""
