"""Which post a rung of the ladder is, and who reads what is sent to it today."""

from collections import defaultdict
from dataclasses import dataclass

from django.db.models import F, OuterRef, Subquery
from django.db.models.functions import JSONObject

from tracker.people.models import Cover, Post, User, is_stopped

from .ladder import RUNGS


@dataclass(frozen=True)
class Answering:
    """Who is told at a rung. ``post`` None: nobody is there. ``passed_on_from``: the vacant posts whose turn it was,
    in words. ``reader``: who holds it or stands in today."""

    post: Post | None
    reader: User | None
    passed_on_from: str = ""


class Posts:
    """The posts of every ladder as they are on ``today``: one query, however many alerts are asked about."""

    def __init__(self, today):
        self._heads, self._rungs, self._found = {}, defaultdict(dict), {}
        rows = Post.objects.select_related("holder", "organisation").annotate(covered=F("covers")).order_by("pk")
        rows = rows.annotate(unreached=is_stopped("holder__email"))
        rows = rows.annotate(away=_stand_in(today))
        rows = list(rows)  # one for each place that a post covers too
        for post in rows:
            if post.head:
                self._heads[post.organisation_id] = post
            if post.rung:
                self._rungs[post.rung].setdefault(post.organisation_id, post)
        for post in rows:
            if post.rung and post.covered is not None:
                self._rungs[post.rung].setdefault(post.covered, post)

    def reader(self, post: Post | None) -> User | None:
        """Who holds the post, or stands in for them today; none while it is vacant, or no mail reaches its holder."""
        if post is None or post.holder is None or not post.holder.is_active or post.unreached:
            return None
        return User(**post.away) if post.away else post.holder

    @property
    def areas(self) -> frozenset[int]:
        """Ids of the regions that have an Area Executive Director, filled or not."""
        return frozenset(self._rungs["rung_area"])

    def without(self, organisation) -> frozenset[str]:
        """The rungs that a place does not have: an Area Executive Director is not everywhere."""
        absent = [] if self._area(organisation) else ["rung_area"]
        if organisation.level == "hmpps":
            absent.append("rung_region")
        return frozenset(absent)

    def at(self, rung: str, organisation) -> Answering | None:
        """None where the place has no such rung: no Area Executive Director, say."""
        known = (rung, organisation.pk)
        if known not in self._found:
            self._found[known] = self._at(rung, organisation)
        return self._found[known]

    def _at(self, rung, organisation):
        if rung in (absent := self.without(organisation)):
            return None
        passed = []
        for name in list(RUNGS)[list(RUNGS).index(rung) :]:
            if name in absent:
                continue
            post = self._post(name, organisation)
            if reader := self.reader(post):
                return Answering(post, reader, "; ".join(dict.fromkeys(passed))[:200])
            state = "no mail arrives" if post and post.unreached else "vacant"
            passed.append(f"{post} ({state})" if post else f"{RUNGS[name]} (no such post)")
        return Answering(None, None, "; ".join(dict.fromkeys(passed))[:200])

    def _post(self, rung, organisation) -> Post | None:
        line = organisation.line
        if rung == "rung_head":
            return self._heads.get(line[0])
        if rung == "rung_region":
            return self._heads.get(_region(organisation))
        if rung == "rung_area":
            return self._area(organisation)
        own = next((self._rungs[rung][place] for place in reversed(line) if place in self._rungs[rung]), None)
        # Where nobody has made the post of the chief executive, whoever heads HMPPS is it.
        return own or (self._heads.get(line[-1]) if rung == "rung_chief_executive" else None)

    def _area(self, organisation) -> Post | None:
        return self._rungs["rung_area"].get(_region(organisation)) if organisation.level != "hmpps" else None


def _stand_in(today):
    """Who stands in for the holder today, as the fields that a mail and a page need; null where nobody does."""
    cover = Cover.objects.on(today).filter(person=OuterRef("holder"), stand_in__is_active=True)
    names = {name: f"stand_in__{name}" for name in ("email", "first_name", "last_name")}
    return Subquery(cover.order_by("pk").values(reader=JSONObject(pk="stand_in", **names))[:1])


def _region(organisation) -> int:
    """The region a place lies in, or is."""
    return organisation.line[1] if organisation.level == "pdu" else organisation.line[0]
