"""`python -m bench.matching`: 1,600 receiving schools against 44 anchors, ranked; seconds against the limit of 5.

Pure engine on made-up profiles of a fixed seed; the database's share is measured by its number of queries in the tests.
"""

import random
import sys
import time

from tongtang.alliances.matching import Offer, Profile, rank

SCHOOLS, ANCHORS, LIMIT_SECONDS = 1600, 44, 5.0
SUBJECTS = ("chinese", "maths", "english", "music", "art", "science")
EDITIONS = ("a", "b", "c")


def made_up(rng: random.Random) -> Profile:
    late = rng.choice((0, 10, 20))
    return Profile(
        stages=frozenset(rng.sample(("primary", "junior"), rng.randint(1, 2))),
        editions={subject: rng.choice(EDITIONS) for subject in SUBJECTS},
        pace={subject: rng.randint(-4, 4) for subject in SUBJECTS},
        level=rng.choice((None, 1, 2, 3, 4, 5)),
        languages=frozenset({"zh"} if rng.random() < 0.8 else {"zh", "bo"}),
        starts=tuple(start + late for start in (520, 570, 630, 680, 850, 900, 950)),
        mbps=rng.choice((0, 2, 4, 20, 100)),
        streams=rng.choice((1, 1, 2)),
    )


def main() -> int:
    rng = random.Random(1)
    offers = [Offer(number, made_up(rng), rng.choice((None, 0, 36))) for number in range(ANCHORS)]
    schools = [made_up(rng) for _number in range(SCHOOLS)]
    began = time.process_time()
    ranked = [rank(school, offers) for school in schools]
    seconds = time.process_time() - began
    fitting = sum(not one.broken for row in ranked for one in row)
    pair = 1e6 * seconds / SCHOOLS / ANCHORS
    print(f"{SCHOOLS} x {ANCHORS} ranked in {seconds:.2f} s of a processor, {pair:.1f} us a pair")
    print(f"ratio to the limit {seconds / LIMIT_SECONDS:.2f}; {fitting} pairs break no rule")
    return 0 if seconds <= LIMIT_SECONDS else 1


if __name__ == "__main__":
    sys.exit(main())
