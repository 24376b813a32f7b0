"""A fault of one block; the interpreter adds the program's name and line and hands it on as `CopeauError`."""


class BlockFault(Exception):
    """What is wrong with the block being read or executed, and how to mend it."""

    def __init__(self, what: str, mend: str = ""):
        self.what, self.mend = what, mend
        super().__init__(what)
