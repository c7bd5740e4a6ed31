"""The proof: the shop's real processes on real servers, one fault at a time, compared with the log afterwards."""
