"""Why there is no timetable, and the smallest change of the input that makes one.

`reason` has the words (codes and numbers, no sentences), `county_causes` what could be given way in a county,
`county_week` proofs beyond counting, `county` the search for a county's reasons; `school` the same for a whole school,
whose rules are fewer. A reason is only told after the engine has found a timetable with its change applied and the
checker has passed it, or it says that it is unverified.
"""
