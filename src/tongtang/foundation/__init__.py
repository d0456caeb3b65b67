"""Mechanisms without a domain noun: clock, ids, environment, push bus, jobs, database constraints."""
