"""What the tests of faults share: processes that die where they are told to, and the table of what was injected."""
