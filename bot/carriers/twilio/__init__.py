"""Twilio, and whoever speaks like it: REST, TwiML, webhooks, signatures, Media Streams."""
