"""What the sample business is on its first day: its hours, its slots, its orders.

Two desks: the clinic sees one patient every half hour; the restaurant seats guests at six times
of the evening. Regulars hold every table at 19:00, so that the next free one is at 19:45.
"""

SCHEMA = """
CREATE TABLE hours (           -- a desk without a row for a weekday is closed on it
  desk TEXT NOT NULL, weekday INTEGER NOT NULL, opens TEXT NOT NULL, closes TEXT NOT NULL,
  PRIMARY KEY (desk, weekday)  -- weekday: Monday is 0
);
CREATE TABLE holidays (date TEXT PRIMARY KEY, name TEXT NOT NULL);  -- "12-25", every year
CREATE TABLE slots (           -- held: places that regulars keep
  desk TEXT NOT NULL, time TEXT NOT NULL, places INTEGER NOT NULL, held INTEGER NOT NULL,
  PRIMARY KEY (desk, time)
);
CREATE TABLE orders (
  id TEXT PRIMARY KEY, email TEXT NOT NULL, item TEXT NOT NULL, status TEXT NOT NULL,
  detail TEXT NOT NULL
);
CREATE TABLE appointments (
  id INTEGER PRIMARY KEY, desk TEXT NOT NULL, day TEXT NOT NULL, time TEXT NOT NULL,
  name TEXT NOT NULL, party INTEGER, phone TEXT, notes TEXT
);
CREATE INDEX appointments_by_time ON appointments (desk, day, time);
CREATE TABLE replies (         -- what was answered to each Idempotency-Key
  key TEXT PRIMARY KEY, request TEXT NOT NULL, status INTEGER NOT NULL, body TEXT NOT NULL
);
"""

# What changes a file of an older version into one of the next: `user_version` counts them.
CHANGES = [
    "",  # the schema above
    """
    -- booked, confirmed or cancelled
    ALTER TABLE appointments ADD COLUMN state TEXT NOT NULL DEFAULT 'booked';
    ALTER TABLE replies ADD COLUMN path TEXT NOT NULL DEFAULT '/appointments';
    """,
    """
    CREATE TABLE holds (         -- times that callers consider; until: of the business's own clock
      holder TEXT PRIMARY KEY, desk TEXT NOT NULL, day TEXT NOT NULL, time TEXT NOT NULL,
      until TEXT NOT NULL
    );
    """,
]

CLINIC = "clinic"
RESTAURANT = "restaurant"
WITH = {CLINIC: "Dr. Amara Osei"}  # whom an appointment is with
MAX_PARTY = 8
HOLD_MINUTES = 5

HOURS = [
    *((CLINIC, weekday, "09:00", "17:00") for weekday in range(5)),
    (CLINIC, 5, "09:00", "12:00"),
    *((RESTAURANT, weekday, "17:30", "23:00") for weekday in range(6)),
]

HOLIDAYS = [("01-01", "New Year's Day"), ("12-25", "Christmas Day"), ("12-26", "Boxing Day")]

SLOTS = [
    *((CLINIC, f"{hour:02}:{minute:02}", 1, 0) for hour in range(9, 17) for minute in (0, 30)),
    (RESTAURANT, "17:30", 3, 0),
    (RESTAURANT, "18:15", 3, 0),
    (RESTAURANT, "19:00", 3, 3),
    (RESTAURANT, "19:45", 3, 0),
    (RESTAURANT, "20:30", 3, 1),
    (RESTAURANT, "21:15", 3, 0),
]

ORDERS = [
    ("1041", "sam@example.com", "reading glasses", "delivered", "Left with the neighbour."),
    ("1042", "sam@example.com", "contact lenses", "shipped", "Arrives tomorrow before noon."),
    ("1043", "alex@example.com", "prescription sunglasses", "in the workshop", "Ready on Friday."),
    ("1044", "robin@example.com", "lens cleaner", "cancelled", "Refunded to the card."),
]
