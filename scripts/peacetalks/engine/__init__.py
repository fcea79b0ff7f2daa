"""What runs the work: worker processes with hard limits, on this machine or on a cluster."""
