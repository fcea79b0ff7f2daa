"""Fetch captures of known pages from web archives, politely, and write them as WARC."""
