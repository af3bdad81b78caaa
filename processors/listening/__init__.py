"""How the caller's sound is heard: speech, loudness, tones. None of it is a processor."""
