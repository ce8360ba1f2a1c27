"""Entrepot: find the customers who are really businesses, and see how sure you are."""

__version__ = "0.1.0"
