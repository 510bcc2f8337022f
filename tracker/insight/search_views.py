"""The page on which words are looked for."""

from django.shortcuts import render
from django.views.decorators.http import require_safe

from .search import NOUNS, search
from .search_words import LONGEST, MOST_WORDS, read


@require_safe
def search_page(request):
    typed = request.GET.get("q", "").replace("\x00", " ").strip()
    question = read(typed)
    kind = request.GET.get("kind", "")
    kind = kind if kind in NOUNS else ""
    number = request.GET.get("page", "")
    page = int(number) if kind and number.isascii() and number.isdecimal() and len(number) < 6 else 1
    context = {
        "q": typed[:LONGEST],
        "question": question,
        "kind": kind,
        "found": search(request.user, question, [kind] if kind else list(NOUNS), max(page, 1)),
        "longest": LONGEST,
        "most_words": MOST_WORDS,
    }
    return render(request, "search/page.html", context)
