"""What there is: repositories, checkouts, their state.

Facts only: this room changes nothing. Imports git and protocol; what Hedgerow itself recorded is handed in.
"""
