"""A province's classrooms for `bench/signin.py`, written in bulk, and what their devices send."""

import base64
import hashlib
import json
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from itertools import batched as batched_of_itertools
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

