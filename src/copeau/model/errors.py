"""What went wrong, where, and how to mend it."""


class CopeauError(Exception):
    """Bad input or an impossible request, told to the person who can mend it.

    Parameters
    ----------
    what : str
        What is wrong, with the numbers.
    where : str
        File, line, face, setup or workingstep.
    mend : str
        What the person can do about it.
    exit_code : int
        2 bad input or usage, 3 not verified, 4 no setup can be planned.
    """

    def __init__(self, what: str, where: str = "", mend: str = "", exit_code: int = 2):
        self.what, self.where, self.mend, self.exit_code = what, where, mend, exit_code
        super().__init__(str(self))

    def __str__(self) -> str:
        text = self.what
        if self.where:
            text += f"\n  where: {self.where}"
        if self.mend:
            text += f"\n  mend:  {self.mend}"
        return text


class Refusal(Exception):
    """A workingstep that cannot be made as asked; the planner tries the next tool, strategy or setup.

    Parameters
    ----------
    name : str
        Short fixed name, e.g. "tool_too_short", "too_narrow", "no_entry".
    detail : str
        One sentence with the numbers.
    """

    def __init__(self, name: str, detail: str):
        self.name, self.detail = name, detail
        super().__init__(f"{name}: {detail}")
