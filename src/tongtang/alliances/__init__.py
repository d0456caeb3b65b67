"""The alliance 1+N: topology with its own group limits, membership and its rule."""
