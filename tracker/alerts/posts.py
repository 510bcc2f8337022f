"""Which post a rung of the ladder is, and who reads what is sent to it today."""

from dataclasses import dataclass

from tracker.people.models import Post, User


@dataclass(frozen=True)
class Answering:
    """Who is told at a rung. ``post`` None: nobody is there. ``passed_on_from``: the vacant posts whose turn it was,
    in words. ``reader``: who holds it or stands in today."""

    post: Post | None
    reader: User | None
    passed_on_from: str = ""


class Posts:
    """The posts of every ladder as they are on ``today``: three queries, however many alerts are asked about."""

    def __init__(self, today):
        raise NotImplementedError

    def at(self, rung: str, organisation) -> Answering | None:
        """None where the place has no such rung: no Area Executive Director, say."""
        raise NotImplementedError
