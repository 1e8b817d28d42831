"""Reads histories from objects in memory: Keras' ``History``, dicts, data frames, boosters, estimators."""
