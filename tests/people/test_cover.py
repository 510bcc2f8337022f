"""A person names a stand-in from one day to another: rights follow for those days only, and end by themselves."""

import datetime as dt

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.cast import NOW, TODAY, Cast, follow_up, inspection, person, post
from tracker.journal.models import Event, Notice
from tracker.people import operations as people
from tracker.people.models import Cover, User
from tracker.plans import operations as plans
from tracker.plans.models import Action, FollowUp
from tracker.plans.rules import read_target_date
from tracker.refusals import NotAllowed, Refusal
from tracker.working_days import london_day

pytestmark = pytest.mark.django_db

MONDAY, FRIDAY = TODAY + dt.timedelta(days=3), TODAY + dt.timedelta(days=7)


def on(cast: Cast, name: str, day) -> User:
    """A fresh copy that acts on ``day``, as a request of that day has it."""
    who = cast.person(name)
    who.acting_on = day
    return who


def away(cast, who="amira", stand_in="omar", starts=MONDAY, ends=FRIDAY, **how) -> Cover:
    how.setdefault("by", getattr(cast, who))
    return people.name_stand_in(getattr(cast, who), getattr(cast, stand_in), starts, ends, at=NOW, **how)


def days_later(days):
    return NOW + dt.timedelta(days=days)


# ---- what is lent ----


def test_omar_has_amiras_rights_on_those_days_only(cast):
    away(cast)
    line = cast.hfkcw.line
    for day, standing in [
        (None, {"contributor"}),
        (MONDAY - dt.timedelta(days=1), {"contributor"}),
        (MONDAY, {"contributor", "lead"}),
        (FRIDAY, {"contributor", "lead"}),
        (FRIDAY + dt.timedelta(days=1), {"contributor"}),
    ]:
        assert on(cast, "omar", day).access.standing(line) == standing, day
    assert on(cast, "amira", MONDAY).access.standing(line) == {"lead"}, "she keeps her own"


def test_a_copy_that_acts_on_another_day_is_read_anew(cast):
    away(cast)
    omar = cast.person("omar")
    assert (omar.acts_for, omar.access.is_lead) == ([omar.pk], False)
    omar.acting_on = MONDAY
    assert (omar.acts_for, omar.access.is_lead) == ([omar.pk, cast.amira.pk], True)
    assert omar.stands_in_for == [("Amira Khan", FRIDAY)]
    omar.acting_on = FRIDAY + dt.timedelta(days=1)
    assert (omar.acts_for, omar.access.is_lead, omar.stands_in_for) == ([omar.pk], False, [])


def test_the_role_by_his_name_stays_his_own(cast):
    away(cast)
    assert on(cast, "omar", MONDAY).role_text == "Contributor, HFKCW"


def test_the_role_of_a_post_and_of_the_places_it_covers_is_lent(cast):
    zoe = person("Zoe", "Lane")
    area = post(cast.london, "Area Executive Director", zoe, role="viewer")
    area.covers.add(cast.northmoor)
    people.name_stand_in(zoe, cast.rosa, MONDAY, FRIDAY, by=zoe, at=NOW)
    assert ("viewer", cast.northmoor.pk, "region") not in on(cast, "rosa", TODAY).access.roles
    assert ("viewer", cast.northmoor.pk, "region") in on(cast, "rosa", MONDAY).access.roles


def test_an_administrators_role_is_never_lent(cast):
    people.give_role(cast.amira, "administrator", by=cast.ada, at=NOW)
    people.name_stand_in(cast.amira, cast.omar, MONDAY, FRIDAY, by=cast.amira, at=NOW)
    omar = on(cast, "omar", MONDAY)
    assert omar.access.is_lead and not omar.access.is_administrator and not omar.is_staff


def test_cover_of_a_cover_is_not_passed_on(cast):
    zoe = person("Zoe", "Lane", "contributor", cast.hfkcw)
    Cover.objects.create(person=cast.amira, stand_in=cast.omar, starts=MONDAY, ends=FRIDAY, named_by=cast.amira,
                         named_at=NOW)  # fmt: skip
    Cover.objects.create(person=cast.omar, stand_in=zoe, starts=MONDAY, ends=FRIDAY, named_by=cast.omar, named_at=NOW)
    zoe.acting_on = MONDAY
    assert zoe.acts_for == [zoe.pk, cast.omar.pk]
    assert not zoe.access.is_lead


def test_what_amira_owns_in_person_is_seen_and_updated_by_ben_while_she_is_away(cast):
    report = inspection(cast.hfkcw, [(cast.hfkcw, 1)])
    first = follow_up(report, 1)
    action = plans.add_action(
        first, "Audit 50 cases", owner_person=cast.omar, target=read_target_date(""), by=cast.amira, at=NOW
    )
    zoe = person("Zoe", "Lane", "contributor", cast.hfkcw)
    people.name_stand_in(cast.omar, zoe, MONDAY, FRIDAY, by=cast.omar, at=NOW)

    def zoes(day):
        zoe.acting_on = day
        return list(Action.objects.visible_to(zoe)), list(FollowUp.objects.visible_to(zoe))

    assert zoes(TODAY) == ([], [])
    assert zoes(MONDAY) == ([action], [first])
    plans.post_update(action, "Read 20 of 50", confidence="on_track", by=zoe, at=days_later(3))
    assert Event.objects.about(action).first().actor == zoe, "the journal names who did it"
    zoe.acting_on = FRIDAY + dt.timedelta(days=1)
    with pytest.raises(NotAllowed):
        plans.post_update(action, "Read all", confidence="on_track", by=zoe, at=days_later(8))


def test_nobody_stands_in_for_a_leaver(cast):
    away(cast)
    people.switch_off(cast.amira, by=cast.ada, at=NOW)
    omar = on(cast, "omar", MONDAY)
    assert (omar.acts_for, omar.access.is_lead) == ([omar.pk], False)


def test_one_query_whoever_stands_in_for_whom(cast):
    away(cast)
    omar = on(cast, "omar", MONDAY)
    with CaptureQueriesContext(connection) as queries:
        assert (omar.access.is_lead, len(omar.acts_for), len(omar.stands_in_for)) == (True, 2, 1)
        assert omar.role_text
    assert len(queries) == 1


# ---- naming and ending ----


def test_naming_is_in_the_journal_once_and_the_stand_in_is_told(cast):
    named = away(cast)
    event = Event.objects.get(deed="cover_named")
    assert (event.subject_kind, event.subject_id, event.organisation) == ("user", cast.amira.pk, cast.hfkcw)
    assert event.after == {"stand_in": "Omar Farah", "from": MONDAY.isoformat(), "to": FRIDAY.isoformat()}
    notice = Notice.objects.get()
    assert (notice.recipient, notice.kind, notice.subject_kind, notice.subject_id) == (
        cast.omar, "cover_named", "cover", named.pk,
    )  # fmt: skip


def test_a_double_click_is_one_cover(cast):
    key = "3f0b1b0e-7d1d-4d36-9d1f-0a51cf6c6a6f"
    assert away(cast, key=key) == away(cast, key=key)
    assert Event.objects.filter(deed="cover_named").count() == Notice.objects.count() == 1


def test_ending_it_takes_effect_at_once_and_is_done_once(cast):
    named = away(cast)
    for _ in range(2):
        people.end_cover(named, by=cast.amira, at=days_later(3))
    assert on(cast, "omar", MONDAY).acts_for == [cast.omar.pk]
    assert Event.objects.filter(deed="cover_ended").count() == 1
    away(cast, stand_in="rosa")  # the days are free again


def test_what_ended_by_itself_is_not_ended_again(cast):
    named = away(cast)
    with pytest.raises(Refusal, match="ended by itself"):
        people.end_cover(named, by=cast.amira, at=days_later(20))


@pytest.mark.parametrize("name", ["ben", "rosa", "helen", "ivy", "omar", "vera"])
def test_only_oneself_or_an_administrator(cast, name):
    named = away(cast)
    by = getattr(cast, name)
    with pytest.raises(NotAllowed):
        people.name_stand_in(cast.amira, cast.rosa, FRIDAY, FRIDAY, by=by, at=NOW)
    with pytest.raises(NotAllowed):
        people.end_cover(named, by=by, at=NOW)


def test_ada_names_a_stand_in_for_amira_who_is_ill(cast):
    assert away(cast, by=cast.ada).named_by == cast.ada


@pytest.mark.parametrize(
    ("how", "sentence"),
    [
        ({"starts": TODAY - dt.timedelta(days=9), "ends": TODAY - dt.timedelta(days=2)}, "These days are past"),
        ({"starts": FRIDAY, "ends": MONDAY}, "before the first"),
        ({"ends": TODAY + dt.timedelta(days=800)}, "a year at most"),
        ({"stand_in": "amira"}, "Nobody stands in for themselves"),
        ({"stand_in": "ivy"}, "Only an inspector stands in for an inspector"),
        ({"who": "ivy", "stand_in": "amira"}, "Only an inspector stands in for an inspector"),
        ({"stand_in": "ben"}, "not of the same organisation as Amira Khan"),
        ({"stand_in": "niall"}, "not of the same organisation as Amira Khan"),
        ({"who": "helen", "stand_in": "omar"}, "nor of a level above or the next below"),
    ],
)
def test_refused(cast, how, sentence):
    with pytest.raises(Refusal, match=sentence):
        away(cast, **how)
    assert not Cover.objects.exists() and not Notice.objects.exists()


@pytest.mark.parametrize(
    ("who", "stand_in"), [("amira", "omar"), ("amira", "rosa"), ("amira", "helen"), ("rosa", "ben"), ("ivy", "idris")]
)
def test_who_can_stand_in(cast, who, stand_in):
    assert away(cast, who, stand_in).stand_in == getattr(cast, stand_in)


def test_somebody_switched_off_or_without_a_role_does_not_stand_in(cast):
    people.take_role(cast.omar.memberships.get(), by=cast.ada, at=NOW)
    with pytest.raises(Refusal, match="no role in this service"):
        away(cast)
    people.switch_off(cast.rosa, by=cast.ada, at=NOW)
    cast.rosa.refresh_from_db()
    with pytest.raises(Refusal, match="switched off"):
        away(cast, stand_in="rosa")


@pytest.mark.parametrize(("starts", "ends"), [(TODAY, MONDAY), (FRIDAY, FRIDAY), (TODAY, FRIDAY + dt.timedelta(9))])
def test_one_stand_in_for_each_day(cast, starts, ends):
    away(cast)
    with pytest.raises(Refusal, match="Omar Farah stands in from 23 November 2026 to 27 November 2026 already"):
        away(cast, stand_in="rosa", starts=starts, ends=ends)


def test_who_is_away_does_not_stand_in(cast):
    away(cast, "rosa", "helen")
    with pytest.raises(Refusal, match="Rosa Diaz is away"):
        away(cast, stand_in="rosa", starts=FRIDAY, ends=FRIDAY)


def test_the_database_refuses_nonsense_too(cast):
    for wrong in ({"stand_in": cast.amira}, {"ends": MONDAY - dt.timedelta(days=1)}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Cover.objects.create(**{
                "person": cast.amira, "stand_in": cast.omar, "starts": MONDAY, "ends": FRIDAY, "named_by": cast.amira,
                "named_at": NOW,
            } | wrong)  # fmt: skip


# ---- a leaver ----


def test_a_leavers_work_shows_as_unowned_at_once(cast, client):
    report = inspection(cast.hfkcw, [(cast.hfkcw, 1)])
    action = plans.add_action(
        follow_up(report, 1), "Audit 50 cases", owner_person=cast.omar, target=read_target_date("June 2027"),
        by=cast.amira, at=NOW,
    )  # fmt: skip
    client.force_login(cast.amira)
    assert "Audit 50 cases" not in client.get("/actions/?owner=none").text
    people.switch_off(cast.omar, by=cast.ada, at=NOW)
    assert Action.objects.get(pk=action.pk).owner is None
    page = client.get("/actions/?owner=none").text
    assert "Audit 50 cases" in page and "Omar Farah (has left)" in page
    client.force_login(cast.ada)
    work = client.get("/").text
    assert "1 action</a> with no owner; 1 of them still names somebody whose account is switched off" in work


# ---- the page ----


def form(stand_in, starts, ends, **more):
    return {"deed": "name", "stand_in": stand_in.pk, "starts": starts, "ends": ends, "key":
            "11111111-7d1d-4d36-9d1f-0a51cf6c6a6f"} | more  # fmt: skip


@pytest.fixture
def today():
    return london_day(timezone.now())


def test_amira_names_omar_who_then_sees_it_on_every_page(cast, client, today):
    client.force_login(cast.amira)
    assert "Nobody stands in for you" in client.get("/cover/").text
    last = today + dt.timedelta(days=5)
    written = f"{last.day} {last:%B %Y}"
    page = client.post("/cover/", form(cast.omar, today.isoformat(), written), follow=True).text
    assert f"Omar Farah stands in until {written}" in page and "They will be told by e-mail" in page
    client.force_login(cast.omar)
    assert f"Standing in for Amira Khan until {last.day} {last:%B}</a>" in client.get("/").text
    client.force_login(cast.amira)
    page = client.post("/cover/", {"deed": "end", "cover": Cover.objects.get().pk}, follow=True).text
    assert "Nobody stands in for you" in page
    client.force_login(cast.omar)
    assert "Standing in for" not in client.get("/").text


def test_who_can_be_chosen(cast, client):
    client.force_login(cast.amira)
    page = client.get("/cover/").text
    for name, offered in [("Omar Farah", True), ("Rosa Diaz", True), ("Helen Marsh", True), ("Ben Hall", False),
                          ("Niall Byrne", False), ("Ivy Clarke", False)]:  # fmt: skip
        assert (f">{name}</option>" in page) is offered, name


def test_what_is_wrong_stands_at_the_form_and_what_was_typed_stays(cast, client, today):
    client.force_login(cast.amira)
    answer = client.post("/cover/", form(cast.omar, "soon", (today - dt.timedelta(days=2)).isoformat()))
    assert answer.status_code == 422
    assert "Enter a date such as 30 November 2026" in answer.text and 'value="soon"' in answer.text
    early = (today - dt.timedelta(days=3)).isoformat()
    answer = client.post("/cover/", form(cast.omar, early, early))
    assert answer.status_code == 422 and "These days are past" in answer.text


def test_somebody_elses_cover_is_not_there(cast, client, today):
    named = Cover.objects.create(
        person=cast.rosa, stand_in=cast.ben, starts=today, ends=today, named_by=cast.rosa, named_at=NOW
    )
    client.force_login(cast.amira)
    assert client.post("/cover/", {"deed": "end", "cover": named.pk}).status_code == 404
    assert client.get(f"/people/{cast.rosa.pk}/cover/").status_code == 403
    client.force_login(cast.ada)
    assert "Ben Hall stands in until" in client.get(f"/people/{cast.rosa.pk}/cover/").text
    client.post(f"/people/{cast.rosa.pk}/cover/", {"deed": "end", "cover": named.pk})
    named.refresh_from_db()
    assert named.ended_at is not None


def test_a_signed_out_page_asks_nobody(client, db, django_assert_num_queries):
    with django_assert_num_queries(0):
        client.get("/accessibility/")
