"""The words the simulation draws from: names, departments, topics, devices. Lists only.

Some are awkward on purpose: accents, apostrophes, quotes, commas, emoji, spreadsheet formulas, generic device names.
"""

from __future__ import annotations

ORGANISATION = "Northwind Simulated Ltd"
DOMAIN = "northwind.example"
GUEST_DOMAINS = ("contoso.example", "fabrikam.example", "adatum.example", "litware.example", "mail.example")

_FIRST_NAMES = (
    "Aarav Abigail Aisha Alejandro Amara Ana Andrei Anika Arjun Astrid Ben Bianca Björn Carlos Chen Chloé Clara Daniel "
    "Deepa Dmitri Eleanor Elif Emma Ethan Fatima Felix Fiona Gabriel Grace Hana Harpreet Hugo Ines Isaac Ivan Jack "
    "Jasmine João Julia Kavya Kenji Kofi Lakshmi Lars Lea Liam Lucía Maja Marco Maria Mateo Mei Mia Mohammed Nadia "
    "Nia Noah Nora Oliver Olivia Omar Paolo Priya Rafael Ravi Rosa Ruth Samuel Sara Sean Siddharth Sofia Søren Tariq "
    "Thandiwe Theo Tomás Uma Victor Wei Xin Yara Yusuf Zoë Zuri"
)
_LAST_NAMES = (
    "Abe Adeyemi Ahmed Almeida Andersson Banerjee Bauer Brown Chang Costa D'Angelo Das Diaz Dubois Edwards Eriksen "
    "Fernandes Fischer Garcia Ghosh Gupta Haddad Hansen Hughes Ibrahim Iyer Jansen Jones Kaur Khan Kim Kowalski Kumar "
    "Larsen Lee López Martin Mehta Meyer Moreau Müller Nakamura Nguyen Novak O'Brien Okafor Olsen Osei Park Patel "
    "Pereira Petrov Popescu Rao Reddy Ricci Rossi Santos Sato Schmidt Sharma Silva Singh Smith Suzuki Tanaka Taylor "
    "Tran Ueda Usman Vargas Verma Walker Weber Williams Wilson Wong Xu Yilmaz Young Zhang Zimmermann"
)
FIRST_NAMES = tuple(_FIRST_NAMES.split())
LAST_NAMES = tuple(_LAST_NAMES.split())

DEPARTMENTS = (
    ("Engineering", 30),
    ("Sales", 18),
    ("Customer Success", 14),
    ("Operations", 10),
    ("Marketing", 8),
    ("Finance", 6),
    ("Product", 6),
    ("People", 4),
    ("Legal", 2),
    ("", 2),  # nobody filled it in
)

SERIES_TOPICS = (
    "Weekly sync",
    "Stand-up",
    "Sprint planning",
    "Retro ♻️",
    "1:1",
    "Pipeline review",
    "Team meeting",
    "Office hours",
    'The "all" hands, monthly',
)
TOPICS = (
    "Project kick-off",
    "Quick call",
    "Interview",
    "Budget review",
    "Design review",
    "Customer demo",
    "Contract, next steps",
    "Roadmap Q1/Q2",
    "Incident 🔥 follow-up",
    "Zoom Meeting",
    'Workshop "From idea to launch"',
    "Réunion d'équipe",
    "計画会議",
    '=HYPERLINK("http://example.invalid","open me")',
    "+1 for lunch; who's in?",
    "@all read this",
)
WEBINAR_TOPICS = ("Product launch 🚀", "Customer webinar", "Security awareness", "Town hall", "Partner enablement")

GENERIC_NAMES = ("iPhone", "Zoom user", "Galaxy S24", "iPad", "+1415****132", "Anonymous Attendee", "Guest")
DEVICES = ("Windows", "Mac", "iOS", "Android", "Zoom Rooms", "Phone")
CLIENT_VERSIONS = (
    "6.2.11.4731(win)",
    "6.2.10.4690(mac)",
    "6.1.6.1013(ios)",
    "6.0.2.2231(android)",
    "5.17.11.3835(win)",
)

CHAT_TEXTS = (  # with a number, so that nearly every message is one of a kind
    "Ticket {} is done",
    "Could you look at draft {} today?",
    "Thanks! See {}",
    "I moved the meeting, see {} 📅",
    "=SUM({};1)",
    'They said "yes" to offer {}, finally',
    "Merci, c'est noté ({})",
    "確認しました {}",
    "Line one of {}\nline two",
    "<b>{}</b> & more",
    "@all lunch at noon? {} votes so far",
    "Build {} is green 🟢",
)
FILE_NAMES = (
    "report.pdf",
    "Screenshot 2026-11-12 at 09.41.00.png",
    "übersicht.xlsx",
    "../../etc/passwd",
    "..\\..\\start.bat",
    "/absolute.txt",
    'quote".csv',
    "=cmd.csv",
    "a" * 180 + ".txt",
    "計画.docx",
    "",
)
EMOJIS = ("U+1F44D", "U+2764", "U+1F602", "U+1F389", "U+1F440", "U+1F600")
CUSTOM_EMOJIS = ("shipit", "party_parrot", "northwind")
