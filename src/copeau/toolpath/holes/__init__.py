"""Hole making: canned cycles."""
