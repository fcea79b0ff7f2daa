"""Do the work a page needs in shards that any executor runs, keep them on disk, and take up again what is finished."""
