"""A browser as a phone: it speaks Media Streams, as Twilio does, with nobody in between."""
