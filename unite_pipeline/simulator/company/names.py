"""Made-up names; no real company is meant."""

from unite_pipeline.simulator.company.chance import Stream

FIRST = (
    "Anna", "Bram", "Carlijn", "Daan", "Emma", "Fatima", "Gijs", "Hanna", "Ibrahim", "Julia", "Koen", "Lotte", "Milan",
    "Noor", "Olivier", "Pleun", "Quinten", "Roos", "Sem", "Tess", "Umut", "Vera", "Willem", "Xandra", "Yara", "Zoë",
)  # fmt: skip
LAST = (
    "Aalbers", "van den Berg", "de Boer", "Çelik", "Dekker", "van Dijk", "Evers", "Faber", "de Graaf", "Hendriks",
    "Ibrahimi", "Jansen", "Kuipers", "van Leeuwen", "Meijer", "Nijland", "Oosterhuis", "Peters", "Quist", "de Ruiter",
    "Smit", "Tuinstra", "Uitdewilligen", "Visser", "de Wit", "IJzerman", "Zijlstra",
)  # fmt: skip
TRADES = (
    "Bakkerij", "Bloemist", "Drukkerij", "Elektro", "Fietsenmaker", "Garage", "Hoveniers", "Installatie", "Juwelier",
    "Kapsalon", "Loodgieters", "Makelaars", "Notaris", "Opticien", "Praktijk", "Rijschool", "Schilders", "Transport",
)  # fmt: skip
PLACES = ("Voorbeeldstad", "Testveld", "Nergenshuizen", "Denkdorp", "Proefwijk", "Schijnoord", "Fictiekerk")
DEPARTMENTS = ("Receptie", "Verkoop", "Support", "Administratie", "Planning", "Inkoop", "Magazijn", "Directie")


def person(rng: Stream) -> tuple[str, str]:
    """Returns a first and a last name."""
    return rng.choice(FIRST), rng.choice(LAST)


def firm(rng: Stream) -> str:
    """Returns a company's name."""
    suffix = rng.choice((" B.V.", " VOF", "", " & Zn."))
    return f"{rng.choice(TRADES)} {rng.choice(PLACES)}{suffix}"


def mailbox(first: str, last: str, number: str) -> str:
    """Returns an address in a domain that cannot exist (RFC 2606)."""
    local = f"{first}.{last}".lower().replace(" ", "").encode("ascii", "ignore").decode()
    return f"{local}.{number}@company.example"
