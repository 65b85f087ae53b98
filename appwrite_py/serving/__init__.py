"""What a running server consists of: its database, its key, its processes, how they start and how they end."""
