"""One helper for every list: sorted, one page at a time, however many rows there are.

Pages are keyset pages: "the 25 rows after this one", never "skip 500,000 rows". The order is one indexed column
and then the id, both in the same direction; the column must not be null.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode

from django.core.exceptions import ValidationError
from django.utils.timezone import is_naive

PAGE_SIZE = 25
COUNT_CAP = 10_000


@dataclass(frozen=True)
class Sort:
    """One way to sort a list. ``field`` is a column with an index that ends in the id."""

    words: str
    field: str
    descending: bool = False


@dataclass(frozen=True)
class Chip:
    """One filter in force, in words, with the address of the list without it."""

    label: str
    value: str
    without: str


@dataclass(frozen=True)
class Page:
    """``count`` is exact up to 10,000; beyond that ``capped`` is True."""

    rows: list
    count: int
    capped: bool
    previous: str | None  # address, or None on the first page
    next: str | None
    sort: str  # key of the sort in force
    sorts: list[tuple[str, str, bool]]  # words, address, in force

    def count_words(self, noun: str) -> str:
        """ "1 recommendation", "8 recommendations", "More than 10,000 recommendations"."""
        if self.capped:
            return f"More than {COUNT_CAP:,} {noun}s"
        return f"{self.count:,} {noun}{'' if self.count == 1 else 's'}"


def _address(params, **changes) -> str:
    kept = {k: params.getlist(k) for k in params if k not in changes}
    kept |= {k: [v] for k, v in changes.items() if v is not None}
    return "?" + urlencode([(k, v) for k, values in kept.items() for v in values if v != ""])


def page_of(request, queryset, sorts: dict[str, Sort]) -> Page:
    """The page of ``queryset`` that ``request`` asks for by ``sort``, ``after`` and ``before``.

    At most two queries: the rows (with whatever select_related the queryset brings) and the capped count. An address
    that makes no sense gives the first page.
    """
    key = request.GET.get("sort", "")
    key = key if key in sorts else next(iter(sorts))
    sort = sorts[key]
    back = "before" in request.GET
    at = _position(queryset, sort.field, request.GET.get("before" if back else "after", ""))
    back = back and at is not None
    descending = sort.descending != back
    rows = queryset
    if at is not None:
        value, pk = at
        beyond, passed = ("lte", "gte") if descending else ("gte", "lte")
        # Written as "from here on, but not these" so that both databases walk the index.
        rows = rows.filter(**{f"{sort.field}__{beyond}": value})
        rows = rows.exclude(**{sort.field: value, f"pk__{passed}": pk})
    sign = "-" if descending else ""
    rows = list(rows.order_by(f"{sign}{sort.field}", f"{sign}pk")[: PAGE_SIZE + 1])
    more, rows = len(rows) > PAGE_SIZE, rows[:PAGE_SIZE]
    if back:
        rows.reverse()
    has_next, has_previous = (True, more) if back else (more, at is not None)
    # Where the first page shows all there is, that is the count: a rare word is not searched for twice.
    everything = at is None and not more
    count = len(rows) if everything else queryset.order_by().values("pk")[: COUNT_CAP + 1].count()

    def position(row):
        return f"{getattr(row, sort.field)}~{row.pk}"

    return Page(
        rows=rows,
        count=min(count, COUNT_CAP),
        capped=count > COUNT_CAP,
        previous=_address(request.GET, after=None, before=position(rows[0])) if has_previous and rows else None,
        next=_address(request.GET, before=None, after=position(rows[-1])) if has_next and rows else None,
        sort=key,
        sorts=[(s.words, _address(request.GET, sort=k, after=None, before=None), k == key) for k, s in sorts.items()],
    )


def _position(queryset, field, text):
    """(value, pk) out of "2026-06-30~17"; None when it is empty or nonsense. ``field`` may be an annotation."""
    value, tilde, pk = text.rpartition("~")
    if not tilde or not pk.isdecimal() or len(pk) > 18 or "\x00" in value:  # which PostgreSQL takes in no text
        return None
    annotation = queryset.query.annotations.get(field)
    column = annotation.output_field if annotation else queryset.model._meta.get_field("id" if field == "pk" else field)
    try:
        found = column.to_python(value)
        if isinstance(found, datetime):
            if is_naive(found):
                return None
            found = found.astimezone(UTC)  # fails here, not in the database, when no clock has such a time
        return found, int(pk)
    except (ValidationError, ValueError, OverflowError):
        return None


def chips(filterset) -> list[Chip]:
    """The filters in force, each with the address of the list without it. Invalid ones are left out."""
    form = filterset.form
    found = []
    if not form.is_valid():
        form.cleaned_data = getattr(form, "cleaned_data", {})
    for name, field in form.fields.items():
        value = form.cleaned_data.get(name)
        if value in (None, "", [], False) or (hasattr(value, "exists") and not value):
            continue
        for each in value if isinstance(value, list | tuple) else [value]:
            words = dict(getattr(field, "choices", [])).get(each) if not hasattr(each, "pk") else str(each)
            found.append(
                Chip(
                    field.label or name.replace("_", " ").capitalize(),
                    "Yes" if each is True else str(words or each),
                    _without(filterset.data, name, each),
                )
            )
    return found


def _without(params, name, value) -> str:
    gone = {str(value), str(getattr(value, "pk", value)), str(getattr(value, "slug", value))}
    pairs = [
        (k, v)
        for k in params
        if k not in ("after", "before")
        for v in params.getlist(k)
        if v != "" and not (k == name and (v in gone or len(params.getlist(name)) == 1))
    ]
    return "?" + urlencode(pairs)
