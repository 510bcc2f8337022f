"""What stands above the filters of a list: the reader's views of it, and the form that saves another."""

from dataclasses import dataclass

from .asking import LISTS, canonical
from .forms import SaveForm
from .models import SavedView

SHOWN = 8  # the others are a link away


@dataclass(frozen=True)
class Bar:
    """``views``: the reader's own first; ``current``: the one whose question is asked now, or None.
    ``starts_here``: and which the reader starts with. ``more``: there are others."""

    views: list[SavedView]
    current: SavedView | None
    starts_here: bool
    more: bool
    form: SaveForm


def bar_of(reader, name: str, found) -> Bar:
    """Of the list ``name``, under the filterset of its page. One query, however many views there are."""
    query = canonical(found, LISTS[name].sorts)
    views = sorted(SavedView.objects.visible_to(reader).filter(list=name), key=lambda view: view.owner_id != reader.pk)
    current = next((view for view in views if view.query == query), None)
    shown = views[:SHOWN]
    if current and current not in shown:
        shown[-1:] = [current]
    form = SaveForm(initial={"list": name, "query": query}, auto_id="save_%s")
    starts_here = current is not None and current.pk == reader.start_view_id
    return Bar(shown, current, starts_here, len(views) > len(shown), form)


def start_of(reader) -> SavedView | None:
    """The view that the reader starts with, as long as they may see it. A query only where one was chosen."""
    if reader.start_view_id is None:
        return None
    return SavedView.objects.visible_to(reader).filter(pk=reader.start_view_id).first()
