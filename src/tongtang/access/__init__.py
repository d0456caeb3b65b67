"""Accounts, role assignments, verbs, `can` and `visible`, sign-in, activation codes, classroom devices."""
