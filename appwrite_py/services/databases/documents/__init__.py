"""Documents and rows: single ones, several at once, numbers in them."""
