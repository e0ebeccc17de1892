"""How state is kept small and carried over a restart: packed columns, an index of eight bytes a slot, named parts.

`columns.py` turns the fields of thousands of things into arrays, `arrays.py` arrays into bytes that are used where they
lie, `places.py` finds one thing among millions by its digest, `parts.py` knows which part of a state changed since it
was last saved. What is kept, and for how long, is the business of who uses them: `streams/risk/`, `streams/sensors/`.
"""
