"""Ratios against a baseline in the same run; `make bench` prints them and writes results.json."""
