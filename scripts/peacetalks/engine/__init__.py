"""Do the work that pages need in shards, in worker processes with hard limits, and keep on disk what is finished."""
