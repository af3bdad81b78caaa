"""A sample business with a web service: a clinic and a restaurant under one roof."""

from bot.simulator.business.app import create_business
from bot.simulator.business.diary import Diary, Reply
from bot.simulator.business.faults import Faults
from bot.simulator.business.secretary import Booking
from bot.simulator.business.server import BusinessServer, serve_business

__all__ = [
    "Booking",
    "BusinessServer",
    "Diary",
    "Faults",
    "Reply",
    "create_business",
    "serve_business",
]
