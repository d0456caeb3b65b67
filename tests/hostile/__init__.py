"""Attack classes, one file each, through the front door. Named samples; none may hit.

| class | file |
|---|---|
| 1 other people's objects, batches with a foreign id | test_01_foreign_objects.py (each route: tests/test_matrix.py) |
| 2 mass assignment | test_02_mass_assignment.py |
| 3 stored scripts | test_03_stored_scripts.py |
| 4 requests made by the server | test_04_no_outgoing_requests.py: there is no surface, and that is what is held |
| 5 archives and XML | exchange, with the imports |
| 6 formulas in sheets | exchange, with the exports |
| 7 tickets of live rooms | test_07_room_tickets.py |
| 8 answer keys | no surface yet: there are no questions with keys |
| 9 finding out who exists | test_09_enumeration.py |
| 10 sign-in | test_10_sign_in.py |
| 11 forged requests, frames, hosts, caches | test_11_borders.py |
| 12 streams | test_12_streams.py |
| 13 stolen edge nodes | no surface yet: there are no edge nodes |
| 14 business rules | test_14_business_rules.py |
| 15 exhaustion | test_15_exhaustion.py |
| every form and endpoint | test_fuzz.py |
"""
