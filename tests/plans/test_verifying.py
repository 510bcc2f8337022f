"""Omar claims that an action is done; Ivy and Idris look at it. Closed never means "the owner said so"."""

import pytest
from django.db import IntegrityError, transaction

from tests.cast import NOW
from tracker.journal.models import Event
from tracker.people.models import Membership
from tracker.plans import operations, verifying
from tracker.plans.models import Action, Claim, Evidence, Verification
from tracker.refusals import AlreadyMoved, NotAllowed, Refusal


@pytest.fixture
def action(cast, add):
    return add("Allocate every case", "1 March 2027", owner_person=cast.omar)


def fresh(action):
    return Action.objects.select_related("organisation__parent__parent", "owner_person", "owner_post__holder").get(
        pk=action.pk
    )


def claim(action, by, **how):
    action = fresh(action)
    return verifying.claim(
        action, "Every case has a name.", **{"seen_version": action.version, "by": by, "at": NOW} | how
    )


def decide(deed, action, by, judgement="good", reason="The register shows it.", **how):
    action = fresh(action)
    return deed(action, judgement, reason, **{"seen_version": action.version, "by": by, "at": NOW} | how)


def test_claimed_sent_back_claimed_verified(cast, action):
    first = claim(action, cast.omar)
    decide(verifying.send_back, action, cast.ivy, "insufficient", "The register is of June.")
    assert fresh(action).state == "in_progress"
    second = claim(action, cast.omar)
    done = decide(verifying.verify, action, cast.idris)
    assert fresh(action).state == "verified"
    assert (done.claim, done.claimed_by, done.judgement) == (second, cast.omar, "good")
    assert first.verification.outcome == "sent_back"
    assert list(Event.objects.about(action).order_by("pk").values_list("deed", flat=True)) == [
        "action_added", "claimed", "sent_back", "claimed", "verified",
    ]  # fmt: skip


def test_evidence_is_tied_to_the_claim_that_it_proves(cast, action):
    link = Evidence.objects.create(action=action, name="Register", url="https://example.org/r", by=cast.omar, at=NOW)
    made = claim(action, cast.omar, evidence=[link.pk])
    link.refresh_from_db()
    assert link.claim == made
    assert Event.objects.about(action).first().after["evidence"] == "Register"


@pytest.mark.parametrize("name", ["ben", "vera", "ivy", "ada", "rosa", "helen"])
def test_only_the_owner_or_a_lead_claims(cast, action, name):
    with pytest.raises(NotAllowed):
        claim(action, cast.person(name))


def test_a_helper_updates_but_does_not_claim(cast, action):
    nina = operations_helper(cast, action)
    operations.post_update(fresh(action), "I rang them.", confidence="on_track", by=nina, at=NOW)
    with pytest.raises(NotAllowed, match="or the owner of the action can"):
        claim(action, nina)


def operations_helper(cast, action):
    from tests.cast import person

    nina = person("Nina", "Holt", "contributor", cast.hfkcw)
    action.helpers.add(nina)
    return nina


@pytest.mark.parametrize("name", ["amira", "omar", "rosa", "helen", "ada", "vera"])
@pytest.mark.parametrize("deed", [verifying.verify, verifying.send_back])
def test_only_inspectors_decide(cast, action, name, deed):
    claim(action, cast.omar)
    with pytest.raises(NotAllowed):
        decide(deed, action, cast.person(name))


class TestNobodyVerifiesTheirOwnWork:
    """Ivy was seconded to HFKCW last month."""

    def refused(self, cast, action):
        with pytest.raises(NotAllowed, match="you worked on it yourself"):
            decide(verifying.verify, action, cast.person("ivy"))
        decide(verifying.verify, action, cast.idris)

    def test_who_owns_it(self, cast, add):
        action = add("Train all", "1 March 2027", owner_person=cast.ivy)
        claim(action, cast.amira)
        self.refused(cast, action)

    def test_who_claimed_it(self, cast, action):
        Membership.objects.create(user=cast.ivy, role="lead", organisation=cast.hfkcw)
        claim(action, cast.person("ivy"))
        self.refused(cast, action)

    def test_who_helps(self, cast, action):
        action.helpers.add(cast.ivy)
        claim(action, cast.omar)
        self.refused(cast, action)

    def test_who_posted_an_update(self, cast, action):
        Membership.objects.create(user=cast.ivy, role="lead", organisation=cast.hfkcw)
        operations.post_update(fresh(action), "Half.", confidence="on_track", by=cast.person("ivy"), at=NOW)
        claim(action, cast.omar)
        self.refused(cast, action)

    def test_who_added_evidence(self, cast, action):
        Evidence.objects.create(action=action, name="Register", url="https://example.org/r", by=cast.ivy, at=NOW)
        claim(action, cast.omar)
        self.refused(cast, action)

    def test_nor_does_the_database_let_them(self, cast, action):
        made = claim(action, cast.omar)
        with pytest.raises(IntegrityError, match="nobody_verifies_their_own_work"), transaction.atomic():
            Verification.objects.create(
                claim=made, action=action, claimed_by=cast.omar, verified_by=cast.omar, at=NOW, outcome="verified",
                judgement="good",
            )  # fmt: skip


@pytest.mark.parametrize(
    ("deed", "judgement", "reason", "sentence"),
    [
        (verifying.send_back, "insufficient", " ", "Say what is lacking"),
        (verifying.verify, "splendid", "", "Choose how much progress"),
    ],
)
def test_what_a_decision_says(cast, action, deed, judgement, reason, sentence):
    claim(action, cast.omar)
    with pytest.raises(Refusal, match=sentence):
        decide(deed, action, cast.ivy, judgement, reason)
    assert fresh(action).state == "claimed"


@pytest.mark.parametrize("deed", ["post_update", "cancel", "claim", "edit"])
def test_claimed_work_waits(cast, action, deed):
    claim(action, cast.omar)
    row = fresh(action)
    deeds = {
        "post_update": lambda: operations.post_update(row, "More", confidence="on_track", by=cast.omar, at=NOW),
        "cancel": lambda: operations.cancel_action(row, "No", seen_version=row.version, by=cast.amira, at=NOW),
        "claim": lambda: claim(row, cast.amira),
        "edit": lambda: operations.reassign(
            row, owner_person=cast.amira, seen_version=row.version, by=cast.amira, at=NOW
        ),
    }
    with pytest.raises(Refusal, match="while it is claimed, not verified"):
        deeds[deed]()


def test_double_clicks_are_one_deed(cast, action):
    key = "6f1c2a34-1111-4222-8333-444455556666"
    assert claim(action, cast.omar, key=key) == claim(action, cast.omar, key=key)
    version = fresh(action).version
    one = decide(verifying.verify, action, cast.ivy, seen_version=version)
    assert decide(verifying.verify, action, cast.ivy, seen_version=version) == one
    assert (Claim.objects.count(), Verification.objects.count(), Event.objects.about(action).count()) == (1, 1, 3)


@pytest.mark.django_db(transaction=True)
class TestTheSameSecond:
    def test_two_inspectors(self, cast, action, at_once):
        claim(action, cast.omar)
        one, two, ivy, idris = fresh(action), fresh(action), cast.person("ivy"), cast.person("idris")
        results = at_once(
            lambda: verifying.verify(one, "good", seen_version=one.version, by=ivy, at=NOW),
            lambda: verifying.send_back(two, "insufficient", "No.", seen_version=two.version, by=idris, at=NOW),
        )
        lost = [r for r in results if isinstance(r, Refusal)]
        assert len(lost) == 1 and isinstance(lost[0], AlreadyMoved)
        winner = Verification.objects.get()
        assert f"{winner.verified_by.name} changed this at 9:30am" in lost[0].sentence
        assert Event.objects.about(action).count() == 3

    def test_two_owners_claim(self, cast, action, at_once):
        one, two, omar, amira = fresh(action), fresh(action), cast.person("omar"), cast.person("amira")
        results = at_once(
            lambda: verifying.claim(one, "Done.", seen_version=one.version, by=omar, at=NOW),
            lambda: verifying.claim(two, "Done.", seen_version=two.version, by=amira, at=NOW),
        )
        assert len([r for r in results if isinstance(r, AlreadyMoved)]) == 1
        assert Claim.objects.count() == 1
