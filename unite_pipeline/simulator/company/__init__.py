"""The synthetic company: people, numbers, calls and recordings, as plain Python values.

Everything here is a function of the plan. What the API says about it, and in which encoding, is `protocol`'s business.
"""
