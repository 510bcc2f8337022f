"""How a deed says no. Each carries one sentence for the person: what is wrong, and what is possible now."""


class Refusal(Exception):
    """The rules say no, whoever asks: the state or the input does not allow it (page: 409)."""

    status = 409

    def __init__(self, sentence: str):
        super().__init__(sentence)
        self.sentence = sentence


class NotAllowed(Refusal):
    """Somebody else may do this, not you (page: 403)."""

    status = 403


class AlreadyMoved(Refusal):
    """Somebody was first: what you saw is no longer so (page: 409). ``theirs`` is the row as it is now."""

    def __init__(self, sentence: str, theirs=None):
        super().__init__(sentence)
        self.theirs = theirs
