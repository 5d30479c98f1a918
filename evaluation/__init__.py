"""How far answers can be trusted: what the votes themselves say about those who cast them."""
