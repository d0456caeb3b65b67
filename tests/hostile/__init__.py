"""Attack classes, one file each, through the front door. Named samples; none may hit.

| class | file |
|---|---|
| 1 other people's objects, batches with a foreign id | test_01_foreign_objects.py (each route: tests/test_matrix.py) |
| 2 mass assignment, 14 business rules, 15 exhaustion | test_fuzz.py; no file of their own yet |
| 3 stored scripts | test_03_stored_scripts.py (what pages write; no browser yet) |
| 4 requests made by the server | no surface: no page or import fetches an address |
| 5 archives and XML, 6 formulas in sheets | exchange, with imports and exports |
| 7 tickets of live rooms | test_07_room_tickets.py; classroom/tests/test_room.py |
| 8 answer keys, 13 stolen edge nodes | no surface yet |
| 9 finding out who exists, 10 sign-in | test_10_sign_in.py |
| 11 forged requests, frames, hosts, caches | test_11_borders.py |
| 12 streams | foundation/push/tests/test_server.py, test_tickets.py |
| every form and endpoint | test_fuzz.py |
"""
