"""A made-up region at true scale: county folders written from one number and loaded as any county's are.

Every step is a pure function of the scale, the seed, the school year and the package of divisions.
"""
