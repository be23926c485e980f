"""What a department asks of its own callers before they read its figures as they are."""

from reference.strict_file import Section, Switch


class OwnTerms(Section):
    """Whether a caller of the owner's organisation needs a role, and a stated purpose, for its unprotected figures."""

    role: Switch = True
    purpose: Switch = True


BOTH = OwnTerms()
