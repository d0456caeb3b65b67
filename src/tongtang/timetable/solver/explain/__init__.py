"""Why there is no timetable, and the smallest change of the input that makes one.

`reason` has the words (codes and numbers, no sentences), `county_causes` what could give way in a county, `county_week`
proofs beyond counting, `attempt` a try at a plan, `county` the search for a county's reasons; `school` the same for a
whole school, whose rules are fewer. `engine` looks for single causes that are enough, `together` for several; `budget`
counts their work. A reason is only told after the engine has found a timetable with its change applied and the checker
has passed it, or it says that it is unverified.
"""
