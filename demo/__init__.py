"""`make demo`: all of it on one machine, with a stand-in for the inventory system that feeds it."""
