"""A function of one's own in a folder, run for work on it: no project, no database, and again at each change."""
