"""Add what an article says of itself: source, authors, date, language, and the conferences that it mentions."""
