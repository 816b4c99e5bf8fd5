"""The installation (平台自身): which keys and which folder of files its database belongs to.

Who acts: whoever installs the platform, once, by `procure keys create`; the demonstration for
itself. Every start and /readyz ask whether keys and files are still those: with others the platform
would seal bids to a key that nobody can open them with at the opening.
"""
