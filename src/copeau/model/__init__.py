"""The nouns that every room shares.

In: nothing. Out: plain frozen dataclasses and one structured array type, `Moves`.
Never: an algorithm of a room, a file, a third-party geometry object in a public field's contract.
"""
