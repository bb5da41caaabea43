"""Invented series and the file names people give their comics."""

from random import Random


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


FIRST = _words(
    "Iron Paper Salt Quiet Copper Hollow Amber Winter Glass Northern Velvet Broken Silver Crimson "
    "Tidal Lonely Golden Distant Burning Marble Foggy Autumn Electric Sunken Wandering Granite "
    "Scarlet Midnight Pale Verdant Rusted Frozen Gentle Hidden Last Lunar Painted Restless Thorn "
    "Woven"
)
SECOND = _words(
    "Harbor Lanterns Meridian Orchard Compass Citadel Archive Ferry Garden Lighthouse Causeway "
    "Signal Almanac Bastion Canal Delta Engine Foundry Gallery Horizon Isthmus Junction Kiln "
    "Ledger Mill Nocturne Observatory Parade Quarry Railway Station Terrace Undertow Viaduct "
    "Workshop Yard Zephyr Bellows Cartographer Drift Expedition Fathom Glacier Hearth Inlet Jetty "
    "Keystone Lagoon Moorland Night"
)
STORIES = (
    "The Long Tide",
    "A Door in the Dike",
    "Seven Bells",
    "What the Keeper Knew",
    "Low Water",
    "The Borrowed Map",
    "Under Two Moons",
    "Smoke on the Locks",
    "An Honest Ledger",
    "The Clockmaker's Debt",
    "Nine Lamps",
    "Return to Ferry Street",
)
PEOPLE = (
    "Ada Winterbourne",
    "Tomas Velloso",
    "Mirela Okonjo",
    "Jun Hartigan",
    "Petra Lindqvaal",
    "Osei Marchetti",
    "Noor Castellane",
    "Ines Brandvold",
)
PUBLISHERS = ("Quayside Press", "Lantern & Loom", "Ninth Meridian Comics")
GENRES = ("Adventure", "Mystery", "Science Fiction", "Drama", "Fantasy")
TAGS = ("Harbor", " Lighthouse", "NIGHT", "trains", "Sea ", "Maps")  # untidy, as tags are
SCANNERS = ("Inkwell-Scans", "GreyMoth-Empire", "Foxglove")


def series_name(index: int) -> str:
    """Give the index-th series' name; each is different."""
    name = f"{FIRST[index % len(FIRST)]} {SECOND[index // len(FIRST) % len(SECOND)]}"
    rounds = index // (len(FIRST) * len(SECOND))
    return name if not rounds else f"{name} {_letters(rounds)}"


def _letters(number: int) -> str:
    letters = ""
    while number:
        number, digit = divmod(number - 1, 26)
        letters = chr(ord("A") + digit) + letters
    return letters


def file_name(series: str, number: int, year: int, random: Random) -> str:
    """Name a file as people do: most names tell series, number and title, some are untidy."""
    story = random.choice(STORIES)
    scanner = random.choice(SCANNERS)
    forms = (
        f"{series} #{number:03} - {story} ({year}) (Digital)",
        f"{series} #{number:03} - {story} ({year})",
        f"{series} #{number:03} {story} ({year}) (digital) ({scanner})",
        f"{series} {number:03} ({year}) (digital) ({scanner})",
        f"{series} v02 #{number:03} (of 24) ({year}) (c2c)",
        f"{series.replace(' ', '_')}_{number:03}_({year})",
        f"[{scanner}] {series} c{number:03}",
        f"{series.lower()} {number} - {story.lower()}",
    )
    weights = (4, 3, 3, 3, 1, 1, 1, 1)
    return random.choices(forms, weights)[0]
