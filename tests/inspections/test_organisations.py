"""Recognising a place however it is written, and bringing a list of places in."""

import datetime as dt

import pytest

from inspections import organisations, reference
from inspections.models import Framework, Organisation
from inspections.organisations import Directory, Known, free_slug, plan, read_csv

HMPPS, LONDON, HUMBER, HFKCW, LEEDS, WALES, NORTH_WALES = range(1, 8)
PLACES = Directory(
    [
        Known(HMPPS, "hmpps", ("HM Prison and Probation Service", "HMPPS", "The Probation Service")),
        Known(LONDON, "region", ("London",), "N07", HMPPS),
        Known(HUMBER, "region", ("Yorkshire and the Humber",), "N55", HMPPS),
        Known(HFKCW, "pdu", ("Hammersmith, Fulham, Kensington, Chelsea and Westminster", "HFKCW"), "LDNNHAK", LONDON),
        Known(LEEDS, "pdu", ("Leeds",), "N55LEE", HUMBER),
        Known(WALES, "region", ("Wales",), "N03", HMPPS),
        Known(NORTH_WALES, "pdu", ("North Wales (Gwynedd, Flintshire)", "North Wales"), "WPTNWS", WALES),
    ]
)


@pytest.mark.parametrize(
    ("name", "level", "expected"),
    [
        ("HFKCW", "pdu", HFKCW),
        ("hfkcw PDU", "pdu", HFKCW),
        ("Hammersmith, Fulham, Kensington, Chelsea, and Westminster", "pdu", HFKCW),
        ("Hammersmith, Fulham, Kensington, Chelsea & Westminster PDU", None, HFKCW),
        ("HAMMERSMITH,  FULHAM , KENSINGTON, CHELSEA AND WESTMINSTER", None, HFKCW),
        ("Leeds Probation Delivery Unit", "pdu", LEEDS),
        ("London region", "region", LONDON),
        ("The London region", None, LONDON),
        ("Yorkshire & the Humber", "region", HUMBER),
        ("HM Prison and Probation Service (HMPPS)", "hmpps", HMPPS),
        ("The Probation Service", "hmpps", HMPPS),
        ("North Wales", "pdu", NORTH_WALES),
        ("North Wales (as it was then)", "pdu", NORTH_WALES),
        ("London", "pdu", None),  # of another level
        ("Kestrel Vale", "pdu", None),
        ("", None, None),
        ("PDU", "pdu", None),
    ],
)
def test_a_place_is_recognised_however_it_is_written(name, level, expected):
    found = PLACES.match(name, level)
    assert (found.pk if found else None) == expected


def test_what_could_be_two_places_is_neither_unless_its_region_or_age_tells():
    twice = Directory([Known(1, "pdu", ("Newtown",), parent=8), Known(2, "pdu", ("Newtown",), parent=9)])
    assert twice.match("Newtown", "pdu") is None
    assert twice.match("Newtown", "pdu", 9).pk == 2
    ended = Directory([Known(1, "pdu", ("Newtown",), valid_to=dt.date(2024, 1, 1)), Known(2, "pdu", ("Newtown",))])
    assert ended.match("Newtown", "pdu").pk == 2


@pytest.mark.parametrize("name", ["South Tyneside and Gateshead", "Gateshead and South Tynside"])
def test_a_name_in_another_order_or_with_a_slip_is_offered(name):
    near = Directory([Known(1, "pdu", ("Gateshead and South Tyneside",)), Known(2, "pdu", ("Leeds",))])
    assert near.match(name) is None
    assert [p.pk for p in near.near(name, "pdu")] == [1]


# --- CSV ---

HEADER = "region,region_code,pdu,pdu_code\n"


def planned(text, directory=PLACES):
    rows, faults = read_csv(text.encode())
    found = plan(rows, directory)
    return found, [*faults, *found.faults]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "Row 1, region: the header has no column region."),
        ("region,code\nLondon,1\n", "Row 1, pdu: the header has no column pdu."),
        ("region,pdu,pdu\nLondon,a,b\n", "Row 1, pdu: the header has the column pdu more than once."),
        (HEADER, "Row 1: there is nothing below the header."),
        (HEADER + "London,N07,,X1\n", "Row 2, pdu: this is empty."),
        (HEADER + "London,N07,Brent,X1\n,,Ealing,X2\n", "Row 3, region: this is empty."),
        (HEADER + f"London,N07,{'x' * 201},X1\n", "Row 2, pdu: this has more than 200 characters."),
        (HEADER + "London,N07,Brent,X1\n\nLondon,N07,Ealing,X1\n", "Row 4, pdu_code: the code X1 is already"),
        (HEADER + "London,N07,Brent,X1\nLondon,N07,brent,X2\n", "Row 3, pdu: brent is already in row 2."),
        (HEADER + "London,N07,Leeds,N55LEE\nLondon,N07,Brent,N55LEE\n", "Row 3, pdu_code: the code N55LEE is already"),
        (HEADER + "London,N07,HFKCW,N55LEE\n", "Row 2, pdu_code: the code N55LEE is that of Leeds, not of Hammersmith"),
        (HEADER + "London,N07,HFKCW,OTHER\n", "Row 2, pdu_code: Hammersmith, Fulham, Kensington"),
        (HEADER + "London,N07,Brent,N55\n", "Row 2, pdu_code: the code N55 is that of Yorkshire and the Humber"),
        (HEADER + "London,N07,Brent,X1\nLondon,N08,Ealing,X2\n", "Row 3, region_code: London has the code N07"),
        (HEADER + "London,N07,HFKCW,\nLondon,N07,HFKCW PDU,\n", "Row 3, pdu: HFKCW PDU is the same place"),
        (HEADER + "London,N07,Brent,X1,more\n", "Row 2: there are 5 cells, and 4 columns."),
        ("region,pdu,valid_from\nLondon,Brent,1.4.2025\n", "Row 2, valid_from: 1.4.2025 is not a date."),
        ("region,pdu,valid_from,valid_to\nLondon,Brent,2025-04-01,2024-04-01\n", "Row 2, valid_to: this is before"),
    ],
)  # fmt: skip
def test_errors_name_row_and_column(text, expected):
    _, faults = planned(text)
    assert str(faults[0]).startswith(expected)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("region,pdu\nLondon,Brént\n".encode("latin-1"), "Row 2: the file is not in UTF-8."),
        (b"PK\0\3", "Row 1: this is not a CSV file."),
        (b'region,pdu\nLondon,"Brent\n', "Row 2: this is not a CSV line"),
    ],
)
def test_what_is_no_csv_file_is_said_to_be_none(data, expected):
    rows, faults = read_csv(data)
    assert rows == [] and str(faults[0]).startswith(expected)


def test_the_plan_says_what_is_new_what_changes_and_what_stays():
    text = (
        HEADER + '"London",N07,"Hammersmith, Fulham, Kensington, Chelsea & Westminster",LDNNHAK\n'
        'London,N07,"Barnet (with Harrow)",LDNBEB\nYorkshire & The Humber,N55,Leeds City,N55LEE\n'
    )
    found, faults = planned("\ufeff" + text)
    assert not faults
    assert [(p.name, p.aliases) for p in found.new] == [("Barnet", ("Barnet (with Harrow)",))]
    assert [(c.name, c.after) for c in found.changed] == [("Leeds", {"name": "Leeds City"})]
    assert found.same == 3


def test_applying_twice_changes_nothing_the_second_time(db):
    reference.load()
    rows, _ = read_csv(
        (HEADER + "London,N07,Lambeth & Southwark,LDNLAW\nNorthmoor,N99,Eastvale (East and Vale),E1\n").encode()
    )
    assert len(organisations.apply(plan(rows, organisations.load()))) == 3
    lambeth = Organisation.objects.get(code="LDNLAW")
    assert (lambeth.name, lambeth.slug) == ("Lambeth & Southwark", "lambeth")
    assert organisations.match("Lambeth PDU", "pdu") == lambeth  # the old name still leads there
    eastvale = Organisation.objects.select_related("parent__parent").get(code="E1")
    assert [eastvale.name, eastvale.parent.name, eastvale.parent.parent.short_name] == [
        "Eastvale",
        "Northmoor",
        "HMPPS",
    ]
    again = plan(rows, organisations.load())
    assert (again.new, again.changed, again.same) == ((), (), 4)


# --- What the repository ships ---


def test_the_reference_data_are_loaded_once_and_never_overwrite(db):
    reference.load()
    assert Organisation.objects.filter(level="region").count() == 12
    assert Organisation.objects.get(short_name="HFKCW").slug == "hfkcw"
    standards = Framework.objects.get(code="pdu-2021").standards
    assert list(standards.filter(rated=False).values_list("number", flat=True)) == ["2.6"]
    Organisation.objects.filter(slug="lambeth").update(name="Lambeth North")
    assert reference.load() == {"organisations": 0, "frameworks": 0}
    assert Organisation.objects.get(slug="lambeth").name == "Lambeth North"


def test_slugs_are_short_and_never_taken_twice(cast):
    assert free_slug("Ealing & Hillingdon") == "ealing-and-hillingdon"
    assert free_slug("Hammersmith and others", "HXY") == "hxy"
    assert free_slug("Lambeth", level="pdu") == "lambeth-pdu"
    organisations.add("pdu", "lambeth-pdu", parent=cast.northmoor)
    assert free_slug("Lambeth", level="pdu") == "lambeth-2"
    assert free_slug("伦敦") == "organisation"


def test_adding_a_known_place_gives_that_one(cast):
    assert organisations.add("pdu", "Lambeth PDU", parent=cast.london) == cast.lambeth
    with pytest.raises(organisations.Unusable):
        organisations.add("pdu", "Nowhere", parent=cast.hmpps)
