"""The proofs of the policies: which there are, what they must refuse, and who says so."""
