"""A small offline world with known truth: music, captions, pictures, models, gold, annotators.

`world` makes seeded triples, `train` turns them into the two shipped models, `gold` says how much
a picture is worth for a clip, `annotators` are simulated people who vote by it with known biases.
Nothing of it is known to the packages below; they see model folders and votes only.
"""
