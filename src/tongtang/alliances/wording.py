"""The four topologies, and why an anchor fits or does not, in words."""

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tongtang.alliances.matching import Part, Rule, Term
from tongtang.alliances.models import Topology

TOPOLOGY_WORDS = {
    Topology.DISTRIBUTED: _("Distributed"),
    Topology.DEDICATED: _("Dedicated"),
    Topology.CENTRALISED: _("Centralised"),
    Topology.SYNCHRONOUS: _("Synchronous"),
}
TOPOLOGY_RULES = {
    Topology.DISTRIBUTED: _("A central school teaches its own points."),
    Topology.DEDICATED: _("A pool of specialist teachers teaches teaching points."),
    Topology.CENTRALISED: _("One studio teaches schools of the county that have none."),
    Topology.SYNCHRONOUS: _("The schools of a virtual school learn together; pupils stay enrolled at home."),
}
RULE_SENTENCES = {
    Rule.STAGE: _("The anchor teaches no stage that this school has."),
    Rule.EDITION: _("Not one subject is taught from the same edition of the textbook."),
    Rule.BELLS: _("Fewer than two periods begin at the same time, 10 minutes allowed."),
    Rule.LINK: _("The school's line carries no live lesson."),
    Rule.LANGUAGE: _("There is no common language of instruction."),
    Rule.CAPACITY: _("No place is left."),
}
TERM_WORDS = {
    Term.EDITIONS: _("Editions"),
    Term.PACE: _("Pace"),
    Term.LEVEL: _("Level"),
    Term.BELLS: _("Bells"),
    Term.LINK: _("Line"),
    Term.LANGUAGE: _("Language"),
}
TERM_SENTENCES = {
    Term.EDITIONS: _("same edition in %(have)g of %(of)g subjects"),
    Term.PACE: _("%(have)g weeks apart on average"),
    Term.LEVEL: _("%(have)g of %(of)g levels apart"),
    Term.BELLS: _("%(have)g of the anchor's %(of)g periods fit"),
    Term.LINK: _("%(have)g Mbit/s, %(of)g are enough"),
    Term.LANGUAGE: _("%(have)g of %(of)g languages in common"),
}


def part_sentence(part: Part) -> str:
    """The figures behind a term; that they are not known where they are not."""
    if part.share is None:
        return gettext("not known, not counted")
    return str(TERM_SENTENCES[part.term]) % {"have": part.have, "of": part.of}
