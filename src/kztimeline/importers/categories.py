"""Where a described weapon belongs: a category path from the words of its description."""

from __future__ import annotations

import re
from functools import cache

_RULES: tuple[tuple[str, str], ...] = (
    (r"turret|air refuel", "component/equipment"),
    (r"chassis", "component/chassis"),
    (r"nuclear reactor|reactor", "engine/reactor"),
    (r"turbofan|turbojet|jet engine", "engine/jet"),
    (r"turboprop", "engine/turboprop"),
    (r"gas turbine", "engine/gas-turbine"),
    (r"ship engine|aip engine", "engine/ship"),
    (r"vehicle engine", "engine/vehicle"),
    (r"aircraft engine|engine$", "engine/aircraft"),
    (r"satellite", "space/satellite"),
    (r"anti-radar", "missile/anti-radar"),
    (r"sonar", "sensor/sonar"),
    (r"radar", "sensor/radar"),
    (
        r"\beo\b|recce system|air search system|sigint system|signals intelligence system|intelligence system",
        "sensor/other",
    ),
    (r"coastal defence gun", "land/artillery"),
    (r"coastal defence system", "land/coastal-defence"),
    (r"loitering munition|one-way attack", "air/loitering-munition"),
    (r"\bapc\b|\bapv\b|\bapc/cp\b|\bifv\b|infantry fighting|\bafsv\b|fire-support vehicle", "land/armoured/carrier"),
    (r"tank destroyer|training tank|light tank|^tank$", "land/armoured/tank"),
    (r"armoured|reconnaissance av|bridgelayer|\ba[er]v\b|\balv\b|\bamv\b|\bugv\b", "land/armoured/other"),
    (
        r"naval (gun|mrl|multiple|sam)|asw (mrl|mortar|rocket launcher)|anti-submarine (mortar|rocket launcher)|aals",
        "sea/weapon",
    ),
    (r"abm system|sam system|ad system|air-defence system|aa gun|anti-aircraft gun", "air-defence/system"),
    (r"portable sam", "missile/surface-to-air/portable"),
    (r"ssm (tel|launcher)|surface-to-surface missile launcher", "land/artillery/launcher"),
    (r"torpedo boat|torpdeo boat|missile boat", "sea/boat"),
    (r"torpedo|naval mine", "missile/torpedo"),
    (r"guided (glide )?bomb|guided rocket|guided shell", "missile/guided-munition"),
    (r"anti-tank", "missile/anti-tank"),
    (r"bvraam|sraam|air-to-air", "missile/air-to-air"),
    (
        r"anti-ship missile|anti-ship/.*missile|asw missile|anti-submarine missile|anti-ship/surface",
        "missile/anti-ship",
    ),
    (r"\bsam\b|\babm\b", "missile/surface-to-air"),
    (r"missile|\basm\b|\bssm\b|\bslbm\b", "missile/other"),
    (r"mrl|multiple rocket", "land/artillery/rocket"),
    (r"mortar", "land/artillery/mortar"),
    (r"gun$|howitzer", "land/artillery/gun"),
    (r"armed\)? uav", "air/drone/armed"),
    (r"uav", "air/drone"),
    (r"combat helicopter", "air/helicopter/attack"),
    (r"helicopter", "air/helicopter"),
    (r"fga|fighter", "air/fighter"),
    (r"bomber|ground.attack aircraft", "air/attack"),
    (r"tanker/transport aircraft|transport aircraft|transport ac/|airship|transport/trainer aircraft", "air/transport"),
    (r"trainer", "air/trainer"),
    (r"aircraft carrier", "sea/carrier"),
    (r"aircraft", "air/special"),
    (r"submarine|\bssb\b", "sea/submarine"),
    (r"frigate|destroyer|cruiser|corvette", "sea/combatant"),
    (r"mine|mcm", "sea/mine-warfare"),
    (r"landing|amphibious|ampibious", "sea/amphibious"),
    (r"boat|craft|opv|fac$|^fac|patrol ship", "sea/patrol"),
    (r"ship|tanker|tug|icebreaker", "sea/support"),
)
_COMPILED = tuple((re.compile(pattern), path) for pattern, path in _RULES)
OTHER = "other"


@cache
def path_of(description: str) -> str:
    """Give the category path of a description such as ``"FGA aircraft"``; ``"other"`` where no word is known."""
    words = " ".join(description.casefold().split())
    exact = {"helicopter/transport aircraft": "air/helicopter", "transport ac/helicopter": "air/helicopter"}
    if words in exact:
        return exact[words]
    return next((path for pattern, path in _COMPILED if pattern.search(words)), OTHER)


def top_of(path: str) -> str:
    """Give the broadest category of a path: air, land, sea, missile, …"""
    return path.split("/", 1)[0]
