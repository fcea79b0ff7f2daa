"""Read captures: bytes in, decoded pages out, and a reason for each file that is none."""
