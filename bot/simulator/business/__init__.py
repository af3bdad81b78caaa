"""A sample business with a web service: a clinic and a restaurant under one roof."""

from bot.simulator.business.app import create_business
from bot.simulator.business.diary import Diary, DiaryReply
from bot.simulator.business.faults import BusinessFaults
from bot.simulator.business.secretary import Booking
from bot.simulator.business.server import BusinessServer, serve_business

__all__ = [
    "Booking",
    "BusinessServer",
    "Diary",
    "BusinessFaults",
    "DiaryReply",
    "create_business",
    "serve_business",
]
