"""Invented people and companies to build leads from; each list's length is fixed.

Countries, phone numbers and postal codes have the form that real ones have; the phone
numbers are of the ranges that the countries keep for fiction.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "AWKWARD_LEADS",
    "COMPANY_STEMS",
    "COUNTRIES",
    "FIRST_NAMES",
    "JOB_TITLES",
    "LAST_NAMES",
    "LEAD_SOURCES",
    "TRADES",
    "Country",
]

FIRST_NAMES = """
Ada Adrian Agnes Aisha Alan Albert Alice Alma Amir Amy Andrea Anita Anna Anton Arthur
Astrid Aurora Bella Ben Bianca Boris Brenda Carl Carmen Cecilia Chiara Clara Clyde Cora
Cyril Dana Daniel Daria David Diana Diego Dora Edgar Edith Elena Eli Elisa Emil Emma
Erica Erik Esther Eva Fabian Farid Fatima Felix Fiona Flora Frank Frida Gabriel Gemma
George Gina Greta Gustav Hana Hans Harriet Hassan Hector Heidi Helen Henry Hugo Ida Ines
Ingrid Irene Iris Isaac Ivan Ivy Jack Jana Jasmin Joel Johan Jonas Judith Julia Karim
Karin Kate Kenji Klara Lara Laura Lea Leo Lily Linda Lorenzo Louis Lucia Luis Magnus
Maja Marco Maria Marta Max Maya Mia Mila Milan Mina Nadia Naomi Nils Nina Noah Nora Olaf
Olga Oscar Otto Paula Peter Petra Priya Ravi
""".split()  # noqa: SIM905 - a literal would be a line each

LAST_NAMES = """
Abbott Adair Ahlgren Albrecht Aldana Allard Ambler Anders Archer Arden Arnold Ashby Aster
Atwell Bailey Baker Baldwin Bancroft Barnes Barron Bauer Becker Bellamy Benning Berger
Bishop Blake Bloom Bolton Borg Bowen Bradley Brandt Brewer Briggs Brook Bruno Burke Byrne
Caldwell Camden Carey Carlin Carr Carver Castro Chapman Chen Clark Colby Conrad Cooper
Corbett Costa Cramer Crane Crosby Cruz Dalton Danner Darby Dawson Delgado Denham Diaz
Dixon Doyle Draper Dunn Duran Eastman Eaton Eckert Edlund Ellis Elwood Emery Engel Ericson
Everett Falk Farrell Faulkner Fenton Ferris Fischer Fleming Flores Forster Fowler Franke
Fraser Frost Fuchs Fuller Gale Garcia Gardner Garner Gibbs Gilmore Glover Goddard Graham
Grant Graves Greer Griffin Grimm Haas Hadley Hale Hammond Hanley Harlan Harper Hart Hayes
Heller Henning Herrera Hobbs Hoffman Holden Holm Hooper Horton Howell Huber Hudson Hughes
Ibarra Ingram Irving Ito Iversen Jacobs James Jansen Jarvis Jensen Joyce Kaiser Kane
Kaufman Keane Keller Kemp Kendall Kerr Kim Kirby Klein Koch Kramer Krause Lambert Landry
Lane Larkin Larsen Lawson Leclerc Lehmann Leon Lewis Lind Lloyd Locke Lopez Lowell Lund
Lyons Maddox Maier Malone Mann Marsh Martel Mason Maurer Maxwell Mayer Mendez Mercer Meyer
Miles Molina Moore Morgan Moss Munoz Murphy Nash Naylor Neumann Newton Nielsen Nolan North
Novak Oakley Ochoa Oliver Olsen Ortega Osborne Page Palmer Park Patel Pearce Perry Peters
Pike Pohl Porter Powell Quinn Ramos Rao Reed Reyes Rhodes Richter Rivera Roth Rowe Ruiz
Sander Sato Schmidt Shaw Sharma Silva Simon Singh Sloan Snow Soto Stark Steiner Stone
Sutton Tanaka Tate Torres Turner Vance Vega Wagner Walsh Ward Weber Winter Young
""".split()  # noqa: SIM905 - a literal would be a line each

TRADES = """
Pumps Textiles Logistics Instruments Foods Software Packaging Energy
""".split()  # noqa: SIM905 - a literal would be a line each

JOB_TITLES = (
    """
Buyer|Head of Marketing|Marketing Manager|Sales Director|Chief Executive|Plant Manager
Operations Manager|Data Analyst|IT Manager|Purchasing Lead|Office Manager|Consultant
Product Manager|Finance Director|Controller|Head of Sales|Account Manager|Engineer
Quality Manager|Research Lead|Chief Technology Officer|Campaign Manager|Founder|Partner
Communications Officer|Supply Chain Planner|Service Manager|Designer|Librarian|Trainer
Head of Digital|Project Manager
""".strip()
    .replace("\n", "|")
    .split("|")
)

LEAD_SOURCES = """
Web Form|Trade Show|Webinar|Partner|List Import|Referral|Paid Search|
""".strip().split("|")


@dataclass(frozen=True, slots=True)
class Country:
    """How a country writes what a lead has.

    Attributes:
        name: In English.
        legal_form: What follows a company's name.
        phone: The form of a number kept for fiction: `#` is any digit.
        postal: The form of a postal code: `#` is any digit, `@` any letter.
    """

    name: str
    legal_form: str
    phone: str
    postal: str


_STATES = Country("United States", "Inc.", "+1 2#5 555 01##", "#####")
_BRITAIN = Country("United Kingdom", "Ltd", "+44 20 7946 0###", "@@# #@@")
_GERMANY = Country("Germany", "GmbH", "+49 30 23125 ###", "#####")
_FRANCE = Country("France", "SAS", "+33 1 99 00 ## ##", "#####")
_CANADA = Country("Canada", "Ltd.", "+1 613 555 01##", "@#@ #@#")
_AUSTRALIA = Country("Australia", "Pty Ltd", "+61 2 5550 ####", "####")
_IRELAND = Country("Ireland", "DAC", "+353 20 91# ####", "D0# @#@#")
_SWEDEN = Country("Sweden", "AB", "+46 8 465 004 ##", "### ##")

COUNTRIES = (
    *(_STATES,) * 12,
    *(_BRITAIN,) * 5,
    *(_GERMANY,) * 5,
    *(_FRANCE,) * 3,
    *(_CANADA,) * 2,
    *(_AUSTRALIA,) * 2,
    _IRELAND,
    *(_SWEDEN,) * 2,
)
"""The country of each of `COMPANY_STEMS`."""

COMPANY_STEMS = """
Aldermoor Brackenfell Caldervane Dunmarrow Eastrill Fernhollow Glimmerton Hartsmere
Inglestrand Junipeak Kestrelby Larchfield Marrowby Nettlewick Orrinholt Pellworth
Quillstead Weidenbrunn Falkenried Tannengrund Lerchental Steinquell Clairsource Valmorette
Boisvallon Rookhaven Thornquist Umberfield Billawarra Ballycloon Granvik Lindskog
""".split()  # noqa: SIM905 - a literal would be a line each

AWKWARD_LEADS: tuple[dict[str, str], ...] = (
    {"Last Name": "Null", "Email Address": "jennifer.null"},
    {"Last Name": "O'Brien", "Email Address": "sean.o'brien"},
    {"Company Name": "Stahl & Söhne, Maschinenbau", "Email Address": "einkauf"},
    {"Last Name": "Müller-Lüdenscheidt", "Email Address": "k.mueller-luedenscheidt"},
    {"Email Address": "mia+webinar"},
    {"First Name": "Thị Hồng", "Last Name": "Nguyễn", "Email Address": "hong.nguyen"},
    {"Company Name": 'The "Quick" Couriers, Ltd', "Email Address": "dispatch+leads"},
    {"First Name": "美咲", "Last Name": "田中", "Email Address": "misaki.tanaka"},
    {
        "First Name": "",
        "Last Name": "",
        "Company Name": "",
        "Job Title": "",
        "Phone Number": "",
        "Country": "",
        "Postal Code": "",
        "Lead Source": "",
        "Lead Score": "",
        "Email Address": "info",
    },
    {"First Name": "Nan", "Last Name": "True", "Email Address": "nan.true"},
    {"Job Title": "R&D <Lead>", "Company Name": "Ø1 Optics", "Email Address": "lab"},
    {"Last Name": "N/A", "Lead Score": "0", "Email Address": "na"},
    {"First Name": " Ana ", "Last Name": "de la Cruz ", "Email Address": "ana"},
    {"Company Name": "@Desk Furniture", "Email Address": "hello+desk"},
    {"Company Name": "100% Wool = Warm; Co.", "Email Address": "wool_shop"},
    {"Company Name": "{{company.Company Name}}", "Email Address": "mail-merge"},
    {"Job Title": "Growth 🚀", "Last Name": "D\u2019Arcy", "Email Address": "growth"},
    {"First Name": "José", "Last Name": "İnci Peña", "Email Address": "jose"},
    {"Company Name": "Back\\Slash / Söderström's", "Email Address": "back.slash"},
    {"Job Title": "Owner\nand driver", "Email Address": "owner"},
)
"""What makes a lead awkward: values in place of others. The e-mail address is only its
beginning; the row's number and a domain follow."""
