"""Who is there: what users say of themselves, or servers of them, for a while."""
