"""Transactions of the application: operations on documents that are kept until they are all done, or none."""
