"""The whole life of recommendations, by the people who live it, in a real browser: from the answers to the close."""

import re

import pytest
from django.utils import timezone

from tests.cast import assemble, follow_up, inspection, person, post
from tracker.journal.models import Event, Notice
from tracker.plans.models import Action, ActionPlan, FollowUp
from tracker.reminders import delivery

pytestmark = pytest.mark.both_databases

FIRST, SECOND, THIRD = "1 March 2099", "1 April 2099", "1 May 2099"
PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


@pytest.fixture
def cast(transactional_db):
    cast = assemble()
    post(cast.hmpps, "Chief executive", cast.helen, head=True)
    return cast


@pytest.fixture
def report(cast):
    addressees = [(cast.hfkcw, 8), (cast.london, 4), (cast.hmpps, 2)]
    return inspection(cast.hfkcw, addressees, published=timezone.localdate())


@pytest.fixture
def window(open_page, sign_in):
    """`window(cast.amira)`: a browser window in which that person is signed in."""

    def window(who):
        page = open_page()
        sign_in(page, who)
        return page

    return window


def heading(page) -> str:
    return page.locator("h1").inner_text()


def said(page) -> str:
    """The banner after a deed."""
    return page.get_by_role("alert").first.inner_text()


def press(page, name):
    page.get_by_role("button", name=name, exact=True).click()


def open_row(page, row):
    page.goto(f"/{'recommendations' if isinstance(row, FollowUp) else 'actions'}/{row.pk}/")


def answer_and_plan(page, row, owner, what="Do what it asks"):
    """Answer one recommendation and add an action to it."""
    page.goto(f"/recommendations/{row.pk}/answer/")
    page.get_by_label("Agreed", exact=True).check()
    page.get_by_label("What will be done, how and by when?").fill("By training everyone.")
    page.locator("main form").get_by_role("button").first.click()
    assert "Saved: agreed" in said(page)
    page.goto(f"/recommendations/{row.pk}/actions/new/")
    page.get_by_label("What will be done?").fill(what)
    page.get_by_label("Who owns it?").select_option(f"person-{owner.pk}")
    page.get_by_label("By when?").fill(FIRST)
    press(page, "Add this action")
    assert "Added to recommendation" in said(page)


def plan_page(page, report, place):
    page.goto(f"/plans/{ActionPlan.objects.get(inspection=report, organisation=place).pk}/")


def submit_plan(page, report, place):
    plan_page(page, report, place)
    press(page, "Submit for sign-off")
    assert ActionPlan.objects.get(inspection=report, organisation=place).state == "submitted"


def test_from_the_answers_to_the_close(cast, report, window):
    amira, rosa, helen = window(cast.amira), window(cast.rosa), window(cast.helen)
    numbers = {amira: range(1, 9), rosa: range(9, 13), helen: range(13, 15)}
    owners = {amira: cast.amira, rosa: cast.rosa, helen: cast.helen}

    # The head of HFKCW answers the eight; before the last the page says what is missing
    allocate = "Allocate every case to a named practitioner"
    for number in numbers[amira]:
        if number == 8:
            plan_page(amira, report, cast.hfkcw)
            assert heading(amira).endswith("7 of 8 ready to submit")
            assert amira.get_by_role("button", name="Submit for sign-off").count() == 0
            amira.get_by_role("link", name=re.compile("Recommendation 8 has no response")).click()
            assert amira.url.endswith(f"/recommendations/{follow_up(report, 8).pk}/answer/")
        owner = cast.omar if number == 1 else cast.amira
        answer_and_plan(amira, follow_up(report, number), owner, allocate if number == 1 else "Do what it asks")

    # The London director four, HMPPS two; each submits their own
    for window_of, place in ((rosa, cast.london), (helen, cast.hmpps)):
        for number in numbers[window_of]:
            answer_and_plan(window_of, follow_up(report, number), owners[window_of])
        submit_plan(window_of, report, place)
    submit_plan(amira, report, cast.hfkcw)

    # The Regional Probation Director sends HFKCW's back, then signs it off
    rosa.goto("/")
    rosa.get_by_role("heading", name="Waiting for your decision", exact=True).wait_for()
    plan_page(rosa, report, cast.hfkcw)
    rosa.get_by_label("Comments").fill("Say how recommendation 1 is measured.")
    press(rosa, "Send back")
    amira.goto("/")
    amira.get_by_role("heading", name="Sent back to you", exact=True).wait_for()
    plan_page(amira, report, cast.hfkcw)
    assert "Say how recommendation 1 is measured." in amira.locator("main").inner_text()
    submit_plan(amira, report, cast.hfkcw)
    plan_page(rosa, report, cast.hfkcw)
    press(rosa, "Sign off")
    assert ActionPlan.objects.get(inspection=report, organisation=cast.hfkcw).state == "signed_off"

    # The date of one action moves twice, each time asked for and agreed by the level above
    action = Action.objects.get(what=allocate)
    for date in (SECOND, THIRD):
        open_row(amira, action)
        amira.get_by_role("link", name="Ask for another date").click()
        amira.get_by_label("Which date do you ask for?").fill(date)
        amira.get_by_label("Why does the date have to move?").fill("Two officers have left.")
        press(amira, "Ask for this date")
        open_row(rosa, action)
        rosa.get_by_role("link", name="Decide on this date").click()
        rosa.get_by_label("Agree: the date moves now").check()
        press(rosa, "Save decision")
    open_row(amira, action)
    assert "moved twice, 61 days after the first date" in amira.locator("main").inner_text().lower()

    # An officer updates with evidence and claims; the inspector sends back, then verifies
    omar, ivy = window(cast.omar), window(cast.ivy)
    omar.goto("/")
    omar.get_by_role("link", name=allocate).first.click()
    omar.get_by_label("What has been done?").fill("All but twelve cases have a name.")
    omar.get_by_label("On track").check()
    press(omar, "Save update")
    assert "Update saved: on track" in said(omar)
    omar.get_by_role("link", name="Add evidence").or_(omar.get_by_role("button", name="Add evidence")).first.click()
    omar.get_by_label("Choose a file").or_(omar.locator("input[type=file]")).first.set_input_files(
        {"name": "Register.pdf", "mimeType": "application/pdf", "buffer": PDF}
    )
    press(omar, "Add evidence")
    for judgement, reason in (("Insufficient progress", "Twelve cases still have no name."), ("Good progress", "")):
        open_row(omar, action)
        omar.get_by_role("button", name="Claim completion").click()
        omar.get_by_label("What was done, and how can it be seen?").fill("The register shows it.")
        if omar.get_by_label(re.compile("Register.pdf")).count():
            omar.get_by_label(re.compile("Register.pdf")).check()
        press(omar, "Claim completion")
        assert Action.objects.get(pk=action.pk).state == "claimed"
        ivy.goto("/")
        assert heading(ivy).startswith("1 claim waits for verification")
        ivy.goto("/verify/")
        ivy.get_by_role("link", name=allocate).first.click()
        assert "Register.pdf" in ivy.locator("main").inner_text()
        ivy.get_by_label("Send back" if reason else "Verified", exact=True).check()
        ivy.get_by_label(judgement, exact=True).check()
        if reason:
            ivy.get_by_label("Why?").fill(reason)
        press(ivy, "Save and go to the next")
    assert Action.objects.get(pk=action.pk).state == "verified"

    # The recommendation closes
    row = follow_up(report, 1)
    open_row(ivy, row)
    ivy.get_by_role("button", name="Close as implemented").click()
    press(ivy, "Close as implemented")
    assert follow_up(report, 1).state == "implemented"

    # The timeline tells the story in order, newest first
    open_row(amira, row)
    amira.goto(f"/recommendations/{row.pk}/timeline/")
    told = amira.locator(".moj-timeline__title").all_inner_texts()
    assert told[::-1] == [
        "Action plan opened", "Recommendation opened", "Answered: Agreed", "Action added",
        "Action plan sent for sign-off", "Action plan sent back", "Action plan sent for sign-off",
        "Action plan signed off",
        "Another date asked for", "Another date agreed", "Another date asked for", "Another date agreed",
        "Update posted", "Evidence added", "Completion claimed", "Sent back", "Completion claimed", "Verified",
        "Closed: implemented",
    ]  # fmt: skip
    plan = ActionPlan.objects.get(inspection=report, organisation=cast.hfkcw)
    assert Event.objects.about(row, action, plan).count() == len(told)

    # Whoever has to know is told what is still so, once; what was overtaken meanwhile is not said any more
    outcome = delivery.deliver(timezone.now, at_once=True)
    assert outcome.sent and not (outcome.failed or outcome.broken or outcome.held or outcome.stopped)

    def notices(state):
        return set(Notice.objects.filter(state=state).values_list("recipient", "kind"))

    assert {(cast.omar.pk, "verified"), (cast.amira.pk, "plan_signed_off")} <= notices("sent")
    overtaken = {(cast.omar.pk, "sent_back"), (cast.amira.pk, "plan_sent_back"), (cast.rosa.pk, "plan_submitted")}
    assert overtaken <= notices("superseded") - notices("sent")


def test_a_second_person_editing_in_another_window_loses_nothing(cast, report, window):
    from tracker.people.models import Membership

    noor = person("Noor", "Aziz", "lead", cast.hfkcw)
    assert Membership.objects.filter(user=noor).exists()
    first, second = window(cast.amira), window(noor)
    path = f"/recommendations/{follow_up(report, 1).pk}/answer/"
    for page, text in ((first, "By hiring two officers."), (second, "By training everyone we have.")):
        page.goto(path)
        page.get_by_label("Agreed", exact=True).check()
        page.get_by_label("What will be done, how and by when?").fill(text)
    first.locator("main form").get_by_role("button").first.click()
    assert "Saved: agreed" in said(first)

    second.expected = [r"status of 409"]
    second.locator("main form").get_by_role("button").first.click()
    shown = second.locator("main").inner_text()
    assert "Amira Khan changed this" in shown
    assert "By hiring two officers." in shown or "hiring two officers" in shown
    assert second.get_by_label("What will be done, how and by when?").input_value() == "By training everyone we have."
    assert follow_up(report, 1).response_text == "By hiring two officers."
    press(second, "Keep mine")
    assert follow_up(report, 1).response_text == "By training everyone we have."
    assert Event.objects.about(follow_up(report, 1)).filter(deed="answered").count() == 2
