"""A place by what people write for it."""

import string
import time
from random import Random

import pytest

from reference.area import gazetteer
from reference.place_names import place_names

FIRST = [
    ("Bristol", "E06000023"), ("City of Bristol", "E06000023"), ("Hull", "E06000010"), ("Durham", "E06000047"),
    ("Kingston upon Hull", "E06000010"), ("kings lynn", "E07000146"), ("King's Lynn", "E07000146"),
    ("St Helens", "E08000013"), ("St. Helens", "E08000013"), ("Rhondda", "W06000016"), ("MANCHESTER", "E08000003"),
    ("Manchestr", "E08000003"), ("Brstol", "E06000023"), ("Wolverhamton", "E08000031"), ("London", "E12000007"),
    ("City of London", "E09000001"), ("Western Isles", "S12000013"), ("UK", "K02000001"), ("Wolverhamp", "E08000031"),
    ("Kensington", "E09000020"), ("Hereford", "E06000019"), ("Edinburgh", "S12000036"), ("Ynys Môn", "W06000001"),
    ("E0800003", "E08000003"), ("e08000003", "E08000003"), ("E08 000 003", "E08000003"), (" E08000003 ", "E08000003"),
    ("EO8000003", "E08000003"), ("E080000003", "E08000003"), ("E0600023", "E06000023"),
    ("Carlisle", "E06000063"), ("carlisel", "E06000063"), ("Scarborough", "E06000065"), ("Corby", "E06000061"),
    ("Taunton Deane", "E06000066"), ("Bournemouth", "E06000058"), ("Strabane", "N09000005"),
    ("E07000028", "E06000063"), ("E06000048", "E06000057"), ("E07000097", "E07000242"), ("e07000100", "E07000240"),
    ("E08000038", "E08000016"), ("E08000039", "E08000019"), ("E07000190", "E06000066"), ("E07000157", "E06000057"),
    ("E10000006", "E06000063"), ("E10000023", "E06000065"), ("E47000011", "E47000014"), ("S12000046", "S12000049"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "code"), FIRST)
def test_what_is_written_leads_to_the_place(text: str, code: str) -> None:
    assert place_names().near(text).areas[0].code == code


@pytest.mark.parametrize(
    "text", ["E06999999", "E99999999", "xyzzy", "", "qwertyuiop", "é\x00", "123456789", "E0", "..."]
)
def test_what_means_nothing_suggests_nothing(text: str) -> None:
    assert place_names().near(text) == ((), "")


def test_a_name_that_several_places_have_names_them_all() -> None:
    assert {area.code for area in place_names().near("Newcastle").areas} == {"E08000021", "E07000195"}
    assert len(place_names().near("E1200000").areas) == 9


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("E07000028", "Carlisle became part of Cumberland (E06000063) in April 2023"),
        ("Carlisle", "Carlisle became part of Cumberland (E06000063) in April 2023"),
        ("E06000048", "Northumberland has had the code E06000057 since April 2013"),
        ("E07000097", "East Hertfordshire has had the code E07000242 since April 2013"),
        ("E08000038", "it has been the code of Barnsley since April 2025"),
        ("E07000190", "Taunton Deane became part of Somerset West and Taunton (E07000246) in April 2019, which "
         "became part of Somerset (E06000066) in April 2023"),
        ("E10000006", "Cumbria was replaced by Cumberland (E06000063) and Westmorland and Furness (E06000064) in "
         "April 2023"),
    ],
)  # fmt: skip
def test_a_place_of_another_time_says_what_became_of_it(text: str, words: str) -> None:
    assert place_names().near(text).words == words


def test_every_place_is_found_by_its_name_and_by_its_name_with_a_letter_dropped() -> None:
    missed = [area.name for area in gazetteer() if not place_names().near(area.name).areas]
    assert missed == []
    longer = [area for area in gazetteer() if len(area.name.split()[0]) > 6]
    dropped = [area.name for area in longer if not place_names().near(area.name[:2] + area.name[3:]).areas]
    assert dropped == []


def test_hundreds_of_wrong_names_take_no_time() -> None:
    random = Random(13)
    names = ["".join(random.choices(string.ascii_lowercase + " ", k=random.randrange(5, 60))) for _ in range(200)]
    names += [f"E0{random.randrange(10)}{random.randrange(10**6):06d}" for _ in range(200)]
    place_names().near("Leeds")
    started = time.process_time()
    for name in names:
        place_names().near(name)
    assert time.process_time() - started < 0.2
