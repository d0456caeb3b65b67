"""Pupils by the million: read and checked in batches, compared with what stands, written as sets."""
