"""What is too much, and the one error of a conversion."""

MEGABYTE = 1024 * 1024
UPLOAD_BYTES = 200 * MEGABYTE
PAGES = 120
LONG_SIDE = 1600
"""Pixels of a slide's longer side: no wall screen of 1920 x 1080 gives a slide more than this."""
PIXELS = 60_000_000
"""Of an uploaded picture, before it is made smaller; decoded at most 240 MB."""
MEMBERS = 4000
MEMBER_BYTES = 300 * MEGABYTE
UNPACKED_BYTES = 700 * MEGABYTE
RATIO = 200
"""Of a packed file above `SMALL_BYTES`; the XML of real presentations stays below 60."""
SMALL_BYTES = 4 * MEGABYTE
OFFICE_SECONDS = 240
PAGE_SECONDS = 30
ALL_PAGES_SECONDS = 600


class Unusable(ValueError):
    """The file cannot become slides; the message is a sentence for the teacher: what happened and what to do."""
