"""Addresses and methods: each route reads its request and hands it to the module that answers."""
