"""Words that stand in columns of telephone numbers, in small letters: plain data."""

# There is no number; written together, as only their letters are compared.
_NOTHING = (
    "x xx xxx na nan nil null none no unknown unk refused declined tbd tba pending blank empty "
    "invalid disconnected unlisted same notgiven notprovided notavailable notapplicable "
    "noneprovided nonegiven nophone nonumber nomobile nocell nocellphone nolandline notonfile "
    "nonumberonfile wrongnumber keine keins keinhandy unbekannt ohne aucun aucune inconnu "
    "ninguno ninguna notiene desconocido sindatos nessuno sconosciuto nenhum desconhecido geen "
    "onbekend brak nieznany yok bilinmiyor"
)
# It is the number of another person than the contact, or of none.
_OTHERS = (
    "wife husband spouse partner mom mum mother dad father parent parents son daughter brother "
    "sister sibling grandmother grandfather grandma grandpa aunt uncle cousin niece nephew "
    "friend neighbor neighbour roommate girlfriend boyfriend guardian caregiver carer "
    "caretaker nurse aide lawyer attorney emergency fax frau mann ehefrau ehemann mutter vater "
    "tochter sohn bruder schwester nachbar nachbarin betreuer betreuerin pflegedienst esposa "
    "esposo marido madre padre hija hijo hermana hermano vecina vecino epouse époux mari femme "
    "mère père fille fils frère soeur voisin voisine moglie marito figlia figlio"
)

NOTHING = frozenset(_NOTHING.split(" "))
OTHERS = frozenset(_OTHERS.split(" "))
