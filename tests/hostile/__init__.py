"""Attack classes, one file each, through the front door. Named samples, at least 20 a class; none may hit.

| class | file |
|---|---|
| 1 other people's objects, batches with a foreign id | test_01_foreign_objects.py (each route: tests/test_matrix.py) |
| 2 mass assignment | test_02_mass_assignment.py: every command with every field of every model |
| 3 stored scripts | test_03_stored_scripts.py; in a browser journeys/test_hostile_texts.py |
| 4 requests made by the server | no surface: no page or import fetches an address, a presentation's links are cut off |
| 5 archives and XML | exchange/tests/test_hostile_parcels.py; slides: test_15_exhaustion.py |
| 6 formulas in sheets | test_06_formulas.py; the rule: exchange/tests/test_formula_injection.py |
| 7 tickets of live rooms | test_07_room_tickets.py; classroom/tests/test_room.py |
| 8 answer keys | no surface yet: no question has a right answer |
| 9 finding out who exists, 10 sign-in | test_10_sign_in.py; pupils: access/tests/test_pupil_attacks.py |
| 11 forged requests, frames, hosts, caches | test_11_borders.py |
| 12 streams | test_12_streams.py; foundation/push/tests, classroom/media/tests/test_attacks.py |
| 13 stolen edge nodes | no surface yet; what a classroom's device hands over: access/tests/test_pupil_attacks.py |
| 14 rules of the business | test_14_business_rules.py |
| 15 exhaustion | test_15_exhaustion.py |
| every form and endpoint | test_fuzz.py |
"""
