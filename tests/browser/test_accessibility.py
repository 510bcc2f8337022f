"""Every page by a program that looks for barriers, at two widths; by keyboard; and without JavaScript.

No rule is switched off and no part of a page is left out.
"""

import pytest
from django.urls import reverse

from tests.cast import PASSWORD
from tests.conftest import DESKTOP, PHONE
from tests.sweeps.addresses import ADDRESSES
from tests.sweeps.world import build
from tracker.plans.models import Action, Update

SIZES = {"1280": {"viewport": DESKTOP}, "375": {"viewport": PHONE, "is_mobile": True, "has_touch": True}}
PAGES = [address for address in ADDRESSES if address.html and address.opens != ""]
SIGNED_OUT = [address for address in PAGES if address.signed_out == 200]
# Each page is drawn for its first reader, one with a form for the first who may fill it in; "your work" is another page
# for each kind of reader.
READERS = {who: [] for who in ("amira", "ivy", "ada", "omar", "vera", "rosa", "helen")}
for address in PAGES:
    if address.name == "your_work":
        for pages in READERS.values():
            pages.append(address)
    elif address not in SIGNED_OUT:
        fill_in = [who for who in address.openers if address.mistake is not None and who in address.posts.split()]
        READERS[(fill_in or address.openers)[0]].append(address)

# As somebody who fills in nothing or the last choice, on a page opened before somebody else changed the row.
EMPTY_AND_SEND = """() => {
  const form = [...document.querySelectorAll("main form[method=post]")].find(form => form.noValidate);
  for (const field of form.elements) {
    if (["radio", "checkbox"].includes(field.type)) field.checked = false;
    else if (field.name === "seen") field.value = "0";
    else if (field.name === "rows") field.value = "";
    else if (field.tagName === "SELECT") field.selectedIndex = field.length - 1;
    else if (field.type !== "hidden" && field.type !== "submit") field.value = "";
  }
  form.requestSubmit();
}"""
FOCUS = """() => {
  const style = getComputedStyle(document.activeElement), box = document.activeElement.getBoundingClientRect();
  const marked = style.outlineStyle !== "none" || style.boxShadow !== "none";
  return {text: document.activeElement.textContent.trim(), seen: marked && box.width > 1 && box.bottom > 0,
          href: document.activeElement.getAttribute("href")};
}"""


# Their form comes with what was selected, or once nothing stands in the way; until then they say what it is.
NOTHING_TO_FILL_IN = (
    "bulk_recommendations", "bulk_actions", "carry_forward", "close", "close_not_agreed", "reopen",
    "supersede",
)  # fmt: skip

# Nothing chosen is an answer, too.
MAY_BE_EMPTY = ("link_concerns",)


def has_form(page) -> bool:
    return page.locator("main form[method=post][novalidate]").count() > 0


def barriers(page, axe, name) -> list[str]:
    found = [f"{name}: {violation}" for violation in axe(page)]
    if "Error: " in name and not page.title().startswith("Error: "):
        found.append(f"{name}: the mistakes are not shown")
    width, room = page.evaluate("[document.documentElement.scrollWidth, screen.width]")
    if room == PHONE["width"] and width > room:
        found.append(f"{name}: {width} pixels wide, so it scrolls sideways")
    return found


def barriers_of(page, axe, world, pages) -> list[str]:
    page.expected = [r"status of 4(09|22)"]
    found = []
    for address in pages:
        page.goto(address.url(world))
        found += barriers(page, axe, str(address))
        has_none = str(address) in NOTHING_TO_FILL_IN or address.signed_in == 409
        if address.mistake is not None and has_none is has_form(page):
            found.append(f"{address}: has a form and should not, or should and has none")
        elif address.mistake is not None and has_form(page) and str(address) not in MAY_BE_EMPTY:
            with page.expect_navigation():
                page.evaluate(EMPTY_AND_SEND)
            found += barriers(page, axe, f"Error: {address}")
    return found


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("who", READERS)
def test_no_page_or_form_with_mistakes_has_a_barrier(open_page, live_server, sign_in, axe, who, size):
    world, page = build(), open_page(**SIZES[size])
    sign_in(page, getattr(world.cast, who))
    assert barriers_of(page, axe, world, READERS[who]) == []


@pytest.mark.parametrize("size", SIZES)
def test_no_page_for_strangers_and_no_refusal_has_a_barrier(open_page, live_server, sign_in, axe, size):
    world, page = build(), open_page(**SIZES[size])
    found = barriers_of(page, axe, world, SIGNED_OUT)
    sign_in(page, world.cast.ben)
    page.expected = [r"status of 40[34]"]
    for name, url in {"404": reverse("recommendation", args=[world.first.pk]), "403": reverse("people")}.items():
        page.goto(url)
        found += barriers(page, axe, name)
    assert found == []


def test_the_first_tab_offers_to_skip_to_the_content(open_page, live_server, sign_in):
    world, page = build(), open_page()
    sign_in(page, world.cast.amira)
    page.goto("/recommendations/")
    page.keyboard.press("Tab")
    assert page.evaluate(FOCUS) == {"text": "Skip to main content", "seen": True, "href": "#main-content"}
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")


@pytest.mark.parametrize("url", ["/", "/recommendations/", "/actions/{}/"])
def test_where_the_keyboard_is_can_always_be_seen(open_page, live_server, sign_in, url):
    world, page = build(), open_page()
    sign_in(page, world.cast.amira)
    page.goto(url.format(world.action.pk))
    unseen, stops = [], 0
    while stops < 80:
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement === document.body"):
            break
        stops += 1
        focus = page.evaluate(FOCUS)
        if not focus["seen"]:
            unseen.append(focus)
    assert stops > 10
    assert unseen == []


def test_without_javascript_one_signs_in_filters_and_posts_an_update(open_page, live_server):
    world, page = build(), open_page(java_script_enabled=False)
    page.goto("/recommendations/")
    page.get_by_label("Email address").fill(world.cast.amira.email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    assert page.url.endswith("/recommendations/"), "after signing in one is where one wanted to go"

    page.get_by_label("Status").select_option("Awaiting response")
    page.get_by_label("Organisation", exact=True).select_option("HFKCW")
    page.get_by_role("button", name="Apply filters").click()
    assert page.locator("h1").inner_text() == "2 recommendations to HFKCW, awaiting response"
    page.get_by_role("link", name="Clear filters").click()
    assert "awaiting" not in page.locator("h1").inner_text()

    page.goto("/")
    page.get_by_role("link", name="Update Countersign every plan").click()
    page.get_by_label("What has been done?").fill("41 of 46 plans were countersigned.")
    page.get_by_label("At risk").check()
    page.get_by_role("button", name="Save update").click()
    assert "Update saved: at risk" in page.get_by_role("alert").inner_text()
    said = Update.objects.get(action=Action.objects.get(what="Countersign every plan"))
    assert (said.done, said.by) == ("41 of 46 plans were countersigned.", world.cast.amira)
