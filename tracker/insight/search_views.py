"""The page on which words are looked for."""

from django.shortcuts import render
from django.views.decorators.http import require_safe

from .search import LONGEST, MOST_WORDS, search, words_of


@require_safe
def search_page(request):
    asked = request.GET.get("q", "").replace("\x00", " ").strip()
    text = asked[:LONGEST]
    context = {
        "q": text,
        "words": words_of(text),
        "found": search(request.user, text),
        "cut": len(asked) > LONGEST or len(set(text.lower().split())) > MOST_WORDS,
        "longest": LONGEST,
        "most_words": MOST_WORDS,
    }
    return render(request, "search/page.html", context)
