"""The words an agreement may use where it is not free text.

Kinds of benefit, lawful basis, special-category condition, role and data type are the answers of the
Government Digital Service's data share request (Open Government Licence v3.0), so that a request made there
can become an agreement here.
"""

KINDS = {
    "MOU": "Memorandum of understanding",
    "DUA": "Data use agreement",
    "ISA": "Information sharing agreement",
    "BAND": "Band: terms signed in advance, within which the owner's signature alone is enough",
}
PARTY_ROLES = ("controller", "joint", "processor")
CONTACTS = {
    "steward": "Looks after the data and answers questions about the agreement",
    "data_protection": "Data protection officer",
    "information_asset_owner": "Accountable for the data",
    "legal": "Advises on powers and gateways",
    "technical": "Runs the department's endpoint",
}
BENEFITS = (
    "decision-making",
    "service-delivery",
    "benefit-people",
    "allocate-and-evaluate-funding",
    "social-economic-trends",
    "needs-of-the-public",
    "statistical-information",
    "existing-research-or-statistics",
    "something-else",
)
LAWFUL_BASES = (
    "public-task",
    "legal-obligation",
    "contract",
    "legitimate-interests",
    "consent",
    "vital-interest",
    "law-enforcement",
)
SPECIAL_CATEGORY_CONDITIONS = (
    "reasons-of-public-interest",
    "legal-claim-or-judicial-acts",
    "public-health",
    "health-or-social-care",
    "social-employment-security-and-protection",
    "vital-interests",
    "explicit-consent",
    "public-by-data-subject",
    "archiving-researching-statistics",
    "not-for-profit-bodies",
)
DATA_TYPES = ("personal", "special", "none")
CLASSIFICATIONS = ("OFFICIAL",)
