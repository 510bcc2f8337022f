"""Omar claims that an action is done; Ivy sends it back and says why, and the second time verifies it."""

import datetime as dt
import uuid

import pytest
from django.utils import timezone

from tests.cast import NOW, follow_up, inspection
from tests.plans.test_pages import heading, in_days, said
from tracker.people.models import Membership
from tracker.plans import evidence as proofs
from tracker.plans import operations, verifying
from tracker.plans.models import Action, Claim, Evidence, Verification
from tracker.plans.rules import read_target_date


@pytest.fixture
def action(cast, add):
    return add("Allocate every case", in_days(30), owner_person=cast.omar)


def fresh(action):
    return Action.objects.get(pk=action.pk)


def claim_form(action, **given):
    return {"key": uuid.uuid4(), "seen": fresh(action).version, "comment": "Every case has a name."} | given


def decision(action, **given):
    verified = {"outcome": "verified", "judgement": "good", "reason": "The register shows it."}
    return {"key": uuid.uuid4(), "seen": fresh(action).version} | verified | given


def claim(action, by, days_ago=0, comment="Done."):
    at = timezone.now() - dt.timedelta(days=days_ago)
    return verifying.claim(fresh(action), comment, seen_version=fresh(action).version, by=by, at=at)


def link(action, by, name="Register"):
    return Evidence.objects.create(action=action, name=name, url=f"https://x.example/{name}", by=by, at=NOW)


def test_claimed_sent_back_claimed_again_verified(cast, action, signed_in):
    omar, ivy = signed_in(cast.omar), signed_in(cast.ivy)
    path = f"/actions/{action.pk}/"
    register = link(action, cast.omar)
    assert "Register, added by Omar Farah" in said(omar.get(f"{path}claim/"))
    page = omar.post(f"{path}claim/", claim_form(action, evidence=[register.pk]), follow=True)
    assert "Completion claimed: “Allocate every case”. It is now in the queue of the inspectors." in said(page)
    assert "Save update" not in said(page) and "Claim completion" not in said(page)

    assert "Verify or send back" in said(ivy.get(path))
    page = said(ivy.get(f"{path}verify/"))
    for words in (
        "Every case has a name.",
        "Proves the claim by Omar Farah",
        "improve matter 1 in HFKCW",
        "since today",
    ):
        assert words in page
    back = decision(action, outcome="sent_back", judgement="insufficient", reason="The register is of June.")
    page = ivy.post(f"{path}verify/", back, follow=True)
    assert "Sent back: “Allocate every case”. Omar Farah will be told by e-mail." in said(page)
    assert heading(page) == "No claim waits for verification"

    page = said(omar.get(path))
    assert "The register is of June." in page and "Sent back" in page and "Insufficient progress" in page
    page = said(omar.get(f"{path}claim/"))
    assert "Ivy Clarke sent it back" in page and "No evidence waits to prove it." in page
    omar.post(f"{path}claim/", claim_form(action, comment="The register is of November."))
    page = said(ivy.get(f"{path}verify/"))
    assert page.index("The register is of November.") < page.index("Earlier judgements") < page.index("is of June.")
    page = ivy.post(f"{path}verify/", decision(action), follow=True)
    assert "Verified: “Allocate every case”." in said(page)
    page = said(omar.get(path))
    assert fresh(action).state == "verified" and "Good progress." in page and "Insufficient progress." in page


class TestClaiming:
    def test_a_double_click_is_one_claim(self, cast, action, signed_in):
        omar, given = signed_in(cast.omar), claim_form(action)
        for _ in range(2):
            assert omar.post(f"/actions/{action.pk}/claim/", given).status_code == 302
        assert Claim.objects.count() == 1

    def test_without_a_comment_it_is_said_beside_it(self, cast, action, signed_in):
        page = signed_in(cast.omar).post(f"/actions/{action.pk}/claim/", claim_form(action, comment=" "))
        assert page.status_code == 422 and "Say what was done and how it can be seen" in said(page)

    def test_somebody_was_first_and_what_was_typed_stays(self, cast, action, signed_in):
        given = claim_form(action, comment="Typed with care.")
        operations.reassign(action, owner_post=cast.head_of_hfkcw, seen_version=1, by=cast.amira, at=NOW)
        page = signed_in(cast.amira).post(f"/actions/{action.pk}/claim/", given)
        assert page.status_code == 409 and "Amira Khan changed this" in said(page) and "Typed with care." in said(page)
        assert not Claim.objects.exists()

    def test_evidence_of_elsewhere_or_of_an_earlier_claim_cannot_be_ticked(self, cast, add, action, signed_in):
        other = link(add("Train all"), cast.omar, "Plan")
        page = signed_in(cast.omar).post(f"/actions/{action.pk}/claim/", claim_form(action, evidence=[other.pk]))
        assert page.status_code == 422 and not Claim.objects.exists()

    def test_who_may_not(self, cast, action, signed_in):
        for who in (cast.rosa, cast.helen, cast.ivy, cast.ada):
            client = signed_in(who)
            assert client.get(f"/actions/{action.pk}/claim/").status_code == 403
            assert client.post(f"/actions/{action.pk}/claim/", claim_form(action)).status_code == 403
            assert "Claim completion" not in said(client.get(f"/actions/{action.pk}/"))


class TestVerifying:
    def test_a_double_click_is_one_decision(self, cast, action, signed_in):
        claim(action, cast.omar)
        ivy, given = signed_in(cast.ivy), decision(action)
        for _ in range(2):
            assert ivy.post(f"/actions/{action.pk}/verify/", given).status_code == 302
        assert Verification.objects.count() == 1

    def test_two_inspectors(self, cast, action, signed_in):
        claim(action, cast.omar)
        given = decision(action, outcome="sent_back", judgement="insufficient", reason="Typed with care.")
        signed_in(cast.idris).post(f"/actions/{action.pk}/verify/", decision(action))
        page = signed_in(cast.ivy).post(f"/actions/{action.pk}/verify/", given)
        assert page.status_code == 409
        assert "while it is verified" in said(page) and "Typed with care." in said(page)
        assert Verification.objects.get().outcome == "verified"

    def test_sending_back_needs_a_reason_and_keeps_what_was_chosen(self, cast, action, signed_in):
        claim(action, cast.omar)
        given = decision(action, outcome="sent_back", judgement="no_meaningful", reason=" ")
        page = signed_in(cast.ivy).post(f"/actions/{action.pk}/verify/", given)
        assert page.status_code == 422 and "Say what is lacking" in said(page)
        assert 'value="no_meaningful" checked' in said(page)

    def test_only_inspectors(self, cast, action, signed_in):
        claim(action, cast.omar)
        for who in (cast.amira, cast.omar, cast.rosa, cast.helen, cast.ada):
            client = signed_in(who)
            assert client.get(f"/actions/{action.pk}/verify/").status_code == 403
            assert client.post(f"/actions/{action.pk}/verify/", decision(action)).status_code == 403

    def test_nobody_is_offered_their_own_work(self, cast, action, add, signed_in):
        Membership.objects.create(user=cast.ivy, role="lead", organisation=cast.hfkcw)
        operations.post_update(action, "Half.", confidence="on_track", by=cast.person("ivy"), at=NOW)
        claim(action, cast.omar)
        other = add("Train all", owner_person=cast.omar)
        claim(other, cast.omar)
        page = said(signed_in(cast.ivy).get(f"/actions/{action.pk}/verify/"))
        assert "you worked on it yourself" in page and "What do you decide?" not in page
        assert f'href="/actions/{other.pk}/verify/"' in page  # the next
        assert signed_in(cast.ivy).post(f"/actions/{action.pk}/verify/", decision(action)).status_code == 403

    def test_what_is_not_claimed_says_so(self, cast, action, signed_in):
        page = signed_in(cast.ivy).get(f"/actions/{action.pk}/verify/")
        assert page.status_code == 409 and "while it is not started" in said(page)


class TestTheQueue:
    @pytest.fixture
    def claims(self, cast, add, report):
        """Three of HFKCW, the oldest for 18 days, and one of Eastvale in Northmoor."""
        ages = {"Train all": 3, "Allocate every case": 18, "Recruit two": 0}
        made = {}
        for what, days in ages.items():
            made[what] = add(what, in_days(30), owner_person=cast.omar)
            claim(made[what], cast.omar, days)
        row = follow_up(inspection(cast.eastvale, [(cast.eastvale, 1)]), 1)
        made["Open an office"] = operations.add_action(
            row, "Open an office", target=read_target_date(in_days(9)), by=self.head_of_eastvale(cast), at=NOW
        )
        claim(made["Open an office"], self.head_of_eastvale(cast), 7)
        return made

    @staticmethod
    def head_of_eastvale(cast):
        from tests.cast import person
        from tracker.people.models import User

        return User.objects.filter(first_name="Nora").first() or person("Nora", "Eden", "lead", cast.eastvale)

    def test_how_many_and_for_how_long_oldest_first(self, cast, claims, signed_in):
        page = signed_in(cast.ivy).get("/verify/")
        assert heading(page) == "4 claims wait for verification, the oldest for 18 days"
        text = said(page)
        assert text.index("Allocate every case") < text.index("Open an office") < text.index("Train all")
        assert "HFKCW, London. Claimed by Omar Farah: Done." in text and "For 18 days" in text
        newest = said(signed_in(cast.ivy).get("/verify/?sort=newest"))
        assert newest.index("Recruit two") < newest.index("Train all")

    def test_by_region_and_on_to_the_next_there(self, cast, claims, signed_in):
        ivy = signed_in(cast.ivy)
        page = ivy.get("/verify/?region=northmoor")
        assert heading(page) == "1 claim waits for verification in Northmoor, for 7 days"
        assert "Train all" not in said(page)
        first = claims["Allocate every case"]
        page = ivy.post(f"/actions/{first.pk}/verify/?region=london", decision(first), follow=True)
        # Eastvale's has waited longer, but it is not in London.
        assert heading(page) == "Train all" and "Verified: “Allocate every case”" in said(page)
        last = claims["Recruit two"]
        page = ivy.post(f"/actions/{last.pk}/verify/", decision(last), follow=True)
        assert heading(page) == "Open an office"  # after the newest the oldest

    def test_an_empty_one_says_so(self, cast, report, signed_in):
        page = signed_in(cast.ivy).get("/verify/")
        assert heading(page) == "No claim waits for verification"
        assert "When an owner claims that an action is done, it is here." in said(page)
        page = signed_in(cast.ivy).get("/verify/?region=london")
        assert heading(page) == "No claim waits for verification in London" and "all regions" in said(page)

    def test_only_inspectors(self, cast, claims, signed_in):
        for who in (cast.amira, cast.omar, cast.rosa, cast.helen, cast.vera, cast.ada):
            assert signed_in(who).get("/verify/").status_code == 403

    @pytest.mark.parametrize("ask", ["after=nonsense", "before=~1", "sort=mars", "region=mars"])
    def test_an_address_that_makes_no_sense_is_no_fault(self, cast, claims, signed_in, ask):
        assert signed_in(cast.ivy).get(f"/verify/?{ask}").status_code == 200


@pytest.mark.parametrize("number", [2, 40])
def test_the_pages_have_a_budget(cast, add, action, signed_in, django_assert_max_num_queries, number):
    for n in range(number):
        other = add(f"Step {n}", owner_person=cast.omar)
        claim(other, cast.omar, n)
        claim(action, cast.omar)
        verifying.send_back(
            fresh(action), "insufficient", "No.", seen_version=fresh(action).version, by=cast.ivy, at=NOW
        )
        link(action, cast.omar, f"R{n}")
        operations.post_update(action, f"Week {n}", confidence="on_track", by=cast.omar, at=NOW)
    claim(action, cast.omar)
    assert len(proofs.evidence_of(action)) == number
    ivy = signed_in(cast.ivy)
    for path, budget in (("/verify/", 8), ("/verify/?region=london", 8), (f"/actions/{action.pk}/verify/", 12)):
        with django_assert_max_num_queries(budget):
            assert ivy.get(path).status_code == 200
