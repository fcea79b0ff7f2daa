"""Annotation round trip: pages out to annotators' tools and back, and what two annotators make of them."""
