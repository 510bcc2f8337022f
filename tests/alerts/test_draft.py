"""What an inspector types is kept by itself, by the operation of "Save and go on later"."""

import uuid

import pytest
from bs4 import BeautifulSoup

from tracker.alerts.models import AlertCase, AlertDraft

pytestmark = pytest.mark.django_db


def typed(**more):
    return {
        "organisation": "hfkcw", "kind": "staffing", "concern_rows": 1, "measure_rows": 0, "key": str(uuid.uuid4()),
        "concern_1": "Nobody is there", "required_text": "", **more,
    }  # fmt: skip


def test_kept_while_it_is_written_and_found_again(cast, signed_in):
    ivy = signed_in(cast.ivy)
    answer = ivy.post("/alerts/raise/", typed(deed="keep"))
    assert answer.status_code == 200 and answer.headers["Content-Type"].startswith("text/plain")
    assert answer.content.decode().startswith("Saved at ")
    assert AlertDraft.objects.get().typed["concern_1"] == "Nobody is there" and not AlertCase.objects.exists()
    assert b"Nobody is there" in ivy.get("/alerts/raise/").content
    main = BeautifulSoup(ivy.get("/alerts/").content, "html.parser").main
    assert main.select_one('a[href="/alerts/raise/"]').text == "Go on with your draft"
    for other in (cast.idris, cast.amira):
        assert b"draft" not in signed_in(other).get("/alerts/").content


def test_what_comes_late_is_no_draft_any_more(cast, signed_in):
    ivy, form = signed_in(cast.ivy), typed(required_text="Send somebody")
    assert ivy.post("/alerts/raise/", form).status_code == 302
    assert ivy.post("/alerts/raise/", form | {"deed": "keep"}).status_code == 200
    assert AlertCase.objects.count() == 1 and not AlertDraft.objects.exists()
    assert ivy.post("/alerts/raise/", typed(deed="keep", key="nonsense")).status_code == 200
    assert AlertDraft.objects.count() == 1


def test_nobody_but_inspectors(cast, signed_in):
    assert signed_in(cast.amira).post("/alerts/raise/", typed(deed="keep")).status_code == 403
    assert not AlertDraft.objects.exists()
