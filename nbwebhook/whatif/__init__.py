"""Measured latencies to an estimate of campaign delay."""
