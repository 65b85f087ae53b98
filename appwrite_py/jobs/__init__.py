"""What follows a change or the clock: jobs, schedules, and the clean-up."""

GRACE_SECONDS = 5
"""How long the running jobs of a server process may take to finish once it has been told to stop."""
