"""Pupils' sign-in inside an enrolled classroom device: by card, PIN or pictures, without phone or password.

Words: a *pack* is today's signed roster of a device's room, with which the device checks secrets by itself; a *proof*
shows the server that a pupil's secret was known when a sign-in was made, also hours earlier and without a link.
"""
