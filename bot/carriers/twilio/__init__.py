"""Twilio, and services that speak like it: REST, TwiML, webhooks, signatures, Media Streams."""
