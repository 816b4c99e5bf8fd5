"""The verbs of contracts: drafted from the award, filled in, issued, signed, announced, filed."""
