"""What a program does: by the same operations as the pages, once for each key, all or nothing, and refused in words."""

import pytest

from tests.cast import NOW
from tracker.alerts.models import AlertCase, Reading
from tracker.journal.models import Event
from tracker.plans import operations
from tracker.plans.models import Action, Claim, Update

pytestmark = pytest.mark.django_db

SAID = {"done": "Two of four sessions were held.", "confidence": "at_risk", "next_step": "A third"}


def refusal(answer) -> tuple[int, str | None]:
    assert answer.headers["Content-Type"] == "application/json"
    found = answer.json()
    assert set(found) == {"error", "where", "mistakes", "version"} and found["error"]
    return answer.status_code, found["where"]


@pytest.fixture
def updates(action):
    return f"/api/actions/{action.pk}/updates/"


@pytest.fixture
def claim(action):
    return f"/api/actions/{action.pk}/claim/"


@pytest.fixture
def readings(case):
    return f"/api/alerts/{case.pk}/readings/"


@pytest.fixture
def measures(case):
    return list(case.measures.all())


def one(measure, value, as_at="2026-11-13", **more):
    return {"measure": measure.pk, "value": value, "as_at": as_at} | more


# ---- updates ----


def test_omar_posts_an_update_and_it_stands_in_the_journal_under_his_name(cast, action, updates, program_of):
    answer = program_of(cast.omar).post(updates, SAID)
    assert answer.status_code == 201
    made = Update.objects.get()
    assert (made.by, made.done, made.confidence) == (cast.omar, SAID["done"], "at_risk")
    assert answer.json()["update"]["id"] == made.pk
    assert answer.json()["action"]["state"] == "in_progress"
    assert Event.objects.about(action).filter(deed="update_posted", actor=cast.omar).count() == 1


def test_the_same_key_is_the_same_update(cast, action, updates, program_of):
    omar = program_of(cast.omar)
    first, again = omar.post(updates, SAID, key="monday"), omar.post(updates, SAID, key="monday")
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["update"] == again.json()["update"]
    assert Event.objects.about(action).filter(deed="update_posted").count() == Update.objects.count() == 1


def test_the_same_key_with_another_text_loses_nothing_silently(cast, updates, program_of):
    omar = program_of(cast.omar)
    omar.post(updates, SAID, key="monday")
    answer = omar.post(updates, SAID | {"done": "All were held."}, key="monday")
    assert refusal(answer) == (409, None)
    assert "Nothing of this was saved" in answer.json()["error"]


def test_a_key_is_of_one_person_and_one_row(cast, action, updates, program_of):
    other = Action.objects.create(plan=action.plan, organisation=cast.hfkcw, what="More", live=True, added_at=NOW)
    amira = program_of(cast.amira)
    assert program_of(cast.omar).post(updates, SAID, key="1").status_code == 201
    assert amira.post(updates, SAID, key="1").status_code == 201
    assert amira.post(f"/api/actions/{other.pk}/updates/", SAID, key="1").status_code == 201
    assert Update.objects.count() == 3


def test_a_deed_without_a_key_is_not_done(cast, updates, program_of):
    omar = program_of(cast.omar)
    assert refusal(omar.post(updates, SAID, key="")) == (400, "Idempotency-Key")
    assert refusal(omar.post(updates, SAID, key="k" * 201)) == (400, "Idempotency-Key")
    assert not Update.objects.exists()


@pytest.mark.parametrize(
    ("data", "where", "words"),
    [
        ({"confidence": "on_track"}, "done", "Say what has been done"),
        ({"done": "  ", "confidence": "on_track"}, "done", "Say what has been done"),
        ({"done": "x" * 10_001, "confidence": "on_track"}, "done", "10000"),
        ({"done": "Half", "confidence": "fine"}, "confidence", "on_track, at_risk, off_track"),
        (SAID | {"nxt_step": "A third"}, "nxt_step", "There is no such field"),
        (SAID | {"done": "a\x00b"}, "done", "Null"),
        ([SAID], None, "Send an object"),
    ],
)
def test_bad_input_says_what_and_where_and_saves_nothing(cast, updates, program_of, data, where, words):
    answer = program_of(cast.omar).post(updates, data)
    assert refusal(answer) == (400, where)
    assert words in answer.json()["error"]
    assert not Update.objects.exists()


def test_all_that_is_wrong_is_said_at_once(cast, updates, program_of):
    found = program_of(cast.omar).post(updates, {"done": "", "confidence": "fine"}).json()
    assert [mistake["where"] for mistake in found["mistakes"]] == ["done", "confidence"]


@pytest.mark.parametrize("body", ["{", "[" * 100_000, '{"done": NaN}', "\x00", ""])
def test_what_is_not_json_is_bad_input_too(cast, updates, program_of, client, body):
    omar = program_of(cast.omar)
    headers = {"Authorization": f"Bearer {omar.token}", "Idempotency-Key": "1"}
    answer = client.post(updates, body, content_type="application/json", headers=headers)
    assert refusal(answer)[0] == 400
    assert refusal(client.post(updates, SAID, headers=headers))[0] == 415


def test_a_body_without_end_is_not_read(cast, updates, program_of):
    assert refusal(program_of(cast.omar).post(updates, {"done": "x" * 1_000_001}))[0] == 413


def test_vera_who_only_reads_is_told_that_somebody_else_posts(cast, updates, program_of):
    cast.vera.memberships.update(organisation=cast.hfkcw)
    vera = program_of(cast.vera)
    assert vera.get(updates.removesuffix("updates/")).json()["may"] == []
    answer = vera.post(updates, {})
    assert refusal(answer) == (403, None)
    assert answer.json()["error"].startswith("You cannot post an update: only ")


def test_what_the_state_does_not_allow_is_refused_in_the_words_of_the_page(cast, action, updates, program_of):
    Action.objects.filter(pk=action.pk).update(state="claimed")
    answer = program_of(cast.omar).post(updates, SAID)
    assert refusal(answer) == (409, None)
    assert answer.json()["error"] == "You cannot post an update while it is claimed, not verified."


def test_a_case_number_is_saved_with_a_warning(cast, updates, program_of):
    answer = program_of(cast.omar).post(updates, SAID | {"next_step": "See X123456."})
    assert answer.status_code == 201
    assert "X123456 (a CRN)" in answer.json()["warning"]


# ---- claims ----


def test_omar_claims_what_he_saw(cast, action, claim, program_of):
    omar = program_of(cast.omar)
    seen = omar.get(f"/api/actions/{action.pk}/").headers["ETag"]
    answer = omar.post(claim, {"comment": "All were trained."}, key="1", If_Match=seen)
    assert answer.status_code == 201
    assert (answer.json()["action"]["state"], answer.json()["action"]["may"]) == ("claimed", [
        one for one in answer.json()["action"]["may"] if one["deed"] == "add_evidence"
    ])  # fmt: skip
    assert omar.post(claim, {"comment": "All were trained."}, key="1", If_Match=seen).status_code == 200
    assert Claim.objects.count() == 1


def test_a_claim_on_what_changed_meanwhile_is_refused_with_the_version_now(cast, action, claim, program_of):
    omar = program_of(cast.omar)
    operations.reassign(action, owner_post=cast.head_of_hfkcw, seen_version=1, by=cast.amira, at=NOW)
    operations.reassign(action, owner_person=cast.omar, seen_version=2, by=cast.amira, at=NOW)
    answer = omar.post(claim, {"comment": "All were trained."}, If_Match='"1"')
    assert refusal(answer) == (409, None)
    assert answer.json()["version"] == 3
    assert answer.json()["error"].startswith("Amira Khan changed this")
    assert not Claim.objects.exists()


@pytest.mark.parametrize("seen", ["", "*", '"x"', "-1", "9" * 30])
def test_a_claim_names_the_version_that_was_seen(cast, claim, program_of, seen):
    answer = program_of(cast.omar).post(claim, {"comment": "Done."}, If_Match=seen)
    assert refusal(answer) == (400, "If-Match")


# ---- readings ----


def test_amira_enters_this_weeks_numbers_at_once(cast, case, readings, measures, program_of):
    amira = program_of(cast.amira)
    given = [one(measures[0], 612, note="Two officers came"), one(measures[1], "71.5")]
    answer = amira.post(readings, {"readings": given})
    assert answer.status_code == 201
    assert [(row["measure"], row["value"], row["by"]) for row in answer.json()["readings"]] == [
        (measures[0].pk, "612.00", "Amira Khan"), (measures[1].pk, "71.50", "Amira Khan"),
    ]  # fmt: skip
    assert Event.objects.about(case).filter(deed="readings_added").count() == 1
    shown = amira.get(f"/api/alerts/{case.pk}/").json()["measures"]
    assert [row["value"] for row in shown[0]["readings"]] == ["993.00", "612.00"]


def test_two_posts_with_one_key_are_one_reading(cast, case, readings, measures, program_of):
    amira, before = program_of(cast.amira), Reading.objects.count()
    given = {"readings": [one(measures[0], 612), one(measures[1], 70)]}
    first, again = (amira.post(readings, given, key="week-46") for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert Reading.objects.count() == before + 2
    assert refusal(amira.post(readings, {"readings": [one(measures[0], 1)]}, key="week-46"))[0] == 409


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        ({"value": "many"}, "value"), ({"value": 12.345}, "value"), ({"value": 10**11}, "value"),
        ({"value": None}, "value"), ({"value": True}, "value"), ({"value": [1]}, "value"),
        ({"as_at": "2099-01-01"}, "as_at"), ({"as_at": "13/11/2026"}, "as_at"), ({"as_at": None}, "as_at"),
        ({"measure": 987_654}, "measure"), ({"measure": "Cases"}, "measure"), ({"note": "x" * 301}, "note"),
        ({"at": "2026-11-13"}, "at"),
    ],
)  # fmt: skip
def test_one_wrong_number_says_where_and_none_is_saved(cast, readings, measures, program_of, wrong, where):
    before = Reading.objects.count()
    given = [one(measures[0], 612), one(measures[1], 70) | wrong]
    answer = program_of(cast.amira).post(readings, {"readings": given})
    assert refusal(answer) == (400, f"readings[1].{where}")
    assert Reading.objects.count() == before


@pytest.mark.parametrize("given", [{}, {"readings": []}, {"readings": "612"}, {"readings": {}}, {"readings": [612]}])
def test_readings_are_a_list_of_at_least_one(cast, readings, program_of, given):
    status, where = refusal(program_of(cast.amira).post(readings, given))
    assert (status, where.split("[")[0]) == (400, "readings")


def test_two_numbers_for_one_day_are_a_mistake(cast, readings, measures, program_of):
    answer = program_of(cast.amira).post(readings, {"readings": [one(measures[0], 1), one(measures[0], 2)]})
    assert refusal(answer) == (400, "readings[1].as_at")


def test_the_measure_of_another_alert_is_not_known_here(cast, case, readings, measures, program_of):
    other = AlertCase.objects.create(organisation=cast.hfkcw, live=True, opened_at=NOW)
    answer = program_of(cast.amira).post(f"/api/alerts/{other.pk}/readings/", {"readings": [one(measures[0], 1)]})
    assert refusal(answer) == (400, "readings[0].measure")


def test_ada_reads_the_alert_and_enters_nothing(cast, readings, measures, program_of):
    answer = program_of(cast.ada).post(readings, {"readings": [one(measures[0], 1)]})
    assert refusal(answer) == (403, None)


def test_an_alert_that_ended_takes_no_reading(cast, case, readings, measures, program_of):
    AlertCase.objects.filter(pk=case.pk).update(state="withdrawn", end_reason="In error")
    answer = program_of(cast.amira).post(readings, {"readings": [one(measures[0], 1)]})
    assert refusal(answer) == (409, None)
