"""The steps that a corpus takes as a whole, from finished shards to the parts of a release, in bounded memory."""
