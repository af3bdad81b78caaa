"""Words within names that are no part of them, or are written in their own way: plain data."""

# Said before a name.
_TITLES = "dr prof mr mrs ms miss mx rev fr herr frau mme mlle sra sig dott"
# Written after a name, and not said.
_DEGREES = (
    "md phd dds dmd dvm edd psyd pharmd rn lpn crna dnp arnp cnm esq cpa jd dpm mba msw lcsw "
    "lmft facs facp dipl"
)
# The same, but some people are called so.
_SHORT_DEGREES = "do pa np ma ms ba bs od dc pac"
# Within a family name, in small letters.
_PARTICLES = (
    "van von der den de del della dello di da do dos das du la le las los ten ter zu zum zur "
    "vom af av bin ibn al el y e"
)
# Of companies.
_LEGAL_FORMS = (
    "llc inc incorporated ltd limited corp corporation company llp plc pllc gmbh mbh kg ohg ug "
    "ag sarl sas srl bv nv oy aps pty lda"
)
# Of what is no person, where another word stands beside it.
_BODIES = (
    "clinic hospital university college school church bank foundation association associates "
    "trust estate department dept group holdings partners services center centre council club"
)

TITLES = frozenset(_TITLES.split(" "))
DEGREES = frozenset(_DEGREES.split(" "))
SHORT_DEGREES = frozenset(_SHORT_DEGREES.split(" "))
PARTICLES = frozenset(_PARTICLES.split(" "))
LEGAL_FORMS = frozenset(_LEGAL_FORMS.split(" "))
BODIES = frozenset(_BODIES.split(" "))
