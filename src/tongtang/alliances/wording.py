"""The four topologies in words."""

from django.utils.translation import gettext_lazy as _

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
